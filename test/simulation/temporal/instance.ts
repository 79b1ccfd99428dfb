/**
 * One live instance of a workflow: what the SDK's sandbox is to Temporal. Jobs go in, the real
 * workflow code runs until all of its promises rest, commands come out. It holds nothing that is
 * not a function of the jobs, so that the same jobs must give the same commands.
 */
import { ActivityFailure, ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { trace } from '../time/trace.ts';
import { setWorkflowClock } from '../time/virtual-globals.ts';

export type Outcome =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly message: string };

export type Job =
  | { readonly kind: 'start'; readonly json: string }
  | { readonly kind: 'signal'; readonly name: string; readonly json: string }
  | { readonly kind: 'update'; readonly id: string; readonly name: string; readonly json: string }
  | { readonly kind: 'timer'; readonly seq: number }
  | { readonly kind: 'activity'; readonly seq: number; readonly outcome: Outcome }
  | { readonly kind: 'externalSignal'; readonly seq: number; readonly outcome: Outcome };

export type Command =
  | { readonly kind: 'timer'; readonly seq: number; readonly ms: number }
  | { readonly kind: 'cancelTimer'; readonly seq: number }
  | {
      readonly kind: 'local' | 'activity';
      readonly seq: number;
      readonly name: string;
      readonly json: string;
      readonly timeoutMs: number;
      /** Of an activity that has to show that it lives. */
      readonly heartbeatMs?: number;
    }
  | { readonly kind: 'cancelActivity'; readonly seq: number }
  | {
      readonly kind: 'externalSignal';
      readonly seq: number;
      readonly workflowId: string;
      readonly name: string;
      readonly json: string;
    }
  | { readonly kind: 'searchAttributes' }
  | { readonly kind: 'complete'; readonly json: string }
  | { readonly kind: 'fail'; readonly message: string }
  | { readonly kind: 'continueAsNew'; readonly json: string }
  | { readonly kind: 'updateRefused'; readonly id: string; readonly message: string }
  | { readonly kind: 'updateAccepted'; readonly id: string }
  | { readonly kind: 'updateDone'; readonly id: string; readonly outcome: Outcome };

/** What an activation is told besides its jobs. */
export interface Moment {
  readonly nowMs: number;
  readonly historyLength: number;
  readonly continueAsNewSuggested: boolean;
}

export interface Identity {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedMs: number;
}

type Handler = (...args: never[]) => unknown;

interface Registered {
  readonly handler: Handler;
  readonly validator: Handler | undefined;
}

interface Waiter {
  resolve: (value: unknown) => void;
  reject: (fault: unknown) => void;
}

/** Thrown by `continueAsNew`, as in the SDK. */
export class ContinuedAsNew extends Error {
  readonly json: string;
  constructor(json: string) {
    super('continued as new');
    this.json = json;
  }
}

let active: Instance | undefined;

/** The instance whose code runs now. */
export function activeInstance(): Instance {
  if (active === undefined) throw new Error('workflow code ran outside of a workflow');
  return active;
}

const textOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** As the SDK's payload converter: an absent value stays absent. */
export const toJson = (value: unknown): string => JSON.stringify(value) ?? 'null';

export class Instance {
  readonly identity: Identity;
  moment: Moment = { nowMs: 0, historyLength: 0, continueAsNewSuggested: false };
  /** Local activities that were asked for and have not answered. */
  pendingLocals = 0;
  runningHandlers = 0;
  /** What made the workflow task fail, if something did. */
  taskFailure: string | undefined;
  private readonly settle: () => void;
  private readonly main: (input: never) => Promise<unknown>;
  private commands: Command[] = [];
  private seq = 0;
  private readonly waiters = new Map<number, Waiter>();
  private readonly timers = new Set<number>();
  private conditions: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  private readonly signals = new Map<string, Registered>();
  private readonly updates = new Map<string, Registered>();
  private waitingSignals: Extract<Job, { kind: 'signal' }>[] = [];
  private isReplaying = false;

  constructor(main: (input: never) => Promise<unknown>, identity: Identity, settle: () => void) {
    this.main = main;
    this.identity = identity;
    this.settle = settle;
  }

  /** Applies the jobs, lets the code run, and returns the commands that it gave. */
  activate(jobs: readonly Job[], moment: Moment, isReplaying = false): Command[] {
    this.moment = moment;
    this.isReplaying = isReplaying;
    active = this;
    setWorkflowClock(moment.nowMs);
    try {
      for (const job of jobs) this.apply(job);
      let stirred = true;
      while (stirred) {
        this.settle();
        stirred = this.unblock();
      }
    } finally {
      active = undefined;
      setWorkflowClock(undefined);
    }
    const { commands } = this;
    this.commands = [];
    const { workflowId } = this.identity;
    const what = isReplaying ? 'replays' : 'hears';
    trace(workflowId, () => `${what} ${toJson(jobs)}`);
    trace(workflowId, () => `  gives ${toJson(commands)}`);
    return commands;
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  condition(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.conditions.push({ holds, resolve }));
  }

  startTimer(ms: number): { readonly seq: number; readonly fired: Promise<void> } {
    const seq = this.next();
    this.timers.add(seq);
    this.command({ kind: 'timer', seq, ms });
    const fired = this.wait(seq).then(() => undefined);
    return { seq, fired };
  }

