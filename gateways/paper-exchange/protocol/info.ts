/**
 * `POST /info`: one answer per question. To add a question: write its schema in the wire's
 * `info-requests.ts`; the compiler then asks for its answer here. Changes nothing.
 */
import type { InfoRequest, InfoRequestOf } from '../../hyperliquid/wire/info-requests.ts';
import type { PaperExchange } from '../exchange.ts';
import type { AccountBoard } from './account-board.ts';
import type { MarketBoard } from './market-board.ts';
import {
  OUTCOME_META,
  PERP_DEXS,
  SPOT_META,
  SPOT_META_AND_CTXS,
  SPOT_STATE,
  USER_FEES,
} from './static-answers.ts';

type Answers = {
  readonly [Type in InfoRequest['type']]: (request: InfoRequestOf<Type>) => unknown;
};

/** Answers any question in the shape of the venue. */
export type Answer = (request: InfoRequest) => unknown;

/** Joins the boards to one answering function. */
export function createInfo(
  exchange: PaperExchange,
  market: MarketBoard,
  accounts: AccountBoard,
): Answer {
  const { meta } = exchange.feed.tape;
  const untilNow = Number.MAX_SAFE_INTEGER;
  const answers: Answers = {
    meta: () => meta,
    spotMeta: () => SPOT_META,
    metaAndAssetCtxs: () => [meta, meta.universe.map(({ name }) => market.context(name))],
    spotMetaAndAssetCtxs: () => SPOT_META_AND_CTXS,
    perpDexs: () => PERP_DEXS,
    allPerpMetas: () => [meta],
    outcomeMeta: () => OUTCOME_META,
    allMids: () => market.mids(),
    exchangeStatus: () => ({
      time: exchange.nowMs(),
      specialStatuses: exchange.isHalted ? { tradingHalted: 'the tape has ended' } : null,
    }),
    l2Book: ({ coin, ...aggregation }) => market.book(coin, aggregation),
    recentTrades: ({ coin }) => market.recentTrades(coin),
    candleSnapshot: ({ req }) =>
      market.candles(req.coin, req.interval, req.startTime, req.endTime ?? untilNow),
    fundingHistory: ({ coin, startTime, endTime }) =>
      market.fundingHistory(coin, startTime, endTime ?? untilNow),
    clearinghouseState: ({ user }) => accounts.state(user),
    spotClearinghouseState: () => SPOT_STATE,
    openOrders: ({ user }) => accounts.openOrders(user),
    frontendOpenOrders: ({ user }) => accounts.frontendOpenOrders(user),
    orderStatus: ({ user, oid }) => accounts.orderStatus(user, oid),
    historicalOrders: ({ user }) => accounts.historicalOrders(user),
    userFills: ({ user }) => accounts.fills(user),
    userFillsByTime: ({ user, reversed, ...range }) => accounts.fillsByTime(user, range, reversed),
    userFunding: ({ user, ...range }) => accounts.funding(user, range),
    userRateLimit: ({ user }) => accounts.rateLimit(user),
    userFees: () => USER_FEES,
    userRole: ({ user }) => accounts.role(user),
    userAbstraction: () => 'disabled',
    extraAgents: () => [],
    maxBuilderFee: () => 0,
  };
  return (request) => (answers[request.type] as Answer)(request);
}
