/**
 * Modify: cancel an order and place a new one, with a new id and the same client order id unless
 * another is given. Unless it is to be placed always, the new order must be a limit order that
 * rests: post-only, or GTC that would not trade, which becomes post-only.
 *
 * Assumed, since the venue does not say: a new order that breaks this rule leaves the old one as it
 * is, while one that is refused for other reasons (margin, tick) comes after the cancel. A new
 * order of the same kind and side takes the old one's place in its group.
 */

import type { Modification, VenueAction } from '../contract/venue-actions.ts';
import type { ExchangeResponse, OrderStatusEntry } from '../contract/venue-answers.ts';
import { bestPrices } from '../market/outside-book.ts';
import { recordStatus } from '../state/order-records.ts';
import {
  type AccountState,
  type LiveOrder,
  marketOf,
  type Step,
  type Tie,
} from '../state/state.ts';
import { findLive } from './cancel.ts';
import { crosses } from './matching.ts';
import { batchRefusal, orderAnswer } from './order-batch.ts';
import { type BatchProblem, type ReadOrder, readBatch } from './order-validation.ts';
import { placeOrder } from './placing.ts';

type ModifyAction = Extract<VenueAction, { type: 'modify' }>;
type BatchModifyAction = Extract<VenueAction, { type: 'batchModify' }>;

const NOTHING_TO_MODIFY = { error: 'Cannot modify canceled or filled order' };
const INVALID = { error: 'Attempted to modify to invalid new order' };

interface ReadModification {
  readonly oid: number | string;
  readonly read: ReadOrder;
}

function readModification(
  step: Step,
  account: AccountState,
  { oid, order }: Modification,
): ReadModification | BatchProblem {
  const isOfPosition = findLive(step, account, oid)?.tie?.isPositionTpsl ?? false;
  const batch = readBatch(step, [order], isOfPosition);
  if ('kind' in batch) return batch;
  const [read] = batch;
  return read ? { oid, read } : { kind: 'refused', text: 'Orders are empty' };
}

/** The order as it will rest, or undefined when it would not. */
function asResting(step: Step, { wire, ...numbers }: ReadOrder): ReadOrder | undefined {
  if (!('limit' in wire.t)) return undefined;
  const { tif } = wire.t.limit;
  if (tif === 'Alo') return { wire, ...numbers };
  const { bid, ask } = bestPrices(marketOf(step.state, numbers.asset.spec.name), step.index);
  const contra = wire.b ? ask : bid;
  const order = { isBuy: wire.b, limitPx: numbers.px };
  const wouldTrade = contra !== undefined && crosses(order, contra);
  if (tif !== 'Gtc' || wouldTrade) return undefined;
  return { wire: { ...wire, t: { limit: { tif: 'Alo' } } }, ...numbers };
}

/** The new order's part in the old one's group, if it is fit for it. */
function inheritedTie(old: LiveOrder, { wire, sz }: ReadOrder): Tie | null {
  const isExit = 'trigger' in wire.t && wire.r;
  const fits = old.tie !== null && old.isBuy === wire.b && (isExit || old.tie.role === 'parent');
  return fits && old.tie ? { ...old.tie, isWholePosition: sz === 0 } : null;
}

function replaceOrder(
  step: Step,
  account: AccountState,
  { oid, read }: ReadModification,
  isAlways: boolean,
): OrderStatusEntry {
  const old = findLive(step, account, oid);
  if (!old && !isAlways) return NOTHING_TO_MODIFY;
  if (old && old.coin !== read.asset.spec.name) return INVALID;
  const wanted = isAlways ? read : asResting(step, read);
  if (!wanted) return INVALID;
  if (!old) return placeOrder(step, account, wanted);
  const tie = inheritedTie(old, wanted);
  if (wanted.sz === 0 && !tie?.isPositionTpsl) return INVALID;
  // The group goes on with the new order, so the end of the old one must not end it.
  if (tie) old.tie = null;
  recordStatus(step, old, 'canceled');
  const cloid = wanted.wire.c ?? old.cloid;
  const wire = cloid === null ? wanted.wire : { ...wanted.wire, c: cloid };
  return placeOrder(step, account, { ...wanted, wire }, { tie, builder: old.builder });
}

/** Modifies one order. Its errors refuse the action as a whole. */
export function modifyOrder(
  step: Step,
  account: AccountState,
  action: ModifyAction,
): ExchangeResponse {
  const read = readModification(step, account, action);
  if ('kind' in read) return { status: 'err', response: read.text };
  const answer = replaceOrder(step, account, read, action.a === true);
  return typeof answer === 'object' && 'error' in answer
    ? { status: 'err', response: answer.error }
    : { status: 'ok', response: { type: 'default' } };
}

/** Modifies several orders, each with its own answer; a payload error refuses them all. */
export function modifyBatch(
  step: Step,
  account: AccountState,
  action: BatchModifyAction,
): ExchangeResponse {
  if (action.modifies.length === 0) return { status: 'err', response: 'Orders are empty' };
  const changes: ReadModification[] = [];
  for (const modification of action.modifies) {
    const read = readModification(step, account, modification);
    if ('kind' in read) return batchRefusal(read);
    changes.push(read);
  }
  return orderAnswer(
    changes.map((change) => replaceOrder(step, account, change, action.a === true)),
  );
}
