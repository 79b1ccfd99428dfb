/** From intent to the first outcome: check and store the envelope, then send it once. */
import type { PlaceResult, SubmitResult } from '../../activities/interfaces/order.ts';
import { NOT_WAITED, windowWaitMs } from '../../domain/execution/venue-window.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import { reasonOf } from '../support/fault-text.ts';
import type { OrderRun } from './order-run.ts';

/** Waits between attempts to prepare while ledger or venue are away: nothing was sent yet. */
const PREPARE_RETRY_MS = [200, 500, 1_000, 2_000, 5_000] as const;

export function cloidOf(run: OrderRun): Cloid {
  const { cloid } = run.facts;
  assertInvariant(cloid !== undefined, 'an order without an envelope has no cloid');
  return cloid;
}

/**
 * Prepares until it works. A cancel meanwhile still needs the ledger's word: an execution of this
 * task that was lost with its worker may have stored and sent the envelope.
 */
async function prepare(run: OrderRun, workflowId: string): Promise<PlaceResult> {
  const { epochIntent: intent, facts, world } = run;
  for (let attempt = 0; ; attempt += 1) {
    const withdrawn = (attempt > 0 || run.isPresent) && run.cancelRequested !== undefined;
    const request = { intent, epoch: facts.epoch, workflowId, withdrawn };
    try {
      const atOnce = run.placesAtOnce && !withdrawn;
      return await (atOnce ? world.placeOrder(request) : world.prepareOrder(request));
    } catch (fault) {
      run.note('notPrepared', { reason: reasonOf(fault) });
      const waitMs = PREPARE_RETRY_MS[attempt] ?? 5_000;
      await run.wait(() => run.cancelRequested !== undefined && !withdrawn, waitMs);
    }
  }
}

/** It may have left before the activity failed: only the venue knows. */
function sendFailed(run: OrderRun, reason: string): void {
  run.apply({ type: 'sent' });
  run.apply({ type: 'outcomeUnknown', reason });
}

function wasSent(run: OrderRun, { outcome, heard, ...sent }: SubmitResult): void {
  run.apply({ type: 'sent' }, sent);
  run.hear(heard);
  if (outcome.kind === 'accepted') {
    run.apply({ type: 'venueStatus', fact: outcome.status }, { source: 'answer' });
  } else if (outcome.kind === 'rejected' && run.facts.sends === 1) {
    run.apply({ type: 'rejected', reason: outcome.reason });
  } else {
    // A refusal is final for the first send alone. By the ledger's count this may have been it, but
    // whoever stored the envelope before us may have sent it without being counted.
    run.apply({ type: 'outcomeUnknown', reason: outcome.reason });
  }
}

/**
 * Sends the stored envelope: the first time, or once more with the very same bytes.
 * @returns what came of it, if the activity could say
 */
export async function send(run: OrderRun): Promise<SubmitResult['outcome'] | undefined> {
  let result: SubmitResult;
  try {
    result = await run.world.submitOrder({ cloid: cloidOf(run) });
  } catch (fault) {
    sendFailed(run, reasonOf(fault));
    return undefined;
  }
  wasSent(run, result);
  return result.outcome;
}

/**
 * Ends with the order denied, withdrawn, or sent with whatever outcome that had. What the venue refuses
 * because it takes post-only orders alone is tried again when it may have ended.
 */
export async function place(run: OrderRun, workflowId: string): Promise<void> {
  let waited = NOT_WAITED;
  while ((await placeOnce(run, workflowId)) === 'tried') {
    const waitMs =
      run.isPresent && !run.wasTold
        ? windowWaitMs(run.intent, run.facts, run.startedMs, waited)
        : undefined;
    if (waitMs === undefined) return;
    run.tryAgain();
    await run.flush();
    await run.wait(() => run.cancelRequested !== undefined, waitMs);
    waited = { tries: waited.tries + 1, waitedMs: waited.waitedMs + waitMs };
  }
}

/** @returns whether it was tried now, or goes on from where an earlier run had got to, or had ended */
async function placeOnce(run: OrderRun, workflowId: string): Promise<'tried' | 'standing'> {
  const prepared = await prepare(run, workflowId);
  if (prepared.kind === 'unsent') {
    run.apply({ type: 'withdrawn', reason: run.cancelRequested ?? 'withdrawn by an earlier run' });
    return 'tried';
  }
  if (prepared.kind === 'denied') {
    run.apply({ type: 'denied', denial: prepared.denial });
    return 'tried';
  }
  run.wasTold ||= prepared.ended === true;
  if (prepared.standing !== undefined) {
    run.resumeAt(prepared.standing);
    return 'standing';
  }
  const { cloid, nonce, expiresAfterMs, arrival, fresh, submit, fault } = prepared;
  run.expiresAfterMs = expiresAfterMs;
  const detail = { nonce, expiresAfterMs, ...(arrival === undefined ? {} : { arrival }) };
  run.apply({ type: 'prepared', cloid, epoch: run.facts.epoch }, detail);
  run.hearEarly();
  if (!fresh) {
    run.apply({ type: 'sent' });
    run.apply({ type: 'outcomeUnknown', reason: 'an earlier attempt may have sent it' });
  } else if (submit !== undefined) {
    wasSent(run, submit);
  } else if (fault !== undefined) {
    sendFailed(run, fault);
  } else if (run.cancelRequested !== undefined) {
    run.apply({ type: 'withdrawn', reason: run.cancelRequested });
  } else {
    await send(run);
  }
  return 'tried';
}
