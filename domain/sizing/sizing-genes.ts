/** The genes of position sizing and their decimal form, the SizingPolicy. */
import type { Fraction } from '../kernel/decimal.ts';
import { decimalFromFloat, fraction } from '../kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { ok } from '../kernel/outcome.ts';
import type { GeneList, Genes } from '../signals/genes.ts';
import { categoryGene, numberGene, parseGenes } from '../signals/genes.ts';

export const SIZING_METHODS = ['risk-per-trade', 'volatility-target'] as const;
export type SizingMethod = (typeof SIZING_METHODS)[number];

export interface SizingPolicy {
  readonly method: SizingMethod;
  /** Share of equity that is lost when the stop is hit at its price. */
  readonly riskPerTradeFraction: Fraction;
  /** Standard deviation of the position's yearly return, as a share of equity. */
  readonly volatilityTargetAnnual: Fraction;
  /** Most notional of the position, as a share of equity; above 1 needs leverage. */
  readonly maxPositionFraction: Fraction;
  /** Signals that are less sure than this are not traded. */
  readonly minStrength: Fraction;
}

export const SIZING_GENES: GeneList = {
  genes: [
    {
      kind: 'category',
      name: 'method',
      title: 'risk-per-trade: fixed loss at the stop; volatility-target: fixed yearly volatility',
      options: SIZING_METHODS,
      default: 'risk-per-trade',
    },
    {
      kind: 'real',
      name: 'riskPerTradeFraction',
      title: 'share of equity lost at the stop',
      min: 0.0001,
      max: 0.1,
      default: 0.01,
    },
    {
      kind: 'real',
      name: 'volatilityTargetAnnual',
      title: 'target volatility of the position, share of equity per year',
      min: 0.01,
      max: 2,
      default: 0.2,
    },
    {
      kind: 'real',
      name: 'maxPositionFraction',
      title: 'most notional, share of equity',
      min: 0.001,
      max: 10,
      default: 0.25,
    },
    {
      kind: 'real',
      name: 'minStrength',
      title: 'least strength of a signal that is traded, 0 to 1',
      min: 0,
      max: 1,
      default: 0,
    },
  ],
  constraints: [],
};

/** Reads a sizing policy from anything; absent genes take their default. */
export function parseSizingPolicy(input: unknown): Outcome<SizingPolicy, RuleViolation[]> {
  const genes = parseGenes(SIZING_GENES, input);
  return genes.ok ? ok(sizingPolicy(genes.value)) : genes;
}

function sizingPolicy(genes: Genes): SizingPolicy {
  const share = (name: string): Fraction => fraction(decimalFromFloat(numberGene(genes, name)));
  return {
    // The gene's options are the methods, so that the text is one of them.
    method: categoryGene(genes, 'method') as SizingMethod,
    riskPerTradeFraction: share('riskPerTradeFraction'),
    volatilityTargetAnnual: share('volatilityTargetAnnual'),
    maxPositionFraction: share('maxPositionFraction'),
    minStrength: share('minStrength'),
  };
}
