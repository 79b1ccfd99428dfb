/**
 * Coarser bars from finer ones: first open, highest high, lowest low, last close, sum of volumes. Only
 * where every finer bar is there, since a bar made from half its parts would be a guess.
 */
import { makeRows, pickRows, type Rows, rowCount } from './rows.ts';
import { BAR, slotOf } from './series.ts';

/** The bars that are whole, ascending. The coarser length is a whole multiple of the finer one. */
export function aggregateBars(fine: Rows, fineMs: number, coarseMs: number): Rows {
  const parts = coarseMs / fineMs;
  const made = makeRows(Math.floor(rowCount(fine) / parts), fine.values.length);
  let count = 0;
  for (let from = 0; from < rowCount(fine); ) {
    const slot = slotOf(fine.timeMs[from] as number, coarseMs);
    let to = from;
    while (to < rowCount(fine) && (fine.timeMs[to] as number) < slot + coarseMs) to += 1;
    if (to - from === parts) {
      joinBars(fine, from, to, made, count);
      made.timeMs[count] = slot;
      count += 1;
    }
    from = to;
  }
  return pickRows(
    made,
    Array.from({ length: count }, (_, index) => index),
  );
}

function joinBars(fine: Rows, from: number, to: number, made: Rows, at: number): void {
  const [open, high, low, close, volume] = fine.values as readonly Float64Array[] as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let [highest, lowest, sum] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  for (let i = from; i < to; i += 1) {
    highest = Math.max(highest, high[i] as number);
    lowest = Math.min(lowest, low[i] as number);
    sum += volume[i] as number;
  }
  const joined = [];
  joined[BAR.open] = open[from] as number;
  joined[BAR.high] = highest;
  joined[BAR.low] = lowest;
  joined[BAR.close] = close[to - 1] as number;
  // Sums of decimals in floats end in noise: 12 digits are more than any venue gives.
  joined[BAR.volume] = Number(sum.toPrecision(12));
  joined.forEach((value, column) => {
    const target = made.values[column];
    if (target) target[at] = value;
  });
}

/** Where a recorded coarser bar and the one made from finer bars are not the same. */
export interface Disagreement {
  readonly timeMs: number;
  readonly field: 'open' | 'high' | 'low' | 'close' | 'volume';
  readonly recorded: number;
  readonly fromFiner: number;
}

/** Volumes are sums of thousands of floats: what differs less is equal. */
const VOLUME_TOLERANCE = 1e-6;
const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

export interface Comparison {
  readonly compared: number;
  /** The first field of each bar that differs, oldest first. */
  readonly disagreements: readonly Disagreement[];
  /** Made bars that are not recorded: what a repair can add. */
  readonly missing: Rows;
}

/** Compares recorded bars with those made from finer ones; both ascend. */
export function compareBars(recorded: Rows, made: Rows): Comparison {
  const missing: number[] = [];
  const disagreements: Disagreement[] = [];
  let compared = 0;
  let at = 0;
  for (let i = 0; i < rowCount(made); i += 1) {
    const timeMs = made.timeMs[i] as number;
    while (at < rowCount(recorded) && (recorded.timeMs[at] as number) < timeMs) at += 1;
    if (at >= rowCount(recorded) || recorded.timeMs[at] !== timeMs) {
      missing.push(i);
      continue;
    }
    compared += 1;
    const field = FIELDS.find((name) => {
      const [a, b] = [recorded.values[BAR[name]]?.[at], made.values[BAR[name]]?.[i]] as [
        number,
        number,
      ];
      return name === 'volume' ? Math.abs(a - b) > VOLUME_TOLERANCE * Math.max(a, b) : a !== b;
    });
    if (field === undefined) continue;
    disagreements.push({
      timeMs,
      field,
      recorded: recorded.values[BAR[field]]?.[at] as number,
      fromFiner: made.values[BAR[field]]?.[i] as number,
    });
  }
  return { compared, disagreements, missing: pickRows(made, missing) };
}
