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

/** A fill; `fee` is positive when paid, `closedPnl` does not contain it, `tid` is unique per coin. */
export const fillSchema = z.looseObject({
  coin: z.string(),
  px: decimalText,
  sz: decimalText,
  side: sideSchema,
  time: unsignedInt,
  startPosition: decimalText,
  dir: z.string(),
  closedPnl: decimalText,
  hash: z.string(),
  oid: unsignedInt,
  /** Whether this side took liquidity. */
  crossed: z.boolean(),
  fee: decimalText,
  tid: unsignedInt,
  feeToken: z.string(),
  cloid,
  liquidation: z
    .looseObject({ liquidatedUser: z.string(), markPx: decimalText, method: z.string() })
    .nullish(),
});

export const userFillsSchema = z.array(fillSchema);

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

export const userFundingSchema = z.array(
  z.looseObject({
    time: unsignedInt,
    hash: z.string(),
    delta: z.looseObject({
      type: z.literal('funding'),
      coin: z.string(),
      usdc: decimalText,
      szi: decimalText,
      fundingRate: decimalText,
    }),
  }),
);

export const userRateLimitSchema = z.looseObject({
  cumVlm: decimalText,
  nRequestsUsed: unsignedInt,
  nRequestsCap: unsignedInt,
});

export const userFeesSchema = z.looseObject({
  userCrossRate: decimalText,
  userAddRate: decimalText,
});

export const userRoleSchema = z.looseObject({ role: z.string() });

export type OpenOrder = z.infer<typeof openOrderSchema>;
export type FrontendOrder = z.infer<typeof frontendOrderSchema>;
export type HistoricalOrder = z.infer<typeof historicalOrderSchema>;
export type OrderStatusResponse = z.infer<typeof orderStatusResponseSchema>;
export type UserFill = z.infer<typeof fillSchema>;
export type ClearinghouseState = z.infer<typeof clearinghouseStateSchema>;
export type PositionState = z.infer<typeof positionSchema>;
