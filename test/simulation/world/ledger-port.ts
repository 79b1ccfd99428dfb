/**
 * The ledger as a worker reaches it: over a connection that can fail before the statement, after
 * it, or together with the worker. What the ledger has applied stays applied.
 */
import type { EnvelopeDraft, LedgerPort } from '../../../activities/ports/ledger.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { ORIGIN } from '../temporal/server.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { trace } from '../time/trace.ts';
import type { Faults } from './faults.ts';
import type { OrderLedger } from './memory-ledger.ts';
import type { Processes } from './worker.ts';

export interface LedgerWorld {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly processes: Processes;
  readonly store: OrderLedger;
  /** Told of every projection that was asked for. */
  readonly onRecord: (view: OrderView, version: number) => void;
  /** Told of every workflow with an envelope. */
  readonly onPrepare: (workflowId: string) => void;
  /** Set while the real ledger works on a statement: time stands still until it is done. */
  readonly onWorking: (work: Promise<unknown>) => void;
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

const LATENCY_MS = { least: 0.3, most: 4 } as const;

export function ledgerPort(world: LedgerWorld): LedgerPort {
  const store = world.store as unknown as Readonly<Record<string, Method>>;
  const { scheduler, faults, processes } = world;
  const call = (name: string, args: readonly unknown[]): Promise<unknown> => {
    const { owner } = scheduler;
    const fault = faults.at(`ledger.${name}`);
    scheduler.note(name);
    const origin = ORIGIN.getStore();
    trace(origin, () => `ledger.${name} ${fault ?? ''} ${JSON.stringify(args)}`);
    return new Promise((resolve, reject) => {
      if (fault === 'killBefore') {
        processes.kill(owner);
        return;
      }
      const back = (answer: () => void): void => {
        const slow = fault === 'storeSlow' ? faults.between(500, 6_000) : 0;
        const backMs = faults.between(LATENCY_MS.least, LATENCY_MS.most) + slow;
        scheduler.at(scheduler.nowMs + backMs, answer, owner);
      };
      const apply = (): void => {
        if (fault === 'storeRefuses' || fault === 'diskFull') {
          const reason = fault === 'diskFull' ? 'No space left on device' : 'connect ECONNREFUSED';
          back(() => reject(new Error(reason)));
          return;
        }
        if (name === 'recordOrder') world.onRecord(args[0] as OrderView, args[2] as number);
        const work = store[name]?.(...args) ?? Promise.reject(new Error(`no ${name}`));
        const done = (answer: () => void): void => {
          if (fault === 'killAfter') processes.kill(owner);
          if (fault === 'freezeAfter') processes.freeze(owner, faults.between(2_000, 25_000));
          if (fault === 'storeLosesAnswer') back(() => reject(new Error('connection terminated')));
          else back(answer);
        };
        world.onWorking(
          work.then(
            (value) => {
              // What was refused left nothing.
              if (name === 'prepareEnvelope')
                world.onPrepare((args[0] as EnvelopeDraft).workflowId);
              trace(origin, () => `ledger.${name} = ${JSON.stringify(value)}`);
              done(() => resolve(value));
            },
            (reason: unknown) => done(() => reject(reason)),
          ),
        );
      };
      const leave = (): void => {
        const outMs = faults.between(LATENCY_MS.least, LATENCY_MS.most);
        scheduler.at(scheduler.nowMs + outMs, apply, undefined);
      };
      if (fault === 'freezeBefore') {
        processes.freeze(owner, faults.between(2_000, 25_000));
        scheduler.after(0, leave);
      } else leave();
    });
  };
  return new Proxy({} as LedgerPort, {
    get:
      (_target, name) =>
      (...args: readonly unknown[]) =>
        call(String(name), args),
  });
}
