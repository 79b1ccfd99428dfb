/**
 * The outside world's book: read, checked, taken from, and shown together with our own orders.
 * Depth that was taken stays taken until the next update replaces the book.
 */

import type { Level, MarketUpdate, Side } from '../contract/venue-inputs.ts';
import type { BestPrices, BookLevel, MarketView } from '../contract/venue-views.ts';
import {
  type Micro,
  plainText,
  quotient,
  roundToStep,
  toMicro,
  type WideMicro,
  wireText,
} from '../state/fixed-point.ts';
import { coinOrders, firstServed } from '../state/order-index.ts';
import type {
  LiveOrder,
  MarketState,
  OrderIndex,
  OutsideLevel,
  VenueState,
} from '../state/state.ts';
import type { AssetTerms, Terms } from '../state/terms.ts';
import { termsOf } from '../state/terms.ts';

/** The venue shows at most this many levels a side. */
const SHOWN_LEVELS = 20;

export interface Print {
  readonly px: Micro;
  readonly sz: Micro;
  readonly side: Side;
}

/** A market update whose every number has been read and checked. */
export interface ReadUpdate {
  readonly coin: string;
  readonly bids: OutsideLevel[];
  readonly asks: OutsideLevel[];
  readonly markPx: Micro;
  readonly oraclePx: Micro;
  readonly trades: readonly Print[];
}

function readStepped(text: string, step: Micro, field: string): Micro {
  const value = toMicro(text, field);
  if (value <= 0 || value % step !== 0) {
    const rule = `must be a positive multiple of ${plainText(step)}`;
    throw new RangeError(`${field} ${JSON.stringify(text)}: ${rule}`);
  }
  return value;
}

function readLevels(asset: AssetTerms, levels: readonly Level[], side: string): OutsideLevel[] {
  const field = `${asset.spec.name}.${side}`;
  let previous: Micro | undefined;
  return levels.map((level) => {
    const px = readStepped(level.px, asset.pxStep, `${field}.px`);
    if (previous !== undefined && (side === 'bids' ? px >= previous : px <= previous)) {
      throw new RangeError(`${field}.px ${JSON.stringify(level.px)}: levels must be best first`);
    }
    previous = px;
    return { px, sz: readStepped(level.sz, asset.lot, `${field}.sz`), n: level.n ?? 1 };
  });
}

/** Mark and oracle may be finer than a tick: rounded to the asset's decimals, so values are exact. */
function readReference(asset: AssetTerms, text: string, name: string): Micro {
  const field = `${asset.spec.name}.${name}`;
  const value = roundToStep(toMicro(text, field), asset.pxStep);
  if (value <= 0) throw new RangeError(`${field} ${JSON.stringify(text)}: must be positive`);
  return value;
}

/** @throws RangeError naming the field, before anything has changed. */
export function readUpdate(terms: Terms, update: MarketUpdate): ReadUpdate {
  const asset = termsOf(terms, update.coin);
  return {
    coin: update.coin,
    bids: readLevels(asset, update.bids, 'bids'),
    asks: readLevels(asset, update.asks, 'asks'),
    markPx: readReference(asset, update.markPx, 'markPx'),
    oraclePx: readReference(asset, update.oraclePx, 'oraclePx'),
    trades: update.trades.map((trade) => ({
      px: readStepped(trade.px, asset.pxStep, `${update.coin}.trades.px`),
      sz: readStepped(trade.sz, asset.lot, `${update.coin}.trades.sz`),
      side: trade.side,
    })),
  };
}

/** The best level with something left on the side that a buyer (or seller) takes from. */
export function bestOutside(market: MarketState, takerBuys: boolean): OutsideLevel | undefined {
  for (const level of takerBuys ? market.asks : market.bids) if (level.sz > 0) return level;
  return undefined;
}

/** Outside size at a price on the side where a bid (or ask) rests: the queue a newcomer joins. */
export function outsideSizeAt(market: MarketState, isBid: boolean, px: Micro): Micro {
  for (const level of isBid ? market.bids : market.asks) if (level.px === px) return level.sz;
  return 0;
}

/** Takes up to `wanted` from a level; returns what was taken. */
export function takeFrom(level: OutsideLevel, wanted: Micro): Micro {
  const taken = Math.min(level.sz, wanted);
  level.sz -= taken;
  return taken;
}

