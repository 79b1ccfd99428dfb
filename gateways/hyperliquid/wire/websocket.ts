/**
 * Frames of the WebSocket `/ws`: what clients send, and the data of each channel that the venue
 * pushes. A subscription parses into its normalised form, which is what acknowledgements echo.
 */
import { z } from 'zod';
import {
  activeAssetDataSchema,
  clearinghouseStateSchema,
  frontendOrderSchema,
  historicalOrderSchema,
  openOrderSchema,
  spotClearinghouseStateSchema,
} from './info-account.ts';
import {
  fillSchema,
  fundingDeltaSchema,
  ledgerUpdatesSchema,
  twapHistorySchema,
  twapSliceFillsSchema,
  twapStateSchema,
} from './info-account-history.ts';
import {
  allMidsSchema,
  assetCtxSchema,
  bookLevelSchema,
  candleSchema,
  l2BookSchema,
  spotAssetCtxSchema,
  tradeSchema,
} from './info-market.ts';
import { bookAggregation, candleIntervalSchema } from './info-requests.ts';
import { address, decimalText, firstDex, optional, unsignedInt } from './scalars.ts';

const coin = z.string().max(32);
const dexOrFirst = firstDex.transform((dex) => dex ?? '');
const orNull = <Value>(value: Value | undefined): Value | null => value ?? null;
const falseByDefault = optional(z.boolean()).transform((value) => value ?? false);

const bare = <Type extends string>(type: Type) => z.object({ type: z.literal(type) });
const ofCoin = <Type extends string>(type: Type) => z.object({ type: z.literal(type), coin });
const ofUser = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), user: address });
const ofUserAndDex = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), user: address, dex: dexOrFirst });

/** A subscription, brought to the form in which the venue echoes it. */
export const subscriptionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('allMids'), dex: firstDex }),
  z.object({
    type: z.literal('l2Book'),
    coin,
    nSigFigs: bookAggregation.nSigFigs.transform(orNull),
    mantissa: bookAggregation.mantissa.transform(orNull),
    fast: falseByDefault,
  }),
  ofCoin('bbo'),
  ofCoin('trades'),
  z.object({ type: z.literal('candle'), interval: candleIntervalSchema, coin }),
  ofCoin('activeAssetCtx'),
  z.object({ type: z.literal('activeAssetData'), user: address, coin }),
  z.object({ type: z.literal('assetCtxs'), dex: dexOrFirst }),
  bare('allDexsAssetCtxs'),
  bare('spotAssetCtxs'),
  bare('fastAssetCtxs'),
  bare('outcomeMetaUpdates'),
  ofUser('orderUpdates'),
  ofUser('userEvents'),
  ofUser('user'),
  z.object({ type: z.literal('userFills'), user: address, aggregateByTime: falseByDefault }),
  ofUser('userFundings'),
  ofUser('userNonFundingLedgerUpdates'),
  ofUser('userHistoricalOrders'),
  ofUser('userTwapHistory'),
  ofUser('userTwapSliceFills'),
  ofUser('notification'),
  ofUserAndDex('openOrders'),
  ofUserAndDex('clearinghouseState'),
  ofUserAndDex('twapStates'),
  ofUser('allDexsClearinghouseState'),
  z.object({
    type: z.literal('spotState'),
    user: address,
    ignorePortfolioMargin: falseByDefault,
  }),
  ofUser('webData3'),
]);

export type Subscription = z.infer<typeof subscriptionSchema>;
/** The subscription of one type, as in `SubscriptionOf<'l2Book'>`. */
export type SubscriptionOf<Type extends Subscription['type']> = Extract<
  Subscription,
  { type: Type }
>;

/** A frame from a client. The payload of a post is judged where it is answered. */
export const clientFrameSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('ping') }),
  z.object({ method: z.literal('subscribe'), subscription: subscriptionSchema }),
  z.object({ method: z.literal('unsubscribe'), subscription: subscriptionSchema }),
  z.object({
    method: z.literal('post'),
    id: unsignedInt,
    request: z.object({ type: z.enum(['info', 'action']), payload: z.unknown() }),
  }),
]);

export type ClientFrame = z.infer<typeof clientFrameSchema>;

/** Any frame from the venue: the channel says how to read the data. */
export const serverFrameSchema = z.looseObject({ channel: z.string(), data: z.unknown() });

export const orderUpdateSchema = z.looseObject({
  order: openOrderSchema,
  status: z.string(),
  statusTimestamp: unsignedInt,
});

