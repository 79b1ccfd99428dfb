/** One run of a workflow as the server stores it: what was committed, and what waits to be told. */
import type { Entry } from '../time/scheduler.ts';
import type { Process } from '../world/worker.ts';
import type { Command, Instance, Job, Moment, Outcome } from './instance.ts';

export type ActivityCommand = Extract<Command, { kind: 'local' | 'activity' }>;

/** One activation of a committed task. */
export interface Step {
  readonly jobs: readonly Job[];
  readonly moment: Moment;
}

/** A committed workflow task. */
export interface Task {
  readonly steps: readonly Step[];
  readonly commands: readonly Command[];
}

/** A workflow task that a worker has in its hands. */
export interface Attempt {
  readonly worker: Process;
  readonly startedMs: number;
  /** How many of the inbox it was given. */
  taken: number;
  instance: Instance | undefined;
  steps: Step[];
  commands: Command[];
  moment: Moment;
  isCommitting: boolean;
  /** Its heartbeat and its end by timeout, which end with it. */
  readonly watches: Entry[];
}

export type RunStatus = 'running' | 'completed' | 'failed' | 'terminated' | 'continued';

export interface UpdateRecord {
  readonly id: string;
  readonly name: string;
  state: 'sent' | 'accepted' | 'refused' | 'done' | 'failed' | 'lost';
  outcome?: Outcome;
}

export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedMs: number;
  readonly startJson: string;
  status: RunStatus;
  /** When it was closed. */
  endedMs: number | undefined;
  resultJson: string | undefined;
  readonly history: Task[];
  readonly inbox: Job[];
  attempt: Attempt | undefined;
  /** The worker's memory of the run. */
  cached: { readonly worker: Process; readonly instance: Instance } | undefined;
  readonly timers: Map<number, Entry>;
  readonly activities: Map<number, ActivityCommand>;
  /** Ends the attempts at activities that run now. */
  readonly aborts: Map<number, AbortController>;
  events: number;
  suggestNewRun: boolean;
  dispatching: boolean;
}

/** Commands as a replay compares them: kind, number and what a history would hold of it. */
export function signatureOf(commands: readonly Command[]): string {
  return commands
    .filter(({ kind }) => kind !== 'updateRefused')
    .map((command) => {
      switch (command.kind) {
        case 'timer':
          return `timer ${command.seq} ${command.ms}`;
        case 'local':
        case 'activity':
          return `${command.kind} ${command.seq} ${command.name} ${command.json}`;
        case 'updateAccepted':
        case 'updateDone':
          return `${command.kind} ${command.id}`;
        case 'complete':
        case 'continueAsNew':
          return `${command.kind} ${command.json}`;
        case 'cancelTimer':
        case 'cancelActivity':
        case 'externalSignal':
          return `${command.kind} ${command.seq}`;
        default:
          return command.kind;
      }
    })
    .join('\n');
}

/** What a history has begun: its timers with their ends, its activities, and what was answered. */
export function waitsOf({ history, startedMs }: Pick<Execution, 'history' | 'startedMs'>) {
  const timers = new Map<number, number>();
  const activities = new Map<number, ActivityCommand>();
  const told = new Set<number>();
  const signals: number[] = [];
  for (const { steps, commands } of history) {
    const atMs = steps.at(-1)?.moment.nowMs ?? startedMs;
    for (const { jobs } of steps) {
      for (const job of jobs) if ('seq' in job) told.add(job.seq);
    }
    for (const command of commands) {
      if (command.kind === 'timer') timers.set(command.seq, atMs + command.ms);
      if (command.kind === 'cancelTimer') timers.delete(command.seq);
      if (command.kind === 'activity') activities.set(command.seq, command);
      if (command.kind === 'cancelActivity') activities.delete(command.seq);
      if (command.kind === 'externalSignal') signals.push(command.seq);
    }
  }
  return { timers, told, activities: [...activities.values()], signals };
}

/** Local activities that a heartbeat has committed without their answers. */
export function openLocals({ history }: Pick<Execution, 'history'>): readonly ActivityCommand[] {
  const told = new Set<number>();
  for (const { steps } of history) {
    for (const { jobs } of steps) {
      for (const job of jobs) if (job.kind === 'activity') told.add(job.seq);
    }
  }
  return history
    .flatMap(({ commands }) => commands)
    .filter((each): each is ActivityCommand => each.kind === 'local' && !told.has(each.seq));
}
