/** Seeds and inputs for tests: a seed that says what it was told, and one verdict read off a trace. */
import { type BarArrays, barArrays } from '../../../domain/market/bar-arrays.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import type { GeneSpec, Genes } from '../../../domain/signals/genes.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import type { SeedTrace, StrategySeed } from '../../../domain/signals/seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from '../../../domain/signals/seed.ts';
import type { Stance } from '../../../domain/signals/signal.ts';
import type { SeedInput } from '../../../domain/signals/source.ts';
import { IndicatorSource } from '../../../domain/signals/source.ts';

/** One bar of a trace, in words. */
export interface Verdict {
  readonly stance: Stance | 'none';
  readonly changedThisBar: boolean;
  readonly mayOpen: boolean;
  readonly strength: number;
  readonly stopDistanceFraction: number;
  readonly volatilityPerBar: number;
  readonly reason: string;
}

const CODES = { long: LONG, short: SHORT, flat: FLAT, none: NO_VERDICT };
const STANCES = new Map(Object.entries(CODES).map(([word, code]) => [code, word as Stance]));

export function verdictAt(trace: SeedTrace, index: number): Verdict {
  const number = (values: Float64Array): number => values[index] ?? Number.NaN;
  return {
    stance: STANCES.get(trace.stance[index] ?? NO_VERDICT) ?? 'none',
    changedThisBar: trace.changed[index] === 1,
    mayOpen: trace.mayOpen[index] === 1,
    strength: number(trace.strength),
    stopDistanceFraction: number(trace.stopDistanceFraction),
    volatilityPerBar: number(trace.volatilityPerBar),
    reason: trace.reasonAt(index),
  };
}

/** @throws naming the genes that are not legal */
export function genesOf(seed: StrategySeed, input: unknown = {}): Genes {
  const genes = parseGenes(seed, input);
  if (!genes.ok) throw new Error(JSON.stringify(genes.error));
  return genes.value;
}

/** What the seed says of the newest of these bars, with these bars as its whole window. */
export function judgeLast(
  seed: StrategySeed,
  bars: CandleSeries,
  genes: Genes,
  beside: Omit<SeedInput, 'bars'> = {},
): Verdict {
  const input: SeedInput = { bars: barArrays(bars), ...beside };
  return verdictAt(seed.trace(input, genes, new IndicatorSource(input)), bars.close.length - 1);
}

const TOLD: Verdict = {
  stance: 'long',
  changedThisBar: true,
  mayOpen: true,
  strength: 0.5,
  stopDistanceFraction: 0.01,
  volatilityPerBar: 0.001,
  reason: 'told so',
};

/** A seed that reads some bars and says the same of all of them. */
export function answering(
  told: Partial<Verdict>,
  warmupBars = 1,
  seen: (bars: BarArrays) => void = () => undefined,
): StrategySeed {
  const verdict = { ...TOLD, ...told };
  return {
    name: 'answering',
    title: 'answers what it was told',
    description: 'A seed for tests.',
    genes: [],
    constraints: [],
    warmupBars: () => warmupBars,
    trace: ({ bars }) => {
      seen(bars);
      return {
        stance: new Int8Array(bars.length).fill(CODES[verdict.stance]),
        changed: new Uint8Array(bars.length).fill(verdict.changedThisBar ? 1 : 0),
        mayOpen: new Uint8Array(bars.length).fill(verdict.mayOpen ? 1 : 0),
        strength: new Float64Array(bars.length).fill(verdict.strength),
        stopDistanceFraction: new Float64Array(bars.length).fill(verdict.stopDistanceFraction),
        volatilityPerBar: new Float64Array(bars.length).fill(verdict.volatilityPerBar),
        reasonAt: () => verdict.reason,
      };
    },
  };
}

/** Another legal value of a gene: the end of its range that is farther from the given one. */
export function otherValue(spec: GeneSpec, value: number | string): number | string {
  if (spec.kind === 'category') return spec.options.find((option) => option !== value) ?? value;
  if (spec.kind === 'text') return value;
  return Number(value) - spec.min > spec.max - Number(value) ? spec.min : spec.max;
}