const fundingEventSchema = fundingDeltaSchema.extend({ time: unsignedInt });

/** One user's list: `isSnapshot` is true on the first message and absent afterwards. */
const listOfUser = <Key extends string, Item extends z.ZodType>(key: Key, list: Item) =>
  z.looseObject({
    user: address,
    isSnapshot: z.literal(true).optional(),
    ...({ [key]: list } as Record<Key, Item>),
  });

/** The data of each channel, by the channel's name. Channel `user` carries `userEvents`. */
export const channelDataSchemas = {
  allMids: z.looseObject({ mids: allMidsSchema }),
  l2Book: l2BookSchema.extend({ fast: z.literal(true).optional() }),
  bbo: z.looseObject({
    coin: z.string(),
    time: unsignedInt,
    bbo: z.tuple([bookLevelSchema.nullable(), bookLevelSchema.nullable()]),
  }),
  trades: z.array(tradeSchema),
  candle: candleSchema,
  activeAssetCtx: z.looseObject({ coin: z.string(), ctx: assetCtxSchema }),
  /** Of spot pairs: what is told to those who subscribe to `activeAssetCtx` of one. */
  activeSpotAssetCtx: z.looseObject({ coin: z.string(), ctx: spotAssetCtxSchema }),
  activeAssetData: activeAssetDataSchema,
  assetCtxs: z.looseObject({ dex: z.string(), ctxs: z.array(assetCtxSchema) }),
  allDexsAssetCtxs: z.looseObject({
    ctxs: z.array(z.tuple([z.string(), z.array(assetCtxSchema)])),
  }),
  spotAssetCtxs: z.array(spotAssetCtxSchema),
  /** Base64 of raw deflate of JSON: by coin, `markPx` and `midPx` as far as they changed. */
  fastAssetCtxs: z.base64(),
  outcomeMetaUpdates: z.looseObject({ updates: z.array(z.looseObject({})) }),
  orderUpdates: z.array(orderUpdateSchema),
  user: z.looseObject({
    fills: z.array(fillSchema).optional(),
    funding: fundingEventSchema.optional(),
    liquidation: z
      .looseObject({
        lid: unsignedInt,
        liquidator: z.string(),
        liquidated_user: z.string(),
        liquidated_ntl_pos: decimalText,
        liquidated_account_value: decimalText,
      })
      .optional(),
    nonUserCancel: z.array(z.looseObject({ coin: z.string(), oid: unsignedInt })).optional(),
    twapHistory: twapHistorySchema.optional(),
    twapSliceFills: twapSliceFillsSchema.optional(),
  }),
  userFills: listOfUser('fills', z.array(fillSchema)),
  userFundings: listOfUser('fundings', z.array(fundingEventSchema)),
  userNonFundingLedgerUpdates: listOfUser('nonFundingLedgerUpdates', ledgerUpdatesSchema),
  userHistoricalOrders: listOfUser('orderHistory', z.array(historicalOrderSchema)),
  userTwapHistory: listOfUser('history', twapHistorySchema),
  userTwapSliceFills: listOfUser('twapSliceFills', twapSliceFillsSchema),
  notification: z.looseObject({ notification: z.string() }),
  openOrders: z.looseObject({
    dex: z.string().optional(),
    user: address,
    orders: z.array(frontendOrderSchema),
  }),
  clearinghouseState: z.looseObject({
    dex: z.string().optional(),
    user: address,
    clearinghouseState: clearinghouseStateSchema,
  }),
  twapStates: z.looseObject({
    dex: z.string(),
    user: address,
    states: z.array(z.tuple([unsignedInt, twapStateSchema])),
  }),
  allDexsClearinghouseState: z.looseObject({
    user: address,
    clearinghouseStates: z.array(z.tuple([z.string(), clearinghouseStateSchema])),
  }),
  spotState: z.looseObject({ user: address, spotState: spotClearinghouseStateSchema }),
  webData3: z.looseObject({
    userState: z.looseObject({
      agentAddress: z.string().nullable(),
      agentValidUntil: unsignedInt.nullable(),
      cumLedger: decimalText,
      serverTime: unsignedInt,
      isVault: z.boolean(),
      user: address,
    }),
    perpDexStates: z.array(z.looseObject({ totalVaultEquity: decimalText })),
  }),
} as const;

export type ChannelName = keyof typeof channelDataSchemas;
export type ChannelData<Name extends ChannelName> = z.infer<(typeof channelDataSchemas)[Name]>;
export type OrderUpdate = z.infer<typeof orderUpdateSchema>;
