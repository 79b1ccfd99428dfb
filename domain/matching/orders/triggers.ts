/**
 * Trigger orders: they wait outside the book and fire on the mark price, oldest first.
 * A market trigger then takes what its limit price allows, a limit trigger rests.
 */
import { canPlace } from '../margin/margin.ts';
import { reducibleSz } from '../margin/positions.ts';
import { coinOrders, dropOrder } from '../state/order-index.ts';
import { recordStatus } from '../state/order-records.ts';
import { accountOf, type LiveOrder, type MarketState, type Step } from '../state/state.ts';
import { executeOrder } from './placing.ts';

function isReached(order: LiveOrder, market: MarketState): boolean {
  if (!order.trigger) return false;
  return order.trigger.isAbove
    ? market.markPx >= order.trigger.px
    : market.markPx <= order.trigger.px;
}

function fire(step: Step, order: LiveOrder): void {
  // A waiting trigger leaves its list before it changes into an ordinary order.
  dropOrder(step, order);
  if (order.trigger) order.trigger = { ...order.trigger, hasFired: true };
  const account = accountOf(step.state, order.account);
  const reducible = reducibleSz(account, order.coin, order.isBuy);
  if (order.tie?.isWholePosition) {
    order.origSz = reducible;
    order.left = reducible;
  }
  recordStatus(step, order, 'triggered');
  if (order.reduceOnly && reducible === 0) {
    recordStatus(step, order, 'reduceOnlyCanceled');
  } else if (!order.reduceOnly && !canPlace(step, account, order)) {
    recordStatus(step, order, 'marginCanceled');
  } else executeOrder(step, order);
}

/** Fires every trigger that the present mark has reached. */
export function fireTriggers(step: Step, market: MarketState): void {
  for (const order of [...coinOrders(step.index, market.coin).waiting]) {
    if (step.state.orders.has(order.oid) && isReached(order, market)) fire(step, order);
  }
}
