/** VWAP reversion: fades a distance of some deviations from the rolling volume-weighted mean. */
import {
  COMMON_GENES,
  intGene,
  maxHoldGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
  wilderWarmupBars,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import { holdingOf, whenEntered } from '../holding.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

const ADX_PERIOD = 14;
/** Wilder's smoothing twice over. */
const ADX_WARMUP = 2 * wilderWarmupBars(ADX_PERIOD);

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { close, volumeBase, length } = source.bars;
  const period = numberGene(genes, 'period');
  const reach = numberGene(genes, 'deviations');
  const minRatio = numberGene(genes, 'minVolumeRatio');
  const maxAdx = numberGene(genes, 'maxAdx');
  const { vwap, deviation } = source.vwap(period);
  const volume = source.sma('volumeBase', period);
  const adx = source.adx(ADX_PERIOD);
  const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;
  // In deviations of the volume-weighted price, not in percent: the gene's unit is its title's.
  const score = (i: number): number =>
    at(deviation, i) > 0 ? (at(close, i) - at(vwap, i)) / at(deviation, i) : 0;
  const isFit = (i: number): boolean =>
    at(volumeBase, i) >= minRatio * at(volume, i) && at(adx, i) <= maxAdx;
  const holding = holdingOf(
    length,
    {
      entersLong: (i) => score(i) < -reach && isFit(i),
      entersShort: (i) => score(i) > reach && isFit(i),
      exitsLong: (i) => score(i) >= 0,
      exitsShort: (i) => score(i) <= 0,
    },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  const strength = Float64Array.from(stance, (held, i) =>
    held === FLAT ? 0 : (-held * score(i)) / (2 * reach),
  );
  const reasonAt = (i: number): string => {
    const now =
      `close ${shown(at(close, i))} is ${shown(score(i))} deviations from vwap${period} ` +
      `${shown(at(vwap, i))}, adx${ADX_PERIOD} ${shown(at(adx, i))}`;
    if (stance[i] === FLAT) {
      return `${now}: no distance beyond ${shown(reach)} with adx up to ${shown(maxAdx)} is in force`;
    }
    const side = stance[i] === LONG ? 'below' : 'above';
    return `${now}: went ${shown(reach)} deviations ${side} ${whenEntered(holding, i)}`;
  };
  return { stance, entered, strength, reasonAt };
}

export const vwapReversion: StrategySeed = {
  name: 'vwap-reversion',
  title: 'Mean reversion: back to the volume-weighted mean price',
  description:
    'Buys some deviations below the rolling volume-weighted mean, sells as far above it, on enough ' +
    'volume and only while the market does not trend (ADX); leaves at the mean or when time is up.',
  genes: [
    intGene('period', 'bars of the volume-weighted mean', [10, 50, 200]),
    realGene('deviations', 'distance at which it enters, in deviations', [1, 2, 4]),
    realGene('minVolumeRatio', 'least volume, in means of the period (0: any)', [0, 1, 2.5]),
    realGene('maxAdx', 'trend strength (ADX 14) above which it stays away', [10, 30, 100]),
    maxHoldGene(96),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    Math.max(
      Math.max(numberGene(genes, 'period'), ADX_WARMUP) + numberGene(genes, 'maxHoldBars') + 1,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
