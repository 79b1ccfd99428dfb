/**
 * Which bars a verdict is computed from, and what makes one unusable.
 *
 * A recursive indicator depends on where it starts. So windows are anchored to the clock: with an
 * anchor of A bars, the window of bar number n begins at bar (floor(n / A) - 1) A and so holds
 * between A + 1 and 2A bars, whoever computes it, whenever, on however long a history. That is why
 * a live signal and a backtest's agree to the last bit.
 */
import { assertInvariant } from '../kernel/assert.ts';
import type { BarArrays } from '../market/bar-arrays.ts';
import { barNumber, barView, indexFrom } from '../market/bar-arrays.ts';
import type { Genes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { NO_VERDICT } from './seed.ts';
import type { SeedInput } from './source.ts';

/** The venue serves 5,000 bars, and a window holds up to twice the anchor. */
export const MAX_WARMUP_BARS = 2_500;

/** Few anchors, so that genomes of about the same warm-up share their windows and indicators. */
const ANCHORS = [
  1,
  2,
  4,
  8,
  16,
  32,
  64,
  96,
  128,
  192,
  256,
  384,
  512,
  768,
  1024,
  1536,
  2048,
  MAX_WARMUP_BARS,
];

/** A window that lacks more than this share of its bars says too little of the market. */
const MAX_MISSING_SHARE = 0.01;

/** Distance of a seed's anchors in bars: its warm-up, rounded up. */
export function anchorBars(seed: Pick<StrategySeed, 'name' | 'warmupBars'>, genes: Genes): number {
  const warmup = seed.warmupBars(genes);
  const anchor = ANCHORS.find((bars) => bars >= warmup);
  const rule = `must be at most ${MAX_WARMUP_BARS}`;
  assertInvariant(anchor !== undefined, `warmupBars of ${seed.name} is ${warmup}: ${rule}`);
  return anchor;
}

/** How many bars a live decision must have at hand: the longest window. */
export const historyBars = (seed: StrategySeed, genes: Genes): number =>
  2 * anchorBars(seed, genes);

/** Open time of the first bar of the window that belongs to the bar of this time. */
export function windowStartMs(openTimeMs: number, intervalMs: number, anchor: number): number {
  const block = Math.floor(barNumber(openTimeMs, intervalMs) / anchor);
  return (block - 1) * anchor * intervalMs;
}

/** The bars from `startMs` up to index `to` (excluded), and the part of the other assets beside them. */
export function windowOf(input: SeedInput, startMs: number, to: number): SeedInput {
  const bars = barView(input.bars, indexFrom(input.bars.openTimeMs, startMs), to);
  const lastMs = bars.openTimeMs[bars.length - 1] ?? startMs;
  const others = Object.entries(input.others ?? {}).map(([asset, other]): [string, BarArrays] => [
    asset,
    barView(
      other,
      indexFrom(other.openTimeMs, startMs),
      indexFrom(other.openTimeMs, lastMs + bars.intervalMs),
    ),
  ]);
  return { ...input, bars, ...(others.length === 0 ? {} : { others: Object.fromEntries(others) }) };
}

/** Bars that a full window has up to this one. */
const expectedBars = (bars: BarArrays, startMs: number, index: number): number =>
  Math.floor(((bars.openTimeMs[index] as number) - startMs) / bars.intervalMs) + 1;

/** Whether nothing can be said of a bar of a window: too young a history, or too many holes. */
export function isUnusable(bars: BarArrays, startMs: number, index: number): boolean {
  const expected = expectedBars(bars, startMs, index);
  return expected - (index + 1) > expected * MAX_MISSING_SHARE;
}

/** Why, as a sentence; undefined when the bar can be judged. */
export function whyUnusable(bars: BarArrays, startMs: number, index: number): string | undefined {
  if (!isUnusable(bars, startMs, index)) return undefined;
  const expected = expectedBars(bars, startMs, index);
  const missing = expected - (index + 1);
  const late = ((bars.openTimeMs[0] as number) - startMs) / bars.intervalMs;
  return late > expected * MAX_MISSING_SHARE
    ? `warming up: ${index + 1} of ${expected} closed bars`
    : `${missing} bars are missing among the last ${expected}: too many to judge`;
}

const NUMBERS = ['strength', 'stopDistanceFraction', 'volatilityPerBar'] as const;

/** Whether all numbers of a verdict are some. */
export const isFiniteAt = (trace: SeedTrace, index: number): boolean =>
  Number.isFinite(trace.strength[index]) &&
  Number.isFinite(trace.stopDistanceFraction[index]) &&
  Number.isFinite(trace.volatilityPerBar[index]);

/** Which number of a verdict is none, as a sentence; undefined when all are. */
export function whyNotFinite(trace: SeedTrace, index: number): string | undefined {
  if (trace.stance[index] === NO_VERDICT || isFiniteAt(trace, index)) return undefined;
  const field = NUMBERS.find((name) => !Number.isFinite(trace[name][index]));
  return field && `${field} came out as ${trace[field][index]}`;
}
