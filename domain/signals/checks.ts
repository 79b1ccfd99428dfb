/**
 * What is checked of a seed before anybody believes its results: no look-ahead, no repainting, and a
 * warm-up that suffices. Each check computes the same bars in two ways and names where they differ.
 */
import { barView, indexFrom } from '../market/bar-arrays.ts';
import type { Genes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { NO_VERDICT } from './seed.ts';
import { shown } from './shown.ts';
import type { SeedInput } from './source.ts';
import { IndicatorSource } from './source.ts';
import { traceSeries, WindowSources } from './trace-series.ts';
import { anchorBars, windowOf, windowStartMs } from './window.ts';

export interface CheckFault {
  readonly openTimeMs: number;
  /** The field that differs, with both values. */
  readonly difference: string;
}

const FIELDS = [
  'stance',
  'changed',
  'mayOpen',
  'strength',
  'stopDistanceFraction',
  'volatilityPerBar',
] as const;

/** How much a longer past may move a number: recursive means forget, they do not end. */
const CONVERGED_WITHIN = 1e-6;

function differenceAt(
  one: SeedTrace,
  i: number,
  other: SeedTrace,
  j: number,
  within = 0,
): string | undefined {
  for (const field of FIELDS) {
    const [a, b] = [one[field][i] as number, other[field][j] as number];
    const isSame = Object.is(a, b) || Math.abs(a - b) <= within * Math.max(1, Math.abs(a));
    if (!isSame) return `${field} ${shown(a)} became ${shown(b)}`;
  }
  return undefined;
}

const firstBars = (input: SeedInput, count: number): SeedInput => ({
  ...input,
  bars: barView(input.bars, 0, count),
});

const seriesTrace = (seed: StrategySeed, genes: Genes, input: SeedInput): SeedTrace =>
  traceSeries(seed, genes, new WindowSources(input));

/** Verdicts that change when the bars after them are taken away. */
export function lookAheadFaults(
  seed: StrategySeed,
  genes: Genes,
  input: SeedInput,
  cuts: readonly number[],
): readonly CheckFault[] {
  const whole = seriesTrace(seed, genes, input);
  const faults: CheckFault[] = [];
  for (const cut of cuts) {
    const part = seriesTrace(seed, genes, firstBars(input, cut));
    for (let i = 0; i < cut; i += 1) {
      const difference = differenceAt(part, i, whole, i);
      if (difference !== undefined) {
        faults.push({ openTimeMs: input.bars.openTimeMs[i] as number, difference });
      }
    }
  }
  return faults;
}

/** Verdicts that are not, later, what they were when their bar closed; asked bar by bar. */
export function repaintFaults(
  seed: StrategySeed,
  genes: Genes,
  input: SeedInput,
  from: number,
  to: number,
): readonly CheckFault[] {
  const faults: CheckFault[] = [];
  const said: SeedTrace[] = [];
  const anchor = anchorBars(seed, genes);
  const { openTimeMs, intervalMs } = input.bars;
  const judged = (count: number): { trace: SeedTrace; last: number } => {
    const startMs = windowStartMs(openTimeMs[count - 1] as number, intervalMs, anchor);
    const window = windowOf(input, startMs, count);
    const trace = seed.trace(window, genes, new IndicatorSource(window));
    return { trace, last: window.bars.length - 1 };
  };
  for (let end = from; end <= to; end += 1) said.push(judged(end).trace);
  for (let end = from; end <= to; end += 1) {
    const { trace, last } = judged(end);
    const first = said[end - from] as SeedTrace;
    // Also what it says today of the bars before: within a window the past stays as it was.
    const before = end > from ? said[end - from - 1] : undefined;
    const difference =
      differenceAt(first, last, trace, last) ??
      (before !== undefined && before.stance.length === last
        ? differenceAt(before, last - 1, trace, last - 1)
        : undefined);
    if (difference !== undefined) {
      faults.push({ openTimeMs: openTimeMs[end - 1] as number, difference });
    }
  }
  return faults;
}

/** Verdicts at the start of a block, where the window is shortest, that a longer past would change. */
export function warmupFaults(
  seed: StrategySeed,
  genes: Genes,
  input: SeedInput,
): readonly CheckFault[] {
  const anchor = anchorBars(seed, genes);
  const { bars } = input;
  const step = anchor * bars.intervalMs;
  const faults: CheckFault[] = [];
  const firstMs = bars.openTimeMs[0] as number;
  for (let at = indexFrom(bars.openTimeMs, firstMs + 3 * step); at < bars.length; ) {
    const openTimeMs = bars.openTimeMs[at] as number;
    const startMs = windowStartMs(openTimeMs, bars.intervalMs, anchor);
    const [near, far] = [startMs, startMs - step].map((fromMs) => {
      const window = windowOf(input, fromMs, at + 1);
      return seed.trace(window, genes, new IndicatorSource(window));
    }) as [SeedTrace, SeedTrace];
    const [i, j] = [near.stance.length - 1, far.stance.length - 1];
    const difference = differenceAt(near, i, far, j, CONVERGED_WITHIN);
    const isJudged = near.stance[i] !== NO_VERDICT || far.stance[j] !== NO_VERDICT;
    if (isJudged && difference !== undefined) faults.push({ openTimeMs, difference });
    at = indexFrom(bars.openTimeMs, startMs + 2 * step);
  }
  return faults;
}
