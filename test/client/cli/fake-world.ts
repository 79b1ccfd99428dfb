/** A world for commands under test: it records what is printed and asked, and connects to nothing. */

import { CliFailure } from '../../../client/cli/failure.ts';
import { runCli } from '../../../client/cli/program.ts';
import type { Workflows, World } from '../../../client/cli/world.ts';
import { configSchema } from '../../../config/schema.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { accountAddress, type Cloid } from '../../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../../gateways/ledger/reader.ts';

export const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);
export const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
export const CLOID = `0x${'1f'.repeat(16)}` as Cloid;

/** Calls of a fake that no test prepared must not pass for an answer. */
function unprepared<Port extends object>(name: string, prepared: Partial<Port>): Port {
  return new Proxy(prepared as Port, {
    get: (target, key) => {
      if (key === 'then') return undefined;
      const method: unknown = Reflect.get(target, key);
      if (method !== undefined) return method;
      return () => {
        throw new Error(`${name}.${String(key)} was called, and the test did not expect it`);
      };
    },
  });
}

export interface FakeOptions {
  readonly workflows?: Partial<Workflows>;
  readonly ledger?: Partial<LedgerReader>;
  readonly world?: Partial<World>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in a fake world. */
export async function run(words: readonly string[], options: FakeOptions = {}): Promise<Run> {
  const printed = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof printed) => ({
    isTerminal: false,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const world: World = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: {},
    nowMs: () => NOW_MS,
    randomHex: (bytes) => 'ab'.repeat(bytes),
    settings: async () => configSchema.parse(options.settings ?? {}),
    target: async () => ({ network: 'paper', account: ACCOUNT }),
    workflows: async () => unprepared<Workflows>('workflows', options.workflows ?? {}),
    ledger: async () =>
      unprepared<LedgerReader>('ledger', {
        parent: async () => undefined,
        parents: async () => [],
        ...options.ledger,
      }),
    runProcess: async () => {
      throw new Error('no process was expected');
    },
    ...options.world,
  };
  const exit = await runCli(words, world);
  return { exit, ...printed };
}

/** The one JSON document on standard output; throws when there are none or two. */
export const documentOf = ({ stdout }: Run): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;

export function viewOf(intent: OrderIntent, overrides: Partial<OrderView> = {}): OrderView {
  return {
    intent,
    status: 'SUBMITTED',
    cloid: CLOID,
    oid: 77,
    filledBase: sizeBase(0),
    feeUsd: usd(0),
    closedPnlUsd: usd(0),
    fills: [],
    foundLate: false,
    ...overrides,
  };
}

export const unreachable = (): never => {
  throw new CliFailure(EXIT.unreachable, 'Temporal 127.0.0.1:7233: cannot be reached', {
    mend: 'perpetua up',
  });
};
