/**
 * Frames of the WebSocket `/ws`: what clients send, and the data of each channel that the venue
 * pushes. A subscription parses into its normalised form, which is what acknowledgements echo.
 */
import { z } from 'zod';
import {
  clearinghouseStateSchema,
  fillSchema,
  frontendOrderSchema,
  openOrderSchema,
} from './info-account.ts';
import {
  allMidsSchema,
  assetCtxSchema,
  bookLevelSchema,
  candleSchema,
  l2BookSchema,
  tradeSchema,
} from './info-market.ts';
import { bookAggregation, candleIntervalSchema } from './info-requests.ts';
import { address, decimalText, firstDex, optional, unsignedInt } from './scalars.ts';

const coin = z.string().max(32);
const dexOrFirst = firstDex.transform((dex) => dex ?? '');
const orNull = <Value>(value: Value | undefined): Value | null => value ?? null;
const falseByDefault = optional(z.boolean()).transform((value) => value ?? false);

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
  ofUser('orderUpdates'),
  ofUser('userEvents'),
  ofUser('user'),
  z.object({ type: z.literal('userFills'), user: address, aggregateByTime: falseByDefault }),
  ofUserAndDex('openOrders'),
  ofUserAndDex('clearinghouseState'),
]);

export type Subscription = z.infer<typeof subscriptionSchema>;

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

const fundingEventSchema = z.looseObject({
  time: unsignedInt,
  coin: z.string(),
  usdc: decimalText,
  szi: decimalText,
  fundingRate: decimalText,
});

/** The data of each channel, by the channel's name. Channel `user` carries `userEvents`. */
export const channelDataSchemas = {
  allMids: z.looseObject({ mids: allMidsSchema }),
  l2Book: l2BookSchema,
  bbo: z.looseObject({
    coin: z.string(),
    time: unsignedInt,
    bbo: z.tuple([bookLevelSchema.nullable(), bookLevelSchema.nullable()]),
  }),
  trades: z.array(tradeSchema),
  candle: candleSchema,
  activeAssetCtx: z.looseObject({ coin: z.string(), ctx: assetCtxSchema }),
  orderUpdates: z.array(orderUpdateSchema),
  user: z.looseObject({
    fills: z.array(fillSchema).optional(),
    funding: fundingEventSchema.optional(),
    liquidation: z.looseObject({ lid: unsignedInt }).optional(),
    nonUserCancel: z.array(z.looseObject({ coin: z.string(), oid: unsignedInt })).optional(),
  }),
  /** `isSnapshot` is true on the first message and absent afterwards. */
  userFills: z.looseObject({
    user: address,
    fills: z.array(fillSchema),
    isSnapshot: z.literal(true).optional(),
  }),
  openOrders: z.looseObject({ user: address, orders: z.array(frontendOrderSchema) }),
  clearinghouseState: z.looseObject({
    user: address,
    clearinghouseState: clearinghouseStateSchema,
  }),
} as const;

export type ChannelName = keyof typeof channelDataSchemas;
export type ChannelData<Name extends ChannelName> = z.infer<(typeof channelDataSchemas)[Name]>;
export type OrderUpdate = z.infer<typeof orderUpdateSchema>;
