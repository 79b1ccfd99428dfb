/**
 * `POST /info`: the questions that the venue answers. Addresses come out lower-cased, nulls count
 * as absent. A type that is not listed does not parse; the venue answers it with HTTP 422.
 * Only the first perpetuals' dex is spoken of.
 */
import { z } from 'zod';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import { address, cloidText, firstDex, optional, unsignedInt } from './scalars.ts';

/** The venue's intervals: ours, and the calendar month, which has no fixed length. */
export type CandleInterval = Interval | '1M';

export const candleIntervalSchema = z.enum(
  [...(Object.keys(INTERVALS_MS) as Interval[]), '1M' as const],
  'must be an interval of the venue, as in 1m, 15m, 1h',
);

const coin = z.string().max(32);

/** How a book is aggregated; the mantissa belongs to 5 significant figures alone. */
export const bookAggregation = {
  nSigFigs: optional(z.union([z.literal(2), z.literal(3), z.literal(4), z.literal(5)])),
  mantissa: optional(z.union([z.literal(1), z.literal(2), z.literal(5)])),
};

const timeRange = { startTime: unsignedInt, endTime: optional(unsignedInt) };
const openTimeRange = { startTime: optional(unsignedInt), endTime: optional(unsignedInt) };

/** A question without further fields. */
const bare = <Type extends string>(type: Type) => z.object({ type: z.literal(type) });
/** A question about one account. */
const ofUser = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), user: address, dex: firstDex });
/** A question about one dex. */
const ofDex = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), dex: firstDex });
/** A question about one market. */
const ofCoin = <Type extends string>(type: Type) => z.object({ type: z.literal(type), coin });

const marketRequests = [
  ofDex('meta'),
  bare('spotMeta'),
  ofDex('metaAndAssetCtxs'),
  bare('spotMetaAndAssetCtxs'),
  bare('perpDexs'),
  bare('allPerpMetas'),
  ofDex('allMids'),
  bare('exchangeStatus'),
  z.object({ type: z.literal('l2Book'), coin, ...bookAggregation }),
  ofCoin('recentTrades'),
  z.object({
    type: z.literal('candleSnapshot'),
    req: z.object({ coin, interval: candleIntervalSchema, ...timeRange }),
  }),
  z.object({ type: z.literal('fundingHistory'), coin, ...timeRange }),
  bare('predictedFundings'),
  ofDex('perpsAtOpenInterestCap'),
  z.object({ type: z.literal('marginTable'), id: unsignedInt, dex: firstDex }),
  bare('maxMarketOrderNtls'),
] as const;

const accountRequests = [
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
  z.object({ type: z.literal('userFunding'), user: address, ...openTimeRange }),
  z.object({ type: z.literal('userNonFundingLedgerUpdates'), user: address, ...openTimeRange }),
  ofUser('userTwapSliceFills'),
  z.object({ type: z.literal('userTwapSliceFillsByTime'), user: address, ...timeRange }),
  ofUser('twapHistory'),
  ofUser('portfolio'),
  z.object({ type: z.literal('activeAssetData'), user: address, coin }),
  ofUser('userRateLimit'),
  ofUser('userFees'),
  ofUser('userRole'),
  ofUser('userAbstraction'),
  ofUser('userDexAbstraction'),
  ofUser('extraAgents'),
  z.object({ type: z.literal('maxBuilderFee'), user: address, builder: address }),
  ofUser('approvedBuilders'),
  ofUser('userToMultiSigSigners'),
  ofUser('subAccounts'),
  ofUser('subAccounts2'),
  ofUser('referral'),
  ofUser('legalCheck'),
  ofUser('isVip'),
  z.object({ type: z.literal('preTransferCheck'), user: address, source: address }),
  ofUser('webData2'),
] as const;

/** Vaults, staking, lending, deployments, outcomes: asked by front ends and by start-up code. */
const otherRequests = [
  z.object({
    type: z.literal('vaultDetails'),
    vaultAddress: address,
    user: optional(address),
  }),
  bare('vaultSummaries'),
  ofUser('userVaultEquities'),
  ofUser('leadingVaults'),
  ofUser('delegations'),
  ofUser('delegatorSummary'),
  ofUser('delegatorHistory'),
  ofUser('delegatorRewards'),
  bare('validatorSummaries'),
  bare('validatorL1Votes'),
  bare('gossipRootIps'),
  bare('gossipPriorityAuctionStatus'),
  bare('liquidatable'),
  ofUser('borrowLendUserState'),
  z.object({ type: z.literal('borrowLendReserveState'), token: unsignedInt }),
  bare('allBorrowLendReserveStates'),
  z.object({ type: z.literal('userBorrowLendInterest'), user: address, ...timeRange }),
  z.object({ type: z.literal('tokenDetails'), tokenId: z.string().max(64) }),
  ofUser('spotDeployState'),
  bare('spotPairDeployAuctionStatus'),
  bare('perpDeployAuctionStatus'),
  ofDex('perpDexLimits'),
  ofDex('perpDexStatus'),
  ofCoin('perpAnnotation'),
  bare('perpCategories'),
  bare('perpConciseAnnotations'),
  bare('outcomeMeta'),
  bare('outcomeTemplates'),
  z.object({ type: z.literal('settledOutcome'), outcome: unsignedInt }),
  bare('usdcRouting'),
] as const;

export const infoRequestSchema = z.discriminatedUnion('type', [
  ...marketRequests,
  ...accountRequests,
  ...otherRequests,
]);

export type InfoRequest = z.infer<typeof infoRequestSchema>;
export type InfoType = InfoRequest['type'];
/** The request of one type, as in `InfoRequestOf<'l2Book'>`. */
export type InfoRequestOf<Type extends InfoType> = Extract<InfoRequest, { type: Type }>;