/** Best bid and ask over the outside book and our own resting orders. */
export function bestPrices(
  market: MarketState,
  index: OrderIndex,
): { bid: Micro | undefined; ask: Micro | undefined } {
  const orders = coinOrders(index, market.coin);
  const ownBid = firstServed(orders.bids)?.limitPx;
  const ownAsk = firstServed(orders.asks)?.limitPx;
  const outsideBid = bestOutside(market, false)?.px;
  const outsideAsk = bestOutside(market, true)?.px;
  return {
    bid:
      ownBid !== undefined && (outsideBid === undefined || ownBid > outsideBid)
        ? ownBid
        : outsideBid,
    ask:
      ownAsk !== undefined && (outsideAsk === undefined || ownAsk < outsideAsk)
        ? ownAsk
        : outsideAsk,
  };
}

/** The middle of best bid and ask; undefined when a side is empty. */
export function midPx(market: MarketState, index: OrderIndex): Micro | undefined {
  const { bid, ask } = bestPrices(market, index);
  return bid === undefined || ask === undefined ? undefined : quotient(bid + ask, 2);
}

function mergedLevels(
  outside: readonly OutsideLevel[],
  own: readonly LiveOrder[],
  isBid: boolean,
): MarketView['bids'] {
  const byPx = new Map<Micro, { sz: Micro; n: number }>();
  for (const level of outside) if (level.sz > 0) byPx.set(level.px, { sz: level.sz, n: level.n });
  for (const order of own) {
    const level = byPx.get(order.limitPx) ?? { sz: 0, n: 0 };
    byPx.set(order.limitPx, { sz: level.sz + order.left, n: level.n + 1 });
  }
  return [...byPx]
    .sort(([a], [b]) => (a < b === isBid ? 1 : -1))
    .slice(0, SHOWN_LEVELS)
    .map(([px, level]) => ({ px: wireText(px), sz: wireText(level.sz), n: level.n }));
}

/** The best level of a side: what is left of the outside's and our own orders at that price. */
function bestLevel(
  outside: OutsideLevel | undefined,
  own: readonly LiveOrder[],
  px: Micro | undefined,
): BookLevel | null {
  if (px === undefined) return null;
  let sz = outside?.px === px ? outside.sz : 0;
  let n = outside?.px === px ? outside.n : 0;
  for (let place = own.length - 1; own[place]?.limitPx === px; place -= 1) {
    sz += own[place]?.left ?? 0;
    n += 1;
  }
  return { px: wireText(px), sz: wireText(sz), n };
}

/** The top of the market, as `marketView` shows it; undefined before the coin's first update. */
export function bestPricesView(
  state: VenueState,
  index: OrderIndex,
  coin: string,
): BestPrices | undefined {
  const market = state.markets.get(coin);
  if (!market) return undefined;
  const own = coinOrders(index, coin);
  const { bid, ask } = bestPrices(market, index);
  const mid = midPx(market, index);
  return {
    bid: bestLevel(bestOutside(market, false), own.bids, bid),
    ask: bestLevel(bestOutside(market, true), own.asks, ask),
    markPx: wireText(market.markPx),
    midPx: mid === undefined ? null : wireText(mid),
  };
}

/** Long size over our accounts and the outside world (longs equal shorts). */
export function openInterest(state: VenueState, coin: string): WideMicro {
  let long = 0n;
  const add = (szi: Micro | WideMicro | undefined): void => {
    if (szi !== undefined && szi > 0) long += BigInt(szi);
  };
  for (const account of state.accounts.values()) add(account.positions.get(coin)?.szi);
  add(state.outside.positions.get(coin));
  add(state.liquidator.positions.get(coin));
  return long;
}

/** The market as the outside sees it; undefined before the coin's first update. */
export function marketView(
  state: VenueState,
  index: OrderIndex,
  coin: string,
): MarketView | undefined {
  const market = state.markets.get(coin);
  if (!market) return undefined;
  const orders = coinOrders(index, coin);
  const mid = midPx(market, index);
  return {
    coin,
    bids: mergedLevels(market.bids, orders.bids, true),
    asks: mergedLevels(market.asks, orders.asks, false),
    markPx: wireText(market.markPx),
    oraclePx: wireText(market.oraclePx),
    midPx: mid === undefined ? null : wireText(mid),
    openInterest: wireText(openInterest(state, coin)),
    atMs: market.atMs,
    marketTimeMs: market.marketTimeMs,
  };
}
