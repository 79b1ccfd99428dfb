/** SMA trend: long while the fast simple mean leads a rising slow one, short in the mirror image. */
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
  const [fastPeriod, slowPeriod] = [numberGene(genes, 'fast'), numberGene(genes, 'slow')];
  const slopeBars = numberGene(genes, 'slopeBars');
  const band = numberGene(genes, 'bandFraction');
  const { close, length } = source.bars;
  const fast = source.sma('close', fastPeriod);
  const slow = source.sma('close', slowPeriod);
  const atr = source.atr(numberGene(genes, 'atrPeriod'));
  const stance = new Int8Array(length).fill(NO_VERDICT);
  const strength = new Float64Array(length);
  for (let i = slowPeriod - 1 + slopeBars; i < length; i += 1) {
    const lead = (fast[i] as number) / (slow[i] as number) - 1;
    const slope = (slow[i] as number) - (slow[i - slopeBars] as number);
    const held = lead > band && slope > 0 ? LONG : lead < -band && slope < 0 ? SHORT : FLAT;
    stance[i] = held;
    const range = atr[i] as number;
    strength[i] = range > 0 ? (held * ((close[i] as number) - (slow[i] as number))) / range / 4 : 0;
  }
  const reasonAt = (i: number): string => {
    const lead = 100 * ((fast[i] as number) / (slow[i] as number) - 1);
    const slope = (slow[i] as number) - (slow[i - slopeBars] ?? Number.NaN);
    const now =
      `sma${fastPeriod} ${shown(fast[i] as number)} is ${shown(lead)} % from sma${slowPeriod} ` +
      `${shown(slow[i] as number)}, which moved ${shown(slope)} in ${slopeBars} bars`;
    return stance[i] === FLAT ? `${now}: no trend beyond ${shown(100 * band)} %` : now;
  };
  return { stance, strength, reasonAt };
}

export const smaTrend: StrategySeed = {
  name: 'sma-trend',
  title: 'Trend following: a fast simple mean ahead of a moving slow one',
  description:
    'Long while the fast mean is above the slow one by a share of the price and the slow one rises, ' +
    'short in the mirror image, flat when the two disagree. Slow by nature: it enters late and ' +
    'leaves late.',
  genes: [
    intGene('fast', 'period of the fast mean, bars', [5, 50, 120]),
    intGene('slow', 'period of the slow mean, bars', [20, 200, 400]),
    intGene('slopeBars', 'bars over which the slow mean must have moved', [1, 20, 100]),
    realGene('bandFraction', 'least lead of the fast mean, as a fraction', [0, 0.0005, 0.02]),
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'fast', than: 'slow' }],
  warmupBars: (genes) =>
    Math.max(numberGene(genes, 'slow') + numberGene(genes, 'slopeBars') + 1, riskWarmupBars(genes)),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
