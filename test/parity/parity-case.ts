/** One strategy whose session and backtest are to come to the same. */
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type { Interval } from '../../domain/market/interval.ts';
import { parseRiskLimits, type RiskLimits } from '../../domain/risk/limits.ts';
import { type Genes, parseGenes } from '../../domain/signals/genes.ts';
import { seedByName } from '../../domain/signals/registry.ts';
import type { StrategySeed } from '../../domain/signals/seed.ts';
import { parseSizingPolicy, type SizingPolicy } from '../../domain/sizing/sizing-genes.ts';

type Loose = Readonly<Record<string, unknown>>;

export interface ParityCase {
  readonly strategy: string;
  readonly genes: Loose;
  readonly sizing: Loose;
  readonly limits: Loose;
  /** How long the bars are that it decides on. */
  readonly interval: Interval;
  readonly equityUsd: string;
  /** Of the modelled book. */
  readonly bookSeed: number;
  readonly stepsPerBar: number;
  /** The first bar that is decided opens here or later; a whole bar of the interval. */
  readonly fromMs: number;
  /** What the exchange charges takers in place of the venue's rate: a fault that is planted. */
  readonly exchangeTakerFeeRate?: string;
}

/**
 * How old a price may be, by the clock on the wall: a machine that stands still for half a minute while the
 * tape waits is no stale market. Limits of every case have it unless they say otherwise.
 */
export const PATIENT: Loose = { maxDataAgeMs: 600_000 };

export interface Terms {
  readonly seed: StrategySeed;
  readonly genes: Genes;
  readonly policy: SizingPolicy;
  readonly limits: RiskLimits;
}

const must = <Value>(
  outcome:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly error: RuleViolation | RuleViolation[] },
): Value => {
  if (outcome.ok) return outcome.value;
  throw new RangeError([outcome.error].flat().map(describeViolation).join('; '));
};

export function readTerms({ strategy, genes, sizing, limits }: ParityCase): Terms {
  const seed = must(seedByName(strategy));
  return {
    seed,
    genes: must(parseGenes(seed, genes)),
    policy: must(parseSizingPolicy(sizing)),
    limits: must(parseRiskLimits({ ...PATIENT, ...limits })),
  };
}
