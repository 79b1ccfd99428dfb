/** Nadaraya-Watson: follows the slope of a one-sided kernel estimate, measured in true ranges. */
import {
  COMMON_GENES,
  choiceGene,
  intGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { categoryGene, numberGene } from '../genes.ts';
import type { Kernel } from '../indicators/kernel-regression.ts';
import { KERNELS, kernelBars } from '../indicators/kernel-regression.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

const kernelOf = (genes: Genes): Kernel => categoryGene(genes, 'kernel') as Kernel;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { length } = source.bars;
  const bandwidth = numberGene(genes, 'bandwidth');
  const slopeBars = numberGene(genes, 'slopeBars');
  const threshold = numberGene(genes, 'slopeThreshold');
  const kernel = kernelOf(genes);
  const estimate = source.nadarayaWatson(kernel, bandwidth);
  const atr = source.atr(numberGene(genes, 'atrPeriod'));
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  const slope = (i: number): number => {
    const move = (estimate[i] as number) - (estimate[i - slopeBars] ?? Number.NaN);
    return (atr[i] as number) > 0 ? move / (atr[i] as number) : 0;
  };
  for (let i = kernelBars(kernel, bandwidth) - 1 + slopeBars; i < length; i += 1) {
    const steep = slope(i);
    stance[i] = steep > threshold ? LONG : steep < -threshold ? SHORT : FLAT;
    strength[i] = stance[i] === FLAT ? 0 : Math.abs(steep) / 4;
  }
  const reasonAt = (i: number): string => {
    const now =
      `${kernel} estimate ${shown(estimate[i] as number)} moved ${shown(slope(i))} ranges in ` +
      `${slopeBars} bars`;
    return stance[i] === FLAT ? `${now}: within ${shown(threshold)}` : now;
  };
  return { stance, strength, reasonAt };
}

export const nadarayaWatsonTrend: StrategySeed = {
  name: 'nadaraya-watson',
  title: 'Trend following: the slope of a one-sided kernel regression',
  description:
    'Long while the Nadaraya-Watson estimate of the past rises by more than a share of the average ' +
    'true range, short while it falls so, flat in between. The kernel looks back only: the two-sided ' +
    'form that charts draw changes its past.',
  genes: [
    choiceGene('kernel', 'how the past is weighted by its age', KERNELS),
    intGene('bandwidth', 'width of the kernel, bars', [5, 20, 60]),
    intGene('slopeBars', 'bars over which the slope is measured', [1, 5, 30]),
    realGene('slopeThreshold', 'least slope, in average true ranges', [0, 0.3, 4]),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    Math.max(
      kernelBars(kernelOf(genes), numberGene(genes, 'bandwidth')) +
        numberGene(genes, 'slopeBars') +
        1,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
