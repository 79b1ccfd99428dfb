/** The session's single steps: decide a bar, protect positions, start what waited. */
import { ApplicationFailure, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SessionActivities } from '../../activities/interfaces/session.ts';
import { standsBy } from '../../domain/execution/intent.ts';
import { reasonOf } from '../support/fault-text.ts';
import { LOCALLY_ONCE, lasting, UNTIL_DONE } from '../support/lasting.ts';
import type { Turn } from '../support/turns.ts';
import type { SessionRun } from './session-run.ts';

import type { BarsClosed, SessionStatus } from './trading-session.messages.ts';

/** The bar stream of a session. */
export const { watchBars } = proxyActivities<SessionActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** Decisions are for now: a bar that cannot be decided is skipped, its positions keep their stops. */
const { decideBars } = proxyLocalActivities<SessionActivities>({
  startToCloseTimeout: '3500ms',
  retry: { initialInterval: '100ms', maximumAttempts: 2 },
});

/** Both attempts fit into one workflow task, or give way: see `support/turns.ts`. */
export const LOOK = {
  startToCloseTimeout: '3500ms',
  retry: { initialInterval: '200ms', maximumAttempts: 2 },
} as const;
const { protectPositions, startDeferred } = proxyLocalActivities<SessionActivities>(LOOK);

/** What must happen in the end, however long ledger or Temporal are away. */
const locally = proxyLocalActivities<SessionActivities>(LOCALLY_ONCE);
const untilDone = proxyActivities<SessionActivities>(UNTIL_DONE);
const recordSession = lasting(locally.recordSession, untilDone.recordSession);

/**
 * @param looks whether a look at all positions goes with the bar, which is one activity then
 * @param superseded assets of which a newer bar was heard already: theirs is not traded any more
 * @returns whether all positions were looked at with the bar
 */
export async function decide(
  run: SessionRun,
  bars: BarsClosed,
  looks: boolean,
  superseded: readonly string[] = [],
): Promise<boolean> {
  const halted = run.haltedNow;
  const { assets } = run.input.config;
  try {
    const request = {
      session: run.identity,
      rules: run.input.config,
      barOpenTimeMs: bars.barOpenTimeMs,
      assets: bars.assets,
      pendingEntries: run.pendingEntries,
      ...(superseded.length === 0 ? {} : { superseded }),
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
    await run.waits.lookFailed();
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
      const halted = run.haltedNow;
      const request = {
        session: run.identity,
        deferred,
        ...(halted === undefined ? {} : { entriesHalted: halted }),
      };
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
    status,
    atMs: Date.now(),
  } as const;
  await recordSession(told, turn);
  run.recordsDone = recordsAsked;
}

/** A draining session ends once nothing is held and nothing is on its way. */
export async function isDrained(run: SessionRun): Promise<boolean> {
  if (run.status !== 'draining') return false;
  run.exposeAll();
  const open = await protect(run);
  return open.length === 0 && run.openOrders.every(({ leg }) => standsBy(leg));
}

/** @throws ApplicationFailure that refuses a request which the session's state does not allow */
export function refuseUnless(
  status: SessionStatus,
  allowed: readonly SessionStatus[],
  request: string,
): void {
  if (allowed.includes(status)) return;
  throw ApplicationFailure.nonRetryable(
    `${request}: the session is ${status}, it must be ${allowed.join(' or ')}`,
  );
}
