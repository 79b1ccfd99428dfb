/**
 * Answers of `POST /info` about accounts. Decimals stay text; extra keys are kept; an order status
 * that we do not know stays text, since a new status must not make an order unreadable.
 */
import { z } from 'zod';
import { sideSchema } from './info-market.ts';
import { decimalText, unsignedInt } from './scalars.ts';

const cloid = z.string().nullish();

export const openOrderSchema = z.looseObject({
  coin: z.string(),
  side: sideSchema,
  limitPx: decimalText,
  /** What is left. */
  sz: decimalText,
  oid: unsignedInt,
  timestamp: unsignedInt,
  /** What was asked. */
  origSz: decimalText,
  reduceOnly: z.boolean().optional(),
  cloid,
});

export const frontendOrderSchema = openOrderSchema.extend({
  triggerCondition: z.string(),
  isTrigger: z.boolean(),
  triggerPx: decimalText,
  children: z.array(z.unknown()),
  isPositionTpsl: z.boolean(),
  reduceOnly: z.boolean(),
  orderType: z.string(),
  tif: z.string().nullable(),
});

export const openOrdersSchema = z.array(openOrderSchema);
export const frontendOpenOrdersSchema = z.array(frontendOrderSchema);

/** One state of an order: `open`, `filled`, `canceled`, …, or a word that is new to us. */
export const historicalOrderSchema = z.looseObject({
  order: frontendOrderSchema,
  status: z.string(),
  statusTimestamp: unsignedInt,
});

export const historicalOrdersSchema = z.array(historicalOrderSchema);

/** `unknownOid` is no proof that an order was never sent: the venue may not have seen it yet. */
export const orderStatusResponseSchema = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('order'), order: historicalOrderSchema }),
  z.looseObject({ status: z.literal('unknownOid') }),
]);

const marginSummarySchema = z.looseObject({
  accountValue: decimalText,
  totalNtlPos: decimalText,
  totalRawUsd: decimalText,
  totalMarginUsed: decimalText,
});

export const leverageSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('cross'), value: unsignedInt }),
  z.looseObject({ type: z.literal('isolated'), value: unsignedInt, rawUsd: decimalText }),
]);

export const positionSchema = z.looseObject({
  coin: z.string(),
  /** Signed: negative is short. */
  szi: decimalText,
  leverage: leverageSchema,
  entryPx: decimalText,
  positionValue: decimalText,
  unrealizedPnl: decimalText,
  returnOnEquity: decimalText,
  liquidationPx: decimalText.nullable(),
  marginUsed: decimalText,
  maxLeverage: unsignedInt,
  cumFunding: z.looseObject({
    allTime: decimalText,
    sinceOpen: decimalText,
    sinceChange: decimalText,
  }),
});

export const clearinghouseStateSchema = z.looseObject({
  marginSummary: marginSummarySchema,
  crossMarginSummary: marginSummarySchema,
  crossMaintenanceMarginUsed: decimalText,
  withdrawable: decimalText,
  assetPositions: z.array(z.looseObject({ type: z.string(), position: positionSchema })),
  time: unsignedInt,
});

/** A token's balance; outcome markets have no token. */
export const spotBalanceSchema = z.looseObject({
  coin: z.string(),
  token: unsignedInt.optional(),
  total: decimalText,
  hold: decimalText,
  entryNtl: decimalText,
});

export const spotClearinghouseStateSchema = z.looseObject({
  balances: z.array(spotBalanceSchema),
});

/** What the account may trade of one coin now; pairs are for buying and for selling. */
export const activeAssetDataSchema = z.looseObject({
  user: z.string(),
  coin: z.string(),
  leverage: leverageSchema,
  maxTradeSzs: z.tuple([decimalText, decimalText]),
  availableToTrade: z.tuple([decimalText, decimalText]),
  markPx: decimalText.optional(),
});

export const userRateLimitSchema = z.looseObject({
  cumVlm: decimalText,
  nRequestsUsed: unsignedInt,
  nRequestsCap: unsignedInt,
  nRequestsSurplus: unsignedInt.optional(),
});

const feeRatesSchema = {
  cross: decimalText,
  add: decimalText,
  spotCross: decimalText,
  spotAdd: decimalText,
};
const stakingDiscountSchema = z.looseObject({
  bpsOfMaxSupply: decimalText,
  discount: decimalText,
});

/** Rates are fractions of what is traded. `cross` takes liquidity, `add` makes it. */
export const userFeesSchema = z.looseObject({
  dailyUserVlm: z.array(
    z.looseObject({
      date: z.string(),
      userCross: decimalText,
      userAdd: decimalText,
      exchange: decimalText,
    }),
  ),
  feeSchedule: z.looseObject({
    ...feeRatesSchema,
    tiers: z.looseObject({
      vip: z.array(z.looseObject({ ntlCutoff: decimalText, ...feeRatesSchema })),
      mm: z.array(z.looseObject({ makerFractionCutoff: decimalText, add: decimalText })),
    }),
    referralDiscount: decimalText,
    stakingDiscountTiers: z.array(stakingDiscountSchema),
  }),
  userCrossRate: decimalText,
  userAddRate: decimalText,
  userSpotCrossRate: decimalText,
  userSpotAddRate: decimalText,
  activeReferralDiscount: decimalText,
  trial: z.unknown(),
  feeTrialEscrow: decimalText,
  nextTrialAvailableTimestamp: unsignedInt.nullable(),
  stakingLink: z.unknown(),
  activeStakingDiscount: stakingDiscountSchema,
});

export const userRoleSchema = z.discriminatedUnion('role', [
  z.looseObject({ role: z.enum(['user', 'missing', 'vault']) }),
  z.looseObject({ role: z.literal('agent'), data: z.looseObject({ user: z.string() }) }),
  z.looseObject({ role: z.literal('subAccount'), data: z.looseObject({ master: z.string() }) }),
]);

export type OpenOrder = z.infer<typeof openOrderSchema>;
export type FrontendOrder = z.infer<typeof frontendOrderSchema>;
export type HistoricalOrder = z.infer<typeof historicalOrderSchema>;
export type OrderStatusResponse = z.infer<typeof orderStatusResponseSchema>;
export type ClearinghouseState = z.infer<typeof clearinghouseStateSchema>;
export type PositionState = z.infer<typeof positionSchema>;
