/**
 * Drawdown: how far equity is below its highest mark so far, as a fraction of that mark. Equity
 * starts at 1 before the first return, or a loss on the first bar would be none.
 */
import { meanOf, meanOfLargest } from './moments.ts';
import { firstNotFinite, ratio, type Statistic, undefinedFor } from './statistic.ts';

export interface Drawdown {
  /** Largest fall from a peak, 0 to 1. */
  readonly max: number;
  /** Periods from the start (0) to the peak, to the trough and to the recovery of that fall. */
  readonly peakIndex: number;
  readonly troughIndex: number;
  /** Null while it has not recovered. */
  readonly recoveryIndex: number | null;
  /** The longest run of periods below a former peak, one still open included. */
  readonly longestUnderwaterPeriods: number;
  /** Periods since the last peak. */
  readonly openUnderwaterPeriods: number;
  readonly average: number;
  /** Root of the mean squared drawdown. Martin & McCann 1989. */
  readonly ulcer: number;
  /** Mean of the worst 5 % of drawdowns. Chekhlov, Uryasev & Zabarankin 2005. */
  readonly conditional95: number;
}

export interface DrawdownFailure {
  readonly max: number | null;
  readonly reason: 'notFinite' | 'ruined' | 'tooFew';
}

/** Drawdown after each return, 0 to 1; 1 from the moment that equity is gone. */
export function drawdownSeries(returns: ArrayLike<number>): Float64Array {
  const series = new Float64Array(returns.length);
  let equity = 1;
  let peak = 1;
  for (let i = 0; i < returns.length; i += 1) {
    equity *= 1 + (returns[i] ?? Number.NaN);
    peak = Math.max(peak, equity);
    series[i] = equity > 0 ? 1 - equity / peak : 1;
    if (equity <= 0) return series.fill(1, i);
  }
  return series;
}

interface Spans {
  longest: number;
  open: number;
}

function underwaterSpans(series: Float64Array): Spans {
  const spans: Spans = { longest: 0, open: 0 };
  for (const depth of series) {
    spans.open = depth > 0 ? spans.open + 1 : 0;
    spans.longest = Math.max(spans.longest, spans.open);
  }
  return spans;
}

/** The first deepest trough, the peak before it and the recovery after it. */
function deepest(
  series: Float64Array,
): Pick<Drawdown, 'peakIndex' | 'troughIndex' | 'recoveryIndex'> {
  let trough = 0;
  for (let i = 1; i <= series.length; i += 1) {
    if ((series[i - 1] ?? 0) > (trough === 0 ? 0 : (series[trough - 1] ?? 0))) trough = i;
  }
  let peak = trough;
  while (peak > 0 && (series[peak - 1] ?? 0) > 0) peak -= 1;
  const after = series.findIndex((depth, index) => index + 1 > trough && depth === 0);
  return {
    peakIndex: peak,
    troughIndex: trough,
    recoveryIndex: trough === 0 || after < 0 ? null : after + 1,
  };
}

/** Everything about the drawdowns of a series of returns, or why there is nothing to say. */
export function drawdown(returns: ArrayLike<number>): Drawdown | DrawdownFailure {
  if (firstNotFinite(returns) >= 0) return { max: null, reason: 'notFinite' };
  if (returns.length === 0) return { max: null, reason: 'tooFew' };
  const series = drawdownSeries(returns);
  if (series.at(-1) === 1) return { max: 1, reason: 'ruined' };
  const where = deepest(series);
  const spans = underwaterSpans(series);
  return {
    max: where.troughIndex === 0 ? 0 : (series[where.troughIndex - 1] ?? Number.NaN),
    ...where,
    longestUnderwaterPeriods: spans.longest,
    openUnderwaterPeriods: spans.open,
    average: meanOf(series),
    ulcer: Math.sqrt(meanOf(series.map((depth) => depth * depth))),
    conditional95: meanOfLargest(series, 0.05),
  };
}

/** Growth a year over the largest drawdown of the same series. Young 1991. */
export function calmar(growth: Statistic, fall: Drawdown | DrawdownFailure): Statistic {
  if ('reason' in fall) return undefinedFor(fall.reason);
  return growth.value === null ? growth : ratio(growth.value, fall.max, 'noDrawdown');
}
