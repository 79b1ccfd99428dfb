/** The session's single steps: decide a bar, protect positions, start what waited, wind down. */
import {
  condition,
  patched,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type { SessionActivities } from '../../activities/interfaces/session.ts';
import { reasonOf } from '../support/fault-text.ts';
import { LOCALLY_ONCE, lasting, UNTIL_DONE } from '../support/lasting.ts';
import type { Turn } from '../support/turns.ts';
import { LOOKS_REST, type SessionRun } from './session-run.ts';
import type { BarsClosed } from './trading-session.messages.ts';

/** Decisions are for now: a bar that cannot be decided is skipped, its positions keep their stops. */
const { decideBars } = proxyLocalActivities<SessionActivities>({
  startToCloseTimeout: '3500ms',
  retry: { initialInterval: '100ms', maximumAttempts: 2 },
});

/** Both attempts fit into one workflow task, or give way: see `support/turns.ts`. */
const { protectPositions, startDeferred, closePositions } = proxyLocalActivities<SessionActivities>(
  {
    startToCloseTimeout: '3500ms',
    retry: { initialInterval: '200ms', maximumAttempts: 2 },
  },
);

/** What must happen in the end, however long ledger or Temporal are away. */
const locally = proxyLocalActivities<SessionActivities>(LOCALLY_ONCE);
const untilDone = proxyActivities<SessionActivities>(UNTIL_DONE);
const cancelOrders = lasting(locally.cancelOrders, untilDone.cancelOrders);
const recordSession = lasting(locally.recordSession, untilDone.recordSession);

/** Since then a bar's decisions and the look at all positions that goes with them are one activity. */
const LOOK_WITH_BAR = 'look-with-bar';
/** As sessions waited before looks had rests of their own; see `LOOKS_REST`. */
const PROTECT_RETRY_MS = 1_000;
/** How long the end of closing orders is waited for before positions are looked at again. */
const CLOSE_WAIT_MS = 20_000;
const CLOSE_RETRY_MS = 2_000;
const CLOSE_ATTEMPTS = 10;

/** @returns whether all positions were looked at with the bar */
export async function decide(run: SessionRun, bars: BarsClosed): Promise<boolean> {
  const halted = run.entriesHalted;
  const { assets } = run.input.config;
  const looks = !run.isResting && patched(LOOK_WITH_BAR);
  try {
    const request = {
      session: run.identity,
      rules: run.input.config,
      barOpenTimeMs: bars.barOpenTimeMs,
      assets: bars.assets,
      pendingEntries: run.pendingEntries,
      ...(halted === undefined ? {} : { entriesHalted: halted }),
      ...(run.dayStart === undefined ? {} : { dayStart: run.dayStart }),
      ...(looks ? { look: run.lookAt(assets) } : {}),
    };
    const result = await run.turns.take(() => decideBars(request));
    const { looked } = result;
    // The look came first: where the stops of what was decided belong is known from here on.
    if (looked !== undefined) run.looked(assets, looked);
    run.decided(result);
    return looked !== undefined;
  } catch (fault) {
    run.trouble = `bar ${bars.barOpenTimeMs} was not decided: ${reasonOf(fault)}`;
    return false;
  }
}

/** Looks at the protection of every asset that may be exposed; returns those with a position. */
export async function protect(run: SessionRun): Promise<readonly string[]> {
  const assets = run.exposed;
  run.exposed = [];
  try {
    const { strategy } = run.input.config;
    const request = { session: run.identity, strategy, ...run.lookAt(assets) };
    const found = await run.turns.take(() => protectPositions(request));
    run.looked(assets, found);
    return found.open;
  } catch (fault) {
    run.trouble = `protection of ${assets.join(', ')} was not checked: ${reasonOf(fault)}`;
    run.exposed.push(...assets.filter((asset) => !run.exposed.includes(asset)));
    if (patched(LOOKS_REST)) run.rest();
    else await sleep(PROTECT_RETRY_MS);
    return assets;
  }
}

/** Starts the steps whose predecessor has filled, unless the session no longer opens positions. */
export async function startReady(run: SessionRun): Promise<void> {
  const ready = run.ready;
  run.ready = [];
  if (run.entriesHalted !== undefined) return;
  for (const deferred of ready) {
    try {
      const request = { session: run.identity, deferred };
      const started = await run.turns.take(() => startDeferred(request));
      if (started !== undefined) run.track([started]);
    } catch (fault) {
      run.trouble = `a step of ${deferred.decisionId} was not started: ${reasonOf(fault)}`;
    }
  }
}

/**
 * Tells the ledger how the session stands.
 * @param turn how the local activity takes its turn
 */
export async function record(run: SessionRun, turn?: Turn): Promise<void> {
  const { status, recordsAsked } = run;
  const told = {
    session: run.identity,
    rules: run.input.config,
    workflowId: run.workflowId,
    status: status === 'stopping' ? 'draining' : status,
    atMs: Date.now(),
  } as const;
  await recordSession(told, turn);
  run.recordsDone = recordsAsked;
}

async function cancelAll(run: SessionRun, legs: readonly string[], reason: string): Promise<void> {
  const intentIds = run.openOrders
    .filter((order) => legs.includes(order.leg))
    .map((order) => order.intentId);
  if (intentIds.length === 0) return;
  await cancelOrders({ account: run.input.account, intentIds, reason }, run.turns.take);
  await condition(() => intentIds.every((id) => run.orders[id] === undefined), CLOSE_WAIT_MS);
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
      await condition(ended, CLOSE_WAIT_MS);
    } catch (fault) {
      run.trouble = `positions were not closed: ${reasonOf(fault)}`;
      await sleep(CLOSE_RETRY_MS);
    }
  }
}

/** Ends the session by its policy. Nothing is sent by it afterwards. */
export async function windDown(run: SessionRun): Promise<void> {
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
