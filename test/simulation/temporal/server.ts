/**
 * Temporal as far as an order depends on it: durable histories, tasks that are given to workers at
 * least once, timers, signals, updates, local and ordinary activities. A task that its worker does
 * not finish is given to another, and everything that was not committed happens again. Each
 * recovery replays the history against the real code and compares the commands.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Owner } from '../time/scheduler.ts';
import type { Process } from '../world/worker.ts';
import {
  type ActivityCommand,
  type Attempt,
  type Execution,
  openLocals,
  signatureOf,
  type UpdateRecord,
  waitsOf,
} from './execution.ts';
import { ACTIVITY, Heart } from './heart.ts';
import { type Command, Instance, type Job, type Outcome, toJson } from './instance.ts';
import type { ServerParts } from './server-parts.ts';

/** Temporal's defaults. */
const TASK_TIMEOUT_MS = 10_000;
const STICKY_TIMEOUT_MS = 5_000;
/** A worker keeps a task open beyond this only by committing what it has. */
const HEARTBEAT_MS = 8_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** A run that fails its tasks for so long will never end. */
const MOST_FAILED_TASKS = 3;

/** The workflow on whose behalf activity code runs. */
export const ORIGIN = new AsyncLocalStorage<string>();

/** What a reset applies again, as the server does by default. */
const isAsked = ({ kind }: Job): boolean => kind === 'signal' || kind === 'update';

const failed = (message: string): Outcome => ({ ok: false, message });

export class Server {
  /** The newest run of each workflow, and all runs in the order of their starts. */
  readonly newest = new Map<string, Execution>();
  readonly runs: Execution[] = [];
  readonly updates: (UpdateRecord & { readonly workflowId: string })[] = [];
  downUntilMs = 0;
  tasks = 0;
  replays = 0;
  locals = 0;
  private readonly parts: ServerParts;
  private readonly failures = new Map<string, number>();

  constructor(parts: ServerParts) {
    this.parts = parts;
  }

  get isDown(): boolean {
    return this.parts.scheduler.nowMs < this.downUntilMs;
  }

  isRunning(workflowId: string): boolean {
    return this.newest.get(workflowId)?.status === 'running';
  }

  /** Starts a run unless one is open, or was and may not be repeated. */
  start(workflowId: string, input: unknown, mayRepeat = false): boolean {
    const known = this.newest.get(workflowId);
    if (known !== undefined && (known.status === 'running' || !mayRepeat)) return false;
    this.begin(workflowId, toJson(input));
    return true;
  }

  /** False when there is no open run to hear it. */
  signal(workflowId: string, name: string, args: readonly unknown[]): boolean {
    const run = this.newest.get(workflowId);
    if (run?.status !== 'running') return false;
    this.tell(run, { kind: 'signal', name, json: toJson(args) });
    return true;
  }

  update(workflowId: string, name: string, args: readonly unknown[]): void {
    const run = this.newest.get(workflowId);
    if (run?.status !== 'running') return;
    const id = `u${this.updates.length}`;
    this.updates.push({ id, name, state: 'sent', workflowId });
    this.tell(run, { kind: 'update', id, name, json: toJson(args) });
  }

  terminate(workflowId: string): boolean {
    const run = this.newest.get(workflowId);
    if (run?.status !== 'running') return false;
    this.close(run, 'terminated', undefined);
    return true;
  }

  /** Starts again from a drawn task of the history; what was asked later is asked again. */
  reset(workflowId: string): boolean {
    const run = this.newest.get(workflowId);
    if (run?.status !== 'running' || run.history.length < 2) return false;
    const kept = 1 + this.parts.rng.int(run.history.length - 1);
    const later = run.history.slice(kept).flatMap(({ steps }) => steps.flatMap(({ jobs }) => jobs));
    this.close(run, 'terminated', undefined);
    for (const job of later) if (job.kind === 'update') this.updateOf(job.id, 'sent');
    const next = this.open(workflowId, run.startJson, run.startedMs);
    next.history.push(...run.history.slice(0, kept));
    next.events = run.events;
    this.restoreWaits(next);
    next.inbox.push(...[...later, ...run.inbox].filter(isAsked));
    // As the server does: the task that was reset is scheduled at once.
    this.dispatch(next, true);
    return true;
  }

  /** Replays a whole history once more: it must give the same commands. */
  verify(run: Execution): void {
    if (run.history.length > 0) this.rebuild(run);
  }

  private begin(workflowId: string, startJson: string): Execution {
    const run = this.open(workflowId, startJson, this.parts.scheduler.nowMs);
    this.tell(run, { kind: 'start', json: startJson });
    return run;
  }

