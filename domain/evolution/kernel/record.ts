/**
 * The record of one genome in the kernels' memory: doubles, one after the other, written here and read
 * by both kernels. `assembly/refbt.ts` has the same places: a test holds them together.
 */
import { type BarTerms, type RefGenome, type RefResult, SLIP_RATE, WARM_BARS } from './workload.ts';

export const RECORD_DOUBLES = 48;

/** Places of the settings. Columns are indexes of doubles in the memory. */
export const AT = {
  rsiUp: 0,
  rsiSum: 1,
  fast: 2,
  slow: 3,
  distance: 4,
  variance: 5,
  rsiLow: 6,
  rsiHigh: 7,
  bandSquare: 8,
  /** One bit for each of the 18 combinations of votes: whether it reaches the threshold. */
  longVotes: 9,
  shortVotes: 10,
  rsiWeight: 11,
  emaWeight: 12,
  bandWeight: 13,
  threshold: 14,
  stopLong: 15,
  stopShort: 16,
  targetLong: 17,
  targetShort: 18,
  trailLong: 19,
  trailShort: 20,
  sizeFraction: 21,
  mostBars: 22,
  // State from here on.
  balance: 24,
  quantity: 25,
  entryPx: 26,
  bestPx: 27,
  stopPx: 28,
  targetPx: 29,
  balanceAtEntry: 30,
  /** The last bar that may hold the position. */
  lastBar: 31,
  /** Of the position: -1, 0 or 1. */
  direction: 32,
  /** What was ordered at the last close: -1 or 1 opens, 2 closes, 0 is nothing. */
  pending: 33,
  equity: 34,
  sum: 35,
  sumSquares: 36,
  sumDownSquares: 37,
  peak: 38,
  /** Equity over its peak, at the lowest. */
  deepest: 39,
  trades: 40,
  wins: 41,
  grossProfit: 42,
  grossLoss: 43,
} as const;

/** Where a genome's indicators are: indexes of doubles. */
export interface IndicatorPlaces {
  readonly rsiUp: number;
  readonly rsiSum: number;
  readonly fast: number;
  readonly slow: number;
  readonly distance: number;
  readonly variance: number;
}

export const BOUGHT = 1 + SLIP_RATE;
export const SOLD = 1 - SLIP_RATE;

/** Number of a combination of votes: 6 for the RSI's +1, 12 for its -1; 3 for the EMAs' +1; 1 and 2. */
function verdicts({ rsiWeight, emaWeight, bandWeight, threshold }: RefGenome): [number, number] {
  const signs = [0, 1, -1];
  let [long, short] = [0, 0];
  for (let code = 0; code < 18; code += 1) {
    const rsi = rsiWeight * (signs[Math.floor(code / 6)] as number);
    const ema = emaWeight * (Math.floor(code / 3) % 2 === 1 ? 1 : -1);
    const score = rsi + ema + bandWeight * (signs[code % 3] as number);
    if (score >= threshold) long |= 1 << code;
    if (score <= -threshold) short |= 1 << code;
  }
  return [long, short];
}

/** Writes the settings and the state before the first bar. */
export function writeRecord(
  f64: Float64Array,
  record: number,
  genome: RefGenome,
  places: IndicatorPlaces,
): void {
  f64.fill(0, record, record + RECORD_DOUBLES);
  const [longVotes, shortVotes] = verdicts(genome);
  const values: Partial<Record<keyof typeof AT, number>> = {
    ...places,
    rsiLow: genome.rsiLow,
    rsiHigh: genome.rsiHigh,
    bandSquare: genome.bandWidth * genome.bandWidth,
    longVotes,
    shortVotes,
    rsiWeight: genome.rsiWeight,
    emaWeight: genome.emaWeight,
    bandWeight: genome.bandWeight,
    threshold: genome.threshold,
    stopLong: 1 - genome.stopFraction,
    stopShort: 1 + genome.stopFraction,
    targetLong: 1 + genome.targetFraction,
    targetShort: 1 - genome.targetFraction,
    trailLong: 1 - genome.trailFraction,
    trailShort: 1 + genome.trailFraction,
    sizeFraction: genome.sizeFraction,
    mostBars: genome.mostBars,
    balance: 1,
    equity: 1,
    peak: 1,
    deepest: 1,
  };
  for (const [name, value] of Object.entries(values)) {
    f64[record + AT[name as keyof typeof AT]] = value;
  }
}

/** What a record says after the last of `bars` bars. */
export function readResult(
  f64: Float64Array,
  record: number,
  bars: number,
  { barsPerYear }: BarTerms,
): RefResult {
  const at = (name: keyof typeof AT): number => f64[record + AT[name]] as number;
  const count = bars - WARM_BARS;
  const mean = at('sum') / count;
  const variance = at('sumSquares') / count - mean * mean;
  const yearly = Math.sqrt(barsPerYear);
  const [trades, grossLoss, down] = [at('trades'), at('grossLoss'), at('sumDownSquares')];
  return {
    totalReturn: at('equity') - 1,
    sharpe: variance > 0 ? (mean / Math.sqrt(variance)) * yearly : Number.NaN,
    sortino: down > 0 ? (mean / Math.sqrt(down / count)) * yearly : Number.NaN,
    maxDrawdown: 1 - at('deepest'),
    profitFactor: grossLoss > 0 ? at('grossProfit') / grossLoss : Number.NaN,
    trades,
    winRate: trades > 0 ? at('wins') / trades : Number.NaN,
    finalEquity: at('equity'),
  };
}
