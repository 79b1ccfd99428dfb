/**
 * The loop of sessions that began before `session-inbox.ts`, for their histories alone: it takes in
 * what is heard wherever it stands, waits by conditions that read the clock, and hands over by the
 * length of its history. A question that splits one of its tasks can leave a run that does not replay.
 */
import {
  allHandlersFinished,
  type CancellationScope,
  condition,
  log,
  patched,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { historyIsLong } from '../support/history.ts';
import { keepOpen } from '../support/stream.ts';
import { restMs, SessionRun, type SessionWaits } from './session-run.ts';
import {
  decide,
  isDrained,
  protect,
  record,
  refuseUnless,
  startReady,
  watchBars,
} from './session-steps.ts';
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
import { windDown } from './wind-down.ts';

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

/** Since then a look that failed, and a protective stop that was refused, are followed by a rest. */
const LOOKS_REST = 'looks-rest';
/** As sessions waited before looks had rests of their own. */
const PROTECT_RETRY_MS = 1_000;
/** Since then a bar's decisions and the look at all positions that goes with them are one activity. */
const LOOK_WITH_BAR = 'look-with-bar';

/** Waits by the clock, as it stands when it is looked at. */
class WaitsByClock implements SessionWaits {
  readonly hasNews = false;
  /** Nothing is looked at before. */
  restUntilMs = 0;
  private rests = 0;

  get isResting(): boolean {
    return Date.now() < this.restUntilMs;
  }

  async lookFailed(): Promise<void> {
    if (patched(LOOKS_REST)) this.rest();
    else await sleep(PROTECT_RETRY_MS);
  }

  stopRefused(): void {
    if (patched(LOOKS_REST)) this.rest();
  }

  allIsWell(): void {
    this.rests = 0;
  }

  async until(isReached: () => boolean, longestMs: number): Promise<void> {
    await condition(isReached, longestMs);
  }

  async pause(delayMs: number): Promise<void> {
    await sleep(delayMs);
  }

  private rest(): void {
    this.restUntilMs = Date.now() + restMs(this.rests);
    this.rests += 1;
  }
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
    validator: () => refuseUnless(run.status, allowed, request),
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
        refuseUnless(run.status, ['running', 'paused', 'draining', 'stopping'], 'stop'),
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
async function turn(run: SessionRun, waits: WaitsByClock): Promise<void> {
  if (run.wantsRecord) await record(run, run.turns.take);
  if (run.mayLook) await protect(run);
  if (run.ready.length > 0) await startReady(run);
  if (run.closed.length > 0) {
    const bars = run.takeBars();
    run.deciding = true;
    const looks = bars !== undefined && !waits.isResting && patched(LOOK_WITH_BAR);
    const looked = bars !== undefined && (await decide(run, bars, looks));
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
const idleMs = (run: SessionRun, { restUntilMs }: WaitsByClock): number =>
  run.exposed.length > 0
    ? Math.max(1, restUntilMs - Date.now())
    : (LOOK_AFTER_MS[run.quietLooks] ?? LONGEST_MS);

/** Waits for work; when there is none for long, everything is looked at. */
async function idle(run: SessionRun, waits: WaitsByClock): Promise<void> {
  const waitMs = idleMs(run, waits);
  const untilMs = Date.now() + waitMs;
  // What was heard may want a look after a rest that ends before this wait does.
  const isShorter = (): boolean => run.exposed.length > 0 && waits.restUntilMs < untilMs;
  const woken = await condition(() => hasWork(run) || isShorter(), waitMs);
  if (!woken && run.exposed.length === 0) run.exposeAll();
}

/** @param again starts the run that takes over */
export async function loopByConditions(
  input: SessionInput,
  again: (next: SessionInput) => Promise<never>,
): Promise<SessionView> {
  const waits = new WaitsByClock();
  const run = new SessionRun(input, waits);
  listenToPeople(run);
  listenToWorld(run);
  const stream = openStream(run);
  if (input.carried === undefined) await record(run, run.turns.take);
  while (run.stopPolicy === undefined) {
    run.turning = true;
    await turn(run, waits);
    run.turning = false;
    if (await isDrained(run)) run.stopPolicy = 'close';
    // A handler may wait for what this loop brings about, so it is never waited for here.
    if (historyIsLong() && !holdsWork(run) && allHandlersFinished()) {
      stream.cancel();
      await again({ ...input, carried: run.carry() });
    }
    await idle(run, waits);
  }
  stream.cancel();
  await windDown(run);
  await condition(allHandlersFinished);
  return run.view();
}
