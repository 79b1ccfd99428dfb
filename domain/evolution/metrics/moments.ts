/** Sums over a series: always in index order with one accumulator, so that a rerun is bit-equal. */
import { defined, firstNotFinite, type Statistic, undefinedFor } from './statistic.ts';

/** A spread below this share of the largest value is rounding: ten times 0.001 has std 2e-19. */
const RELATIVE_ZERO = 1e-12;

export const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? Number.NaN;
  return sum;
};

/** NaN for an empty series. */
export const meanOf = (values: ArrayLike<number>): number => sumOf(values) / values.length;

/** Sample standard deviation (ddof 1), or why there is none. */
export function standardDeviation(values: ArrayLike<number>): Statistic {
  const { length } = values;
  if (firstNotFinite(values) >= 0) return undefinedFor('notFinite');
  if (length < 2) return undefinedFor('tooFew');
  const mean = meanOf(values);
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < length; i += 1) {
    const value = values[i] ?? Number.NaN;
    const distance = value - mean;
    squares += distance * distance;
    largest = Math.max(largest, Math.abs(value));
  }
  const deviation = Math.sqrt(squares / (length - 1));
  if (deviation <= RELATIVE_ZERO * largest) return undefinedFor('zeroVariance');
  return defined(deviation);
}

/**
 * Quantile by linear interpolation (Hyndman & Fan 1996, type 7), of ascending values.
 * `probability * (n - 1)` is rounded to 1e-12, since 1 - 0.95 is not 0.05 in floats.
 */
export function quantileOfSorted(ascending: ArrayLike<number>, probability: number): number {
  const place = Number(((ascending.length - 1) * probability).toFixed(12));
  const below = Math.floor(place);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}

export const ascendingCopy = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values).sort();

/**
 * Mean of the largest `share` of the values, the last one counted by the fraction that falls into
 * the share (Rockafellar & Uryasev 2002). With `n * share` below 1 it is the largest value.
 */
export function meanOfLargest(values: ArrayLike<number>, share: number): number {
  const ascending = ascendingCopy(values);
  const wanted = Number((ascending.length * share).toFixed(12));
  const whole = Math.floor(wanted);
  const at = (rank: number): number => ascending[ascending.length - 1 - rank] ?? Number.NaN;
  if (wanted < 1) return at(0);
  let sum = 0;
  for (let rank = 0; rank < whole; rank += 1) sum += at(rank);
  if (wanted > whole) sum += at(whole) * (wanted - whole);
  return sum / wanted;
}
