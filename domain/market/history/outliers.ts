/**
 * Bars that look wrong and may be right: a close, a high or a low further away than this market's
 * usual move would explain. They are kept and reported; only a person or a second source can judge.
 */

import type { Rows } from './rows.ts';
import { BAR, type SeriesKey, seriesIntervalMs } from './series.ts';

/** A move this many times the median one; the crash of 2020-03-12 has hourly moves of 50 times. */
const TIMES_THE_USUAL = 60;
/** Below this a move is no outlier, however quiet the market was. */
const LEAST_MOVE = 0.05;

export interface Outlier {
  readonly index: number;
  readonly field: 'close' | 'high' | 'low';
  /** The move as a natural logarithm, unsigned. */
  readonly move: number;
}

/** Moves from close to close, without those over a gap. */
function closeMoves(rows: Rows, intervalMs: number): Float64Array {
  const close = rows.values[BAR.close] as Float64Array;
  const moves = new Float64Array(close.length).fill(Number.NaN);
  for (let i = 1; i < close.length; i += 1) {
    if ((rows.timeMs[i] as number) - (rows.timeMs[i - 1] as number) !== intervalMs) continue;
    moves[i] = Math.abs(Math.log((close[i] as number) / (close[i - 1] as number)));
  }
  return moves;
}

/** Moves that the median is taken of, evenly spread; more of them would not move it. */
const MOST_SAMPLED = 20_000;

/** The move above which a bar of these rows is an outlier. */
function threshold(moves: Float64Array): number {
  const stride = Math.max(1, Math.floor(moves.length / MOST_SAMPLED));
  const known = moves.filter((move, at) => at % stride === 0 && move > 0).sort();
  const usual = known[Math.floor(known.length / 2)] ?? 0;
  return Math.max(LEAST_MOVE, TIMES_THE_USUAL * usual);
}

/** Every outlier, oldest first, one a bar. */
export function findOutliers(key: SeriesKey, rows: Rows): readonly Outlier[] {
  const moves = closeMoves(rows, seriesIntervalMs(key));
  const limit = threshold(moves);
  const [open, high, low, close] = rows.values as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const outliers: Outlier[] = [];
  for (let i = 0; i < close.length; i += 1) {
    const [o, c] = [open[i] as number, close[i] as number];
    const move = moves[i] as number;
    const up = Math.log((high[i] as number) / Math.max(o, c));
    const down = Math.log(Math.min(o, c) / (low[i] as number));
    if (move > limit) outliers.push({ index: i, field: 'close', move });
    else if (up > limit) outliers.push({ index: i, field: 'high', move: up });
    else if (down > limit) outliers.push({ index: i, field: 'low', move: down });
  }
  return outliers;
}
