/**
 * An order whose send has no readable outcome. Found: adopt. Before its expiry: send the same bytes
 * again, or burn the nonce when it is to be cancelled. After a fence (nonce burnt, or passed by the
 * venue, or expiry passed on the venue's clock): several reads over some seconds; still absent is proof.
 */
import { allHandlersFinished } from '@temporalio/workflow';
import type { LookUpResult } from '../../activities/interfaces/order.ts';
import { URGENCY_TERMS } from '../../domain/execution/intent.ts';
import { filledBase } from '../../domain/execution/order-facts.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import { historyIsLong } from '../support/history.ts';
import { type Absence, countAbsence, newAbsence, READ_EVERY_MS } from './absence.ts';
import type { OrderRun } from './order-run.ts';
import { cloidOf, send } from './place.ts';

/** The venue checks expiry when it executes; clocks and queues get this much on top. */
const EXPIRY_SKEW_MS = 2_000;
/** No envelope is valid for longer than this. */
const LONGEST_EXPIRY_MS = 30_000;
/** A resend so close to expiry would only add doubt. */
const RESEND_MARGIN_MS = 1_000;
const RETRY_WAIT_MS = [300, 700, 1_500, 3_000, 5_000] as const;

/** Asks the venue for the order once and applies what it says; undefined when it did not answer. */
export async function lookUp(run: OrderRun): Promise<LookUpResult | undefined> {
  try {
    const seen = await run.world.lookUpOrder({
      account: run.intent.account,
      cloid: cloidOf(run),
      sizeBase: run.intent.sizeBase,
      knownFilledBase: sizeBase(filledBase(run.facts)),
      // An order that is revived may have been sent long before this run began.
      sinceMs: Math.min(run.startedMs, run.expiresAfterMs - LONGEST_EXPIRY_MS),
    });
    run.hear({ statuses: seen.status ? [seen.status] : [], fills: seen.fills });
    return seen;
  } catch {
    return undefined;
  }
}

interface Doubt {
  attempts: number;
  resends: number;
  /** Why no copy can land any more, if that is known. */
  fence: string | undefined;
  readonly absence: Absence;
}

/** One more read past the fence; proof after enough of them. */
function readAbsence(run: OrderRun, doubt: Doubt, seen: LookUpResult): void {
  const proof = countAbsence(doubt.absence, seen.absentEverywhere, seen.exchangeTimeMs);
  if (proof === undefined) return;
  const fence = doubt.fence ?? 'it expired';
  run.apply({ type: 'provenAbsent', reason: `NOT_PLACED: ${fence}, then ${proof}` });
}

/** What to do next while in doubt; returns how long to wait for news before the next look. */
async function step(run: OrderRun, doubt: Doubt): Promise<number> {
  const retryMs = RETRY_WAIT_MS[Math.min(doubt.attempts, RETRY_WAIT_MS.length - 1)] ?? 5_000;
  doubt.attempts += 1;
  const seen = await lookUp(run);
  if (run.phase !== 'inDoubt' || seen === undefined) return retryMs;
  const { exchangeTimeMs } = seen;
  if (doubt.fence !== undefined || exchangeTimeMs > run.expiresAfterMs + EXPIRY_SKEW_MS) {
    readAbsence(run, doubt, seen);
    return READ_EVERY_MS;
  }
  if (run.isUnwanted) {
    const answer = await run.world.burnOrderNonce({ cloid: cloidOf(run) }).catch(() => 'unknown');
    if (answer === 'burnt') doubt.fence = 'its nonce was burnt';
    run.note('nonceBurn', { answer });
    return retryMs;
  }
  const { resends } = URGENCY_TERMS[run.intent.urgency ?? 'normal'];
  if (doubt.resends < resends && exchangeTimeMs < run.expiresAfterMs - RESEND_MARGIN_MS) {
    doubt.resends += 1;
    const outcome = await send(run);
    // A venue whose clock has been far ahead reaches the expiry minutes later.
    if (outcome && outcome.kind !== 'accepted' && outcome.noncePassed) {
      doubt.fence = 'the venue has passed its nonce';
    }
  }
  return retryMs;
}

/**
 * Returns once the order is no longer in doubt, or the next run can go on: not while a handler waits,
 * since what was counted so far would be forgotten again and again.
 */
export async function resolveDoubt(run: OrderRun): Promise<void> {
  const doubt: Doubt = {
    attempts: 0,
    resends: 0,
    fence: undefined,
    absence: newAbsence(),
  };
  do {
    const waitMs = await step(run, doubt);
    await run.flush();
    // A cancel that comes while the venue is asked is taken in here, and seen to at once.
    const { isUnwanted } = run;
    const isWithdrawn = (): boolean => run.isPresent && run.isUnwanted !== isUnwanted;
    await run.wait(() => run.phase !== 'inDoubt' || isWithdrawn(), waitMs);
  } while (run.phase === 'inDoubt' && !(historyIsLong() && allHandlersFinished()));
}
