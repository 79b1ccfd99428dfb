/**
 * Answers of `POST /info` about the chain around the perpetuals: staking, lending, deployments,
 * outcomes, validators. A paper exchange has none of it; the shapes are what clients parse.
 */
import { z } from 'zod';
import { decimalText, unsignedInt } from './scalars.ts';

export const delegationsSchema = z.array(
  z.looseObject({
    validator: z.string(),
    amount: decimalText,
    lockedUntilTimestamp: unsignedInt,
  }),
);

export const delegatorSummarySchema = z.looseObject({
  delegated: decimalText,
  undelegated: decimalText,
  totalPendingWithdrawal: decimalText,
  nPendingWithdrawals: unsignedInt,
});

export const delegatorHistorySchema = z.array(
  z.looseObject({ time: unsignedInt, hash: z.string(), delta: z.looseObject({}) }),
);

export const delegatorRewardsSchema = z.array(
  z.looseObject({ time: unsignedInt, source: z.string(), totalAmount: decimalText }),
);

export const validatorSummariesSchema = z.array(
  z.looseObject({
    validator: z.string(),
    signer: z.string(),
    name: z.string(),
    isJailed: z.boolean(),
    isActive: z.boolean(),
    commission: decimalText,
  }),
);

export const validatorVotesSchema = z.array(
  z.looseObject({
    expireTime: unsignedInt,
    action: z.looseObject({}),
    votes: z.array(z.string()),
    quorumReached: z.boolean(),
  }),
);

/** Gas prices of an auction; the end price is null while it is under way. */
export const auctionStatusSchema = z.looseObject({
  startTimeSeconds: unsignedInt,
  durationSeconds: unsignedInt,
  startGas: decimalText,
  currentGas: decimalText.nullable(),
  endGas: decimalText.nullable(),
});

export const gossipAuctionStatusSchema = z.tuple([
  z.array(z.string().nullable()),
  z.array(auctionStatusSchema),
]);

export const spotDeployStateSchema = z.looseObject({
  states: z.array(z.looseObject({ token: unsignedInt })),
  gasAuction: auctionStatusSchema,
});

export const liquidatableSchema = z.array(z.looseObject({ user: z.string() }));

const lendingSideSchema = z.looseObject({ basis: decimalText, value: decimalText });

export const borrowLendUserStateSchema = z.looseObject({
  tokenToState: z.array(
    z.tuple([unsignedInt, z.looseObject({ borrow: lendingSideSchema, supply: lendingSideSchema })]),
  ),
  health: z.enum(['healthy', 'atRisk', 'marketLiquidatable', 'backstopLiquidatable']),
  healthFactor: decimalText.nullable(),
});

const lendingReserveSchema = z.looseObject({
  borrowYearlyRate: decimalText,
  supplyYearlyRate: decimalText,
  balance: decimalText,
  utilization: decimalText,
  oraclePx: decimalText,
  ltv: decimalText,
  totalSupplied: decimalText,
  totalBorrowed: decimalText,
});

/** Null for a token that cannot be lent. */
export const borrowLendReserveStateSchema = lendingReserveSchema.nullable();
export const borrowLendReserveStatesSchema = z.array(z.tuple([unsignedInt, lendingReserveSchema]));

export const borrowLendInterestSchema = z.array(
  z.looseObject({
    time: unsignedInt,
    token: z.string(),
    borrow: decimalText,
    supply: decimalText,
  }),
);

/** Null for an unknown token. */
export const tokenDetailsSchema = z
  .looseObject({
    name: z.string(),
    maxSupply: decimalText,
    totalSupply: decimalText,
    circulatingSupply: decimalText,
    szDecimals: unsignedInt,
    weiDecimals: unsignedInt,
    midPx: decimalText,
    markPx: decimalText,
    prevDayPx: decimalText,
    genesis: z.looseObject({}).nullable(),
    deployer: z.string().nullable(),
    deployGas: decimalText.nullable(),
    deployTime: z.string().nullable(),
    seededUsdc: decimalText,
    nonCirculatingUserBalances: z.array(z.tuple([z.string(), decimalText])),
    futureEmissions: decimalText,
  })
  .nullable();

/** Null for the first dex, which has no limits of its own. */
export const perpDexLimitsSchema = z
  .looseObject({
    totalOiCap: decimalText,
    oiSzCapPerPerp: decimalText,
    maxTransferNtl: decimalText,
    coinToOiCap: z.array(z.tuple([z.string(), decimalText])),
  })
  .nullable();

export const perpDexStatusSchema = z.looseObject({ totalNetDeposit: decimalText });

const annotationSchema = z.looseObject({
  category: z.string(),
  displayName: z.string().optional(),
  keywords: z.array(z.string()).optional(),
});

export const perpAnnotationSchema = annotationSchema.extend({ description: z.string() }).nullable();
export const perpCategoriesSchema = z.array(z.tuple([z.string(), z.string()]));
export const perpConciseAnnotationsSchema = z.array(z.tuple([z.string(), annotationSchema]));

export const outcomeMetaSchema = z.looseObject({
  outcomes: z.array(z.looseObject({ outcome: unsignedInt, name: z.string() })),
  questions: z.array(z.looseObject({ question: unsignedInt, name: z.string() })),
});

export const outcomeTemplatesSchema = z.array(
  z.looseObject({ id: z.string(), name: z.string(), description: z.string() }),
);

export const settledOutcomeSchema = z
  .looseObject({
    spec: z.looseObject({ outcome: unsignedInt, name: z.string() }),
    settleFraction: decimalText,
    details: z.string(),
  })
  .nullable();

export const usdcRoutingSchema = z.looseObject({
  depositRoute: z.enum(['bridge', 'cctp']),
  withdrawalRoute: z.enum(['bridge', 'cctp']),
});
