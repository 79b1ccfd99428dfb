/**
 * One order from intent to its end, exactly once. Registers its handlers first, then places the
 * order, resolves any doubt, and attends to it until the venue is done with it.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { isTerminal } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { historyIsLong } from '../support/history.ts';
import type { CancelRequest, OrderInput } from './order.messages.ts';
import {
  cancelSignal,
  cancelUpdate,
  orderStateQuery,
  submittedUpdate,
  venueFactsSignal,
} from './order.messages.ts';
import { OrderRun } from './order-run.ts';
import { place } from './place.ts';
import { resolveDoubt } from './resolve-doubt.ts';
import { attend, isSettled, newAttention } from './settle.ts';

const DEFAULT_REASON = 'cancelled by request';
/** Any timer ends the workflow task, which makes what its local activities found part of history. */
const CHECKPOINT_MS = 1;

function listen(run: OrderRun): void {
  setHandler(orderStateQuery, () => run.view());
  setHandler(venueFactsSignal, (message) => run.hear(message));
  setHandler(cancelSignal, (request) => run.requestCancel(request?.reason ?? DEFAULT_REASON));
  setHandler(submittedUpdate, async () => {
    await condition(() => run.submitted);
    return run.view();
  });
  setHandler(
    cancelUpdate,
    async (request) => {
      run.requestCancel(request.reason ?? DEFAULT_REASON);
      await condition(() => isTerminal(run.facts));
      return run.view();
    },
    {
      validator: (_request: CancelRequest) => {
        if (isTerminal(run.facts)) throw new Error(`the order has already ended: ${run.status}`);
      },
    },
  );
}

export async function order(input: OrderInput): Promise<OrderView> {
  const run = new OrderRun(input);
  listen(run);
  if (input.carried === undefined) {
    await place(run, workflowInfo().workflowId);
    // An end that the venue does not know is told only once it is in the history: were this task
    // lost with its worker, the next one might come to another end.
    if (isTerminal(run.facts) && run.facts.venue === undefined) await sleep(CHECKPOINT_MS);
    run.submitted = true;
    await run.flush();
  }
  const attention = newAttention();
  while (!isSettled(run, attention)) {
    if (run.phase === 'inDoubt') await resolveDoubt(run);
    else await attend(run, attention);
    // A handler may be waiting for the very end that this loop brings about: it is never waited for.
    if (historyIsLong() && allHandlersFinished() && !isSettled(run, attention)) {
      await continueAsNew<typeof order>({ intent: run.intent, carried: run.carry() });
    }
  }
  await run.flush();
  await condition(allHandlersFinished);
  return run.view();
}
