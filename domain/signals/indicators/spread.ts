/** Spread and order: deviation, bands, z-scores, rolling quantiles, ranks and correlation. */
import { firstValue } from './first-value.ts';
import { sma } from './means.ts';

type Column = ArrayLike<number>;

/** A leaving value this much larger than all that stays would leave its rounding behind. */
const OVERSHADOWS = 1e3;
/** A spread that is this small a part of the squares (the level has moved on) has lost its digits. */
const CANCELLED = 1e-4;

/**
 * Population standard deviation of the last `period` values. The sums are of distances from a mean
 * that is made afresh every `period` bars, and when an outlier leaves or the level has moved on: the textbook's one-pass
 * formula loses all digits when the mean is far larger than the spread, as prices' is. Equal values
 * have a deviation of exactly 0.
 */
export function stdev(
  values: Column,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const start = firstValue(values);
  const first = start + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  let [shift, sum, squares, fresh, equalSince] = [0, 0, 0, 0, start];
  for (let i = start; i < values.length; i += 1) {
    if (i > start && values[i] !== values[i - 1]) equalSince = i;
    if (i < first) continue;
    if (fresh > 0) {
      const gone = (values[i - period] as number) - shift;
      const come = (values[i] as number) - shift;
      sum += come - gone;
      squares += come * come - gone * gone;
      const isStale = squares - (sum * sum) / period < CANCELLED * squares;
      if (isStale || gone * gone > OVERSHADOWS * squares) fresh = 0;
    }
    if (fresh === 0) {
      shift = 0;
      for (let j = i - period + 1; j <= i; j += 1) shift += values[j] as number;
      shift /= period;
      sum = 0;
      squares = 0;
      for (let j = i - period + 1; j <= i; j += 1) {
        const distance = (values[j] as number) - shift;
        sum += distance;
        squares += distance * distance;
      }
      fresh = period;
    }
    fresh -= 1;
    const variance = (squares - (sum * sum) / period) / period;
    out[i] = i - equalSince + 1 >= period || variance <= 0 ? 0 : Math.sqrt(variance);
  }
  return out;
}

export interface Bands {
  readonly middle: Float64Array;
  readonly upper: Float64Array;
  readonly lower: Float64Array;
}

/** Bollinger bands: the simple mean, and `deviations` standard deviations to both sides of it. */
export function bollinger(values: Column, period: number, deviations: number): Bands {
  const middle = sma(values, period);
  const spread = stdev(values, period);
  const upper = new Float64Array(middle.length);
  for (let i = 0; i < middle.length; i += 1) {
    const reach = deviations * (spread[i] as number);
    upper[i] = (middle[i] as number) + reach;
    spread[i] = (middle[i] as number) - reach;
  }
  return { middle, upper, lower: spread };
}

/** Distance from the mean of the last `period` values, in their deviations; 0 where they are equal. */
export function zscore(values: Column, period: number): Float64Array {
  const mean = sma(values, period);
  const spread = stdev(values, period);
  for (let i = 0; i < mean.length; i += 1) {
    const deviation = spread[i] as number;
    mean[i] = deviation === 0 ? 0 : ((values[i] as number) - (mean[i] as number)) / deviation;
  }
  return mean;
}

/** Index of the first element that is not below the value, in the sorted part of an array. */
function placeIn(sorted: Float64Array, count: number, value: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Calls back with the last `period` values in order, for every bar that has so many. */
function rollingSorted(
  values: Column,
  period: number,
  visit: (sorted: Float64Array, index: number) => void,
): void {
  const sorted = new Float64Array(period + 1);
  const start = firstValue(values);
  let count = 0;
  for (let i = start; i < values.length; i += 1) {
    if (count === period) {
      const gone = placeIn(sorted, count, values[i - period] as number);
      sorted.copyWithin(gone, gone + 1, count);
      count -= 1;
    }
    const place = placeIn(sorted, count, values[i] as number);
    sorted.copyWithin(place + 1, place, count);
    sorted[place] = values[i] as number;
    count += 1;
    if (count === period) visit(sorted, i);
  }
}

/**
 * Quantile (0 to 1) of the last `period` values, between neighbours linearly (type 7 of Hyndman and
 * Fan, Sample Quantiles in Statistical Packages, 1996).
 */
export function quantile(values: Column, period: number, share: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  const place = share * (period - 1);
  const below = Math.floor(place);
  const part = place - below;
  rollingSorted(values, period, (sorted, i) => {
    const low = sorted[below] as number;
    const high = sorted[Math.min(below + 1, period - 1)] as number;
    out[i] = low + part * (high - low);
  });
  return out;
}

/** Share of the last `period` values that are below this one, equal ones counted half: 0 to 1. */
export function percentRank(values: Column, period: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  rollingSorted(values, period, (sorted, i) => {
    const value = values[i] as number;
    const below = placeIn(sorted, period, value);
    let equal = 0;
    while (below + equal < period && sorted[below + equal] === value) equal += 1;
    out[i] = (below + equal / 2) / period;
  });
  return out;
}

/**
 * Pearson's correlation of the last `period` pairs, -1 to 1; 0 where one of the two does not move.
 * In two passes: at most some hundred values, and no sum to go stale.
 */
export function correlation(
  one: Column,
  other: Column,
  period: number,
  out: Float64Array = new Float64Array(one.length),
): Float64Array {
  const first = Math.max(firstValue(one), firstValue(other)) + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  for (let i = first; i < out.length; i += 1) {
    let [a, b] = [0, 0];
    for (let j = i - period + 1; j <= i; j += 1) {
      a += one[j] as number;
      b += other[j] as number;
    }
    a /= period;
    b /= period;
    let [both, ofOne, ofOther] = [0, 0, 0];
    for (let j = i - period + 1; j <= i; j += 1) {
      const x = (one[j] as number) - a;
      const y = (other[j] as number) - b;
      both += x * y;
      ofOne += x * x;
      ofOther += y * y;
    }
    const scale = Math.sqrt(ofOne * ofOther);
    out[i] = scale === 0 ? 0 : Math.max(-1, Math.min(1, both / scale));
  }
  return out;
}
