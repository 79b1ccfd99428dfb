/**
 * Matching in price-time priority between our accounts' orders and the outside book.
 *
 * A taker walks the best of (other accounts' resting orders, outside levels). A resting order is
 * filled by a taker, by outside trades that print through its price, by trades at its price once
 * the outside queue before it is used up, or by a new outside book that crosses it. Makers always
 * trade at their own price. Whether an order may be placed at all is not decided here.
 */

import type { Fill } from '../contract/venue-records.ts';
import { canCarry } from '../margin/margin.ts';
import { reducibleSz } from '../margin/positions.ts';
import { bestOutside, outsideSizeAt, type Print, takeFrom } from '../market/outside-book.ts';
import { type Micro, negated, notional } from '../state/fixed-point.ts';
import { coinOrders, firstServed } from '../state/order-index.ts';
import { recordPartialFill, recordStatus } from '../state/order-records.ts';
import {
  accountOf,
  assetOf,
  type LiveOrder,
  type MarketState,
  marketOf,
  nextTradeId,
  OUTSIDE_ADDRESS,
  type OutsideLevel,
  type Step,
} from '../state/state.ts';
import { publishTrade, settleBetween, settleWithOutside } from './settlement.ts';

/** What a taker got. */
export interface Taken {
  readonly sz: Micro;
  readonly usd: Micro;
}

/** Whether an order would trade at this price. */
export const crosses = (order: Pick<LiveOrder, 'isBuy' | 'limitPx'>, px: Micro): boolean =>
  order.isBuy ? px <= order.limitPx : px >= order.limitPx;

/** The orders of a side that would trade at this price, in the order in which they are served. */
function crossingAt(list: readonly LiveOrder[], px: Micro): LiveOrder[] {
  const found: LiveOrder[] = [];
  for (let place = list.length - 1; place >= 0; place -= 1) {
    const order = list[place];
    if (!order || !crosses(order, px)) break;
    found.push(order);
  }
  return found;
}

/** What the order may still trade: its remainder, capped to the position when reduce-only. */
function tradableSz(step: Step, order: LiveOrder): Micro {
  if (!order.reduceOnly) return order.left;
  const account = accountOf(step.state, order.account);
  return Math.min(order.left, reducibleSz(account, order.coin, order.isBuy));
}

const isLive = (step: Step, order: LiveOrder): boolean => step.state.orders.has(order.oid);

function recordMakerFill(step: Step, order: LiveOrder): void {
  if (order.left === 0) recordStatus(step, order, 'filled');
  else if (isLive(step, order)) recordPartialFill(step, order);
}

/** What a resting order can give now; one that can give nothing is cancelled. */
function makerSz(step: Step, maker: LiveOrder, wanted: Micro): Micro {
  const sz = Math.min(wanted, tradableSz(step, maker));
  if (sz === 0) {
    recordStatus(step, maker, 'reduceOnlyCanceled');
    return 0;
  }
  const account = accountOf(step.state, maker.account);
  const asset = assetOf(step, maker.coin);
  if (canCarry(step, account, asset, maker.isBuy ? sz : negated(sz), maker.limitPx)) return sz;
  recordStatus(step, maker, 'marginCanceled');
  return 0;
}

/** Outside size at the maker's price that has priority over it. */
function outsideBefore(maker: LiveOrder, level: OutsideLevel | undefined): Micro {
  if (!level) return 0;
  if (level.px !== maker.limitPx) {
    const isBetter = maker.isBuy ? level.px > maker.limitPx : level.px < maker.limitPx;
    return isBetter ? level.sz : 0;
  }
  return Math.min(level.sz, maker.queueAhead);
}

/** The outside queue at a price moves up by what was taken from its front. */
function shortenQueues(step: Step, coin: string, isBid: boolean, px: Micro, taken: Micro): void {
  const orders = coinOrders(step.index, coin);
  for (const order of isBid ? orders.bids : orders.asks) {
    if (order.limitPx === px) order.queueAhead = Math.max(order.queueAhead - taken, 0);
  }
}

/**
 * Lets an order take what its limit allows. The resting side of a self-trade is cancelled and the
 * taker goes on. The order's remainder is the caller's to rest or to cancel.
 */
