/**
 * How a session ends: by its policy, and when nothing of it is on its way any more. An entry that is
 * filled after its session would stand there without a stop.
 */
import { patched, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SessionActivities } from '../../activities/interfaces/session.ts';
import { standsBy } from '../../domain/execution/intent.ts';
import { reasonOf } from '../support/fault-text.ts';
import { LOCALLY_ONCE, lasting, UNTIL_DONE } from '../support/lasting.ts';
import type { SessionRun } from './session-run.ts';
import { LOOK, protect, record } from './session-steps.ts';

const { closePositions } = proxyLocalActivities<SessionActivities>(LOOK);
const locally = proxyLocalActivities<SessionActivities>(LOCALLY_ONCE);
const untilDone = proxyActivities<SessionActivities>(UNTIL_DONE);
const cancelOrders = lasting(locally.cancelOrders, untilDone.cancelOrders);
const openOrders = lasting(locally.openOrders, untilDone.openOrders);

/** Since then a session ends when nothing of it is on its way; before, 20 s after it had cancelled. */
const ENDS_IN_SILENCE = 'ends-in-silence';
/** How long the end of closing orders is waited for before positions are looked at again. */
const CLOSE_WAIT_MS = 20_000;
const CLOSE_RETRY_MS = 2_000;
const CLOSE_ATTEMPTS = 10;
/** Five minutes: an order in doubt is decided within one, and a terminated one is started again. */
const CANCEL_ROUNDS = 15;

const idsOf = (run: SessionRun, legs: readonly string[]): readonly string[] =>
  run.openOrders.filter(({ leg }) => legs.includes(leg)).map(({ intentId }) => intentId);

/** Cancels the orders of these legs once, and waits a while for their ends. */
async function cancelAll(run: SessionRun, legs: readonly string[], reason: string): Promise<void> {
  const intentIds = idsOf(run, legs);
  if (intentIds.length === 0) return;
  await cancelOrders({ account: run.input.account, intentIds, reason }, run.turns.take);
  const haveEnded = (): boolean => intentIds.every((id) => run.orders[id] === undefined);
  await run.waits.until(haveEnded, CLOSE_WAIT_MS);
}

/** Cancels them again and again, until none is left that could still be sent. */
async function silence(run: SessionRun, legs: readonly string[], reason: string): Promise<void> {
  for (let round = 0; round < CANCEL_ROUNDS; round += 1) await cancelAll(run, legs, reason);
  const left = idsOf(run, legs);
  if (left.length > 0) run.trouble = `orders may still be on their way: ${left.join(', ')}`;
}

/** Closes every position of the session's assets; stops stay until the position is gone. */
async function closeAll(run: SessionRun): Promise<void> {
  const { assets, strategy } = run.input.config;
  for (let attempt = 0; attempt < CLOSE_ATTEMPTS; attempt += 1) {
    try {
      const request = { session: run.identity, strategy, assets, attempt };
      const started = await run.turns.take(() => closePositions(request));
      if (started.length === 0) return;
      run.track(started);
      const ended = (): boolean =>
        started.every(({ intentId }) => run.orders[intentId] === undefined);
      await run.waits.until(ended, CLOSE_WAIT_MS);
    } catch (fault) {
      run.trouble = `positions were not closed: ${reasonOf(fault)}`;
      await run.waits.pause(CLOSE_RETRY_MS);
    }
  }
}

/**
 * Looks until every position has its stop on the venue and nothing else of ours is on its way there.
 * @returns the assets with a position
 */
async function leaveProtected(run: SessionRun): Promise<readonly string[]> {
  const isPlaced = (): boolean =>
    run.openOrders.every(({ leg, status }) => standsBy(leg) && status === 'SUBMITTED');
  for (let attempt = 0; ; attempt += 1) {
    const { protections } = run;
    run.exposed = [...run.input.config.assets];
    const open = await protect(run);
    const isLooked = run.exposed.length === 0;
    if (isLooked && run.protections === protections && isPlaced()) return open;
    if (attempt >= CLOSE_ATTEMPTS) {
      run.trouble ??= `stops of ${open.join(', ')} are not placed`;
      return open;
    }
    if (isLooked) await run.waits.until(isPlaced, CLOSE_WAIT_MS);
    else await run.waits.pause(CLOSE_RETRY_MS);
  }
}

/** Ends the session by its policy. Nothing is sent by it afterwards. */
export async function windDown(run: SessionRun): Promise<void> {
  if (!patched(ENDS_IN_SILENCE)) return windDownByTime(run);
  run.status = 'stopping';
  run.deferred = [];
  // From here on the ledger takes no entry of this session: one that a decision given up long ago would
  // still start. Those it took before are all known afterwards.
  await record(run, run.turns.take);
  const open = await openOrders({ session: run.identity }, run.turns.take);
  run.track(open.filter(({ leg }) => !standsBy(leg)));
  await silence(run, ['entry'], 'the session stops');
  if (run.stopPolicy === 'close') {
    await closeAll(run);
    await silence(run, ['exit'], 'the session stops');
  }
  const held = await leaveProtected(run);
  // A stop is all that may be left to itself: a target would outlive the position.
  const left = run.stopPolicy === 'close' && held.length === 0 ? ['protect', 'target'] : ['target'];
  await silence(run, left, 'the session stopped');
  run.status = 'stopped';
  await record(run, run.turns.take);
}

/** The same as it was before, for the histories of then. */
async function windDownByTime(run: SessionRun): Promise<void> {
  run.status = 'stopping';
  run.deferred = [];
  await cancelAll(run, ['entry'], 'the session stops');
  if (run.stopPolicy === 'close') {
    await closeAll(run);
    run.exposed = [...run.input.config.assets];
    const open = await protect(run);
    if (open.length === 0) await cancelAll(run, ['protect', 'target'], 'the session stopped flat');
  } else {
    run.exposed = [...run.input.config.assets];
    await protect(run);
    // A stop is all that may be left to itself: a target would outlive the position.
    await cancelAll(run, ['target'], 'the session stopped');
  }
  run.status = 'stopped';
  await record(run, run.turns.take);
}
