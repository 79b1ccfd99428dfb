/**
 * The indicators of REFBT, each as one or two columns over all bars. A column holds what the signals
 * compare, not what a chart shows: no division is left for the loop over strategies.
 */

export const KINDS = ['rsi', 'ema', 'band'] as const;
export type IndicatorKind = (typeof KINDS)[number];

/** Columns that an indicator fills. */
export const COLUMNS: Readonly<Record<IndicatorKind, number>> = { rsi: 2, ema: 1, band: 2 };

/**
 * Wilder's mean of rises, times 100, and the sum of the means of rises and of falls: the RSI is the
 * first over the second.
 */
export function fillRsi(
  f64: Float64Array,
  close: number,
  bars: number,
  period: number,
  out: number,
  outSum: number,
): void {
  const share = 1 / period;
  f64[out] = 0;
  f64[outSum] = 0;
  let [up, down, last] = [0, 0, f64[close] as number];
  for (let t = 1; t < bars; t += 1) {
    const now = f64[close + t] as number;
    const change = now - last;
    last = now;
    // Halves of doubles are exact, and a branch on the sign of a price change is a coin toss.
    const rise = 0.5 * (change + Math.abs(change));
    const fall = 0.5 * (Math.abs(change) - change);
    if (t === 1) {
      up = rise;
      down = fall;
    } else {
      up += (rise - up) * share;
      down += (fall - down) * share;
    }
    f64[out + t] = 100 * up;
    f64[outSum + t] = up + down;
  }
}

/** Exponential mean that begins with the first close. */
export function fillEma(
  f64: Float64Array,
  close: number,
  bars: number,
  period: number,
  out: number,
): void {
  const share = 2 / (period + 1);
  let mean = f64[close] as number;
  f64[out] = mean;
  for (let t = 1; t < bars; t += 1) {
    mean += ((f64[close + t] as number) - mean) * share;
    f64[out + t] = mean;
  }
}

/** Distance of the close from its mean, and the variance, both of closes less the first close. */
export function fillBand(
  f64: Float64Array,
  close: number,
  bars: number,
  period: number,
  out: number,
  outVariance: number,
): void {
  const share = 1 / period;
  const first = f64[close] as number;
  let [sum, squares] = [0, 0];
  for (let t = 0; t < bars; t += 1) {
    const x = (f64[close + t] as number) - first;
    const gone = t >= period ? (f64[close + t - period] as number) - first : 0;
    sum += x - gone;
    squares += x * x - gone * gone;
    const mean = sum * share;
    f64[out + t] = x - mean;
    f64[outVariance + t] = squares * share - mean * mean;
  }
}

/**
 * Fills the columns of one indicator over all bars.
 * @param second place of its second column; unused by an EMA
 */
export function fillIndicator(
  f64: Float64Array,
  indicator: IndicatorKind,
  period: number,
  close: number,
  bars: number,
  column: number,
  second: number,
): void {
  if (indicator === 'ema') fillEma(f64, close, bars, period, column);
  else if (indicator === 'rsi') fillRsi(f64, close, bars, period, column, second);
  else fillBand(f64, close, bars, period, column, second);
}
