/**
 * A placed order until its end: listens to the stream, polls slowly in case the stream is silent,
 * cancels when asked, and stays until every execution that the venue counts was seen.
 */
import { patched } from '@temporalio/workflow';
import type { LookUpResult } from '../../activities/interfaces/order.ts';
import { amended, filledOverall } from '../../domain/execution/order-epochs.ts';
import { isComplete, isOpen, isTerminal } from '../../domain/execution/order-facts.ts';
import { decimal, sizeBase } from '../../domain/kernel/decimal.ts';
import { reasonOf } from '../support/fault-text.ts';
import { type Absence, countAbsence, newAbsence, READ_EVERY_MS } from './absence.ts';
import type { OrderRun } from './order-run.ts';
import { cloidOf } from './place.ts';
import { lookUp } from './resolve-doubt.ts';

/**
 * The stream tells within milliseconds, and the account's reconciliation finds what the stream lost;
 * the poll is for what both lost. An order that rests for long asks less and less: thousands of them
 * that ask every minute would use up the venue's rate limit.
 */
const POLL_MS = [2_000, 5_000, 15_000, 60_000, 240_000, 960_000, 3_840_000, 15_360_000] as const;
/** Executions of an ended order that are still missing are asked for quickly at first. */
const MISSING_FILLS_POLL_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000] as const;
/** After about half an hour the venue's count is taken to be wrong: reported, not waited for. */
const MISSING_FILLS_POLLS = 35;
/**
 * The venue caps a reduce-only order to the position, and what it says is left is left of that, while
 * it never says what that was. Reads of about eight seconds that bring nothing more have seen all of
 * it.
 */
const CAPPED_FILLS_POLLS = 4;
/** Since then that holds for one that was cancelled too, and not only for one that was filled. */
const CAPPED_CANCELS = 'capped-when-cancelled';
const CANCEL_RETRY_MS = 1_000;
/** Since then an order that the venue says it cancelled is looked up only if the stream is silent. */
const CANCEL_HEARD = 'cancel-is-heard';

/** While a cancel is on its way, so many news are taken in before it is sent once more. */
const CANCEL_RESTS = 3;

export interface Attention {
  polls: number;
  missingFillPolls: number;
  /** Of older runs; how long ago it was depends on when a split task heard of its end. */
  cancelSentMs: number;
  /** How many more news may come before a cancel that was sent is sent again. */
  cancelRests: number;
  /** Reads that found nothing of an order of which the venue says that it is not open. */
  readonly absence: Absence;
}

export const newAttention = (): Attention => ({
  polls: 0,
  missingFillPolls: 0,
  cancelSentMs: Number.NEGATIVE_INFINITY,
  cancelRests: 0,
  absence: newAbsence(),
});

const pick = (waits: readonly number[], index: number): number =>
  waits[Math.min(index, waits.length - 1)] ?? 60_000;

/**
 * Sends one cancel. Only the venue's status proves it: after a cancel that it confirmed the stream
 * tells it, or else the next turn asks; in every other case a look-up follows at once. Of thousands
 * of orders that are cancelled together, a look-up each would use up the venue's weight for minutes.
 * @returns whether the stream is left to tell it
 */
async function cancelOnce(run: OrderRun, attention: Attention): Promise<boolean> {
  const request = { asset: run.intent.asset, cloid: cloidOf(run) };
  let isNotOpen = false;
  try {
    const outcome = await run.world.cancelOnVenue(request);
    run.note('cancelSent', { ...outcome });
    if (outcome.kind === 'cancelled' && (run.isPresent || patched(CANCEL_HEARD))) return true;
    isNotOpen = outcome.kind === 'notOpen';
  } catch (fault) {
    run.note('cancelSent', { kind: 'unknown', reason: reasonOf(fault) });
  }
  const seen = await lookUp(run);
  if (isNotOpen && seen !== undefined) endIfGone(run, attention, seen);
  return false;
}

/**
 * Ends an order that rested, is not open by the venue's own answer to a cancel, and of which its
 * reads know nothing for a while: what a venue remembers of ended orders is bounded (the paper
 * exchange's newest 2,000), so that when many end, one whose end nobody heard may be past asking. What
 * it executed is known: the look-up reads executions by time. No patch is needed: what older
 * activities answered does not say whether the order rests.
 */
function endIfGone(run: OrderRun, { absence }: Attention, seen: LookUpResult): void {
  const isAbsent = isOpen(run.facts) && seen.resting === false;
  const proof = countAbsence(absence, isAbsent, seen.exchangeTimeMs);
  if (proof === undefined) return;
  run.apply({ type: 'provenGone', reason: `GONE: not open any more, and ${proof}` });
}

/** Whether a cancel is wanted, and none was sent just now. */
function isCancelDue(run: OrderRun, { cancelSentMs, cancelRests }: Attention): boolean {
  if (!run.isUnwanted || isTerminal(run.facts)) return false;
  return run.isPresent ? cancelRests === 0 : Date.now() - cancelSentMs >= CANCEL_RETRY_MS;
}

