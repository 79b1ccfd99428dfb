/** What the workflow of a venue's TWAP does: place it once, find out what became of it, follow, cancel. */
import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type {
  FindTwapResult,
  PlaceTwapResult,
  VenueTwapActivities,
} from '../../activities/interfaces/venue-twap.ts';
import { reasonOf } from '../support/fault-text.ts';
import { inTurn } from '../support/turns.ts';
import type { TwapWindow } from './venue-twap.messages.ts';
import type { VenueTwapRun } from './venue-twap-run.ts';

/** Preparing and one request to the venue, in one go; see `order-run.ts`. */
const PLACING = { startToCloseTimeout: '7500ms', retry: { maximumAttempts: 1 } } as const;
const ONCE = { startToCloseTimeout: '5500ms', retry: { maximumAttempts: 1 } } as const;
type Requests = Pick<VenueTwapActivities, 'placeTwap' | 'findTwap' | 'cancelTwap'>;
const requests: Requests = {
  placeTwap: proxyActivities<VenueTwapActivities>(PLACING).placeTwap,
  findTwap: proxyActivities<VenueTwapActivities>(ONCE).findTwap,
  cancelTwap: proxyActivities<VenueTwapActivities>(ONCE).cancelTwap,
};
const requestsLocally: Requests = {
  placeTwap: inTurn(proxyLocalActivities<VenueTwapActivities>(PLACING).placeTwap),
  findTwap: inTurn(proxyLocalActivities<VenueTwapActivities>(ONCE).findTwap),
  cancelTwap: inTurn(proxyLocalActivities<VenueTwapActivities>(ONCE).cancelTwap),
};
const requestsOf = (run: VenueTwapRun): Requests => (run.asksLocally ? requestsLocally : requests);
const { followTwap } = proxyActivities<VenueTwapActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** Waits between attempts while ledger or venue are away, or another one is on its way. */
const PLACE_RETRY_MS = [200, 500, 1_000, 2_000, 5_000] as const;
/** The venue checks expiry when it executes; clocks and queues get this much on top. */
const EXPIRY_SKEW_MS = 2_000;
/** As for orders: reads after the fence, and the time they must span. */
const ABSENT_READS = 3;
const ABSENT_SPAN_MS = 10_000;
const READ_EVERY_MS = [500, 1_000, 2_000, 5_000] as const;
/** A cancel that nobody answered, or that met nothing, is asked for again. */
const CANCEL_AGAIN_MS = 5_000;
const FOLLOW_AGAIN_MS = 5_000;

const later = (waits: readonly number[], attempt: number): number =>
  waits[Math.min(attempt, waits.length - 1)] ?? 5_000;

function wasPlaced(run: VenueTwapRun, placed: PlaceTwapResult): void {
  if (placed.kind === 'denied') run.apply({ type: 'denied', denial: placed.denial });
  if (placed.kind === 'unsent') {
    run.apply({ type: 'withdrawn', reason: run.cancelRequested ?? 'cancelled' });
  }
  if (placed.kind !== 'drawnUp') return;
  const { drawnUpMs, expiresAfterMs, outcome } = placed;
  run.window = { drawnUpMs, expiresAfterMs };
  run.apply({ type: 'sent' });
  if (outcome?.kind === 'running') run.apply({ type: 'running', twapId: outcome.twapId });
  else if (outcome?.kind === 'rejected') run.apply({ type: 'rejected', reason: outcome.reason });
  else {
    const reason = outcome?.reason ?? 'an earlier attempt may have sent it';
    run.apply({ type: 'outcomeUnknown', reason });
  }
}

/** Ends with it denied, withdrawn, or sent with whatever outcome that had. */
export async function place(run: VenueTwapRun, workflowId: string): Promise<void> {
  for (let attempt = 0; run.phase === 'pending'; attempt += 1) {
    // A cancel meanwhile still needs the ledger's word: an attempt that was lost may have sent it.
    const withdrawn = attempt > 0 && run.cancelRequested !== undefined;
    try {
      const { intent } = run;
      const placed = await requestsOf(run).placeTwap({ intent, workflowId, withdrawn });
      wasPlaced(run, placed);
    } catch {
      // Ledger or venue are away, or the activity was cut off: the ledger knows whether it sent.
    }
    if (run.phase !== 'pending') return;
    const isCancelled = (): boolean => run.cancelRequested !== undefined && !withdrawn;
    await condition(isCancelled, later(PLACE_RETRY_MS, attempt));
  }
}

