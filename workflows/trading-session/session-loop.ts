/**
 * A session's loop: takes in one thing at a time, does what follows from it, and waits. Its commands
 * between two waits depend on nothing but what it has taken in: see `session-inbox.ts`.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import { INTERVALS_MS, parseInterval } from '../../domain/market/interval.ts';
import { reasonOf } from '../support/fault-text.ts';
import { type Heard, Inbox, type Timer } from './session-inbox.ts';
import { SessionRun } from './session-run.ts';
import {
  decide,
  isDrained,
  protect,
  record,
  refuseUnless,
  startReady,
  watchBars,
} from './session-steps.ts';
import { LookTimers, WaitsByInbox } from './session-waits.ts';
import type { SessionInput, SessionStatus, SessionView } from './trading-session.messages.ts';
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

/** A failure of the stream that Temporal does not repeat may be gone a little later. */
const REOPEN_MS = 5_000;

/**
 * A run hands over by its own count, since the history's length is another on replay. What is heard
 * brings six events at most with its task and the answer, a local activity one. Temporal warns at
 * 10,240 events. At a timer nobody waits for what comes next.
 */
const EVENTS_PER_NEWS = 6;
const HAND_OVER_AT = { timer: 3_000, anything: 4_500 } as const;

class Session {
  readonly inbox: Inbox;
  readonly run: SessionRun;
  readonly waits: WaitsByInbox;
  readonly looks: LookTimers;
  /** Requests that are answered in the end. */
  private readonly late: Heard[] = [];
  private stream = new CancellationScope();

  constructor(input: SessionInput) {
    this.inbox = new Inbox(input.carried?.heard);
    this.waits = new WaitsByInbox(this.inbox, (heard) => this.takeInLate(heard));
    this.run = new SessionRun(input, this.waits);
    const interval = parseInterval(input.config.interval);
    // Of bars whose length nobody knows no look is expected.
    const intervalMs = interval.ok ? INTERVALS_MS[interval.value] : Number.POSITIVE_INFINITY;
    this.looks = new LookTimers(this.inbox, this.run, intervalMs);
  }

  /** The bar stream lives as long as this run; a run that hands over ends it first. */
  openStream(): void {
    const { workflowId, input } = this.run;
    const { assets, interval } = input.config;
    this.stream = new CancellationScope();
    this.stream
      .run(() => watchBars({ sessionWorkflowId: workflowId, assets, interval }))
      .catch((fault: unknown) => {
        if (isCancellation(fault)) return;
        this.inbox.hear({ kind: 'streamEnded', reason: reasonOf(fault) });
      });
  }

  closeStream(): void {
    this.stream.cancel();
  }

  takeIn(heard: Heard): void {
    const { run } = this;
    switch (heard.kind) {
      case 'bars':
        run.closed.push(heard.bars);
        break;
      case 'settled':
        run.settle(heard.settled);
        break;
      case 'status':
        run.status = heard.status;
        run.recordsAsked += 1;
        break;
      case 'stop':
        run.stopPolicy ??= heard.positions;
        this.late.push(heard);
        break;
      case 'timer':
        this.timerIsOver(heard.timer);
        break;
      case 'streamEnded':
        run.trouble = `bars are not heard: ${heard.reason}`;
        log.error('bar stream ended', { reason: heard.reason });
        this.inbox.after(REOPEN_MS, { what: 'reopen' });
        break;
    }
    this.looks.set();
  }

  private timerIsOver(timer: Timer): void {
    if (timer.what === 'look') this.looks.over(timer.level);
    else if (timer.what === 'rest') this.waits.restIsOver();
    else if (timer.what === 'reopen') this.openStream();
  }

  /** While the session winds down only its orders matter. */
  private takeInLate(heard: Heard): void {
    if (heard.kind === 'settled') this.run.settle(heard.settled);
    else if (heard.answer !== undefined) this.late.push(heard);
  }

  answerAll(): void {
    for (const { answer } of this.late.splice(0)) answer?.();
    this.inbox.close();
  }