/** What is looked for in vain is looked for less often: each time weighs 40 and more on the venue. */
const cancelWaitMs = ({ absence }: Attention): number =>
  absence.reads === 0 ? CANCEL_RETRY_MS : READ_EVERY_MS;

/** Whether nothing is left to wait for. */
export function isSettled(run: OrderRun, attention: Attention): boolean {
  if (isComplete(run.facts)) return true;
  const { missingFillPolls } = attention;
  if (!isTerminal(run.facts) || missingFillPolls < CAPPED_FILLS_POLLS) return false;
  if (missingFillPolls >= MISSING_FILLS_POLLS) return true;
  return run.intent.reduceOnly && (run.phase === 'filled' || capsCancels(run));
}

/** Asked only where it decides, so that no other history gets a mark of it. */
export const capsCancels = ({ isPresent }: OrderRun): boolean =>
  isPresent || patched(CAPPED_CANCELS);

/** When the clock has something to say: good til date, and the policy for what does not fill. */
function clockDueMs(run: OrderRun): number {
  const { cancelAtMs = Number.POSITIVE_INFINITY, onPartial } = run.intent;
  // An amendment that somebody waits for comes first: it must not be put aside for the policy's own.
  const isBusy = run.isUnwanted || run.amending !== undefined;
  if (isBusy || isTerminal(run.facts)) return Number.POSITIVE_INFINITY;
  if (onPartial === undefined) return cancelAtMs;
  run.restingSinceMs ??= Date.now();
  return Math.min(cancelAtMs, run.restingSinceMs + onPartial.afterMs);
}

/**
 * Does what is due by the clock. Runs that take in what they hear where they wait ask only behind a
 * wait: there the clock is the same on replay.
 * @returns when to look again
 */
function attendClock(run: OrderRun): number {
  const dueMs = clockDueMs(run);
  if (Date.now() < dueMs) return dueMs;
  const { cancelAtMs, onPartial } = run.intent;
  if (cancelAtMs !== undefined && Date.now() >= cancelAtMs) {
    run.requestCancel('good til date reached');
  } else if (onPartial?.rest === 'market') run.amend({ type: 'MARKET' });
  else run.requestCancel(`not filled within ${onPartial?.afterMs} ms`);
  return Date.now();
}

/** Judges a new amendment before anything is cancelled for it. */
async function judgeAmendment(run: OrderRun): Promise<void> {
  const { amending } = run;
  if (amending === undefined || amending.checked) return;
  const intent = amended(run.intent, amending.change);
  const left = decimal(intent.sizeBase).minus(filledOverall(run.past, run.facts));
  if (left.lte(0)) {
    amending.checked = true;
    return;
  }
  try {
    const denial = await run.world.checkOrder({ intent: { ...intent, sizeBase: sizeBase(left) } });
    if (denial === undefined) amending.checked = true;
    else run.closeAmendment(denial);
  } catch (fault) {
    run.closeAmendment({ field: 'amend', value: '', rule: `not checked: ${reasonOf(fault)}` });
  }
}

/** Asks the venue, since nobody told anything. */
async function poll(run: OrderRun, attention: Attention): Promise<void> {
  const ended = isTerminal(run.facts);
  const seen = await lookUp(run);
  if (!ended) attention.polls += 1;
  // A read that failed has seen nothing, so it does not count as one that brought nothing more.
  else if (seen !== undefined) attention.missingFillPolls += 1;
}

/** One turn of the loop: act on a cancel, or wait for news and poll when there is none. */
export async function attend(run: OrderRun, attention: Attention): Promise<void> {
  const lookMs = run.isPresent ? clockDueMs(run) : attendClock(run);
  await judgeAmendment(run);
  if (isCancelDue(run, attention)) {
    attention.cancelSentMs = Date.now();
    attention.cancelRests = CANCEL_RESTS;
    const isTold = await cancelOnce(run, attention);
    // The order's end comes in a moment: both are written down together.
    if (!(isTold && run.isPresent)) await run.flush();
    return;
  }
  const waitMs = isTerminal(run.facts)
    ? pick(MISSING_FILLS_POLL_MS, attention.missingFillPolls)
    : run.isUnwanted
      ? cancelWaitMs(attention)
      : pick(POLL_MS, attention.polls);
  run.stirred = false;
  const dueMs = Math.max(1, Math.min(waitMs, lookMs - Date.now()));
  const stirred = await run.wait(() => run.stirred, dueMs);
  attention.cancelRests = stirred ? Math.max(0, attention.cancelRests - 1) : 0;
  if (run.isPresent) attendClock(run);
  if (!stirred && !(run.isPresent && run.stirred)) await poll(run, attention);
  // First things first: the cancel goes out before anybody is told that it was asked for.
  if (!(run.isPresent && isCancelDue(run, attention))) await run.flush();
}
