/**
 * Everything that a backtest says of a strategy, as plain JSON. Ratios are of daily UTC returns and
 * annualised to 365 days; drawdowns are of every bar's close. What is undefined says why.
 */
import type { BacktestMarket } from '../backtest/backtest-market.ts';
import type { BacktestRun } from '../backtest/backtest-run.ts';
import type { Trade } from '../backtest/trade-book.ts';
import { type Activity, activity } from './activity.ts';
import { calmar, type Drawdown, type DrawdownFailure, drawdown } from './drawdown.ts';
import { REGIMES, type Regime, regimesOf } from './regimes.ts';
import {
  annualGrowth,
  annualSharpe,
  annualVolatility,
  DAYS_PER_YEAR,
  dailyEquity,
  MIN_ANNUAL_DAYS,
  omega,
  returnsOf,
  sharpe,
  sortino,
  totalReturn,
} from './returns.ts';
import { type Statistic, scaled, undefinedFor } from './statistic.ts';
import { conditionalValueAtRisk, tailRatio, valueAtRisk } from './tail.ts';
import { type TradeStatistics, tradeStatistics } from './trades.ts';

/** Ratios of one series of daily returns. */
export interface ReturnStatistics {
  readonly days: number;
  readonly totalReturn: number;
  /** A year's growth, as a fraction; undefined under 90 days. */
  readonly annualGrowth: Statistic;
  readonly annualVolatility: Statistic;
  /** Per day, and times the root of 365. */
  readonly sharpeDaily: Statistic;
  readonly sharpe: Statistic;
  readonly sortino: Statistic;
  readonly omega: Statistic;
  readonly tailRatio: Statistic;
  /** Of a day; losses are positive fractions. */
  readonly valueAtRisk95: Statistic;
  readonly conditionalValueAtRisk95: Statistic;
}

export interface CostSplit {
  readonly feesUsd: number;
  /** Spread and depth, against the mark price. */
  readonly slippageUsd: number;
  /** Positive: received. */
  readonly fundingUsd: number;
  /** Sum of closed trades before any cost. */
  readonly grossUsd: number;
}

export interface RegimeStatistics {
  readonly days: number;
  readonly totalReturn: number;
  readonly sharpe: Statistic;
}

export interface AssetStatistics extends TradeStatistics {
  readonly netUsd: number;
}

export interface Performance {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bars: number;
  readonly startEquityUsd: number;
  readonly endEquityUsd: number;
  readonly returns: ReturnStatistics;
  readonly calmar: Statistic;
  /** Bars, by the close of each. */
  readonly drawdown: Drawdown | DrawdownFailure;
  readonly trades: TradeStatistics;
  readonly byAsset: Readonly<Record<string, AssetStatistics>>;
  readonly bySide: Readonly<Record<'long' | 'short', TradeStatistics>>;
  readonly byCause: Readonly<Record<string, number>>;
  readonly byRegime: Readonly<Partial<Record<Regime, RegimeStatistics>>>;
  readonly activity: Activity;
  readonly costs: CostSplit;
  /** The same money held in equal parts of the assets, bought at the first and valued at the last. */
  readonly buyAndHold: ReturnStatistics;
}

const DAY_MS = 86_400_000;

export function returnStatistics(returns: Float64Array): ReturnStatistics {
  const days = returns.length;
  const daily = sharpe(returns);
  return {
    days,
    totalReturn: totalReturn(returns),
    annualGrowth:
      days < MIN_ANNUAL_DAYS ? undefinedFor('tooShort') : annualGrowth(returns, DAYS_PER_YEAR),
    annualVolatility: annualVolatility(returns, DAYS_PER_YEAR),
    sharpeDaily: daily,
    sharpe: annualSharpe(returns, DAYS_PER_YEAR),
    sortino: scaled(sortino(returns), Math.sqrt(DAYS_PER_YEAR)),
    omega: omega(returns),
    tailRatio: tailRatio(returns),
    valueAtRisk95: valueAtRisk(returns, 0.05),
    conditionalValueAtRisk95: conditionalValueAtRisk(returns, 0.05),
  };
}

const netFractions = (trades: readonly Trade[]): number[] =>
  trades.map((trade) => trade.netFraction);

function groupBy<Key extends string>(
  trades: readonly Trade[],
  keyOf: (trade: Trade) => Key,
): Map<Key, Trade[]> {
  const groups = new Map<Key, Trade[]>();
  for (const trade of trades) {
    const group = groups.get(keyOf(trade));
    if (group === undefined) groups.set(keyOf(trade), [trade]);
    else group.push(trade);
  }
  return groups;
}

