/**
 * Activities that must succeed in the end: tried once as local ones, which costs no task of the
 * server, and repeated as ordinary ones. A local activity that is repeated for long keeps the
 * workflow task open by heartbeats, and an update that arrives meanwhile does not replay (SDK 1.24:
 * the activity's result is applied before the update, whatever came first).
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { isCancellation } from '@temporalio/workflow';

export const LOCALLY_ONCE: LocalActivityOptions = {
  startToCloseTimeout: '3s',
  retry: { maximumAttempts: 1 },
};

export const UNTIL_DONE: ActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
};

/**
 * @param locally the activity proxied with {@link LOCALLY_ONCE}
 * @param untilDone the same one proxied with {@link UNTIL_DONE}; it has to be safe to repeat
 */
export function lasting<Request>(
  locally: (request: Request) => Promise<void>,
  untilDone: (request: Request) => Promise<void>,
): (request: Request) => Promise<void> {
  return async (request) => {
    try {
      await locally(request);
    } catch (fault) {
      if (isCancellation(fault)) throw fault;
      await untilDone(request);
    }
  };
}
