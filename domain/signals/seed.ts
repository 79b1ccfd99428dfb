/**
 * What a strategy seed is: typed genes, a warm-up length, and a judgement over closed bars.
 *
 * A seed never sees an open bar, the clock, the account or a price to trade at, and it cannot mint
 * a signal: `evaluate` does, after checking what the seed returned. One seed is one file.
 */
import type { Fraction } from '../kernel/decimal.ts';
import type { CandleSeries } from '../market/candles.ts';
import type { GeneList, Genes } from './genes.ts';
import type { Stance } from './signal.ts';

export interface SeedInput {
  /** Exactly as many closed bars as `warmupBars` asked for, the newest last. */
  readonly bars: CandleSeries;
  readonly fundingRatePerHour?: Fraction;
}

/** A seed's opinion in floats; see StrategySignal for the meaning and unit of each field. */
export interface Verdict {
  readonly stance: Stance;
  readonly changedThisBar: boolean;
  readonly mayOpen: boolean;
  readonly strength: number;
  readonly stopDistanceFraction: number;
  readonly volatilityPerBar: number;
  readonly reason: string;
}

/** The seed has no opinion on this bar: positions stay as they are. */
export interface NoVerdict {
  readonly stance: 'none';
  readonly reason: string;
}

export interface StrategySeed extends GeneList {
  /** Kebab-case, unique in the registry. */
  readonly name: string;
  readonly title: string;
  /** How many closed bars a judgement reads: no more, no fewer. */
  warmupBars(genes: Genes): number;
  judge(input: SeedInput, genes: Genes): Verdict | NoVerdict;
}
