/**
 * `POST /info`: the questions that the paper exchange answers and our client asks.
 * Addresses come out lower-cased, nulls count as absent. A type that is not listed does not parse;
 * the venue answers it with HTTP 422.
 */
import { z } from 'zod';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import { address, cloidText, firstDex, optional, unsignedInt } from './scalars.ts';

export const candleIntervalSchema = z.enum(
  Object.keys(INTERVALS_MS) as [Interval, ...Interval[]],
  'must be an interval of the venue, as in 1m, 15m, 1h',
);

const coin = z.string().max(32);

/** How a book is aggregated; the mantissa belongs to 5 significant figures alone. */
export const bookAggregation = {
  nSigFigs: optional(z.union([z.literal(2), z.literal(3), z.literal(4), z.literal(5)])),
  mantissa: optional(z.union([z.literal(1), z.literal(2), z.literal(5)])),
};

const timeRange = { startTime: unsignedInt, endTime: optional(unsignedInt) };

/** A question without further fields. */
const bare = <Type extends string>(type: Type) => z.object({ type: z.literal(type) });
/** A question about one account. */
const ofUser = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), user: address, dex: firstDex });
/** A question about one dex. */
const ofDex = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), dex: firstDex });

export const infoRequestSchema = z.discriminatedUnion('type', [
  ofDex('meta'),
  bare('spotMeta'),
  ofDex('metaAndAssetCtxs'),
  bare('spotMetaAndAssetCtxs'),
  bare('perpDexs'),
  bare('allPerpMetas'),
  bare('outcomeMeta'),
  ofDex('allMids'),
  bare('exchangeStatus'),
  z.object({ type: z.literal('l2Book'), coin, ...bookAggregation }),
  z.object({ type: z.literal('recentTrades'), coin }),
  z.object({
    type: z.literal('candleSnapshot'),
    req: z.object({ coin, interval: candleIntervalSchema, ...timeRange }),
  }),
  z.object({ type: z.literal('fundingHistory'), coin, ...timeRange }),
  ofUser('clearinghouseState'),
  ofUser('spotClearinghouseState'),
  ofUser('openOrders'),
  ofUser('frontendOpenOrders'),
  z.object({
    type: z.literal('orderStatus'),
    user: address,
    oid: z.union([unsignedInt, cloidText]),
  }),
  ofUser('historicalOrders'),
  z.object({
    type: z.literal('userFills'),
    user: address,
    aggregateByTime: optional(z.boolean()),
  }),
  z.object({
    type: z.literal('userFillsByTime'),
    user: address,
    ...timeRange,
    aggregateByTime: optional(z.boolean()),
    reversed: optional(z.boolean()),
  }),
  z.object({ type: z.literal('userFunding'), user: address, ...timeRange }),
  ofUser('userRateLimit'),
  ofUser('userFees'),
  ofUser('userRole'),
  ofUser('userAbstraction'),
  ofUser('extraAgents'),
  z.object({ type: z.literal('maxBuilderFee'), user: address, builder: address }),
]);

export type InfoRequest = z.infer<typeof infoRequestSchema>;
/** The request of one type, as in `InfoRequestOf<'l2Book'>`. */
export type InfoRequestOf<Type extends InfoRequest['type']> = Extract<InfoRequest, { type: Type }>;
