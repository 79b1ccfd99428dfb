/** Stochastic reversal: buys %K crossing above %D out of the oversold zone, sells the reverse. */
import {
  COMMON_GENES,
  intGene,
  maxHoldGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import { holdingOf, whenEntered } from '../holding.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const period = numberGene(genes, 'period');
  const { k, d } = source.stochastic(
    period,
    numberGene(genes, 'slowing'),
    numberGene(genes, 'signal'),
  );
  const oversold = numberGene(genes, 'oversold');
  const overbought = numberGene(genes, 'overbought');
  const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;
  const crossesUp = (i: number): boolean => at(k, i) > at(d, i) && at(k, i - 1) <= at(d, i - 1);
  const crossesDown = (i: number): boolean => at(k, i) < at(d, i) && at(k, i - 1) >= at(d, i - 1);
  const holding = holdingOf(
    k.length,
    {
      // A cross in the middle of the range is no reversal, and never the opposite of what it is.
      entersLong: (i) => crossesUp(i) && at(k, i - 1) < oversold,
      entersShort: (i) => crossesDown(i) && at(k, i - 1) > overbought,
      exitsLong: (i) => at(k, i) >= overbought,
      exitsShort: (i) => at(k, i) <= oversold,
    },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  const strength = Float64Array.from(stance, (held, i) => {
    if (held === FLAT) return 0;
    return (held === LONG ? overbought - at(k, i) : at(k, i) - oversold) / (overbought - oversold);
  });
  const reasonAt = (i: number): string => {
    const now = `%K${period} ${shown(at(k, i))}, %D ${shown(at(d, i))}`;
    if (stance[i] === FLAT) {
      return `${now}: no cross below ${shown(oversold)} or above ${shown(overbought)} is in force`;
    }
    const [way, zone, end] =
      stance[i] === LONG ? ['up', 'below', overbought] : ['down', 'above', oversold];
    const from = stance[i] === LONG ? oversold : overbought;
    const when = whenEntered(holding, i);
    return `${now}: crossed ${way} from ${zone} ${shown(from)} ${when}, target ${shown(end)} not reached`;
  };
  return { stance, entered, strength, reasonAt };
}

export const stochasticReversal: StrategySeed = {
  name: 'stochastic',
  title: 'Momentum reversal: the stochastic oscillator turns inside an extreme zone',
  description:
    'Long when %K crosses above %D out of the oversold zone, short when it crosses below out of the ' +
    'overbought one; leaves when %K has reached the other zone or time is up. Crosses in the middle ' +
    'of the range are left alone.',
  genes: [
    intGene('period', 'bars of the range, %K', [5, 14, 40]),
    intGene('slowing', 'bars that %K is smoothed over', [1, 3, 5]),
    intGene('signal', 'bars of %D, the mean of %K', [2, 3, 9]),
    realGene('oversold', '%K below which a cross up counts', [5, 20, 40]),
    realGene('overbought', '%K above which a cross down counts', [60, 80, 95]),
    maxHoldGene(96),
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'oversold', than: 'overbought' }],
  warmupBars: (genes) =>
    Math.max(
      numberGene(genes, 'period') +
        numberGene(genes, 'slowing') +
        numberGene(genes, 'signal') +
        numberGene(genes, 'maxHoldBars'),
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
