/**
 * From an equity curve to the returns that every ratio is made of, and the ratios of returns.
 *
 * Equity is mark-to-market and net of fees, funding and slippage; flat periods count. Reported
 * ratios use UTC days, whatever the bars: intraday marks are autocorrelated. A year has 365 days.
 * All tests use per-period values; annual ones are for display.
 */
import { meanOf, standardDeviation, sumOf } from './moments.ts';
import {
  defined,
  firstNotFinite,
  ratio,
  type Statistic,
  scaled,
  undefinedFor,
} from './statistic.ts';

const DAY_MS = 86_400_000;
export const DAYS_PER_YEAR = 365;
/** Below this many days nothing is made into a yearly figure. */
export const MIN_ANNUAL_DAYS = 90;

/** Simple returns between consecutive equities; one fewer than there are equities. */
export function returnsOf(equity: ArrayLike<number>): Float64Array {
  const result = new Float64Array(Math.max(0, equity.length - 1));
  for (let i = 0; i < result.length; i += 1) {
    result[i] = (equity[i + 1] ?? Number.NaN) / (equity[i] ?? Number.NaN) - 1;
  }
  return result;
}

/**
 * The last equity of every UTC day from the first to the last mark, preceded by the equity at the
 * start. A day without a mark keeps the equity of the day before: nothing was traded on it.
 * @param timesMs ascending times of the marks (the close of each bar), in ms since the epoch
 */
export function dailyEquity(
  timesMs: ArrayLike<number>,
  equity: ArrayLike<number>,
  startEquity: number,
): Float64Array {
  if (timesMs.length === 0) return Float64Array.of(startEquity);
  // A bar that closes at midnight belongs to the day that it ends.
  const dayOf = (index: number): number => Math.ceil((timesMs[index] ?? Number.NaN) / DAY_MS);
  const first = dayOf(0);
  const days = new Float64Array(dayOf(timesMs.length - 1) - first + 2);
  days[0] = startEquity;
  let filled = 0;
  for (let i = 0; i < timesMs.length; i += 1) {
    const slot = dayOf(i) - first + 1;
    while (filled < slot - 1) {
      filled += 1;
      days[filled] = days[filled - 1] ?? Number.NaN;
    }
    filled = slot;
    days[slot] = equity[i] ?? Number.NaN;
  }
  return days;
}

/** Mean over standard deviation, per period, at a risk-free rate of 0. Sharpe 1966, 1994. */
export function sharpe(returns: ArrayLike<number>): Statistic {
  const deviation = standardDeviation(returns);
  return deviation.value === null ? deviation : defined(meanOf(returns) / deviation.value);
}

/** Per-period Sharpe times the root of periods a year: right only for uncorrelated returns. */
export const annualSharpe = (returns: ArrayLike<number>, periodsPerYear: number): Statistic =>
  scaled(sharpe(returns), Math.sqrt(periodsPerYear));

/** Root of the mean squared shortfall below `target`, over all n. Sortino & van der Meer 1991. */
export function downsideDeviation(returns: ArrayLike<number>, target = 0): Statistic {
  if (firstNotFinite(returns) >= 0) return undefinedFor('notFinite');
  if (returns.length === 0) return undefinedFor('tooFew');
  let squares = 0;
  for (let i = 0; i < returns.length; i += 1) {
    const below = Math.min((returns[i] ?? Number.NaN) - target, 0);
    squares += below * below;
  }
  return defined(Math.sqrt(squares / returns.length));
}

/** Mean above `target` over downside deviation, per period. */
export function sortino(returns: ArrayLike<number>, target = 0): Statistic {
  const deviation = downsideDeviation(returns, target);
  if (deviation.value === null) return deviation;
  return ratio(meanOf(returns) - target, deviation.value, 'noLoss');
}

/** Sum of what is above `target` over the sum of what is below. Keating & Shadwick 2002. */
export function omega(returns: ArrayLike<number>, target = 0): Statistic {
  if (firstNotFinite(returns) >= 0) return undefinedFor('notFinite');
  let above = 0;
  let below = 0;
  for (let i = 0; i < returns.length; i += 1) {
    const distance = (returns[i] ?? Number.NaN) - target;
    if (distance > 0) above += distance;
    else below -= distance;
  }
  return ratio(above, below, 'noLoss');
}

/** Sum of returns over the sum of the losses' sizes (Schwager). */
export function gainToPain(returns: ArrayLike<number>): Statistic {
  if (firstNotFinite(returns) >= 0) return undefinedFor('notFinite');
  let losses = 0;
  for (let i = 0; i < returns.length; i += 1) losses -= Math.min(returns[i] ?? Number.NaN, 0);
  return ratio(sumOf(returns), losses, 'noLoss');
}

/** Growth of equity over the whole series, as a fraction. */
export function totalReturn(returns: ArrayLike<number>): number {
  let growth = 1;
  for (let i = 0; i < returns.length; i += 1) growth *= 1 + (returns[i] ?? Number.NaN);
  return growth - 1;
}

/** Compound growth a year, as a fraction: (1 + R)^(P / n) - 1. */
export function annualGrowth(returns: ArrayLike<number>, periodsPerYear: number): Statistic {
  if (firstNotFinite(returns) >= 0) return undefinedFor('notFinite');
  if (returns.length === 0) return undefinedFor('tooFew');
  const growth = 1 + totalReturn(returns);
  if (growth <= 0) return undefinedFor('ruined');
  return defined(growth ** (periodsPerYear / returns.length) - 1);
}

/** Standard deviation of returns times the root of periods a year. */
export const annualVolatility = (returns: ArrayLike<number>, periodsPerYear: number): Statistic =>
  scaled(standardDeviation(returns), Math.sqrt(periodsPerYear));
