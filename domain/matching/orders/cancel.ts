/**
 * Cancels, by order id or by client order id: each gets its own answer, and finding an order among
 * the live ones of an account. It never touches another account's orders.
 */

import type { VenueAction } from '../contract/venue-actions.ts';
import type { CancelStatusEntry, ExchangeResponse } from '../contract/venue-answers.ts';
import { accountOrders } from '../state/order-index.ts';
import { recordStatus } from '../state/order-records.ts';
import type { AccountState, LiveOrder, Step } from '../state/state.ts';
import { withAsset } from './order-validation.ts';

type CancelAction = Extract<VenueAction, { type: 'cancel' | 'cancelByCloid' }>;

/** The latest live order with this client order id: it may have been used more than once. */
function liveByCloid(step: Step, account: AccountState, cloid: string): LiveOrder | undefined {
  const latest = account.oidByCloid.get(cloid);
  if (latest === undefined) return undefined;
  const found = step.state.orders.get(latest);
  if (found) return found;
  const live = [...accountOrders(step.index, account.address).values()];
  return live.findLast((order) => order.cloid === cloid);
}

/** The account's live order with this id (a number) or client order id. */
export function findLive(
  step: Step,
  account: AccountState,
  id: number | string,
): LiveOrder | undefined {
  if (typeof id === 'string') return liveByCloid(step, account, id);
  const order = step.state.orders.get(id);
  return order?.account === account.address ? order : undefined;
}

function cancelOne(
  step: Step,
  account: AccountState,
  assetId: number,
  id: number | string,
  isFast: boolean,
): CancelStatusEntry {
  const order = findLive(step, account, id);
  const coin = step.terms.assets[assetId]?.spec.name;
  if (!order || order.coin !== coin) {
    const text = 'Order was never placed, already canceled, or filled.';
    return { error: withAsset(text, assetId) };
  }
  // The venue documents that it refuses this, without the text.
  if (isFast && order.trigger) {
    return { error: withAsset('Trigger orders cannot be canceled fast.', assetId) };
  }
  recordStatus(step, order, 'canceled');
  return 'success';
}

export function cancelOrders(
  step: Step,
  account: AccountState,
  action: CancelAction,
): ExchangeResponse {
  const isFast = action.f === true;
  const statuses =
    action.type === 'cancel'
      ? action.cancels.map(({ a, o }) => cancelOne(step, account, a, o, isFast))
      : action.cancels.map(({ asset, cloid }) => cancelOne(step, account, asset, cloid, isFast));
  return { status: 'ok', response: { type: 'cancel', data: { statuses } } };
}
