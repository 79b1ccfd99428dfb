/**
 * Indicators over closed bars: typed arrays of floats, one value per bar, NaN while warming up.
 *
 * The value at index i is computed from indexes 0 to i only. Definitions and seeding are TA-Lib's
 * (compatibility mode "default"), so that results can be checked against it.
 */

/** Exponential mean with k = 2 / (period + 1), seeded by the mean of the first `period` values. */
export function ema(values: ArrayLike<number>, period: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  if (values.length < period) return result;
  const k = 2 / (period + 1);
  let mean = meanOf(values, 0, period);
  result[period - 1] = mean;
  for (let i = period; i < values.length; i += 1) {
    mean += (at(values, i) - mean) * k;
    result[i] = mean;
  }
  return result;
}

/**
 * Wilder's relative strength index, 0 to 100, from index `period`.
 * Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978). Without any move in the
 * window it is 50 (neutral), where TA-Lib says 0 (oversold): a dead market is no bargain.
 */
export function rsi(values: ArrayLike<number>, period: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  if (values.length <= period) return result;
  let gain = 0;
  let loss = 0;
  for (let i = 1; i < values.length; i += 1) {
    const change = at(values, i) - at(values, i - 1);
    const up = Math.max(change, 0);
    const down = Math.max(-change, 0);
    if (i <= period) {
      gain += up;
      loss += down;
      if (i < period) continue;
      gain /= period;
      loss /= period;
    } else {
      gain = (gain * (period - 1) + up) / period;
      loss = (loss * (period - 1) + down) / period;
    }
    const total = gain + loss;
    result[i] = total > 0 ? 100 * (gain / total) : 50;
  }
  return result;
}

/**
 * Wilder's average true range in price units, from index `period`: the mean of the first `period`
 * true ranges (those of bars 1 to `period`), then Wilder's smoothing. Source: as for {@link rsi}.
 */
export function atr(
  high: ArrayLike<number>,
  low: ArrayLike<number>,
  close: ArrayLike<number>,
  period: number,
): Float64Array {
  const result = new Float64Array(close.length).fill(Number.NaN);
  if (close.length <= period) return result;
  let range = 0;
  for (let i = 1; i < close.length; i += 1) {
    const before = at(close, i - 1);
    const trueRange = Math.max(
      at(high, i) - at(low, i),
      Math.abs(at(high, i) - before),
      Math.abs(at(low, i) - before),
    );
    if (i <= period) {
      range += trueRange;
      if (i < period) continue;
      range /= period;
    } else {
      range = (range * (period - 1) + trueRange) / period;
    }
    result[i] = range;
  }
  return result;
}

/**
 * Population standard deviation of the last `period` values, in two passes: the one-pass formula
 * loses all digits when the mean is far larger than the spread, as prices' is.
 */
export function stdev(values: ArrayLike<number>, period: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  for (let i = period - 1; i < values.length; i += 1) {
    const from = i - period + 1;
    const mean = meanOf(values, from, period);
    let squares = 0;
    for (let j = from; j <= i; j += 1) {
      const distance = at(values, j) - mean;
      squares += distance * distance;
    }
    result[i] = Math.sqrt(squares / period);
  }
  return result;
}

/** Simple return of each bar over the one before; NaN at index 0. */
export function simpleReturns(close: ArrayLike<number>): Float64Array {
  const result = new Float64Array(close.length).fill(Number.NaN);
  for (let i = 1; i < close.length; i += 1) result[i] = at(close, i) / at(close, i - 1) - 1;
  return result;
}

function meanOf(values: ArrayLike<number>, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i += 1) sum += at(values, i);
  return sum / count;
}

/** Reads an index that the caller knows to exist; NaN would show up in every result. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
