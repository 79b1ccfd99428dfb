/**
 * What the venue remembers of an order: its status changes, its place in the histories.
 * Keeps at most 2000 status changes and 2000 finished orders per account, as the venue serves.
 */

import type { OrderStatus } from '../contract/venue-records.ts';
import { OrderEvent } from './events.ts';
import { dropOrder, groupOrders, keepOrder } from './order-index.ts';
import { rowOf } from './order-rows.ts';
import type { AccountState, LiveOrder, OrderRow, Step, Tie } from './state.ts';
import { accountOf } from './state.ts';

export const KEPT_HISTORY = 2000;

/** Adds to a list that forgets its oldest entries, many at once, since each time costs. */
export function pushBounded<Entry>(list: Entry[], entry: Entry): void {
  list.push(entry);
  if (list.length >= 2 * KEPT_HISTORY) list.splice(0, KEPT_HISTORY);
}

/** The newest entries, newest first. */
export const newestFirst = <Entry>(list: readonly Entry[]): Entry[] =>
  list.slice(-KEPT_HISTORY).reverse();

/** What ends all orders of an account, children too, for one reason. */
const SWEEPING: ReadonlySet<OrderStatus> = new Set(['liquidatedCanceled', 'scheduledCancel']);

const isAlive = (status: OrderStatus): boolean => status === 'open' || status === 'triggered';

function rememberFinished(account: AccountState, order: LiveOrder): void {
  const place = account.finishedCount % KEPT_HISTORY;
  const forgotten = account.finished[place];
  account.finished[place] = order.oid;
  account.finishedCount += 1;
  if (forgotten === undefined) return;
  const cloid = account.latest.get(forgotten)?.cloid;
  if (cloid && account.oidByCloid.get(cloid) === forgotten) account.oidByCloid.delete(cloid);
  account.latest.delete(forgotten);
}

function publish(
  step: Step,
  account: AccountState,
  order: LiveOrder,
  status: OrderStatus,
): OrderRow {
  const row = rowOf(order, status, step.atMs);
  account.latest.set(order.oid, row);
  if (order.cloid) account.oidByCloid.set(order.cloid, order.oid);
  step.events.push(new OrderEvent(order.account, row));
  return row;
}

/** Records a change of status; one that ends the order also takes it out of the book. */
export function recordStatus(step: Step, order: LiveOrder, status: OrderStatus): void {
  const account = accountOf(step.state, order.account);
  pushBounded(account.history, publish(step, account, order, status));
  if (isAlive(status)) return;
  dropOrder(step, order);
  rememberFinished(account, order);
  if (order.tie) endTie(step, order, order.tie, status);
}

/** Ends the orders that are still alive: the end of one may have ended the next. */
export function endOrders(step: Step, orders: Iterable<LiveOrder>, status: OrderStatus): void {
  for (const order of [...orders]) {
    if (step.state.orders.has(order.oid)) recordStatus(step, order, status);
  }
}

/** A held child becomes an order of its own, behind those that were placed before now. */
function releaseChild(step: Step, child: LiveOrder): void {
  dropOrder(step, child);
  if (child.tie) child.tie = { ...child.tie, role: 'sibling' };
  keepOrder(step, child);
}

/**
 * The end of a parent releases its children if it filled, wholly or until margin ran out, and
 * otherwise ends them; a child that filled ends its siblings.
 * Source: the venue's documentation, "Take profit and stop loss orders".
 */
function endTie(step: Step, order: LiveOrder, tie: Tie, status: OrderStatus): void {
  const members = (role: Tie['role']): LiveOrder[] =>
    groupOrders(step.index, order.account, tie.group, role);
  if (tie.role === 'parent') {
    const isPartFilled = order.left < order.origSz;
    if (status === 'filled' || (status === 'marginCanceled' && isPartFilled)) {
      for (const child of members('held')) releaseChild(step, child);
    } else endOrders(step, members('held'), SWEEPING.has(status) ? status : 'canceled');
  } else if (status === 'filled') endOrders(step, members('sibling'), 'siblingFilledCanceled');
}

/** Tells of a smaller remainder; no change of status, so no row in the history. */
export function recordPartialFill(step: Step, order: LiveOrder): void {
  const account = accountOf(step.state, order.account);
  publish(step, account, order, account.latest.get(order.oid)?.status ?? 'open');
}
