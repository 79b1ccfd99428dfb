/**
 * Genes and readings that directional seeds share: when to enter, whether to go short, how far the
 * protective stop is, and how volatile the market is.
 */
import type { CandleSeries } from '../market/candles.ts';
import type { GeneSpec, Genes } from './genes.ts';
import { categoryGene, numberGene } from './genes.ts';
import { atr, simpleReturns, stdev } from './indicators.ts';
import type { Stance } from './signal.ts';

export const COMMON_GENES: readonly GeneSpec[] = [
  {
    kind: 'category',
    name: 'enterOn',
    title: 'open a position only on the bar where the stance begins (cross), or while it lasts',
    options: ['cross', 'state'],
    default: 'cross',
  },
  {
    kind: 'category',
    name: 'allowShort',
    title: 'whether a short stance is traded (yes) or taken as flat (no)',
    options: ['yes', 'no'],
    default: 'yes',
  },
  {
    kind: 'int',
    name: 'atrPeriod',
    title: 'period of the average true range, in bars',
    min: 5,
    max: 60,
    default: 14,
  },
  {
    kind: 'real',
    name: 'stopAtrMultiple',
    title: 'distance of the protective stop from the entry, in average true ranges',
    min: 0.5,
    max: 10,
    default: 2.5,
  },
  {
    kind: 'int',
    name: 'volatilityPeriod',
    title: 'bars over which volatility is measured',
    min: 10,
    max: 200,
    default: 50,
  },
];

/**
 * Bars after which an exponential mean has forgotten its seed: 10 (period + 1) bars on, its weight
 * is below e^-20 (2e-9). Wilder's mean of period n is an exponential mean of period 2n - 1.
 */
export const emaWarmupBars = (period: number): number => period + 10 * (period + 1);
export const wilderWarmupBars = (period: number): number => 1 + period + 20 * period;

/** Bars that {@link readRisk} needs. */
export function riskWarmupBars(genes: Genes): number {
  return Math.max(
    wilderWarmupBars(numberGene(genes, 'atrPeriod')),
    numberGene(genes, 'volatilityPeriod') + 1,
  );
}

export interface RiskReading {
  readonly atr: number;
  readonly stopDistanceFraction: number;
  readonly volatilityPerBar: number;
}

/** ATR (price units), stop distance and volatility per bar at the newest bar. */
export function readRisk(bars: CandleSeries, genes: Genes): RiskReading {
  const range = last(atr(bars.high, bars.low, bars.close, numberGene(genes, 'atrPeriod')));
  const period = numberGene(genes, 'volatilityPeriod');
  const returns = simpleReturns(bars.close.slice(-(period + 1))).subarray(1);
  return {
    atr: range,
    stopDistanceFraction: (numberGene(genes, 'stopAtrMultiple') * range) / last(bars.close),
    volatilityPerBar: last(stdev(returns, period)),
  };
}

/** The stance that may be traded: short becomes flat where shorts are not allowed. */
export function allowedStance(stance: Stance, genes: Genes): Stance {
  return stance === 'short' && categoryGene(genes, 'allowShort') === 'no' ? 'flat' : stance;
}

/** Whether the entry gene lets a position be opened now. */
export function entryAllowed(changedThisBar: boolean, genes: Genes): boolean {
  return changedThisBar || categoryGene(genes, 'enterOn') === 'state';
}

/** The newest value; NaN, which `evaluate` refuses, when there is none. */
export function last(values: ArrayLike<number>): number {
  return values[values.length - 1] ?? Number.NaN;
}
