/**
 * Keeps the account attended to, as its workflow does: the user stream runs on one worker and is
 * moved to another when its heartbeats stop; reconciliations run on a schedule and after each
 * (re)connection. Both are the real activities.
 */
import { type AccountPorts, runAccountStream } from '../../../activities/account-stream.ts';
import type { ReconciliationStatement } from '../../../activities/interfaces/account.ts';
import type { ParentsPort } from '../../../activities/ports/workflows.ts';
import { reconcileAccount } from '../../../activities/reconcile.ts';
import type { ReconcilePorts } from '../../../activities/reconcile-look.ts';
import type { AccountAddress, DeploymentTag } from '../../../domain/kernel/ids.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Process, Processes } from './worker.ts';

const HEARTBEAT_TIMEOUT_MS = 5_000;
const RESTART_MS = 500;
const RECONCILE_EVERY_MS = 30_000;
const RECONCILE_TIMEOUT_MS = 60_000;
/** No equity curve is asked for. */
const NEVER_MS = 86_400_000;

export type { ReconcilePorts };

/**
 * The ports of stream and reconciliation. Sessions, guards and the comparison of money are not part
 * of the simulation: there are no sessions, no position is protected, no balance was marked. Nor are
 * the venue's own TWAPs.
 */
export const accountPorts = (
  ports: AccountPorts,
  parents: ParentsPort,
  signer: AccountAddress,
  tag: DeploymentTag,
): ReconcilePorts => ({
  ...ports,
  signer,
  tag,
  network: 'paper',
  protect: 'none',
  parents,
  twaps: { runningTwaps: async () => [] },
  twapLedger: { ourTwaps: async () => new Set() },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  recovery: {
    sessions: async () => [],
    forgottenAssets: async () => [],
    cashFlowsUsd: async () => '0',
    lastBalance: async () => undefined,
  },
});

export class AccountDesk {
  last: ReconciliationStatement | undefined;
  reconciled = 0;
  private readonly account: AccountAddress;
  private readonly scheduler: Scheduler;
  private readonly processes: Processes;
  private readonly portsOf: (process: Process) => ReconcilePorts;
  /** The attempt that is waited for. */
  private attempt: symbol | undefined;
  private readonly streams = new Set<AbortController>();

  constructor(
    account: AccountAddress,
    scheduler: Scheduler,
    processes: Processes,
    portsOf: (process: Process) => ReconcilePorts,
  ) {
    this.account = account;
    this.scheduler = scheduler;
    this.processes = processes;
    this.portsOf = portsOf;
  }

  open(): void {
    this.stream();
    this.schedule();
  }

  private schedule(): void {
    this.scheduler.outside(RECONCILE_EVERY_MS, () => {
      this.reconcile('schedule');
      this.schedule();
    });
  }

  /**
   * Ends what still listens once the seed is over: the platform holds signals that somebody waits
   * for, and with the streams of dead workers it would hold every seed that was ever run.
   */
  close(): void {
    for (const stream of this.streams) stream.abort('the seed is over');
    this.streams.clear();
  }

  /** Runs the stream on a worker that is awake, until it fails or its worker does. */
  private stream(): void {
    const { scheduler, processes, account } = this;
    const again = (ms: number): void => void scheduler.outside(ms, () => this.stream());
    const process = processes.awake()[0];
    if (process === undefined) {
      again(RESTART_MS);
      return;
    }
    let isOver = false;
    const over = (ms: number): void => {
      if (isOver) return;
      isOver = true;
      again(ms);
    };
    const ended = new AbortController();
    this.streams.add(ended);
    const run = (): void => {
      const request = { account, workflowId: `account:${account}`, equitySampleMs: NEVER_MS };
      runAccountStream(this.portsOf(process), request, ended.signal).then(
        () => undefined,
        () => over(RESTART_MS),
      );
    };
    scheduler.at(scheduler.nowMs, run, process);
    const watch = (): void => {
      if (isOver) return;
      if (processes.isAwake(process)) scheduler.outside(HEARTBEAT_TIMEOUT_MS, watch);
      else {
        over(0);
        // A worker that only slept hears of it when it wakes up.
        scheduler.at(scheduler.nowMs, () => ended.abort(), process);
      }
    };
    scheduler.outside(HEARTBEAT_TIMEOUT_MS, watch);
  }

  reconcile(trigger: string): void {
    const { scheduler, processes, account } = this;
    const process = processes.awake().at(-1);
    if (this.attempt !== undefined || process === undefined) return;
    const attempt = Symbol(trigger);
    this.attempt = attempt;
    // Whoever slept too long comes back to find that nobody listens.
    const over = (statement?: ReconciliationStatement): void => {
      if (this.attempt !== attempt) return;
      this.attempt = undefined;
      if (statement === undefined) return;
      this.last = statement;
      this.reconciled += 1;
    };
    const run = (): void => {
      reconcileAccount(this.portsOf(process), account, trigger).then(over, () => over());
    };
    scheduler.at(scheduler.nowMs, run, process);
    scheduler.outside(RECONCILE_TIMEOUT_MS, () => over());
  }
}
