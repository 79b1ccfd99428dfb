/**
 * What closed trades say. A trade goes from flat to flat; a turned position is a close and an
 * opening, a partial close is part of its trade. Results are net, as fractions of the equity at entry
 * or in USD, but not mixed.
 */
import { meanOf, standardDeviation } from './moments.ts';
import { defined, firstNotFinite, ratio, type Statistic, undefinedFor } from './statistic.ts';

export interface TradeStatistics {
  readonly count: number;
  readonly wins: number;
  readonly losses: number;
  /** Trades that made exactly nothing. */
  readonly scratches: number;
  readonly winRate: Statistic;
  readonly grossProfit: number;
  readonly grossLoss: number;
  readonly profitFactor: Statistic;
  readonly averageWin: Statistic;
  readonly averageLoss: Statistic;
  /** Average win over average loss. */
  readonly payoff: Statistic;
  /** Mean result of a trade. */
  readonly expectancy: Statistic;
  readonly longestLosingRun: number;
  /** mean / std x sqrt(n), n capped at 100. Tharp 2008. */
  readonly systemQuality: Statistic;
}

const QUALITY_TRADES = 100;

function longestRun(results: ArrayLike<number>): number {
  let run = 0;
  let longest = 0;
  for (let i = 0; i < results.length; i += 1) {
    run = (results[i] ?? 0) < 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function systemQuality(results: ArrayLike<number>): Statistic {
  const deviation = standardDeviation(results);
  if (deviation.value === null) return deviation;
  const count = Math.min(results.length, QUALITY_TRADES);
  return defined((meanOf(results) / deviation.value) * Math.sqrt(count));
}

/** @throws RangeError when a result is no finite number: that is a bug of the engine, not a trade */
export function tradeStatistics(results: ArrayLike<number>): TradeStatistics {
  const bad = firstNotFinite(results);
  if (bad >= 0) throw new RangeError(`trade ${bad}: its result ${results[bad]} must be finite`);
  const count = results.length;
  let [wins, losses, grossProfit, grossLoss] = [0, 0, 0, 0];
  for (let i = 0; i < count; i += 1) {
    const result = results[i] ?? 0;
    if (result > 0) {
      wins += 1;
      grossProfit += result;
    } else if (result < 0) {
      losses += 1;
      grossLoss -= result;
    }
  }
  const averageWin = ratio(grossProfit, wins, 'noWin');
  const averageLoss = ratio(grossLoss, losses, 'noLoss');
  const payoff =
    averageWin.value === null || averageLoss.value === null
      ? undefinedFor(averageWin.value === null ? 'noWin' : 'noLoss')
      : defined(averageWin.value / averageLoss.value);
  return {
    count,
    wins,
    losses,
    scratches: count - wins - losses,
    winRate: ratio(wins, count, 'tooFew'),
    grossProfit,
    grossLoss,
    profitFactor: ratio(grossProfit, grossLoss, count === 0 ? 'tooFew' : 'noLoss'),
    averageWin,
    averageLoss,
    payoff,
    expectancy: count === 0 ? undefinedFor('tooFew') : defined(meanOf(results)),
    longestLosingRun: longestRun(results),
    systemQuality: systemQuality(results),
  };
}
