/**
 * Activities that must succeed in the end: tried once as local ones, which costs no task of the
 * server, and repeated as ordinary ones. A local activity that is repeated for long would keep the
 * workflow task open by heartbeats, and whoever asks meanwhile waiting for its end.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { isCancellation } from '@temporalio/workflow';
import { giveWay, type Turn } from './turns.ts';

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
export function lasting<Request, Result>(
  locally: (request: Request) => Promise<Result>,
  untilDone: (request: Request) => Promise<Result>,
): (request: Request, turn?: Turn) => Promise<Result> {
  return async (request, turn = giveWay) => {
    try {
      return await turn(() => locally(request));
    } catch (fault) {
      if (isCancellation(fault)) throw fault;
      return untilDone(request);
    }
  };
}