  private open(workflowId: string, startJson: string, startedMs: number): Execution {
    const run: Execution = {
      workflowId,
      runId: `run-${this.runs.length}`,
      startedMs: Math.floor(startedMs),
      startJson,
      status: 'running',
      endedMs: undefined,
      resultJson: undefined,
      history: [],
      inbox: [],
      attempt: undefined,
      cached: undefined,
      timers: new Map(),
      activities: new Map(),
      aborts: new Map(),
      events: 1,
      suggestNewRun: false,
      dispatching: false,
    };
    this.runs.push(run);
    this.newest.set(workflowId, run);
    return run;
  }

  private tell(run: Execution, job: Job): void {
    if (run.status !== 'running') return;
    run.inbox.push(job);
    this.dispatch(run);
  }

  /** Gives the next task to a worker, unless one has it. */
  private dispatch(run: Execution, isForced = false): void {
    if (run.status !== 'running' || run.attempt !== undefined || run.dispatching) return;
    if (run.inbox.length === 0 && !isForced) return;
    run.dispatching = true;
    const { scheduler, processes, rng } = this.parts;
    const sticky = run.cached?.worker;
    const isStuck = sticky?.alive === true && !processes.isAwake(sticky);
    const delayMs = 1 + rng.next() * 3 + (isStuck ? STICKY_TIMEOUT_MS : 0);
    const give = (): void => {
      if (this.isDown) {
        scheduler.at(this.downUntilMs + rng.next() * 200, give, undefined);
        return;
      }
      const awake = processes.awake();
      const worker =
        sticky !== undefined && awake.includes(sticky) ? sticky : awake[rng.int(awake.length)];
      if (worker === undefined) scheduler.outside(processes.msUntilAwake() + rng.next(), give);
      else this.give(run, worker);
    };
    scheduler.at(scheduler.nowMs + delayMs, give, undefined);
  }

  private give(run: Execution, worker: Process): void {
    run.dispatching = false;
    if (run.status !== 'running') return;
    const { scheduler } = this.parts;
    run.events += 2 + run.inbox.length;
    const attempt = this.newAttempt(run, worker);
    run.attempt = attempt;
    scheduler.at(scheduler.nowMs, () => this.work(run, attempt), worker);
    this.watch(run, attempt);
  }

  private newAttempt(run: Execution, worker: Process): Attempt {
    const nowMs = Math.floor(this.parts.scheduler.nowMs);
    const moment = {
      nowMs,
      historyLength: run.events,
      continueAsNewSuggested: run.suggestNewRun,
    };
    const startedMs = this.parts.scheduler.nowMs;
    return {
      worker,
      startedMs,
      taken: run.inbox.length,
      instance: undefined,
      steps: [],
      commands: [],
      moment,
      isCommitting: false,
      watches: [],
    };
  }

  private watch(run: Execution, attempt: Attempt): void {
    const { scheduler } = this.parts;
    const { nowMs } = scheduler;
    const beat = (): void => this.heartbeat(run, attempt);
    attempt.watches.push(scheduler.at(nowMs + HEARTBEAT_MS, beat, attempt.worker));
    const expire = (): void => {
      if (run.attempt !== attempt) return;
      if (this.isDown) {
        scheduler.at(this.downUntilMs + 1 + this.parts.rng.next() * 100, expire, undefined);
        return;
      }
      this.abandon(run);
      this.dispatch(run, true);
    };
    attempt.watches.push(scheduler.at(nowMs + TASK_TIMEOUT_MS, expire, undefined));
  }

  /** Whatever the attempt has done is not known to the history. */
  private abandon(run: Execution): void {
    this.endAttempt(run);
    run.cached = undefined;
  }

  private endAttempt(run: Execution): void {
    for (const entry of run.attempt?.watches ?? []) entry.run = undefined;
    run.attempt = undefined;
  }

  private work(run: Execution, attempt: Attempt): void {
    if (run.attempt !== attempt) return;
    const { faults, processes } = this.parts;
    const fault = faults.at('task.start');
    if (fault === 'killBefore') {
      processes.kill(attempt.worker);
      return;
    }
    if (fault === 'swapCode') run.cached = undefined;
    if (fault === 'suggestNewRun') {
      run.suggestNewRun = true;
      attempt.moment = { ...attempt.moment, continueAsNewSuggested: true };
    }
    const { cached } = run;
    const isKnown = cached?.worker === attempt.worker;
    const instance = isKnown ? cached.instance : this.rebuild(run);
    run.cached = { worker: attempt.worker, instance };
    attempt.instance = instance;
    if (!isKnown) this.repeatLocals(run, instance, attempt.worker);
    this.activate(run, attempt, run.inbox.slice(0, attempt.taken));
  }

