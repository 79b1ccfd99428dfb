/**
 * Where live orders are found: by coin in price-time priority, by account, by id.
 * The index is derived from the orders alone and rebuilt after a restore. It decides nothing.
 */
import { expose, reduceExposed, unexpose } from '../margin/exposure.ts';
import type { Micro } from './fixed-point.ts';
import type { CoinOrders, LiveOrder, OrderIndex, Step, Tie, VenueState } from './state.ts';

export function coinOrders(index: OrderIndex, coin: string): CoinOrders {
  let found = index.byCoin.get(coin);
  if (!found) {
    found = { bids: [], asks: [], waiting: [] };
    index.byCoin.set(coin, found);
  }
  return found;
}

export function accountOrders(index: OrderIndex, account: string): Map<number, LiveOrder> {
  let found = index.byAccount.get(account);
  if (!found) {
    found = new Map();
    index.byAccount.set(account, found);
  }
  return found;
}

const isWaiting = (order: LiveOrder): boolean => order.trigger !== null && !order.trigger.hasFired;

/** The list that an order belongs to; a child that is held is in none. */
function listOf(index: OrderIndex, order: LiveOrder): LiveOrder[] | undefined {
  if (order.tie?.role === 'held') return undefined;
  const orders = coinOrders(index, order.coin);
  if (isWaiting(order)) return orders.waiting;
  return order.isBuy ? orders.bids : orders.asks;
}

/** Whether `a` is served before `b` on the same side. */
function isBefore(a: LiveOrder, b: LiveOrder): boolean {
  if (a.limitPx !== b.limitPx) return a.isBuy ? a.limitPx > b.limitPx : a.limitPx < b.limitPx;
  return a.priority < b.priority;
}

/** The resting order that is served first. */
export const firstServed = (list: readonly LiveOrder[]): LiveOrder | undefined =>
  list[list.length - 1];

/** Where the order is in the list of its side, or belongs. */
function placeIn(list: readonly LiveOrder[], order: LiveOrder): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = list[middle];
    if (other && isBefore(order, other)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addToIndex(index: OrderIndex, order: LiveOrder): void {
  accountOrders(index, order.account).set(order.oid, order);
  expose(index, order);
  const list = listOf(index, order);
  if (!list) return;
  const place = isWaiting(order) ? list.length : placeIn(list, order);
  if (place === list.length) list.push(order);
  else list.splice(place, 0, order);
}

function removeFromList(index: OrderIndex, order: LiveOrder): void {
  const list = listOf(index, order);
  if (!list) return;
  const place = isWaiting(order) ? list.indexOf(order) : placeIn(list, order);
  if (list[place] !== order) return;
  if (place === list.length - 1) list.pop();
  else list.splice(place, 1);
}

/** Lets an order rest (or a trigger wait), behind everything at its price. */
export function keepOrder(step: Step, order: LiveOrder): void {
  order.priority = step.state.nextPriority;
  step.state.nextPriority += 1;
  step.state.orders.set(order.oid, order);
  addToIndex(step.index, order);
}

/** Forgets a live order, if it is one. */
export function dropOrder(step: Step, order: LiveOrder): void {
  if (!step.state.orders.delete(order.oid)) return;
  removeFromList(step.index, order);
  unexpose(step.index, order);
  step.index.byAccount.get(order.account)?.delete(order.oid);
}

/** Takes what was traded off an order, live or not. */
export function reduceOrder(step: Step, order: LiveOrder, sz: Micro): void {
  if (step.state.orders.has(order.oid)) reduceExposed(step.index, order, sz);
  else order.left -= sz;
}

/** The live orders of a group that have this part in it, oldest first. */
export function groupOrders(
  index: OrderIndex,
  account: string,
  group: number,
  role: Tie['role'],
): LiveOrder[] {
  return [...accountOrders(index, account).values()].filter(
    ({ tie }) => tie?.group === group && tie.role === role,
  );
}

export function rebuildIndex(state: VenueState): OrderIndex {
  const index: OrderIndex = { byCoin: new Map(), byAccount: new Map(), exposures: new Map() };
  const byPriority = [...state.orders.values()].sort((a, b) => a.priority - b.priority);
  for (const order of byPriority) addToIndex(index, order);
  return index;
}
