/**
 * Moving means over closed bars: one value per bar, NaN while warming up, value i from indexes 0 to
 * i only. Definitions and first values are TA-Lib's (compatibility mode "default").
 *
 * Every indicator of this folder takes its output array last, so that hot code allocates nothing.
 */
import { firstValue } from './first-value.ts';

/**
 * Simple mean of the last `period` values. The running sum is made afresh every `period` bars: a
 * market that stands still has its own price as mean, whatever came before.
 */
export function sma(
  values: ArrayLike<number>,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const first = firstValue(values) + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  let sum = 0;
  let fresh = 0;
  for (let i = first; i < values.length; i += 1) {
    if (fresh === 0) {
      sum = 0;
      for (let j = i - period + 1; j <= i; j += 1) sum += values[j] as number;
      fresh = period;
    } else {
      sum += (values[i] as number) - (values[i - period] as number);
    }
    fresh -= 1;
    out[i] = sum / period;
  }
  return out;
}

/** Exponential mean with k = 2 / (period + 1), seeded by the mean of the first `period` values. */
export function ema(
  values: ArrayLike<number>,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  return emaFrom(values, period, firstValue(values), out);
}

/** As {@link ema}, with the values before index `from` left out of the seed. */
export function emaFrom(
  values: ArrayLike<number>,
  period: number,
  from: number,
  out: Float64Array,
): Float64Array {
  const first = from + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  if (first >= values.length) return out;
  const k = 2 / (period + 1);
  let mean = 0;
  for (let i = from; i <= first; i += 1) mean += values[i] as number;
  mean /= period;
  out[first] = mean;
  for (let i = first + 1; i < values.length; i += 1) {
    mean += ((values[i] as number) - mean) * k;
    out[i] = mean;
  }
  return out;
}

/** Linearly weighted mean of the last `period` values: the newest weighs `period`, the oldest 1. */
export function wma(
  values: ArrayLike<number>,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const first = firstValue(values) + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  const weights = (period * (period + 1)) / 2;
  let sum = 0;
  let weighted = 0;
  let fresh = 0;
  for (let i = first; i < values.length; i += 1) {
    if (fresh === 0) {
      sum = 0;
      weighted = 0;
      for (let j = 0; j < period; j += 1) {
        const value = values[i - period + 1 + j] as number;
        sum += value;
        weighted += value * (j + 1);
      }
      fresh = period;
    } else {
      weighted += (values[i] as number) * period - sum;
      sum += (values[i] as number) - (values[i - period] as number);
    }
    fresh -= 1;
    out[i] = weighted / weights;
  }
  return out;
}
