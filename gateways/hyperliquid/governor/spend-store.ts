/**
 * What was spent in the last minute, whoever spent it: the interface, and the one that a single
 * process keeps in its memory. Time is a clock that only goes forward, in ms from any start.
 */
import type { Priority } from '../../../domain/execution/priority.ts';
import { PRIORITIES } from '../../../domain/execution/priority.ts';
import { NOTHING_SPENT, type Spent } from './shares.ts';

/**
 * What is spent counts for this long: the venue's minute, and a margin for what reaches the venue
 * later than it was counted here.
 */
export const COUNTS_FOR_MS = 62_000;

export interface SpendStore {
  /** Spends the weight if `allows` says yes of what was spent before; otherwise spends nothing. */
  take(kind: Priority, weight: number, allows: (spent: Spent) => boolean): boolean;
  /** Spends what is due in any case. */
  owe(kind: Priority, weight: number): void;
  /** Nobody may send for this long: the venue said so. */
  bar(forMs: number): void;
  /** How long nobody may send, 0 when anybody may. */
  barredMs(): number;
  /** Counts requests of the account, which have a budget of their own: see `address-meter.ts`. */
  count(requests: number): void;
  /** Requests counted since the moment, which is at most two minutes ago. */
  countedSince(atMs: number): number;
}

/**
 * One entry: a weight spent; for `bar`, a time in ms during which nobody may send; for `count`,
 * requests of the account.
 */
export interface Spend {
  readonly atMs: number;
  readonly kind: Priority | 'bar' | 'count';
  readonly amount: number;
}

/** Sums what the last minute holds of the entries. */
export function sumOf(spends: readonly Spend[], nowMs: number): Spent {
  const sum: Record<Priority, number> = { ...NOTHING_SPENT };
  for (const { atMs, kind, amount } of spends) {
    if (kind === 'bar' || kind === 'count') continue;
    if (nowMs - atMs < COUNTS_FOR_MS) sum[kind] += amount;
  }
  return sum;
}

/** How long the latest bar among the entries still lasts. */
export function barOf(spends: readonly Spend[], nowMs: number): number {
  let untilMs = nowMs;
  for (const { atMs, kind, amount } of spends) {
    if (kind === 'bar') untilMs = Math.max(untilMs, atMs + amount);
  }
  return untilMs - nowMs;
}

/** Sums the requests that the entries hold from the moment on. */
export function countOf(spends: readonly Spend[], sinceMs: number): number {
  return spends.reduce(
    (sum, { atMs, kind, amount }) => (kind === 'count' && atMs >= sinceMs ? sum + amount : sum),
    0,
  );
}

/** New kinds go to the end: their places are what the files hold. */
export const KINDS = [...PRIORITIES, 'bar', 'count'] as const;
/** Entries are kept for as long as anybody asks for them. */
const KEPT_MS = { weight: COUNTS_FOR_MS, count: 2 * COUNTS_FOR_MS } as const;

/** Where nothing is limited: only what the venue asks for is kept, a pause. */
export function unlimitedStore(clock: () => number): SpendStore {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    take: () => true,
    owe: () => undefined,
    bar: (forMs) => {
      untilMs = Math.max(untilMs, clock() + forMs);
    },
    barredMs: () => Math.max(0, untilMs - clock()),
    count: () => undefined,
    countedSince: () => 0,
  };
}

/** For one process, or as what is left when the shared one cannot be written. */
export function memoryStore(clock: () => number): SpendStore {
  let spends: Spend[] = [];
  const add = (kind: Spend['kind'], amount: number): void => {
    const atMs = clock();
    spends = spends.filter(
      (spend) => atMs - spend.atMs < KEPT_MS[spend.kind === 'count' ? 'count' : 'weight'],
    );
    spends.push({ atMs, kind, amount });
  };
  return {
    take(kind, weight, allows) {
      if (!allows(sumOf(spends, clock()))) return false;
      add(kind, weight);
      return true;
    },
    owe: add,
    bar: (forMs) => add('bar', forMs),
    barredMs: () => barOf(spends, clock()),
    count: (requests) => add('count', requests),
    countedSince: (sinceMs) => countOf(spends, sinceMs),
  };
}
