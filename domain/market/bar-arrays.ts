/**
 * Closed bars as typed arrays: the form that indicators and the backtest kernel read. A view of some
 * of the bars shares memory with the whole.
 */
import type { CandleSeries } from './candles.ts';

export interface BarArrays {
  readonly asset: string;
  readonly intervalMs: number;
  readonly length: number;
  /** Ascending, on the market's clock. */
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volumeBase: Float64Array;
}

/** A checked series as typed arrays. */
export function barArrays(series: CandleSeries): BarArrays {
  return {
    asset: series.asset,
    intervalMs: series.intervalMs,
    length: series.openTimeMs.length,
    openTimeMs: Float64Array.from(series.openTimeMs),
    open: Float64Array.from(series.open),
    high: Float64Array.from(series.high),
    low: Float64Array.from(series.low),
    close: Float64Array.from(series.close),
    volumeBase: Float64Array.from(series.volumeBase),
  };
}

/** The bars from index `from` up to, but without, index `to`, in the same memory. */
export function barView(bars: BarArrays, from: number, to: number): BarArrays {
  const openTimeMs = bars.openTimeMs.subarray(from, to);
  return {
    asset: bars.asset,
    intervalMs: bars.intervalMs,
    length: openTimeMs.length,
    openTimeMs,
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volumeBase: bars.volumeBase.subarray(from, to),
  };
}

/** Index of the first time that is not before `timeMs`; the length when all are. */
export function indexFrom(timesMs: ArrayLike<number>, timeMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A bar's number: whole intervals since 1970. The same bar has the same number everywhere. */
export const barNumber = (openTimeMs: number, intervalMs: number): number =>
  Math.floor(openTimeMs / intervalMs);
