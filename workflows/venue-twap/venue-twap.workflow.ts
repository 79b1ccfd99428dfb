/**
 * A TWAP that the venue works, exactly once: its envelope is stored before it is sent, sent once, and
 * what became of it is found by what was asked for. Ends only when the venue sends no slice any more.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { CancelRequest } from '../parent/parent.messages.ts';
import {
  cancelSignal,
  cancelUpdate,
  parentStateQuery,
  startedUpdate,
} from '../parent/parent.messages.ts';
import { historyIsLong } from '../support/history.ts';
import type { TwapWindow, VenueTwapInput } from './venue-twap.messages.ts';
import { VenueTwapRun } from './venue-twap-run.ts';
import { cancel, follow, place, resolveDoubt } from './venue-twap-steps.ts';

const DEFAULT_REASON = 'cancelled by request';
/** Any timer ends the workflow task, which makes what local activities found part of history. */
const CHECKPOINT_MS = 1;

function listen(run: VenueTwapRun): void {
  setHandler(parentStateQuery, () => run.view());
  setHandler(cancelSignal, (request) => run.requestCancel(request?.reason ?? DEFAULT_REASON));
  setHandler(startedUpdate, async () => {
    await condition(() => run.started);
    return run.view();
  });
  setHandler(
    cancelUpdate,
    async (request) => {
      run.requestCancel(request.reason ?? DEFAULT_REASON);
      await condition(() => run.hasEnded);
      return run.view();
    },
    {
      validator: (_request: CancelRequest) => {
        if (run.hasEnded) throw new Error(`the order has already ended: ${run.status}`);
      },
    },
  );
}

/** One turn of an attended TWAP: out of doubt, or on to its end. */
async function turn(run: VenueTwapRun, window: TwapWindow): Promise<void> {
  run.stirred = false;
  const { twapId } = run.facts;
  if (twapId === undefined) await resolveDoubt(run, window);
  else if (run.cancelRequested !== undefined) await cancel(run, twapId, window);
  else await follow(run, twapId);
  await run.flush();
}

export async function venueTwap(input: VenueTwapInput): Promise<ParentView> {
  const run = new VenueTwapRun(input);
  listen(run);
  if (input.carried === undefined) {
    // Known to the ledger before it is on its way: see `TwapLedgerPort.takeTwapLane`.
    await run.flush();
    if (run.asksLocally) await sleep(CHECKPOINT_MS);
    await place(run, workflowInfo().workflowId);
    // What came of it is told only once it is in the history.
    if (run.asksLocally) await sleep(CHECKPOINT_MS);
    run.started = true;
    await run.flush();
  }
  const { window } = run;
  if (window !== undefined) {
    while (!run.hasEnded) {
      await turn(run, window);
      if (historyIsLong() && allHandlersFinished() && !run.hasEnded) {
        await continueAsNew<typeof venueTwap>(run.successor(window));
      }
    }
  }
  await run.flush();
  await condition(allHandlersFinished);
  return run.view();
}
