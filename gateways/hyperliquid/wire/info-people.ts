/**
 * Answers of `POST /info` about who an account is to others: agents, builders, sub-accounts,
 * vaults, referrals, and the bundle that the old front end asks for. Extra keys are kept.
 */
import { z } from 'zod';
import {
  clearinghouseStateSchema,
  frontendOpenOrdersSchema,
  spotClearinghouseStateSchema,
} from './info-account.ts';
import { portfolioSchema, twapStateSchema } from './info-account-history.ts';
import { assetCtxSchema, metaSchema, spotAssetCtxSchema } from './info-market.ts';
import { decimalText, unsignedInt } from './scalars.ts';

const hexAddress = z.string().regex(/^0x[0-9a-f]{40}$/, 'must be a lower-case address');

/** Named agents only; `validUntil` is null when it never ends. */
export const extraAgentsSchema = z.array(
  z.looseObject({ name: z.string(), address: hexAddress, validUntil: unsignedInt.nullable() }),
);

/** Tenths of a basis point. */
export const maxBuilderFeeSchema = unsignedInt;
export const approvedBuildersSchema = z.array(hexAddress);

export const multiSigSignersSchema = z
  .looseObject({ authorizedUsers: z.array(hexAddress), threshold: unsignedInt })
  .nullable();

export const userAbstractionSchema = z.enum([
  'default',
  'disabled',
  'unifiedAccount',
  'portfolioMargin',
  'dexAbstraction',
]);

const subAccountSchema = z.looseObject({
  name: z.string(),
  subAccountUser: hexAddress,
  master: hexAddress,
  spotState: spotClearinghouseStateSchema,
});

export const subAccountsSchema = z
  .array(subAccountSchema.extend({ clearinghouseState: clearinghouseStateSchema }))
  .nullable();

const stateByDexSchema = z.array(z.tuple([z.string(), clearinghouseStateSchema]));

export const subAccounts2Schema = z
  .array(subAccountSchema.extend({ dexToClearinghouseState: stateByDexSchema }))
  .nullable();

export const referralSchema = z.looseObject({
  referredBy: z.looseObject({ referrer: hexAddress, code: z.string() }).nullable(),
  cumVlm: decimalText,
  unclaimedRewards: decimalText,
  claimedRewards: decimalText,
  builderRewards: decimalText,
  referrerState: z.looseObject({
    stage: z.enum(['ready', 'needToCreateCode', 'needToTrade']),
    data: z.unknown(),
  }),
  rewardHistory: z.array(z.unknown()),
  tokenToState: z.array(z.unknown()),
});

export const legalCheckSchema = z.looseObject({
  acceptedTerms: z.boolean(),
  userAllowed: z.boolean(),
  restrictions: z.string(),
});

export const preTransferCheckSchema = z.looseObject({
  fee: decimalText,
  isSanctioned: z.boolean(),
  userExists: z.boolean(),
  userHasSentTx: z.boolean(),
});

const vaultRelationshipSchema = z.looseObject({ type: z.enum(['normal', 'child', 'parent']) });

const followerSchema = z.looseObject({
  user: z.string(),
  vaultEquity: decimalText,
  pnl: decimalText,
  allTimePnl: decimalText,
  daysFollowing: unsignedInt,
  vaultEntryTime: unsignedInt,
  lockupUntil: unsignedInt,
});

/** Null for an address that is no vault's. */
export const vaultDetailsSchema = z
  .looseObject({
    name: z.string(),
    vaultAddress: hexAddress,
    leader: hexAddress,
    description: z.string(),
    portfolio: portfolioSchema,
    apr: z.number(),
    followerState: followerSchema.nullable(),
    leaderFraction: z.number(),
    leaderCommission: z.number(),
    followers: z.array(followerSchema),
    maxDistributable: z.number(),
    maxWithdrawable: z.number(),
    isClosed: z.boolean(),
    relationship: vaultRelationshipSchema,
    allowDeposits: z.boolean(),
    alwaysCloseOnWithdraw: z.boolean(),
  })
  .nullable();

export const vaultSummariesSchema = z.array(
  z.looseObject({
    name: z.string(),
    vaultAddress: hexAddress,
    leader: hexAddress,
    tvl: decimalText,
    isClosed: z.boolean(),
    relationship: vaultRelationshipSchema,
    createTimeMillis: unsignedInt,
  }),
);

export const userVaultEquitiesSchema = z.array(
  z.looseObject({
    vaultAddress: hexAddress,
    equity: decimalText,
    lockedUntilTimestamp: unsignedInt.optional(),
  }),
);

export const leadingVaultsSchema = z.array(
  z.looseObject({ address: hexAddress, name: z.string() }),
);

export const webData2Schema = z.looseObject({
  clearinghouseState: clearinghouseStateSchema,
  leadingVaults: leadingVaultsSchema,
  totalVaultEquity: decimalText,
  openOrders: frontendOpenOrdersSchema,
  agentAddress: hexAddress.nullable(),
  agentValidUntil: unsignedInt.nullable(),
  /** Net deposits. */
  cumLedger: decimalText,
  meta: metaSchema,
  assetCtxs: z.array(assetCtxSchema),
  serverTime: unsignedInt,
  isVault: z.boolean(),
  user: hexAddress,
  twapStates: z.array(z.tuple([unsignedInt, twapStateSchema])),
  spotState: spotClearinghouseStateSchema.optional(),
  spotAssetCtxs: z.array(spotAssetCtxSchema),
  perpsAtOpenInterestCap: z.array(z.string()).optional(),
});
