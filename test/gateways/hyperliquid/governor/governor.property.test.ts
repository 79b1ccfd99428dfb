/** What the governor promises, over random traffic, judged by the paper exchange's own limits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES, type Priority } from '../../../../domain/execution/priority.ts';
import {
  createGovernor,
  type Governor,
} from '../../../../gateways/hyperliquid/governor/governor.ts';
import { sharedStore } from '../../../../gateways/hyperliquid/governor/shared-store.ts';
import {
  memoryStore,
  type SpendStore,
} from '../../../../gateways/hyperliquid/governor/spend-store.ts';
import { MinuteWindow } from '../../../../gateways/paper-exchange/server/limits.ts';
import { virtualTime } from './virtual-time.ts';

const BUDGET = 1_200;
const folder = mkdtempSync(join(tmpdir(), 'governor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;

interface Request {
  readonly kind: Priority;
  readonly weight: number;
  /** After the one before. */
  readonly laterMs: number;
  readonly process: number;
  /** What the length of the answer adds. */
  readonly owes: number;
}

const WEIGHTS: Readonly<Record<Priority, readonly number[]>> = {
  reduce: [1, 1, 2, 26],
  protect: [1],
  enter: [1, 1, 1, 2],
  read: [2, 2, 20, 60],
};

/** Traffic of about a hundred seconds that wants more than there is, in bursts. */
const traffic = (processes: number): fc.Arbitrary<Request[]> =>
  fc.array(
    fc.constantFrom(...PRIORITIES).chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        weight: fc.constantFrom(...WEIGHTS[kind]),
        laterMs: fc.constantFrom(0, 0, 0, 5, 60, 900),
        process: fc.nat({ max: processes - 1 }),
        owes: kind === 'read' ? fc.constantFrom(0, 0, 3) : fc.constant(0),
      }),
    ),
    { minLength: 100, maxLength: 300, size: 'max' },
  );

/** Long enough for the first minute's spending to come back. */
const WATCHED_MS = 130_000;

interface Waiting {
  readonly reduce: Set<number>;
}

/** Plays the traffic; `onSent` hears of each request at the moment when it may leave. */
function play(
  requests: readonly Request[],
  stores: (clock: () => number, index: number) => SpendStore,
  onSent: (request: Request, nowMs: number, waiting: Waiting) => void,
): void {
  const time = virtualTime();
  const count = Math.max(...requests.map(({ process }) => process)) + 1;
  const waiting = Array.from({ length: count }, (): Waiting => ({ reduce: new Set() }));
  const inLine = Array.from({ length: count }, () => new Map<Priority, [number, Request][]>());
  const governors = Array.from({ length: count }, (_none, index): Governor => {
    const store = stores(time.nowMs, index);
    const take: SpendStore['take'] = (kind, weight, allows) => {
      if (!store.take(kind, weight, allows)) return false;
      const [number, request] = inLine[index]?.get(kind)?.shift() ?? [0, undefined];
      if (request === undefined) throw new Error(`nobody of ${kind} waits`);
      const mine = waiting[index] ?? { reduce: new Set() };
      mine.reduce.delete(number);
      onSent(request, time.nowMs(), mine);
      store.owe(kind, request.owes);
      return true;
    };
    return createGovernor({ ...store, take }, BUDGET, time);
  });
  requests.forEach((request, number) => {
    const { kind, weight, process } = request;
    time.advance(request.laterMs);
    const line = inLine[process]?.get(kind);
    if (line === undefined) inLine[process]?.set(kind, [[number, request]]);
    else line.push([number, request]);
    if (kind === 'reduce') waiting[process]?.reduce.add(number);
    void governors[process]?.admit({ priority: kind, weight, withinMs: 1e9 });
  });
  time.advance(WATCHED_MS);
}

const inMemory = (clock: () => number): SpendStore => memoryStore(clock);

function inFiles(): (clock: () => number, index: number) => SpendStore {
  folders += 1;
  const shared = join(folder, String(folders));
  const fail = (message: string): never => {
    throw new Error(message);
  };
  return (clock, index) => sharedStore(shared, index, fail, clock);
}

/** The venue, which hears of a request up to a second after it was let go. */
function expectNeverRefused(
  requests: readonly Request[],
  stores: (clock: () => number, index: number) => SpendStore,
): void {
  const sent: { readonly atMs: number; readonly request: Request }[] = [];
  play(requests, stores, (request, nowMs) => {
    sent.push({ atMs: nowMs + ((request.laterMs * 7) % 1_000), request });
  });
  const venue = new MinuteWindow(BUDGET);
  for (const { atMs, request } of sent.sort((a, b) => a.atMs - b.atMs)) {
    expect(venue.take(request.weight, atMs)).toBe(true);
    venue.owe(request.owes, atMs);
  }
}

describe('the governor', () => {
  test('never lets the venue see more than its budget in any minute', () => {
    fc.assert(
      fc.property(traffic(1), (requests) => expectNeverRefused(requests, inMemory)),
      { numRuns: 15 },
    );
  });

  test('nor do three processes that share it', () => {
    fc.assert(
      fc.property(traffic(3), (requests) => expectNeverRefused(requests, inFiles())),
      { numRuns: 6 },
    );
  });

  test('never lets an entry or a stop go while a cancel waits', () => {
    fc.assert(
      fc.property(traffic(1), (requests) => {
        play(requests, inMemory, ({ kind }, _nowMs, waiting) => {
          if (kind === 'enter' || kind === 'protect') expect(waiting.reduce.size).toBe(0);
        });
      }),
      { numRuns: 15 },
    );
  });

  test('sends everybody of one kind in the order in which they came', () => {
    fc.assert(
      fc.property(traffic(1), (requests) => {
        const order = new Map<Request, number>(requests.map((request, index) => [request, index]));
        const last = new Map<Priority, number>();
        play(requests, inMemory, (request) => {
          const index = order.get(request) ?? -1;
          expect(index).toBeGreaterThan(last.get(request.kind) ?? -1);
          last.set(request.kind, index);
        });
      }),
      { numRuns: 10 },
    );
  });

  test.each<[Priority, readonly Priority[], number]>([
    ['read', ['reduce', 'protect', 'enter'], 120],
    ['reduce', ['protect', 'enter', 'read'], 360],
    ['protect', ['enter', 'read'], 60],
    ['enter', ['read'], 60],
  ])('leaves %s its share of every minute from %j that want everything', (kind, others, least) => {
    const flood = others.flatMap((other) =>
      Array.from(
        { length: 2_000 },
        (): Request => ({ kind: other, weight: 1, laterMs: 0, process: 0, owes: 0 }),
      ),
    );
    const wanted = Array.from(
      { length: 1_000 },
      (): Request => ({ kind, weight: 2, laterMs: 0, process: 0, owes: 0 }),
    );
    const perMinute = new Map<number, number>();
    play([...flood, ...wanted], inMemory, (request, nowMs) => {
      if (request.kind !== kind) return;
      const minute = Math.floor(nowMs / 62_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + request.weight);
    });
    for (const minute of [0, 1]) {
      expect(perMinute.get(minute) ?? 0).toBeGreaterThanOrEqual(least);
    }
  });
});
