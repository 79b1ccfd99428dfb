/**
 * What a strategy seed is: typed genes, a warm-up length, and a trace over closed bars.
 *
 * A seed never sees an open bar, the clock, the account or a price to trade at, and it cannot mint
 * a signal: `evaluate` does, after checking what the seed returned. One seed is one file, and the
 * same trace serves live trading, paper, and both backtest engines.
 */
import type { ExitRules } from './exit-rules.ts';
import type { GeneList, Genes } from './genes.ts';
import type { IndicatorSource, SeedInput } from './source.ts';

/** Stances as a trace holds them; `NO_VERDICT`: the seed says nothing, positions stay as they are. */
export const SHORT = -1;
export const FLAT = 0;
export const LONG = 1;
export const NO_VERDICT = 2;

/** A seed's opinion of every bar of a window: one value per bar; value i knows bars 0 to i only. */
export interface SeedTrace {
  /** The position that the seed wants to hold from this bar on: one of the constants above. */
  readonly stance: Int8Array;
  /** 1 where the stance began on this very bar. */
  readonly changed: Uint8Array;
  /** 1 where a new position may be opened; exits follow the stance alone. */
  readonly mayOpen: Uint8Array;
  /** How sure the seed is, 0 to 1; larger values count as 1, smaller ones as 0. */
  readonly strength: Float64Array;
  /** Distance of the protective stop from the entry, as a fraction of the price. */
  readonly stopDistanceFraction: Float64Array;
  /** Standard deviation of the simple return of one bar. */
  readonly volatilityPerBar: Float64Array;
  /** A sentence for people, with the numbers that decided. */
  reasonAt(index: number): string;
}

/** What a seed reads beside the asset's own bars. */
export interface SeedNeeds {
  /** Hours of funding payments before the window's first bar. */
  readonly fundingHours?: number;
  /** Other assets whose bars it reads, by name. */
  readonly others?: readonly string[];
  /** Whether it reads the sentiment index. */
  readonly sentiment?: boolean;
}

export interface StrategySeed extends GeneList {
  /** Kebab-case, unique in the registry. */
  readonly name: string;
  readonly title: string;
  /** The idea in some sentences: when it enters, when it leaves, what it is blind to. */
  readonly description: string;
  /** Closed bars that a value reads at most, up to what means have forgotten; at most 2,500. */
  warmupBars(genes: Genes): number;
  needs?(genes: Genes): SeedNeeds;
  /** Where profit is taken; as the common target genes say, when left out. */
  exits?(genes: Genes): ExitRules | undefined;
  trace(input: SeedInput, genes: Genes, source: IndicatorSource): SeedTrace;
}
