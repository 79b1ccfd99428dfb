/** What long activities use of `@temporalio/activity`, over the simulated server. */
import { CancelledFailure } from '@temporalio/common';
import { ACTIVITY } from '../temporal/heart.ts';

export const Context = {
  current() {
    const present = ACTIVITY.getStore();
    if (present === undefined) throw new Error('activity code ran outside of an activity');
    const { abort, beat } = present;
    return {
      heartbeat: (_details?: unknown): void => beat(),
      cancellationSignal: abort.signal,
      get cancelled(): Promise<never> {
        return Promise.reject(new CancelledFailure('cancelled'));
      },
    };
  },
};
