/**
 * The channels about markets. Books, contexts and mids are told whole after a step of the feed or,
 * for books, after an order; trades and best prices as they change.
 */
import { deflateRawSync } from 'node:zlib';
import type { BookLevel } from '../../hyperliquid/wire/info-market.ts';
import type { SubscriptionOf } from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';
import {
  BOOK_PACE_MS,
  CONTEXT_PACE_MS,
  type EventChannel,
  type StateChannel,
  touchesCoin,
} from './channel.ts';
import { type FastCtx, type MarketBoard, wireTrade } from './market-board.ts';
import { OUTCOME_META } from './static-answers.ts';

const TRADES_AT_START = 30;

const isStep = (change: Change): boolean => change.isStep;

export const allMids = (market: MarketBoard): StateChannel => ({
  kind: 'state',
  name: 'allMids',
  paceMs: BOOK_PACE_MS,
  isMovedBy: isStep,
  whole: () => ({ mids: market.mids() }),
});

export const l2Book = (
  market: MarketBoard,
  { coin, ...aggregation }: SubscriptionOf<'l2Book'>,
): StateChannel => ({
  kind: 'state',
  name: 'l2Book',
  paceMs: BOOK_PACE_MS,
  isMovedBy: (change) => touchesCoin(change, coin),
  whole: () => {
    const book = market.book(coin, aggregation);
    return book && aggregation.fast ? { ...book, fast: true } : (book ?? undefined);
  },
});

interface Bbo {
  readonly coin: string;
  readonly time: number;
  readonly bbo: readonly [BookLevel | null, BookLevel | null];
}

export const bbo = (market: MarketBoard, { coin }: SubscriptionOf<'bbo'>): StateChannel => ({
  kind: 'state',
  name: 'bbo',
  paceMs: 0,
  isMovedBy: (change) => touchesCoin(change, coin),
  whole: (): Bbo | undefined => {
    const best = market.best(coin);
    return best && { coin, time: market.timeMs, bbo: best };
  },
  gist: (data) => JSON.stringify((data as Bbo).bbo),
});

export const trades = (market: MarketBoard, { coin }: SubscriptionOf<'trades'>): EventChannel => ({
  kind: 'events',
  name: 'trades',
  first: () => [market.recentTrades(coin).slice(0, TRADES_AT_START)],
  next: ({ events }) => {
    const news = events.flatMap((event) =>
      event.kind === 'trade' && event.trade.coin === coin ? [wireTrade(event.trade)] : [],
    );
    return news.length > 0 ? [news] : [];
  },
});

export const candle = (
  market: MarketBoard,
  { coin, interval }: SubscriptionOf<'candle'>,
): StateChannel => ({
  kind: 'state',
  name: 'candle',
  paceMs: 0,
  isMovedBy: isStep,
  whole: () => market.currentCandle(coin, interval),
  gist: JSON.stringify,
});

/** There are no spot pairs here, whose contexts have a channel of their own. */
export const activeAssetCtx = (
  market: MarketBoard,
  { coin }: SubscriptionOf<'activeAssetCtx'>,
): StateChannel => ({
  kind: 'state',
  name: 'activeAssetCtx',
  paceMs: CONTEXT_PACE_MS,
  isMovedBy: isStep,
  whole: () => (market.isKnown(coin) ? { coin, ctx: market.context(coin) } : undefined),
});

export const assetCtxs = (
  market: MarketBoard,
  { dex }: SubscriptionOf<'assetCtxs'>,
): StateChannel => ({
  kind: 'state',
  name: 'assetCtxs',
  paceMs: CONTEXT_PACE_MS,
  isMovedBy: isStep,
  whole: () => ({ dex, ctxs: market.contexts() }),
});

export const allDexsAssetCtxs = (market: MarketBoard): StateChannel => ({
  kind: 'state',
  name: 'allDexsAssetCtxs',
  paceMs: CONTEXT_PACE_MS,
  isMovedBy: isStep,
  whole: () => ({ ctxs: [['', market.contexts()]] }),
});

/** Never anything new: there are no spot pairs. */
export const spotAssetCtxs = (): EventChannel => ({
  kind: 'events',
  name: 'spotAssetCtxs',
  first: () => [[]],
  next: () => [],
});

/** Never anything new: there are no outcomes. */
export const outcomeMetaUpdates = (): EventChannel => ({
  kind: 'events',
  name: 'outcomeMetaUpdates',
  first: () => [{ updates: OUTCOME_META.outcomes }],
  next: () => [],
});

const packed = (contexts: object): string =>
  deflateRawSync(JSON.stringify(contexts)).toString('base64');

/** What of a coin's prices is not what it was. */
function changeOf(before: FastCtx | undefined, now: FastCtx): Partial<FastCtx> | undefined {
  const markPx = before?.markPx === now.markPx ? {} : { markPx: now.markPx };
  const midPx = before?.midPx === now.midPx ? {} : { midPx: now.midPx };
  const change = { ...markPx, ...midPx };
  return Object.keys(change).length > 0 ? change : undefined;
}

/** Everything at first, then what changed. */
export function fastAssetCtxs(market: MarketBoard): EventChannel {
  let told: Record<string, FastCtx> = {};
  return {
    kind: 'events',
    name: 'fastAssetCtxs',
    first: () => {
      told = market.fastContexts();
      return [packed(told)];
    },
    next: (change) => {
      if (!change.isStep) return [];
      const now = market.fastContexts();
      const changes = Object.entries(now).flatMap(([coin, context]) => {
        const news = changeOf(told[coin], context);
        return news ? [[coin, news] as const] : [];
      });
      told = now;
      return changes.length > 0 ? [packed(Object.fromEntries(changes))] : [];
    },
  };
}