  /** Local activities that a heartbeat left running in a worker which is gone run again. */
  private repeatLocals(run: Execution, instance: Instance, worker: Process): void {
    const open = openLocals(run);
    instance.pendingLocals = open.length;
    for (const command of open) this.runLocal(run, instance, worker, command);
  }

  /** A new instance, brought to where the history is; a difference is a failure. */
  private rebuild(run: Execution): Instance {
    const { workflowId, runId, startedMs } = run;
    const { scheduler, mainOf } = this.parts;
    const main = mainOf(workflowId);
    const instance = new Instance(main, { workflowId, runId, startedMs }, scheduler.settle);
    if (run.history.length > 0) this.replays += 1;
    run.history.forEach(({ steps, commands }, index) => {
      const given: Command[] = [];
      for (const { jobs, moment } of steps) given.push(...instance.activate(jobs, moment, true));
      const [now, then] = [signatureOf(given), signatureOf(commands)];
      if (now !== then) this.differs(run, index, now, then);
    });
    return instance;
  }

  private differs(run: Execution, index: number, now: string, then: string): void {
    const text = `replay differs in task ${index}: now ${now.slice(0, 200)}, then ${then.slice(0, 200)}`;
    this.parts.onBroken(run.workflowId, text);
  }

  private activate(run: Execution, attempt: Attempt, jobs: readonly Job[]): void {
    const { instance } = attempt;
    if (instance === undefined) return;
    const { scheduler } = this.parts;
    const moment = { ...attempt.moment, nowMs: Math.floor(scheduler.nowMs) };
    const commands = instance.activate(jobs, moment);
    attempt.steps.push({ jobs, moment });
    attempt.commands.push(...commands);
    scheduler.note(`${run.workflowId.slice(-4)} ${jobs.map(({ kind }) => kind).join()}`);
    if (instance.taskFailure !== undefined) {
      this.taskFailed(run, instance.taskFailure);
      return;
    }
    for (const command of commands) {
      if (command.kind === 'local') this.runLocal(run, instance, attempt.worker, command);
    }
    if (instance.pendingLocals === 0) this.finish(run, attempt);
  }

  /** A task that fails is tried again; one that always fails is a bug in the workflow. */
  private taskFailed(run: Execution, reason: string): void {
    const count = (this.failures.get(run.runId) ?? 0) + 1;
    this.failures.set(run.runId, count);
    this.abandon(run);
    if (count === MOST_FAILED_TASKS) {
      this.parts.onBroken(run.workflowId, `workflow task fails: ${reason}`);
      return;
    }
    this.dispatch(run, true);
  }

  private runLocal(
    run: Execution,
    instance: Instance,
    worker: Process,
    { name, json, seq, timeoutMs }: ActivityCommand,
  ): void {
    const { scheduler, faults, processes } = this.parts;
    this.locals += 1;
    let isSettled = false;
    const settle = (outcome: Outcome): void => {
      if (isSettled) return;
      isSettled = true;
      deadline.run = undefined;
      const answered = (): void => {
        const { attempt } = run;
        if (attempt?.instance !== instance || attempt.isCommitting) return;
        instance.pendingLocals -= 1;
        this.activate(run, attempt, [{ kind: 'activity', seq, outcome }]);
      };
      scheduler.at(scheduler.nowMs, answered, worker);
    };
    const fault = faults.at('task.local');
    if (fault === 'killBefore') processes.kill(worker);
    if (fault === 'freezeBefore') processes.freeze(worker, faults.between(3_000, 20_000));
    const call = (): void => {
      const activity = worker.activities[name];
      if (activity === undefined) throw new Error(`no activity ${name}`);
      ORIGIN.run(run.workflowId, () => activity(JSON.parse(json) as never)).then(
        (result) => {
          if (fault === 'killAfter') processes.kill(worker);
          settle({ ok: true, json: toJson(result) });
        },
        (reason: unknown) => settle(failed(reason instanceof Error ? reason.message : 'failed')),
      );
    };
    scheduler.at(scheduler.nowMs, call, worker);
    const late = (): void => settle(failed('Activity task timed out'));
    const deadline = scheduler.at(scheduler.nowMs + timeoutMs, late, worker);
  }

