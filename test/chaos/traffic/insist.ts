/** Asking again until there is an answer, as a client does that must know. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NoResult } from '../../../client/cli/failure.ts';

const TRY_AGAIN_MS = 400;
/**
 * After this long a client gives up, and the run then fails for it: what was asked first may be in doubt
 * for as long as faults go on, a minute and a half, and has the two minutes after them that all have.
 */
const GIVE_UP_MS = 240_000;

/**
 * Asks until there is an answer.
 * @param isPointless ends the asking without one
 * @throws what came last when there is none for long, or asking has become pointless
 */
export async function insist<Value>(
  ask: () => Promise<Value>,
  isPointless: () => boolean = () => false,
): Promise<Value> {
  const deadlineMs = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (Date.now() > deadlineMs || isPointless()) throw fault;
      await sleep(TRY_AGAIN_MS);
    }
  }
}

/** Far longer than a reconciliation takes to start an order again that was closed by hand. */
const CLOSED_FOR_GOOD_MS = 60_000;

/**
 * Asks until there is an answer, or until the workflow has stayed closed without a result: a hand ended it
 * between the moment in which its end was told and its own. What has ended nobody starts again; what it
 * had come to is the judge's to say.
 * @returns undefined when it stayed closed
 */
export function insistWhileOpen<Value>(
  ask: () => Promise<Value>,
  closedForGoodMs = CLOSED_FOR_GOOD_MS,
): Promise<Value | undefined> {
  let closedSinceMs: number | undefined;
  return insist(async () => {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof NoResult)) {
        closedSinceMs = undefined;
        throw fault;
      }
      closedSinceMs ??= Date.now();
      if (Date.now() - closedSinceMs >= closedForGoodMs) return undefined;
      throw fault;
    }
  });
}
