/**
 * What the venue does of its own accord, as its clock comes to it: scheduled cancels fire, TWAPs
 * send their slices. The clock is that of the inputs: each input is preceded by what is due by then.
 */

import { fireScheduledCancel } from '../orders/schedule-cancel.ts';
import { sendSlice } from '../orders/twap.ts';
import { earliestDue } from './due-times.ts';
import { NEVER_MS, type Step } from './state.ts';

/** Performs what is due, in the order of its times. */
export function performDue(step: Step): void {
  const { state, terms, atMs } = step;
  if (atMs < state.nextDueMs) return;
  let due = earliestDue(state, terms.seed);
  while (due && due.atMs <= atMs) {
    if (due.kind === 'cancel') fireScheduledCancel(step, due.account);
    else sendSlice(step, due.twap);
    due = earliestDue(state, terms.seed);
  }
  state.nextDueMs = due?.atMs ?? NEVER_MS;
}
