/** Returns and how far they scatter. */
import { firstValue } from './first-value.ts';

type Column = ArrayLike<number>;

/** Simple return of each bar over the one `bars` before; NaN until there is one. */
export function simpleReturns(
  close: Column,
  bars = 1,
  out: Float64Array = new Float64Array(close.length),
): Float64Array {
  out.fill(Number.NaN, 0, Math.min(bars, out.length));
  for (let i = bars; i < out.length; i += 1) {
    out[i] = (close[i] as number) / (close[i - bars] as number) - 1;
  }
  return out;
}

/** Natural logarithm of each bar's close over the one before; NaN at index 0. */
export function logReturns(
  close: Column,
  out: Float64Array = new Float64Array(close.length),
): Float64Array {
  if (out.length > 0) out[0] = Number.NaN;
  for (let i = 1; i < out.length; i += 1) {
    out[i] = Math.log((close[i] as number) / (close[i - 1] as number));
  }
  return out;
}

/**
 * Realised volatility per bar: root of the mean square of the last `period` log returns, no mean
 * taken off (over few bars it is noise).
 */
export function realisedVolatility(close: Column, period: number): Float64Array {
  const squares = logReturns(close);
  for (let i = 1; i < squares.length; i += 1) {
    squares[i] = (squares[i] as number) * (squares[i] as number);
  }
  const first = firstValue(squares) + period - 1;
  const out = new Float64Array(squares.length).fill(Number.NaN, 0, first);
  let [sum, fresh] = [0, 0];
  for (let i = first; i < squares.length; i += 1) {
    const gone = fresh > 0 ? (squares[i - period] as number) : 0;
    if (fresh > 0) sum += (squares[i] as number) - gone;
    // What an outlier leaves behind would drown the small squares after it.
    if (fresh === 0 || gone > 1e3 * sum) {
      sum = 0;
      for (let j = i - period + 1; j <= i; j += 1) sum += squares[j] as number;
      fresh = period;
    }
    fresh -= 1;
    out[i] = Math.sqrt(sum / period);
  }
  return out;
}