  /** Sends the worker's answer to the server. */
  private finish(run: Execution, attempt: Attempt): void {
    const { scheduler, faults, processes, rng } = this.parts;
    attempt.isCommitting = true;
    const { worker } = attempt;
    const fault = faults.at('task.commit');
    if (fault === 'killBefore') {
      processes.kill(worker);
      return;
    }
    if (fault === 'freezeBefore') processes.freeze(worker, faults.between(3_000, 25_000));
    const arrive = (): void => {
      if (this.isDown) {
        scheduler.at(this.downUntilMs + 1 + rng.next() * 100, arrive, undefined);
        return;
      }
      if (run.attempt === attempt) this.commit(run, attempt);
      if (fault === 'killAfter') processes.kill(worker);
      if (fault === 'freezeAfter') processes.freeze(worker, faults.between(3_000, 25_000));
    };
    const send = (): void => {
      scheduler.outside(0.5 + rng.next() * 2, arrive);
    };
    scheduler.at(scheduler.nowMs, send, worker);
  }

  /** What a task has after eight seconds is committed, and the next one takes over what runs. */
  private heartbeat(run: Execution, attempt: Attempt): void {
    const { instance, worker } = attempt;
    if (run.attempt !== attempt || attempt.isCommitting || instance === undefined) return;
    if (this.isDown) return;
    this.record(run, attempt);
    if (run.status !== 'running') return;
    const next = this.newAttempt(run, worker);
    next.instance = instance;
    this.endAttempt(run);
    run.attempt = next;
    this.watch(run, next);
    if (next.taken > 0) this.activate(run, next, run.inbox.slice(0, next.taken));
  }

  private commit(run: Execution, attempt: Attempt): void {
    const ends = attempt.commands.some(({ kind }) =>
      ['complete', 'continueAsNew', 'fail'].includes(kind),
    );
    if (ends && run.inbox.length > attempt.taken) {
      // "UnhandledCommand": news arrived meanwhile, so the task is done again with them.
      this.abandon(run);
      this.dispatch(run);
      return;
    }
    this.record(run, attempt);
    if (run.status !== 'running') return;
    this.endAttempt(run);
    this.dispatch(run);
  }

  private record(run: Execution, attempt: Attempt): void {
    this.tasks += 1;
    const refused = new Set(
      attempt.commands.flatMap((each) => (each.kind === 'updateRefused' ? [each.id] : [])),
    );
    const isKept = (job: Job): boolean => job.kind !== 'update' || !refused.has(job.id);
    const steps = attempt.steps.map(({ jobs, moment }) => ({
      jobs: refused.size === 0 ? jobs : jobs.filter(isKept),
      moment,
    }));
    run.history.push({ steps, commands: attempt.commands });
    run.events += 1 + attempt.commands.length;
    run.inbox.splice(0, attempt.taken);
    for (const command of attempt.commands) this.perform(run, command);
  }

  private perform(run: Execution, command: Command): void {
    switch (command.kind) {
      case 'timer':
        this.startTimer(run, command.seq, command.ms);
        return;
      case 'cancelTimer':
        this.stopTimer(run, command.seq);
        return;
      case 'cancelActivity':
        run.activities.delete(command.seq);
        run.aborts.get(command.seq)?.abort();
        return;
      case 'activity':
        run.activities.set(command.seq, command);
        this.runActivity(run, command, FIRST_RETRY_MS);
        return;
      case 'externalSignal': {
        const { workflowId, name, json } = command;
        const heard = this.signal(workflowId, name, JSON.parse(json) as unknown[]);
        const outcome: Outcome = heard ? { ok: true, json: 'null' } : failed('workflow not found');
        this.tell(run, { kind: 'externalSignal', seq: command.seq, outcome });
        return;
      }
      case 'updateAccepted':
        this.updateOf(command.id, 'accepted');
        return;
      case 'updateRefused':
        this.updateOf(command.id, 'refused', failed(command.message));
        return;
      case 'updateDone':
        this.updateOf(command.id, command.outcome.ok ? 'done' : 'failed', command.outcome);
        return;
      case 'complete':
        this.close(run, 'completed', command.json);
        return;
      case 'fail':
        this.close(run, 'failed', undefined);
        this.parts.onBroken(run.workflowId, `the workflow failed: ${command.message}`);
        return;
      case 'continueAsNew':
        this.close(run, 'continued', undefined);
        this.begin(run.workflowId, command.json);
    }
  }

  private updateOf(id: string, state: UpdateRecord['state'], outcome?: Outcome): void {
    const update = this.updates.find((each) => each.id === id);
    if (update === undefined || update.state === 'done') return;
    update.state = state;
    if (outcome !== undefined) update.outcome = outcome;
  }