  /** One turn: whatever is waiting, protection before decisions, decisions before their sequels. */
  async turn(): Promise<void> {
    const { run, waits } = this;
    if (run.wantsRecord) await record(run, run.turns.take);
    const bars = run.closed.length > 0 ? run.takeBars() : undefined;
    const looks = bars !== undefined && !waits.isResting;
    if (run.mayLook && !looks) await protect(run);
    if (run.ready.length > 0) await startReady(run);
    if (bars !== undefined) {
      const looked = await decide(run, bars, looks, this.inbox.superseded(bars));
      run.exposeAll();
      if (looked) run.exposed = [];
      else if (run.mayLook) await protect(run);
      // A first half that ended before its decision was answered has its second half wait already.
      if (run.ready.length > 0) await startReady(run);
    }
    if (await isDrained(run)) run.stopPolicy = 'close';
    // An order that was started is news.
    this.looks.set();
  }

  /** Whether a new run takes over from here. What is heard waits there, unless somebody waits for it. */
  handsOver({ kind, answer }: Heard): boolean {
    const { run, inbox } = this;
    const events = EVENTS_PER_NEWS * inbox.takenAndStarted + run.turns.begun;
    const isLong = events > (kind === 'timer' ? HAND_OVER_AT.timer : HAND_OVER_AT.anything);
    const holdsWork = run.ready.length > 0 || run.deferred.length > 0;
    return isLong && !holdsWork && answer === undefined && allHandlersFinished();
  }
}

function listen({ inbox, run }: Session): void {
  // What was asked for last is what a further request must fit.
  const statusAsked = (): SessionStatus =>
    run.status === 'stopping' || run.status === 'stopped' ? run.status : (run.asked ?? run.status);
  const change = (status: SessionStatus) => async (): Promise<SessionView> => {
    run.asked = status;
    await inbox.request({ kind: 'status', status });
    return run.view();
  };
  const validator = (allowed: readonly SessionStatus[], request: string) => ({
    validator: () => refuseUnless(statusAsked(), allowed, request),
  });
  setHandler(sessionStateQuery, () => run.view());
  setHandler(pauseUpdate, change('paused'), validator(['running'], 'pause'));
  setHandler(resumeUpdate, change('running'), validator(['paused', 'draining'], 'resume'));
  setHandler(drainUpdate, change('draining'), validator(['running', 'paused'], 'drain'));
  setHandler(
    stopUpdate,
    async ({ positions }) => {
      await inbox.request({ kind: 'stop', positions });
      return run.view();
    },
    {
      validator: (_request: { readonly positions: 'close' | 'keep' }) =>
        refuseUnless(statusAsked(), ['running', 'paused', 'draining', 'stopping'], 'stop'),
    },
  );
  setHandler(barsClosedSignal, (bars) => inbox.hear({ kind: 'bars', bars }));
  setHandler(orderSettledSignal, (settled) => inbox.hear({ kind: 'settled', settled }));
  setHandler(decideUpdate, async (bars) => {
    await inbox.request({ kind: 'bars', bars });
    return run.view();
  });
}

/** @param again starts the run that takes over */
export async function loopByInbox(
  input: SessionInput,
  again: (next: SessionInput) => Promise<never>,
): Promise<SessionView> {
  const session = new Session(input);
  const { run, inbox, looks } = session;
  listen(session);
  looks.set();
  session.openStream();
  run.turning = true;
  if (input.carried === undefined) await record(run, run.turns.take);
  await session.turn();
  while (run.stopPolicy === undefined) {
    run.turning = false;
    const heard = await inbox.next();
    run.turning = true;
    if (session.handsOver(heard)) {
      session.closeStream();
      await again({ ...input, carried: { ...run.carry(), heard: inbox.signals(heard) } });
    }
    session.takeIn(heard);
    if (run.stopPolicy !== undefined) break;
    await session.turn();
    heard.answer?.();
  }
  session.closeStream();
  await windDown(run);
  session.answerAll();
  await condition(allHandlersFinished);
  return run.view();
}