  cancelTimer(seq: number): void {
    if (!this.timers.delete(seq)) return;
    this.waiters.delete(seq);
    const started = this.commands.findIndex((each) => each.kind === 'timer' && each.seq === seq);
    if (started >= 0) this.commands.splice(started, 1);
    else this.command({ kind: 'cancelTimer', seq });
  }

  callActivity(
    kind: 'local' | 'activity',
    name: string,
    json: string,
    limits: { readonly timeoutMs: number; readonly heartbeatMs?: number },
  ): { readonly seq: number; readonly answered: Promise<unknown> } {
    const seq = this.next();
    if (kind === 'local') this.pendingLocals += 1;
    this.command({ kind, seq, name, json, ...limits });
    return { seq, answered: this.wait(seq) };
  }

  /** An activity that nobody waits for any more; one that was not begun yet never is. */
  cancelActivity(seq: number, fault: Error): void {
    const waiter = this.take(seq);
    if (waiter === undefined) return;
    const begun = this.commands.findIndex((each) => each.kind === 'activity' && each.seq === seq);
    if (begun >= 0) this.commands.splice(begun, 1);
    else this.command({ kind: 'cancelActivity', seq });
    waiter.reject(fault);
  }

  signalExternal(workflowId: string, name: string, json: string) {
    const seq = this.next();
    this.command({ kind: 'externalSignal', seq, workflowId, name, json });
    return this.wait(seq);
  }

  setHandler(kind: string, name: string, registered: Registered): void {
    if (kind === 'query') return;
    if (kind === 'update') {
      this.updates.set(name, registered);
      return;
    }
    this.signals.set(name, registered);
    const waiting = this.waitingSignals;
    this.waitingSignals = [];
    for (const job of waiting) this.apply(job);
  }

  private next(): number {
    this.seq += 1;
    return this.seq;
  }

  private wait(seq: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.waiters.set(seq, { resolve, reject }));
  }

  private unblock(): boolean {
    const before = this.conditions;
    const met = before.filter(({ holds }) => holds());
    if (met.length === 0) return false;
    this.conditions = this.conditions.filter((each) => !met.includes(each));
    for (const { resolve } of met) resolve();
    return true;
  }

  private apply(job: Job): void {
    switch (job.kind) {
      case 'start':
        this.start(job.json);
        return;
      case 'signal':
        this.hear(job);
        return;
      case 'update':
        this.update(job);
        return;
      case 'timer':
        if (this.timers.delete(job.seq)) this.take(job.seq)?.resolve(undefined);
        return;
      case 'activity':
      case 'externalSignal':
        this.answer(job.seq, job.outcome, job.kind);
    }
  }

  private take(seq: number): Waiter | undefined {
    const waiter = this.waiters.get(seq);
    this.waiters.delete(seq);
    return waiter;
  }

  private answer(seq: number, outcome: Outcome, kind: string): void {
    const waiter = this.take(seq);
    if (outcome.ok) {
      waiter?.resolve(outcome.json === 'null' ? undefined : JSON.parse(outcome.json));
      return;
    }
    const cause = ApplicationFailure.create({ message: outcome.message });
    const fault =
      kind === 'activity'
        ? new ActivityFailure('Activity task failed', '', String(seq), 'TIMEOUT', 'sim', cause)
        : cause;
    waiter?.reject(fault);
  }

  private start(json: string): void {
    this.main(JSON.parse(json) as never).then(
      (result) => this.command({ kind: 'complete', json: toJson(result) }),
      (fault: unknown) => {
        if (fault instanceof ContinuedAsNew) {
          this.command({ kind: 'continueAsNew', json: fault.json });
        } else if (fault instanceof TemporalFailure) {
          this.command({ kind: 'fail', message: fault.message });
        } else this.taskFailure = textOf(fault);
      },
    );
  }

  private hear(job: Extract<Job, { kind: 'signal' }>): void {
    const registered = this.signals.get(job.name);
    if (registered === undefined) {
      this.waitingSignals.push(job);
      return;
    }
    const args = JSON.parse(job.json) as never[];
    const handled = async (): Promise<unknown> => registered.handler(...args);
    this.runningHandlers += 1;
    handled()
      .catch((fault: unknown) => {
        this.taskFailure = `signal ${job.name}: ${textOf(fault)}`;
      })
      .finally(() => {
        this.runningHandlers -= 1;
      });
  }

  private update({ id, name, json }: Extract<Job, { kind: 'update' }>): void {
    const registered = this.updates.get(name);
    const args = JSON.parse(json) as never[];
    try {
      if (registered === undefined) throw new Error(`no handler for ${name}`);
      if (!this.isReplaying) registered.validator?.(...args);
    } catch (fault) {
      this.command({ kind: 'updateRefused', id, message: textOf(fault) });
      return;
    }
    this.command({ kind: 'updateAccepted', id });
    this.runningHandlers += 1;
    const { handler } = registered;
    const handled = async (): Promise<unknown> => handler(...args);
    handled().then(
      (result) => this.updated(id, { ok: true, json: toJson(result) }),
      (fault: unknown) => {
        if (fault instanceof TemporalFailure) {
          this.updated(id, { ok: false, message: fault.message });
        } else this.taskFailure = `update ${name}: ${textOf(fault)}`;
      },
    );
  }

  private updated(id: string, outcome: Outcome): void {
    this.runningHandlers -= 1;
    this.command({ kind: 'updateDone', id, outcome });
  }
}