export function takeLiquidity(
  step: Step,
  taker: LiveOrder,
  liquidation?: Fill['liquidation'],
): Taken {
  const market = marketOf(step.state, taker.coin);
  const contra = coinOrders(step.index, taker.coin)[taker.isBuy ? 'asks' : 'bids'];
  const role = { isTaker: true, liquidation };
  let takenSz = 0;
  let takenUsd = 0;
  for (;;) {
    const wanted = tradableSz(step, taker);
    if (wanted === 0) break;
    const maker = firstServed(contra);
    const level = bestOutside(market, taker.isBuy);
    const isOutside = level && (!maker || outsideBefore(maker, level) > 0);
    const px = isOutside ? level.px : maker?.limitPx;
    if (px === undefined || !crosses(taker, px)) break;
    let sz: Micro;
    if (isOutside) {
      sz = takeFrom(level, maker ? Math.min(wanted, outsideBefore(maker, level)) : wanted);
      shortenQueues(step, taker.coin, !taker.isBuy, px, sz);
      settleWithOutside(step, taker, px, sz, role);
    } else if (maker) {
      if (maker.account === taker.account) {
        recordStatus(step, maker, 'selfTradeCanceled');
        continue;
      }
      sz = makerSz(step, maker, wanted);
      if (sz === 0) continue;
      settleBetween(step, taker, maker, sz, liquidation);
      recordMakerFill(step, maker);
    } else break;
    takenSz += sz;
    takenUsd += notional(px, sz);
  }
  return { sz: takenSz, usd: takenUsd };
}

/** Lets the remainder of an order rest behind what the outside shows at its price. */
export function joinQueue(order: LiveOrder, market: MarketState): void {
  order.queueAhead = outsideSizeAt(market, order.isBuy, order.limitPx);
}

/** Fills a resting order against the outside at its own price, up to `offered`. */
function fillFromOutside(step: Step, order: LiveOrder, offered: Micro): Micro {
  const sz = makerSz(step, order, offered);
  if (sz === 0) return 0;
  settleWithOutside(step, order, order.limitPx, sz, { isTaker: false });
  recordMakerFill(step, order);
  return sz;
}

/**
 * An outside trade meets our resting orders. Orders with a better price than the print are served
 * first; at the print's own price the outside queue before each order is served before it.
 * What our orders do not take is published as a trade among outsiders.
 */
export function applyPrint(step: Step, coin: string, print: Print): void {
  const orders = coinOrders(step.index, coin);
  const makers = print.side === 'A' ? orders.bids : orders.asks;
  let offered = print.sz;
  let passed = 0;
  let ours = 0;
  for (const order of crossingAt(makers, print.px)) {
    if (!isLive(step, order)) continue;
    if (order.limitPx === print.px) {
      const eaten = Math.min(Math.max(order.queueAhead - passed, 0), offered);
      passed += eaten;
      offered -= eaten;
      order.queueAhead = Math.max(order.queueAhead - passed, 0);
    }
    if (offered === 0) continue;
    const sz = fillFromOutside(step, order, offered);
    offered -= sz;
    ours += sz;
  }
  const rest = print.sz - ours;
  if (rest === 0) return;
  publishTrade(step, {
    coin,
    px: print.px,
    sz: rest,
    isBuy: print.side === 'B',
    tid: nextTradeId(step),
    taker: OUTSIDE_ADDRESS,
    maker: OUTSIDE_ADDRESS,
  });
}

/** A new outside book that crosses resting orders trades with them, at their price. */
export function crossRestingOrders(step: Step, market: MarketState): void {
  const orders = coinOrders(step.index, market.coin);
  for (const side of [orders.bids, orders.asks]) {
    const best = bestOutside(market, side === orders.bids);
    for (const order of best ? crossingAt(side, best.px) : []) {
      while (isLive(step, order)) {
        const level = bestOutside(market, order.isBuy);
        if (!level || !crosses(order, level.px)) break;
        const sz = fillFromOutside(step, order, level.sz);
        if (sz > 0) takeFrom(level, sz);
      }
    }
  }
}

/** Where the outside no longer bids (or offers) as well as we do, nobody is before us. */
export function forgetVanishedQueues(step: Step, market: MarketState): void {
  const orders = coinOrders(step.index, market.coin);
  const forget = (list: readonly LiveOrder[], best: Micro | undefined): void => {
    for (let place = list.length - 1; place >= 0; place -= 1) {
      const order = list[place];
      if (!order) break;
      const isAlone =
        best === undefined || (order.isBuy ? order.limitPx > best : order.limitPx < best);
      if (!isAlone) break;
      order.queueAhead = 0;
    }
  };
  forget(orders.bids, market.bids[0]?.px);
  forget(orders.asks, market.asks[0]?.px);
}
