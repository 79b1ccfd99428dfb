/** EMA crossover: long while the fast exponential mean is above the slow one, short while below. */
import {
  COMMON_GENES,
  emaWarmupBars,
  intGene,
  type Opinion,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import type { StrategySeed } from '../seed.ts';
import { LONG, NO_VERDICT, SHORT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

/** Means closer than this share of the price are equal: below it, float noise would cross them. */
const EQUAL_WITHIN = 1e-9;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const [fastPeriod, slowPeriod] = [numberGene(genes, 'fast'), numberGene(genes, 'slow')];
  const { close, length } = source.bars;
  const fast = source.ema('close', fastPeriod);
  const slow = source.ema('close', slowPeriod);
  const atr = source.atr(numberGene(genes, 'atrPeriod'));
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  const since = new Int32Array(length);
  let lead = NO_VERDICT;
  let crossedAt = -1;
  for (let i = slowPeriod - 1; i < length; i += 1) {
    const distance = (fast[i] as number) - (slow[i] as number);
    if (Math.abs(distance) > EQUAL_WITHIN * (close[i] as number)) {
      const leads = distance > 0 ? LONG : SHORT;
      if (leads !== lead) crossedAt = i;
      lead = leads;
    }
    stance[i] = lead;
    since[i] = i - crossedAt;
    const range = atr[i] as number;
    const reach = lead * ((close[i] as number) - (slow[i] as number));
    strength[i] = lead === NO_VERDICT || range === 0 ? 0 : reach / range;
  }
  const reasonAt = (i: number): string => {
    if (stance[i] === NO_VERDICT) return `ema${fastPeriod} and ema${slowPeriod} never parted`;
    const side = stance[i] === LONG ? 'above' : 'below';
    const isCross = since[i] === 0 && i > 0 && stance[i - 1] !== NO_VERDICT;
    const when = isCross ? 'crossed on this bar' : `no cross for ${since[i]} bars`;
    const [ours, theirs] = [shown(fast[i] as number), shown(slow[i] as number)];
    return `ema${fastPeriod} ${ours} is ${side} ema${slowPeriod} ${theirs} (${when})`;
  };
  return { stance, strength, reasonAt };
}

export const emaCrossover: StrategySeed = {
  name: 'ema-crossover',
  title: 'Trend following: a fast exponential mean crosses a slow one',
  description:
    'Long while the fast mean is above the slow one, short while below; turns at each cross. It ' +
    'follows trends and loses in sideways markets; it says nothing of how far a trend goes.',
  genes: [
    intGene('fast', 'period of the fast mean, bars', [2, 12, 60]),
    intGene('slow', 'period of the slow mean, bars', [5, 26, 200]),
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'fast', than: 'slow' }],
  warmupBars: (genes) => Math.max(emaWarmupBars(numberGene(genes, 'slow')), riskWarmupBars(genes)),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