const sum = (trades: readonly Trade[], field: 'netUsd' | 'grossUsd' | 'slippageUsd'): number =>
  trades.reduce((total, trade) => total + trade[field], 0);

/** Daily equity of 1 spread evenly over the markets, bought at the open of the run's first bar. */
function holdDaily(markets: readonly BacktestMarket[], run: BacktestRun): Float64Array {
  const { closeTimeMs } = run;
  const equity = new Float64Array(closeTimeMs.length);
  for (const { bars, intervalMs } of markets) {
    const { openTimeMs, open, close } = bars;
    let index = -1;
    let boughtPx: number | undefined;
    for (let i = 0; i < equity.length; i += 1) {
      const openMs = (closeTimeMs[i] ?? Number.NaN) - intervalMs;
      while ((openTimeMs[index + 1] ?? Number.POSITIVE_INFINITY) <= openMs) index += 1;
      if (boughtPx === undefined && openTimeMs[index] === openMs) boughtPx = open[index];
      // A market that lists later is held as cash until then.
      const growth = boughtPx === undefined ? 1 : (close[index] ?? Number.NaN) / boughtPx;
      equity[i] = (equity[i] ?? 0) + growth / markets.length;
    }
  }
  return dailyEquity(closeTimeMs, equity, 1);
}

function byRegime(
  daily: Float64Array,
  market: Float64Array,
): Partial<Record<Regime, RegimeStatistics>> {
  const regimes = regimesOf(market);
  const found: Partial<Record<Regime, RegimeStatistics>> = {};
  for (const regime of REGIMES) {
    const returns = daily.filter((_, day) => regimes[day] === regime);
    if (returns.length === 0) continue;
    found[regime] = {
      days: returns.length,
      totalReturn: totalReturn(returns),
      sharpe: annualSharpe(returns, DAYS_PER_YEAR),
    };
  }
  return found;
}

/** @param startEquityUsd what the account began with, USD */
export function performanceOf(
  run: BacktestRun,
  markets: readonly BacktestMarket[],
  startEquityUsd: number,
): Performance {
  const { trades, closeTimeMs, equityUsd, netWeight } = run;
  const daily = returnsOf(dailyEquity(closeTimeMs, equityUsd, startEquityUsd));
  const held = returnsOf(holdDaily(markets, run));
  const marks = new Float64Array(equityUsd.length + 1);
  marks[0] = startEquityUsd;
  marks.set(equityUsd, 1);
  const everyBar = returnsOf(marks);
  const fall = drawdown(everyBar);
  const returns = returnStatistics(daily);
  const barsPerYear = (DAYS_PER_YEAR * DAY_MS) / (markets[0]?.intervalMs ?? DAY_MS);
  const sides = groupBy(trades, ({ side }) => side);
  return {
    fromMs: (closeTimeMs[0] ?? 0) - (markets[0]?.intervalMs ?? 0),
    toMs: closeTimeMs.at(-1) ?? 0,
    bars: closeTimeMs.length,
    startEquityUsd,
    endEquityUsd: equityUsd.at(-1) ?? startEquityUsd,
    returns,
    calmar: calmar(returns.annualGrowth, fall),
    drawdown: fall,
    trades: tradeStatistics(netFractions(trades)),
    byAsset: Object.fromEntries(
      [...groupBy(trades, ({ asset }) => asset)].map(([asset, own]) => [
        asset,
        { ...tradeStatistics(netFractions(own)), netUsd: sum(own, 'netUsd') },
      ]),
    ),
    bySide: {
      long: tradeStatistics(netFractions(sides.get('long') ?? [])),
      short: tradeStatistics(netFractions(sides.get('short') ?? [])),
    },
    byCause: Object.fromEntries(
      [...groupBy(trades, ({ cause }) => cause)].map(([cause, own]) => [cause, own.length]),
    ),
    byRegime: byRegime(daily, held),
    activity: activity(netWeight, barsPerYear),
    costs: {
      feesUsd: run.feesUsd,
      slippageUsd: sum(trades, 'slippageUsd'),
      fundingUsd: run.fundingUsd,
      grossUsd: sum(trades, 'grossUsd'),
    },
    buyAndHold: returnStatistics(held),
  };
}
