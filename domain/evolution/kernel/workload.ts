/**
 * REFBT, version 1: the reference workload that kernels are measured and compared by. RSI, EMA pair and
 * Bollinger votes, a weighted score against a threshold, long and short, stop, target, trailing stop,
 * longest hold, fees, slippage, funding, and equity marked every bar. All in IEEE doubles without fused
 * operations, so that every kernel, in whatever language, gives the same bits.
 *
 * Where the text of REFBT is silent, this holds: the account begins with 1; a trade's result counts the
 * fee of its entry; ratios are annualised on a 365-day year from sums over all bars after the warm-up;
 * what is undefined (no trade, no loss, no variance) is NaN.
 */

/** Bars before the first order; indicators run from bar 0. */
export const WARM_BARS = 256;
/** Of the notional, each side, market or not. */
export const FEE_RATE = 0.00045;
/** What a market order's price is worse than the one seen, as a fraction. */
export const SLIP_RATE = 0.0002;
/** Of the notional, an hour; longs pay. */
export const FUNDING_RATE = 1.25e-5;
/** A trailing stop this far away is none. */
export const NO_TRAIL = 1e9;
/** Longest period of an indicator: within the warm-up, and few enough to keep. */
export const MOST_PERIOD = 256;

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

export interface RefGenome {
  readonly rsiPeriod: number;
  /** The RSI votes +1 below `rsiLow`, and -1 above `rsiHigh`; 0 to 100. */
  readonly rsiLow: number;
  readonly rsiHigh: number;
  readonly fastPeriod: number;
  readonly slowPeriod: number;
  readonly bandPeriod: number;
  /** Width of the bands in standard deviations. */
  readonly bandWidth: number;
  readonly rsiWeight: number;
  readonly emaWeight: number;
  readonly bandWeight: number;
  readonly threshold: number;
  readonly stopFraction: number;
  readonly targetFraction: number;
  /** `NO_TRAIL` switches the trailing stop off. */
  readonly trailFraction: number;
  /** Size of a position: the share of the balance times the leverage. */
  readonly sizeFraction: number;
  readonly mostBars: number;
}

/** In the order of REFBT's text: how a genome is written as 16 numbers. */
export const GENES = [
  'rsiPeriod',
  'rsiLow',
  'rsiHigh',
  'fastPeriod',
  'slowPeriod',
  'bandPeriod',
  'bandWidth',
  'rsiWeight',
  'emaWeight',
  'bandWeight',
  'threshold',
  'stopFraction',
  'targetFraction',
  'trailFraction',
  'sizeFraction',
  'mostBars',
] as const satisfies readonly (keyof RefGenome)[];

export interface RefResult {
  readonly totalReturn: number;
  readonly sharpe: number;
  readonly sortino: number;
  readonly maxDrawdown: number;
  readonly profitFactor: number;
  readonly trades: number;
  readonly winRate: number;
  readonly finalEquity: number;
}

/** In the order of REFBT's text: how a result is written as 8 numbers. */
export const OUTPUTS = [
  'totalReturn',
  'sharpe',
  'sortino',
  'maxDrawdown',
  'profitFactor',
  'trades',
  'winRate',
  'finalEquity',
] as const satisfies readonly (keyof RefResult)[];

/** What follows from the length of a bar. */
export interface BarTerms {
  /** Bars between two payments of funding. */
  readonly fundingBars: number;
  readonly barsPerYear: number;
}

/** @throws RangeError when funding's hour is no whole number of bars */
export function barTerms(intervalMs: number): BarTerms {
  if (!(intervalMs > 0) || HOUR_MS % intervalMs !== 0) {
    throw new RangeError(`intervalMs ${intervalMs}: an hour must be a whole number of bars`);
  }
  return { fundingBars: HOUR_MS / intervalMs, barsPerYear: YEAR_MS / intervalMs };
}

type Rule = readonly [isMet: (value: number, genome: RefGenome) => boolean, text: string];

const isPeriod = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= MOST_PERIOD;
const PERIOD: Rule = [isPeriod, `must be a whole number from 1 to ${MOST_PERIOD}`];
const POSITIVE: Rule = [(value) => value > 0 && Number.isFinite(value), 'must be above 0'];
const FINITE: Rule = [Number.isFinite, 'must be a finite number'];
const DOWNWARD: Rule = [(value) => value > 0 && value < 1, 'must be above 0 and below 1'];

const RULES: Readonly<Record<keyof RefGenome, Rule>> = {
  rsiPeriod: PERIOD,
  rsiLow: [(low, { rsiHigh }) => low >= 0 && low <= rsiHigh, 'must be from 0 to rsiHigh'],
  rsiHigh: [(high) => high >= 0 && high <= 100, 'must be from 0 to 100'],
  fastPeriod: PERIOD,
  slowPeriod: PERIOD,
  bandPeriod: PERIOD,
  bandWidth: POSITIVE,
  rsiWeight: FINITE,
  emaWeight: FINITE,
  bandWeight: FINITE,
  threshold: POSITIVE,
  stopFraction: DOWNWARD,
  targetFraction: DOWNWARD,
  trailFraction: POSITIVE,
  sizeFraction: POSITIVE,
  mostBars: [(bars) => Number.isInteger(bars) && bars >= 1, 'must be a whole number above 0'],
};

/** @throws RangeError that names the genome, the gene, its value and the rule */
export function checkGenome(genome: RefGenome, index: number): void {
  for (const gene of GENES) {
    const [isMet, text] = RULES[gene];
    const value = genome[gene];
    if (!isMet(value, genome)) throw new RangeError(`genome ${index}, ${gene} ${value}: ${text}`);
  }
}

/** The result as REFBT's eight numbers. */
export const resultNumbers = (result: RefResult): readonly number[] =>
  OUTPUTS.map((name) => result[name]);