interface Absence {
  reads: number;
  firstMs: number;
}

/** One more look that found none; proof once the envelope cannot land any more, after enough of them. */
function countAbsence(
  run: VenueTwapRun,
  window: TwapWindow,
  absence: Absence,
  exchangeTimeMs: number,
): void {
  if (exchangeTimeMs <= window.expiresAfterMs + EXPIRY_SKEW_MS) return;
  if (absence.reads === 0) absence.firstMs = exchangeTimeMs;
  absence.reads += 1;
  const spanMs = exchangeTimeMs - absence.firstMs;
  if (absence.reads < ABSENT_READS || spanMs < ABSENT_SPAN_MS) return;
  const reason = `NOT_PLACED: it expired, then absent in ${absence.reads} reads over ${spanMs} ms`;
  run.apply({ type: 'provenAbsent', reason });
}

function heard(
  run: VenueTwapRun,
  window: TwapWindow,
  absence: Absence,
  { match, exchangeTimeMs }: FindTwapResult,
): void {
  run.doubt = undefined;
  if (match.kind === 'found') run.apply({ type: 'seen', twap: match.twap });
  else if (match.kind === 'none') countAbsence(run, window, absence, exchangeTimeMs);
  else {
    absence.reads = 0;
    run.doubt = `the venue's TWAPs ${match.twapIds.join(' and ')} could both be it: one is not ours`;
  }
}

/** Looks until it is found, or proven absent. Nothing is sent: the expiry is the fence. */
export async function resolveDoubt(run: VenueTwapRun, window: TwapWindow): Promise<void> {
  const absence: Absence = { reads: 0, firstMs: 0 };
  for (let attempt = 0; run.phase === 'inDoubt'; attempt += 1) {
    try {
      const found = await requestsOf(run).findTwap({ intent: run.intent, ...window });
      heard(run, window, absence, found);
    } catch {
      // Nobody answered: no look, so no proof.
    }
    await run.flush();
    if (run.phase !== 'inDoubt') return;
    await sleep(later(READ_EVERY_MS, attempt));
  }
}

/** Follows it on the venue until there is news, or somebody wants it gone. */
export async function follow(run: VenueTwapRun, twapId: number): Promise<void> {
  const { intent } = run;
  const { seen } = run.facts;
  const scope = new CancellationScope();
  let failed: string | undefined;
  let isBack = false;
  const following = scope
    .run(() => followTwap({ intent, twapId, ...(seen === undefined ? {} : { seen }) }))
    .then(
      ({ twap, halted }) => {
        if (twap !== undefined) run.apply({ type: 'seen', twap });
        if (halted !== undefined) run.requestCancel(`halted: ${halted}`);
        if (twap === undefined && halted === undefined) failed = 'the venue does not show it';
      },
      (fault) => {
        if (!isCancellation(fault)) failed = reasonOf(fault);
      },
    )
    .finally(() => {
      isBack = true;
    });
  const wanted = run.cancelRequested === undefined;
  await condition(() => isBack || (wanted && run.cancelRequested !== undefined));
  scope.cancel();
  await following;
  if (failed !== undefined) await condition(() => run.stirred, FOLLOW_AGAIN_MS);
}

/** Asks the venue to end it; only what the venue then shows is proof. */
export async function cancel(run: VenueTwapRun, twapId: number, window: TwapWindow): Promise<void> {
  const { intent } = run;
  const { cancelTwap, findTwap } = requestsOf(run);
  await cancelTwap({ intent, twapId }).catch(() => undefined);
  try {
    const { match } = await findTwap({ intent, ...window, twapId });
    if (match.kind === 'found') run.apply({ type: 'seen', twap: match.twap });
  } catch {
    // Nobody answered: it is asked again.
  }
  if (!run.hasEnded) await sleep(CANCEL_AGAIN_MS);
}
