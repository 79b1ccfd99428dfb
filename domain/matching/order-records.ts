/**
 * What the venue says of an order: its view, its status changes, its place in the histories.
 * Keeps at most 2000 status changes and 2000 finished orders per account, as the venue serves.
 */
import { plainText, wireText } from './fixed-point.ts';
import { dropOrder } from './order-index.ts';
import type { AccountState, LiveOrder, Step } from './state.ts';
import { accountOf } from './state.ts';
import type { OrderStatus, OrderUpdate, OrderView } from './venue-types.ts';

export const KEPT_HISTORY = 2000;

/** Adds to a list that forgets its oldest entries. */
export function pushBounded<Entry>(list: Entry[], entry: Entry): void {
  list.push(entry);
  if (list.length > KEPT_HISTORY) list.shift();
}

function orderTypeOf(order: LiveOrder): OrderView['orderType'] {
  if (!order.trigger) return order.tif === 'FrontendMarket' ? 'Market' : 'Limit';
  if (order.trigger.tpsl === 'sl') return order.trigger.isMarket ? 'Stop Market' : 'Stop Limit';
  return order.trigger.isMarket ? 'Take Profit Market' : 'Take Profit Limit';
}

function triggerConditionOf(order: LiveOrder): string {
  if (!order.trigger) return 'N/A';
  if (order.trigger.hasFired) return 'Triggered';
  return `Price ${order.trigger.isAbove ? 'above' : 'below'} ${plainText(order.trigger.px)}`;
}

/** The order as `frontendOpenOrders` shows it now. */
export function viewOf(order: LiveOrder): OrderView {
  return {
    coin: order.coin,
    side: order.isBuy ? 'B' : 'A',
    limitPx: wireText(order.limitPx),
    sz: wireText(order.left),
    oid: order.oid,
    timestamp: order.timestamp,
    triggerCondition: triggerConditionOf(order),
    isTrigger: order.trigger !== null,
    triggerPx: wireText(order.trigger?.px ?? 0n),
    children: [],
    isPositionTpsl: false,
    reduceOnly: order.reduceOnly,
    orderType: orderTypeOf(order),
    origSz: wireText(order.origSz),
    tif: order.trigger ? null : order.tif,
    cloid: order.cloid,
  };
}

const ALIVE: ReadonlySet<OrderStatus> = new Set(['open', 'triggered']);

function rememberFinished(account: AccountState, order: LiveOrder): void {
  account.finished.push(order.oid);
  if (account.finished.length <= KEPT_HISTORY) return;
  const forgotten = account.finished.shift();
  if (forgotten === undefined) return;
  const cloid = account.latest.get(forgotten)?.order.cloid;
  if (cloid && account.oidByCloid.get(cloid) === forgotten) account.oidByCloid.delete(cloid);
  account.latest.delete(forgotten);
}

function publish(step: Step, order: LiveOrder, status: OrderStatus): OrderUpdate {
  const update: OrderUpdate = { order: viewOf(order), status, statusTimestamp: step.atMs };
  const account = accountOf(step.state, order.account);
  account.latest.set(order.oid, update);
  if (order.cloid) account.oidByCloid.set(order.cloid, order.oid);
  step.events.push({ kind: 'order', account: order.account, update });
  return update;
}

/** Records a change of status; one that ends the order also takes it out of the book. */
export function recordStatus(step: Step, order: LiveOrder, status: OrderStatus): void {
  const account = accountOf(step.state, order.account);
  pushBounded(account.history, publish(step, order, status));
  if (ALIVE.has(status)) return;
  dropOrder(step, order);
  rememberFinished(account, order);
}

/** Tells of a smaller remainder; no change of status, so no row in the history. */
export function recordPartialFill(step: Step, order: LiveOrder): void {
  const latest = accountOf(step.state, order.account).latest.get(order.oid);
  publish(step, order, latest?.status ?? 'open');
}