  private startTimer(run: Execution, seq: number, ms: number): void {
    const { scheduler, rng } = this.parts;
    const fire = (): void => {
      if (this.isDown) {
        run.timers.set(seq, scheduler.at(this.downUntilMs + rng.next() * 100, fire, undefined));
        return;
      }
      run.timers.delete(seq);
      this.tell(run, { kind: 'timer', seq });
    };
    run.timers.set(seq, scheduler.at(scheduler.nowMs + ms, fire, undefined));
  }

  private stopTimer(run: Execution, seq: number): void {
    const entry = run.timers.get(seq);
    if (entry !== undefined) entry.run = undefined;
    run.timers.delete(seq);
    const fired = run.inbox.findIndex((job) => job.kind === 'timer' && job.seq === seq);
    if (fired >= 0) run.inbox.splice(fired, 1);
  }

  /** An ordinary activity: repeated until it succeeds or its run is closed. */
  private runActivity(run: Execution, command: ActivityCommand, retryMs: number): void {
    const { scheduler, processes, rng } = this.parts;
    const { seq, name, json, timeoutMs } = command;
    const awake = processes.awake();
    const worker = awake[rng.int(awake.length)];
    if (run.status !== 'running' || !run.activities.has(seq)) return;
    const again = (): void => this.runActivity(run, command, Math.min(retryMs * 2, LAST_RETRY_MS));
    if (worker === undefined || this.isDown) {
      scheduler.at(scheduler.nowMs + 200, again, undefined);
      return;
    }
    const abort = new AbortController();
    run.aborts.set(seq, abort);
    let isOver = false;
    const over = (then: () => void): void => {
      if (isOver) return;
      isOver = true;
      deadline.run = undefined;
      then();
    };
    // Whoever only slept hears of it when he wakes up.
    const lapse = (): void => {
      scheduler.at(scheduler.nowMs, () => abort.abort(), worker);
      over(again);
    };
    const heart = new Heart(scheduler, command.heartbeatMs, lapse);
    const call = (): void => {
      const context = { abort, beat: () => heart.beat() };
      const activity = worker.activities[name];
      if (activity === undefined) throw new Error(`no activity ${name}`);
      ACTIVITY.run(context, () => activity(JSON.parse(json) as never)).then(
        (result) =>
          over(() => {
            heart.stop();
            if (run.status !== 'running' || !run.activities.delete(seq)) return;
            this.tell(run, { kind: 'activity', seq, outcome: { ok: true, json: toJson(result) } });
          }),
        () =>
          over(() => {
            heart.stop();
            scheduler.at(scheduler.nowMs + retryMs, again, undefined);
          }),
      );
    };
    scheduler.at(scheduler.nowMs + 1 + rng.next() * 5, call, worker);
    const late = (): void => over(again);
    const deadline = scheduler.at(scheduler.nowMs + timeoutMs, late, undefined);
  }

  /** What a run that was cut out of another one still waits for. */
  private restoreWaits(run: Execution): void {
    const { timers, told, activities, signals } = waitsOf(run);
    for (const command of activities) run.activities.set(command.seq, command);
    // Answered by what follows, or, when that was cut away, by the same answer again.
    for (const seq of signals) {
      run.inbox.push({ kind: 'externalSignal', seq, outcome: failed('reset') });
    }
    const { nowMs } = this.parts.scheduler;
    for (const [seq, dueMs] of timers) {
      if (!told.has(seq)) this.startTimer(run, seq, Math.max(0, dueMs - nowMs));
    }
    for (const [seq, command] of run.activities) {
      if (told.has(seq)) run.activities.delete(seq);
      else this.runActivity(run, command, FIRST_RETRY_MS);
    }
    const waiting = run.inbox.filter((job) => !('seq' in job) || !told.has(job.seq));
    run.inbox.splice(0, run.inbox.length, ...waiting);
  }

  private close(run: Execution, status: Execution['status'], resultJson: string | undefined): void {
    run.status = status;
    run.endedMs = this.parts.scheduler.nowMs;
    run.resultJson = resultJson;
    this.endAttempt(run);
    run.cached = undefined;
    for (const entry of run.timers.values()) entry.run = undefined;
    run.timers.clear();
    run.activities.clear();
    for (const abort of run.aborts.values()) abort.abort();
    run.aborts.clear();
    for (const update of this.updates) {
      const isOpen = update.state === 'sent' || update.state === 'accepted';
      if (isOpen && update.workflowId === run.workflowId) update.state = 'lost';
    }
    this.parts.scheduler.note(`${run.workflowId.slice(-4)} ${status}`);
  }

  /** Whether any of the process's memory of runs should be dropped, as a new build would. */
  swapCode(owner: Owner): void {
    for (const run of this.newest.values()) {
      if (run.cached?.worker === owner && run.attempt === undefined) run.cached = undefined;
    }
  }
}
