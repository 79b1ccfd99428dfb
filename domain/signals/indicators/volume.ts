/** Volume: the volume-weighted mean price with its bands, and on-balance volume. */
import type { RangeBars } from './ranges.ts';

type Column = ArrayLike<number>;

export interface Vwap {
  readonly vwap: Float64Array;
  /** Volume-weighted standard deviation of the typical price around it, in price units. */
  readonly deviation: Float64Array;
}

/**
 * Rolling volume-weighted mean of the typical price (high + low + close) / 3 over the last `period`
 * bars, and its deviation. Where nothing was traded every bar weighs the same. In two passes, so
 * that a deviation far smaller than the price keeps its digits.
 */
export function vwap(bars: RangeBars & { readonly volumeBase: Column }, period: number): Vwap {
  const { high, low, close, volumeBase } = bars;
  const count = close.length;
  const typical = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    typical[i] = ((high[i] as number) + (low[i] as number) + (close[i] as number)) / 3;
  }
  const mean = new Float64Array(count).fill(Number.NaN);
  const deviation = new Float64Array(count).fill(Number.NaN);
  for (let i = period - 1; i < count; i += 1) {
    const from = i - period + 1;
    let total = 0;
    for (let j = from; j <= i; j += 1) total += volumeBase[j] as number;
    const isTraded = total > 0;
    if (!isTraded) total = period;
    const base = typical[i] as number;
    let [sum, squares] = [0, 0];
    for (let j = from; j <= i; j += 1) {
      const weight = isTraded ? (volumeBase[j] as number) : 1;
      const distance = (typical[j] as number) - base;
      sum += weight * distance;
      squares += weight * distance * distance;
    }
    const offset = sum / total;
    mean[i] = base + offset;
    deviation[i] = Math.sqrt(Math.max(0, squares / total - offset * offset));
  }
  return { vwap: mean, deviation };
}

/** On-balance volume (J. Granville): volume added on rising closes and taken off on falling ones. */
export function obv(
  close: Column,
  volumeBase: Column,
  out: Float64Array = new Float64Array(close.length),
): Float64Array {
  let total = close.length > 0 ? (volumeBase[0] as number) : 0;
  if (out.length > 0) out[0] = total;
  for (let i = 1; i < out.length; i += 1) {
    const change = (close[i] as number) - (close[i - 1] as number);
    if (change > 0) total += volumeBase[i] as number;
    else if (change < 0) total -= volumeBase[i] as number;
    out[i] = total;
  }
  return out;
}
