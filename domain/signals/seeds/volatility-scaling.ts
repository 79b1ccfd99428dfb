/** Volatility scaling: the market's own momentum, held as strongly as its volatility allows. */
import { YEAR_MS } from '../../market/interval.ts';
import {
  COMMON_GENES,
  intGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { length, intervalMs } = source.bars;
  const momentumBars = numberGene(genes, 'momentumBars');
  const window = numberGene(genes, 'window');
  const baseWindow = numberGene(genes, 'baseWindow');
  const threshold = numberGene(genes, 'momentumThreshold');
  const maxRatio = numberGene(genes, 'regimeRatio');
  const target = numberGene(genes, 'targetAnnualVolatility');
  const momentum = source.returns(momentumBars);
  const near = source.realisedVolatility(window);
  const far = source.realisedVolatility(baseWindow);
  const perYear = Math.sqrt(YEAR_MS / intervalMs);
  const scale = Math.sqrt(momentumBars);
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  /** The return over the momentum bars, in the deviations that it would have by chance. */
  const score = (i: number): number =>
    (far[i] as number) > 0 ? (momentum[i] as number) / ((far[i] as number) * scale) : 0;
  const ratio = (i: number): number =>
    (far[i] as number) > 0 ? (near[i] as number) / (far[i] as number) : 1;
  for (let i = Math.max(baseWindow, momentumBars); i < length; i += 1) {
    const drift = score(i);
    const isWild = ratio(i) > maxRatio;
    stance[i] = isWild || Math.abs(drift) <= threshold ? FLAT : drift > 0 ? LONG : SHORT;
    const annual = (near[i] as number) * perYear;
    strength[i] = stance[i] === FLAT ? 0 : annual > target ? target / annual : 1;
  }
  const reasonAt = (i: number): string => {
    const now =
      `${momentumBars}-bar return ${shown(100 * (momentum[i] as number))} % is ${shown(score(i))} ` +
      `deviations, volatility ${shown(100 * (near[i] as number) * perYear)} % a year is ` +
      `${shown(ratio(i))} of its ${baseWindow}-bar level`;
    if (stance[i] !== FLAT) return `${now}; target ${shown(100 * target)} %`;
    return ratio(i) > maxRatio
      ? `${now}: wilder than ${shown(maxRatio)}`
      : `${now}: within ${shown(threshold)}`;
  };
  return { stance, strength, reasonAt };
}

export const volatilityScaling: StrategySeed = {
  name: 'volatility-scaling',
  title: 'Momentum at constant risk: surer when calm, out when wild',
  description:
    'Long or short with the return of the last bars when it is larger than chance would make it; ' +
    'its strength is target volatility over realised volatility, and it stands aside while ' +
    'volatility is far above its usual level. Calm alone is no reason to be long.',
  genes: [
    intGene('momentumBars', 'bars of the return that gives the direction', [5, 60, 300]),
    realGene('momentumThreshold', 'least return, in deviations by chance', [0, 0.5, 3]),
    intGene('window', 'bars of realised volatility now', [10, 20, 100]),
    intGene('baseWindow', 'bars of its usual level', [50, 200, 500]),
    realGene('regimeRatio', 'volatility over its usual level at which it stands aside', [1, 2, 4]),
    realGene('targetAnnualVolatility', 'volatility a year at full strength', [0.05, 0.5, 2]),
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'window', than: 'baseWindow' }],
  warmupBars: (genes) =>
    Math.max(
      numberGene(genes, 'baseWindow') + 1,
      numberGene(genes, 'momentumBars') + 1,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
