/**
 * scheduleCancel, the dead man's switch: at a time set in advance, all orders of an account are
 * cancelled. A firing counts even if there was nothing to cancel; after ten on one UTC day no other
 * can be set on that day. Source: the venue's documentation, "Exchange endpoint".
 */

import type { VenueAction } from '../contract/venue-actions.ts';
import { noteDue } from '../state/due-times.ts';
import { MICRO, plainText } from '../state/fixed-point.ts';
import { accountOrders } from '../state/order-index.ts';
import { endOrders } from '../state/order-records.ts';
import type { AccountState, Step } from '../state/state.ts';

type ScheduleCancel = Extract<VenueAction, { type: 'scheduleCancel' }>;

const LEAST_DELAY_MS = 5000;
const MOST_FIRINGS_PER_DAY = 10;
const DAY_MS = 86_400_000;

const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

/** USD with at most two decimals, cut off. */
const centsText = (usd: bigint): string => plainText(usd - (usd % BigInt(MICRO / 100)));

function firingsToday(step: Step, account: string): number {
  const firings = step.state.cancelFirings.get(account);
  return firings?.day === dayOf(step.atMs) ? firings.count : 0;
}

/** Sets or takes back the time. Returns the refusal text, or undefined when it is done. */
export function scheduleCancel(
  step: Step,
  account: AccountState,
  { time }: ScheduleCancel,
): string | undefined {
  const { scheduledCancels } = step.state;
  if (time === undefined) {
    scheduledCancels.delete(account.address);
    return undefined;
  }
  const required = step.terms.scheduleCancelVolume;
  if (account.volumeUsd < required) {
    const rule = `Required: $${plainText(required)}. Traded: $${centsText(account.volumeUsd)}.`;
    return `Cannot set scheduled cancel time until enough volume traded. ${rule}`;
  }
  if (firingsToday(step, account.address) >= MOST_FIRINGS_PER_DAY) {
    return `Too many scheduled cancels triggered for the day. Limit is ${MOST_FIRINGS_PER_DAY}`;
  }
  // The venue's text for this case is not recorded.
  if (time < step.atMs + LEAST_DELAY_MS) {
    return 'Scheduled cancel time must be at least 5 seconds in the future.';
  }
  scheduledCancels.set(account.address, time);
  noteDue(step.state, time);
  return undefined;
}

/** Cancels everything that the account has open, children and triggers too. */
export function fireScheduledCancel(step: Step, account: string): void {
  step.state.scheduledCancels.delete(account);
  const count = firingsToday(step, account) + 1;
  step.state.cancelFirings.set(account, { day: dayOf(step.atMs), count });
  endOrders(step, accountOrders(step.index, account).values(), 'scheduledCancel');
}
