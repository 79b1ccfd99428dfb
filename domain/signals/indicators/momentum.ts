/** Momentum: RSI, MACD and the stochastic oscillator. See `means.ts` for what all indicators share. */
import { firstValue } from './first-value.ts';
import { emaFrom, sma } from './means.ts';
import { highest, lowest } from './ranges.ts';

/** What a bounded oscillator says of a market without any range: neither dear nor cheap. */
const NEUTRAL = 50;

/**
 * Wilder's relative strength index, 0 to 100, from index `period`.
 * Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978). Without any move in the
 * window it is 50 (neutral), where TA-Lib says 0 (oversold): a dead market is no bargain.
 */
export function rsi(
  values: ArrayLike<number>,
  period: number,
  out: Float64Array = new Float64Array(values.length),
): Float64Array {
  const start = firstValue(values);
  const first = start + period;
  out.fill(Number.NaN, 0, Math.min(first, out.length));
  if (first >= values.length) return out;
  let gain = 0;
  let loss = 0;
  for (let i = start + 1; i <= first; i += 1) {
    const change = (values[i] as number) - (values[i - 1] as number);
    if (change > 0) gain += change;
    else loss -= change;
  }
  gain /= period;
  loss /= period;
  out[first] = gain + loss > 0 ? 100 * (gain / (gain + loss)) : NEUTRAL;
  for (let i = first + 1; i < values.length; i += 1) {
    const change = (values[i] as number) - (values[i - 1] as number);
    const up = Math.max(change, 0);
    const down = Math.max(-change, 0);
    gain = (gain * (period - 1) + up) / period;
    loss = (loss * (period - 1) + down) / period;
    const total = gain + loss;
    out[i] = total > 0 ? 100 * (gain / total) : NEUTRAL;
  }
  return out;
}

export interface Macd {
  /** Fast mean less slow mean. */
  readonly macd: Float64Array;
  readonly signal: Float64Array;
  readonly histogram: Float64Array;
}

/**
 * Moving average convergence/divergence (G. Appel). As in TA-Lib both means are seeded to have their
 * first value on the same bar, and all three outputs begin with the signal line.
 */
export function macd(
  values: ArrayLike<number>,
  fast: number,
  slow: number,
  signalPeriod: number,
): Macd {
  const start = firstValue(values);
  const line = emaFrom(values, fast, start + slow - fast, new Float64Array(values.length));
  const slowMean = emaFrom(values, slow, start, new Float64Array(values.length));
  for (let i = 0; i < line.length; i += 1) {
    line[i] = (line[i] as number) - (slowMean[i] as number);
  }
  const signal = emaFrom(line, signalPeriod, start + slow - 1, new Float64Array(values.length));
  line.fill(Number.NaN, 0, Math.min(line.length, start + slow + signalPeriod - 2));
  for (let i = 0; i < line.length; i += 1) {
    slowMean[i] = (line[i] as number) - (signal[i] as number);
  }
  return { macd: line, signal, histogram: slowMean };
}

export interface Stochastic {
  readonly k: Float64Array;
  readonly d: Float64Array;
}

/**
 * Stochastic oscillator (G. Lane), 0 to 100: the close's place in the range of the last `period`
 * bars, smoothed over `slowing` bars (1: the fast form), and its mean over `signal` bars. Both lines
 * begin with the second one. A range of nothing is 50, where TA-Lib says 0.
 */
export function stochastic(
  bars: {
    readonly high: ArrayLike<number>;
    readonly low: ArrayLike<number>;
    readonly close: ArrayLike<number>;
  },
  period: number,
  slowing: number,
  signal: number,
): Stochastic {
  const { close } = bars;
  const top = highest(bars.high, period);
  const bottom = lowest(bars.low, period);
  for (let i = 0; i < close.length; i += 1) {
    const range = (top[i] as number) - (bottom[i] as number);
    top[i] = range === 0 ? NEUTRAL : (100 * ((close[i] as number) - (bottom[i] as number))) / range;
  }
  const k = slowing === 1 ? top : sma(top, slowing, bottom);
  const d = sma(k, signal);
  k.fill(Number.NaN, 0, Math.min(k.length, firstValue(d)));
  return { k, d };
}
