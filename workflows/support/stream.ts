/** A stream that a workflow owns: an activity that goes on until its scope is cancelled. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { reasonOf } from './fault-text.ts';

/** A failure that Temporal does not repeat, e.g. a corrupt answer, may be gone a little later. */
const REOPEN_MS = 5_000;

/**
 * Runs the activity, and again whenever it fails for good, until the scope that is returned is
 * cancelled.
 * @param onFailed told why it ended
 */
export function keepOpen(
  stream: () => Promise<void>,
  onFailed: (reason: string) => void,
): CancellationScope {
  const scope = new CancellationScope();
  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await stream();
        return;
      } catch (fault) {
        if (isCancellation(fault)) return;
        onFailed(reasonOf(fault));
      }
      await sleep(REOPEN_MS);
    }
  };
  // Cancelled while it waits, it has nothing left to do.
  scope.run(run).catch(() => undefined);
  return scope;
}
