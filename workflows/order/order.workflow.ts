/**
 * One order from intent to its end, exactly once. Registers its handlers first, then places the
 * order, resolves any doubt, and attends to it until the venue is done with it.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type Amendment,
  amended,
  checkAmendment,
  filledOverall,
  nextEpoch,
} from '../../domain/execution/order-epochs.ts';
import { isComplete, isTerminal } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { decimal } from '../../domain/kernel/decimal.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { historyIsLong } from '../support/history.ts';
import type { CancelRequest, OrderInput } from './order.messages.ts';
import {
  amendUpdate,
  cancelSignal,
  cancelUpdate,
  orderStateQuery,
  submittedUpdate,
  venueFactsSignal,
} from './order.messages.ts';
import { OrderRun, UNDER_WAY } from './order-run.ts';
import { place } from './place.ts';
import { resolveDoubt } from './resolve-doubt.ts';
import { attend, capsCancels, isSettled, newAttention } from './settle.ts';

const DEFAULT_REASON = 'cancelled by request';
/** Any timer ends the workflow task, which makes what its local activities found part of history. */
const CHECKPOINT_MS = 1;
/** Since then the end of an epoch is in the history before the next one is placed. */
const EPOCH_CHECKPOINT = 'checkpoint-between-epochs';
/** Since then an order ends only after nobody can open another epoch of it. */
const SEALED_END = 'sealed-end';
/** Since then an order that has filled is not made larger: see `goOn`. */
const FILLED_ENDS = 'filled-is-the-end';
/** Since then an order that has filled keeps the prices that it was placed at: only a size can have come true. */
const AS_PLACED = 'as-placed';

function listen(run: OrderRun): void {
  setHandler(orderStateQuery, () => run.view());
  setHandler(venueFactsSignal, (message) => run.whenHeard(() => run.hear(message)));
  const cancel = (reason = DEFAULT_REASON): void => run.whenHeard(() => run.requestCancel(reason));
  setHandler(cancelSignal, (request) => cancel(request?.reason));
  setHandler(submittedUpdate, async () => {
    // As any other news, so that the answer stands before the timer of the wait in which it is given.
    run.whenHeard(() => run.stir());
    await condition(() => run.submitted);
    return run.view();
  });
  setHandler(
    amendUpdate,
    async (change) => {
      const ticket = run.requestAmend(change);
      await condition(() => ticket.done);
      if (ticket.refusal !== undefined) {
        throw ApplicationFailure.nonRetryable(describeViolation(ticket.refusal), 'NotAmended');
      }
      return run.view();
    },
    {
      validator: (change: Amendment) => {
        if (isTerminal(run.facts)) throw new Error(`the order has already ended: ${run.status}`);
        if (run.isAmending) throw new Error(UNDER_WAY);
        const violation = checkAmendment(run.intent, change);
        if (violation !== undefined) throw new Error(describeViolation(violation));
      },
    },
  );
  setHandler(
    cancelUpdate,
    async (request) => {
      cancel(request.reason);
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

/**
 * Places what is left under the next epoch; the present one has ended.
 * @returns whether there is a next epoch
 */
async function openNextEpoch(run: OrderRun): Promise<boolean> {
  const change = run.amending?.change ?? {};
  const intent = amended(run.intent, change);
  const wanted = run.cancelRequested === undefined && !run.wasTold;
  const next = wanted ? nextEpoch(run.past, run.facts, intent.sizeBase) : undefined;
  if (next === undefined || (run.phase === 'filled' && patched(FILLED_ENDS))) {
    const isDone = filledOverall(run.past, run.facts).gte(decimal(intent.sizeBase));
    const { sizeBase } = change;
    const asPlaced = isDone && patched(AS_PLACED);
    const cameTrue = isDone && (sizeBase !== undefined || !asPlaced);
    if (wanted && cameTrue) run.become(asPlaced && sizeBase ? { ...run.intent, sizeBase } : intent);
    const rule = `the order ended ${run.view().status} before it could be changed`;
    run.closeAmendment(cameTrue ? undefined : { field: 'amend', value: '', rule });
    return false;
  }
  run.past = [...run.past, run.facts];
  run.facts = next;
  run.become(intent);
  run.note('amended', { ...change, epoch: next.epoch, leftBase: next.sizeBase });
  // What is placed next follows from how this epoch ended: were both lost with one task, the next
  // execution might end the order here, and what was placed would belong to nobody.
  const checks = run.isPresent || patched(EPOCH_CHECKPOINT);
  if (checks) await sleep(CHECKPOINT_MS);
  await place(run, workflowInfo().workflowId);
  if (checks && isTerminal(run.facts) && run.facts.venue === undefined) await sleep(CHECKPOINT_MS);
  run.closeAmendment();
  return true;
}

/**
 * Whether an earlier run got further than this one: one that was terminated or reset after it had
 * amended the order, or may be about to, on a worker that sleeps. Not asked of an order that its
 * first epoch has filled: what is filled is not amended any more; nor of one without an envelope,
 * whose place was sealed when that was found.
 * @returns whether there is something to go on with
 */
async function goOn(run: OrderRun): Promise<boolean> {
  const { facts, past, intent } = run;
  const isSimple = past.length === 0 && run.phase === 'filled';
  if (facts.cloid === undefined || isSimple) return false;
  if (!run.isPresent && !patched(SEALED_END)) return false;
  const { workflowId } = workflowInfo();
  const standing = await run.world.sealOrder({ intent, epoch: facts.epoch, workflowId });
  if (standing === undefined) return false;
  run.resumeAt(standing);
  return true;
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
  let attention = newAttention();
  for (;;) {
    if (run.amending !== undefined && isSettled(run, attention)) {
      const wentOn = await openNextEpoch(run);
      // What was waited for in vain is not waited for again because of an amendment that came late.
      if (wentOn || isComplete(run.facts) || !capsCancels(run)) attention = newAttention();
      await run.flush();
    }
    if (isSettled(run, attention)) {
      // An amendment may have come while the last news were told: it is answered first.
      run.hearLast();
      if (run.amending !== undefined) continue;
      if (!(await goOn(run))) break;
      attention = newAttention();
      await run.flush();
    }
    if (run.phase === 'inDoubt') await resolveDoubt(run);
    else await attend(run, attention);
    // A handler may be waiting for the very end that this loop brings about: it is never waited for.
    if (historyIsLong() && allHandlersFinished() && !isSettled(run, attention)) {
      await continueAsNew<typeof order>(run.handOver());
    }
  }
  run.settled = true;
  await run.flush();
  await condition(allHandlersFinished);
  return run.view();
}
