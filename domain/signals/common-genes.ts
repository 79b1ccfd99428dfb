/**
 * Genes and readings that directional seeds share: when to enter, whether to go short, how far the
 * protective stop is, where profit is taken, and how volatile the market is. `traceOf` makes a seed's
 * opinion a trace.
 */
import { TARGET_GENES } from './exit-rules.ts';
import type { GeneSpec, Genes } from './genes.ts';
import { categoryGene, numberGene } from './genes.ts';
import type { SeedTrace } from './seed.ts';
import { FLAT, NO_VERDICT, SHORT } from './seed.ts';
import { shown } from './shown.ts';
import type { IndicatorSource } from './source.ts';

export const intGene = (
  name: string,
  title: string,
  [min, standard, max]: readonly [number, number, number],
): GeneSpec => ({ kind: 'int', name, title, min, max, default: standard });

export const realGene = (
  name: string,
  title: string,
  [min, standard, max]: readonly [number, number, number],
): GeneSpec => ({ kind: 'real', name, title, min, max, default: standard });

export const choiceGene = (
  name: string,
  title: string,
  options: readonly [string, ...string[]],
): GeneSpec => ({ kind: 'category', name, title, options, default: options[0] });

export const COMMON_GENES: readonly GeneSpec[] = [
  choiceGene(
    'enterOn',
    'open a position only on the bar where the stance begins (cross), or while it lasts',
    ['cross', 'state'],
  ),
  choiceGene('allowShort', 'whether a short stance is traded (yes) or taken as flat (no)', [
    'yes',
    'no',
  ]),
  intGene('atrPeriod', 'period of the average true range, in bars', [5, 14, 60]),
  realGene(
    'stopAtrMultiple',
    'distance of the protective stop from the entry, in average true ranges',
    [0.5, 2.5, 10],
  ),
  intGene('volatilityPeriod', 'bars over which volatility is measured', [10, 50, 200]),
  ...TARGET_GENES,
];

/** For seeds whose positions also end by time. */
export const maxHoldGene = (standard: number): GeneSpec =>
  intGene('maxHoldBars', 'bars after which it leaves', [1, standard, 500]);

/**
 * Bars after which an exponential mean has forgotten its seed: 10 (period + 1) bars on, its weight
 * is below e^-20 (2e-9). Wilder's mean of period n is an exponential mean of period 2n - 1.
 */
export const emaWarmupBars = (period: number): number => period + 10 * (period + 1);
export const wilderWarmupBars = (period: number): number => 1 + period + 20 * period;

/** Bars that stop distance and volatility need. */
export function riskWarmupBars(genes: Genes): number {
  return Math.max(
    wilderWarmupBars(numberGene(genes, 'atrPeriod')),
    numberGene(genes, 'volatilityPeriod') + 1,
  );
}

/** A seed's opinion of every bar, before the genes that all seeds share. */
export interface Opinion {
  /** LONG, SHORT, FLAT or NO_VERDICT per bar. */
  readonly stance: Int8Array;
  /** 1 where an entry happened; where the stance began, when left out. */
  readonly entered?: Uint8Array;
  readonly strength: Float64Array;
  reasonAt(index: number): string;
}

/** Applies the shared genes: shorts, when to enter, stop distance, volatility. */
export function traceOf(opinion: Opinion, genes: Genes, source: IndicatorSource): SeedTrace {
  const bars = source.bars.length;
  const atr = source.atr(numberGene(genes, 'atrPeriod'));
  const multiple = numberGene(genes, 'stopAtrMultiple');
  const noShorts = categoryGene(genes, 'allowShort') === 'no';
  const whileItLasts = categoryGene(genes, 'enterOn') === 'state';
  const stance = new Int8Array(bars);
  const changed = new Uint8Array(bars);
  const mayOpen = new Uint8Array(bars);
  const stopDistanceFraction = new Float64Array(bars);
  let before = NO_VERDICT;
  for (let i = 0; i < bars; i += 1) {
    const wanted = opinion.stance[i] as number;
    const here = noShorts && wanted === SHORT ? FLAT : wanted;
    stance[i] = here;
    stopDistanceFraction[i] = (multiple * (atr[i] as number)) / (source.bars.close[i] as number);
    if (here !== NO_VERDICT) {
      const isNew = before !== NO_VERDICT && before !== here;
      changed[i] = isNew ? 1 : 0;
      const entered = opinion.entered === undefined ? isNew : opinion.entered[i] === 1;
      mayOpen[i] = here !== FLAT && (whileItLasts || entered) ? 1 : 0;
    }
    before = here;
  }
  return {
    stance,
    changed,
    mayOpen,
    strength: opinion.strength,
    stopDistanceFraction,
    volatilityPerBar: source.volatility(numberGene(genes, 'volatilityPeriod')),
    reasonAt: (index) => {
      const reason = opinion.reasonAt(index);
      if (stance[index] === NO_VERDICT) return reason;
      return `${reason}; atr ${shown(atr[index] as number)}`;
    },
  };
}
