/**
 * A trading session: bar by bar one round of decisions, and a protective stop on the venue for every
 * open position. Pause and drain hold entries back; exits and stops go on until the end.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  type CancellationScope,
  condition,
  continueAsNew,
  log,
  patched,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { SessionActivities } from '../../activities/interfaces/session.ts';
import { standsBy } from '../../domain/execution/intent.ts';
import { historyIsLong } from '../support/history.ts';
import { keepOpen } from '../support/stream.ts';
import { SessionRun } from './session-run.ts';
import { decide, protect, record, startReady, windDown } from './session-steps.ts';
import type {
  BarsClosed,
  SessionInput,
  SessionStatus,
  SessionView,
} from './trading-session.messages.ts';
import {
  barsClosedSignal,
  decideUpdate,
  drainUpdate,
  orderSettledSignal,
  pauseUpdate,
  resumeUpdate,
  sessionStateQuery,
  stopUpdate,
} from './trading-session.messages.ts';

const { watchBars } = proxyActivities<SessionActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/**
 * Positions are looked at even when nothing was heard of them: soon after any news, and less and less
 * often while nothing happens. Whatever an order of ours does is told at once, by the stream or by the
 * account's reconciliation; these looks are for what neither of them saw.
 */
const LOOK_AFTER_MS = [15_000, 60_000, 240_000, 960_000, 3_840_000] as const;
const LONGEST_MS = 3_840_000;
/** Since then every bar that was decided brings a look, in the same workflow task. */
const LOOK_AFTER_BAR = 'look-after-every-bar';
/**
 * Since then a handler has the main flow tell the ledger, which has one local activity at a time: two
 * that end in one workflow task may not replay. See `support/turns.ts`.
 */
const RECORDS_IN_TURN = 'records-in-turn';

function refuseUnless(run: SessionRun, allowed: readonly SessionStatus[], request: string): void {
  if (allowed.includes(run.status)) return;
  throw ApplicationFailure.nonRetryable(
    `${request}: the session is ${run.status}, it must be ${allowed.join(' or ')}`,
  );
}

function listenToPeople(run: SessionRun): void {
  const change = (status: SessionStatus) => async (): Promise<SessionView> => {
    run.status = status;
    if (patched(RECORDS_IN_TURN)) {
      run.recordsAsked += 1;
      const number = run.recordsAsked;
      await condition(() => run.recordsDone >= number);
    } else await record(run, (locally) => locally());
    return run.view();
  };
  const validator = (allowed: readonly SessionStatus[], request: string) => ({
    validator: () => refuseUnless(run, allowed, request),
  });
  setHandler(sessionStateQuery, () => run.view());
  setHandler(pauseUpdate, change('paused'), validator(['running'], 'pause'));
  setHandler(resumeUpdate, change('running'), validator(['paused', 'draining'], 'resume'));
  setHandler(drainUpdate, change('draining'), validator(['running', 'paused'], 'drain'));
  setHandler(
    stopUpdate,
    async ({ positions }) => {
      run.stopPolicy ??= positions;
      await condition(() => run.status === 'stopped');
      return run.view();
    },
    {
      validator: (_request: { readonly positions: 'close' | 'keep' }) =>
        refuseUnless(run, ['running', 'paused', 'draining', 'stopping'], 'stop'),
    },
  );
}

function listenToWorld(run: SessionRun): void {
  const decidedThrough = ({ barOpenTimeMs, assets }: BarsClosed): boolean =>
    assets.every((asset) => (run.lastBars[asset] ?? 0) >= barOpenTimeMs) && !run.deciding;
  setHandler(barsClosedSignal, (bars) => {
    run.closed.push(bars);
  });
  setHandler(orderSettledSignal, (settled) => run.turns.hear(() => run.settle(settled)));
  setHandler(decideUpdate, async (bars) => {
    run.closed.push(bars);
    await condition(() => decidedThrough(bars));
    return run.view();
  });
}

/** The bar stream lives as long as this run; a run that hands over ends it first. */
function openStream(run: SessionRun): CancellationScope {
  const { assets, interval } = run.input.config;
  return keepOpen(
    () => watchBars({ sessionWorkflowId: run.workflowId, assets, interval }),
    (reason) => {
      run.trouble = `bars are not heard: ${reason}`;
      log.error('bar stream ended', { reason });
    },
  );
}

/** What a new run would not find again: whether positions are exposed it looks at first. */
const holdsWork = (run: SessionRun): boolean =>
  run.closed.length > 0 ||
  run.ready.length > 0 ||
  run.deferred.length > 0 ||
  run.stopPolicy !== undefined;

/** One turn: whatever is waiting, protection before decisions, decisions before their sequels. */
async function turn(run: SessionRun): Promise<void> {
  if (run.wantsRecord) await record(run, run.turns.take);
  if (run.mayLook) await protect(run);
  if (run.ready.length > 0) await startReady(run);
  if (run.closed.length > 0) {
    const bars = run.takeBars();
    run.deciding = true;
    const looked = bars !== undefined && (await decide(run, bars));
    run.deciding = false;
    if (looked) run.quietLooks += 1;
    else if (patched(LOOK_AFTER_BAR)) run.exposeAll();
  }
}

const hasWork = (run: SessionRun): boolean =>
  run.wantsRecord ||
  run.closed.length > 0 ||
  run.mayLook ||
  run.ready.length > 0 ||
  run.stopPolicy !== undefined;

/** How long nothing needs to be done unless something is heard. */
const idleMs = (run: SessionRun): number =>
  run.exposed.length > 0
    ? Math.max(1, run.restUntilMs - Date.now())
    : (LOOK_AFTER_MS[run.quietLooks] ?? LONGEST_MS);

/** Waits for work; when there is none for long, everything is looked at. */
async function idle(run: SessionRun): Promise<void> {
  const waitMs = idleMs(run);
  const untilMs = Date.now() + waitMs;
  // What was heard may want a look after a rest that ends before this wait does.
  const isShorter = (): boolean => run.exposed.length > 0 && run.restUntilMs < untilMs;
  const woken = await condition(() => hasWork(run) || isShorter(), waitMs);
  if (!woken && run.exposed.length === 0) run.exposeAll();
}

/** A draining session ends once nothing is held and nothing is on its way. */
async function isDrained(run: SessionRun): Promise<boolean> {
  if (run.status !== 'draining') return false;
  run.exposeAll();
  const open = await protect(run);
  return open.length === 0 && run.openOrders.every(({ leg }) => standsBy(leg));
}

export async function tradingSession(input: SessionInput): Promise<SessionView> {
  const run = new SessionRun(input);
  listenToPeople(run);
  listenToWorld(run);
  const stream = openStream(run);
  if (input.carried === undefined) await record(run, run.turns.take);
  while (run.stopPolicy === undefined) {
    run.turning = true;
    await turn(run);
    run.turning = false;
    if (await isDrained(run)) run.stopPolicy = 'close';
    // A handler may wait for what this loop brings about, so it is never waited for here.
    if (historyIsLong() && !holdsWork(run) && allHandlersFinished()) {
      stream.cancel();
      await continueAsNew<typeof tradingSession>({ ...input, carried: run.carry() });
    }
    await idle(run);
  }
  stream.cancel();
  await windDown(run);
  await condition(allHandlersFinished);
  return run.view();
}
