/** Ranges: true range, ATR, ADX, rolling extremes, and the channels and clouds made of them. */
import { firstValue } from './first-value.ts';

type Column = ArrayLike<number>;

/** The parts of a bar that ranges read. */
export interface RangeBars {
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
}

function rangeAt({ high, low, close }: RangeBars, i: number): number {
  const before = close[i - 1] as number;
  const top = high[i] as number;
  const bottom = low[i] as number;
  return Math.max(before, top) - Math.min(before, bottom);
}

/** True range of each bar in price units, from index 1: the bar's range, with the gap before it. */
export function trueRange(
  bars: RangeBars,
  out: Float64Array = new Float64Array(bars.close.length),
): Float64Array {
  if (out.length > 0) out[0] = Number.NaN;
  for (let i = 1; i < out.length; i += 1) out[i] = rangeAt(bars, i);
  return out;
}

/**
 * Wilder's average true range in price units, from index `period`: the mean of the first `period`
 * true ranges (those of bars 1 to `period`), then Wilder's smoothing.
 * Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
 */
export function atr(
  bars: RangeBars,
  period: number,
  out: Float64Array = new Float64Array(bars.close.length),
): Float64Array {
  out.fill(Number.NaN, 0, Math.min(period, out.length));
  if (out.length <= period) return out;
  let mean = 0;
  for (let i = 1; i <= period; i += 1) mean += rangeAt(bars, i);
  mean /= period;
  out[period] = mean;
  for (let i = period + 1; i < out.length; i += 1) {
    mean = (mean * (period - 1) + rangeAt(bars, i)) / period;
    out[i] = mean;
  }
  return out;
}

/**
 * Wilder's average directional index, 0 to 100, from index `2 period - 1`. Source: as for {@link atr}.
 * A bar on which neither direction moved leaves it where it was.
 */
export function adx(
  bars: RangeBars,
  period: number,
  out: Float64Array = new Float64Array(bars.close.length),
): Float64Array {
  const { high, low } = bars;
  const first = 2 * period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  let up = 0;
  let down = 0;
  let range = 0;
  let sum = 0;
  let mean = 0;
  for (let i = 1; i < out.length; i += 1) {
    const rise = (high[i] as number) - (high[i - 1] as number);
    const fall = (low[i - 1] as number) - (low[i] as number);
    if (i >= period) {
      up -= up / period;
      down -= down / period;
      range -= range / period;
    }
    if (fall > 0 && rise < fall) down += fall;
    else if (rise > 0 && rise > fall) up += rise;
    range += rangeAt(bars, i);
    if (i < period) continue;
    const moved = up + down;
    const isStill = !(range > 0 && moved > 0);
    const index = isStill ? 0 : (100 * Math.abs(up - down)) / moved;
    if (i <= first) {
      sum += index;
      mean = sum / period;
    } else if (!isStill) {
      mean = (mean * (period - 1) + index) / period;
    }
    if (i >= first) out[i] = mean;
  }
  return out;
}

/** The largest of the last `period` values, this bar's included. */
export function highest(
  values: Column,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const start = firstValue(values);
  const first = start + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  let best = Number.NEGATIVE_INFINITY;
  let bestAt = -1;
  for (let i = start; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value >= best) {
      best = value;
      bestAt = i;
    } else if (bestAt <= i - period) {
      best = Number.NEGATIVE_INFINITY;
      for (let j = i - period + 1; j <= i; j += 1) {
        if ((values[j] as number) >= best) {
          best = values[j] as number;
          bestAt = j;
        }
      }
    }
    if (i >= first) out[i] = best;
  }
  return out;
}

/** The smallest of the last `period` values, this bar's included. */
export function lowest(
  values: Column,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const start = firstValue(values);
  const first = start + period - 1;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  let best = Number.POSITIVE_INFINITY;
  let bestAt = -1;
  for (let i = start; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value <= best) {
      best = value;
      bestAt = i;
    } else if (bestAt <= i - period) {
      best = Number.POSITIVE_INFINITY;
      for (let j = i - period + 1; j <= i; j += 1) {
        if ((values[j] as number) <= best) {
          best = values[j] as number;
          bestAt = j;
        }
      }
    }
    if (i >= first) out[i] = best;
  }
  return out;
}

/** Moves values `bars` later, so that index i holds what was known `bars` bars before it. */
export function delayed(
  values: Column,
  bars: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  out.fill(Number.NaN, 0, Math.min(bars, out.length));
  for (let i = bars; i < out.length; i += 1) out[i] = values[i - bars] as number;
  return out;
}

export interface Channel {
  readonly upper: Float64Array;
  readonly lower: Float64Array;
}

/** Donchian channel: highest high and lowest low of the `period` bars BEFORE each bar. */
export function donchian(bars: RangeBars, period: number): Channel {
  return {
    upper: delayed(highest(bars.high, period), 1),
    lower: delayed(lowest(bars.low, period), 1),
  };
}

/** Middle of the range of the last `period` bars: the line that Ichimoku is made of. */
export function midRange(bars: RangeBars, period: number): Float64Array {
  const top = highest(bars.high, period);
  const bottom = lowest(bars.low, period);
  for (let i = 0; i < top.length; i += 1) {
    top[i] = ((top[i] as number) + (bottom[i] as number)) / 2;
  }
  return top;
}

export interface Ichimoku {
  readonly tenkan: Float64Array;
  readonly kijun: Float64Array;
  /** The cloud over this bar: what was drawn `displacement` bars ago. */
  readonly spanA: Float64Array;
  readonly spanB: Float64Array;
}

/**
 * Ichimoku lines (G. Hosoda). The cloud is read where it lies, from `displacement` bars ago; the
 * lagging span is this bar's close against the close of that bar, never against a later one.
 */
export function ichimoku(
  bars: RangeBars,
  tenkanPeriod: number,
  kijunPeriod: number,
  spanBPeriod: number,
  displacement: number,
): Ichimoku {
  const tenkan = midRange(bars, tenkanPeriod);
  const kijun = midRange(bars, kijunPeriod);
  const lead = new Float64Array(tenkan.length);
  for (let i = 0; i < lead.length; i += 1) {
    lead[i] = ((tenkan[i] as number) + (kijun[i] as number)) / 2;
  }
  return {
    tenkan,
    kijun,
    spanA: delayed(lead, displacement),
    spanB: delayed(midRange(bars, spanBPeriod), displacement),
  };
}
