/** Bollinger bands: trades the break out of a squeeze, or the way back from a band. */
import {
  COMMON_GENES,
  choiceGene,
  intGene,
  maxHoldGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { categoryGene, numberGene } from '../genes.ts';
import { holdingOf, whenEntered } from '../holding.ts';
import { percentRank } from '../indicators/spread.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

/** Bars that a squeeze may be over for when the break comes. */
const RECENT_BARS = 5;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { close, length } = source.bars;
  const period = numberGene(genes, 'period');
  const isBreakout = categoryGene(genes, 'mode') === 'breakout';
  const rankBars = numberGene(genes, 'squeezeBars');
  const squeeze = numberGene(genes, 'squeezeRank');
  const { middle, upper, lower } = source.bollinger(period, numberGene(genes, 'deviations'));
  // Rank of the deviation among its own past: the width of the bands whatever their multiple.
  const rank = source.memo(`stdev rank ${period} ${rankBars}`, () =>
    percentRank(source.stdev('close', period), rankBars),
  );
  const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;
  const wasSqueezed = (i: number): boolean => {
    for (let ago = 1; ago <= RECENT_BARS; ago += 1) if (at(rank, i - ago) <= squeeze) return true;
    return false;
  };
  const isAbove = (i: number): boolean =>
    at(close, i) > at(upper, i) && at(close, i - 1) <= at(upper, i - 1);
  const isBelow = (i: number): boolean =>
    at(close, i) < at(lower, i) && at(close, i - 1) >= at(lower, i - 1);
  // Fading a band is for quiet markets too: both modes ask that the bands are not at their widest.
  const holding = holdingOf(
    length,
    isBreakout
      ? {
          entersLong: (i) => isAbove(i) && wasSqueezed(i),
          entersShort: (i) => isBelow(i) && wasSqueezed(i),
          exitsLong: (i) => at(close, i) < at(middle, i),
          exitsShort: (i) => at(close, i) > at(middle, i),
        }
      : {
          entersLong: (i) => isBelow(i) && at(rank, i) <= 1 - squeeze,
          entersShort: (i) => isAbove(i) && at(rank, i) <= 1 - squeeze,
          exitsLong: (i) => at(close, i) >= at(middle, i),
          exitsShort: (i) => at(close, i) <= at(middle, i),
        },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  const strength = Float64Array.from(stance, (held, i) => {
    const half = at(upper, i) - at(middle, i);
    if (held === FLAT || !(half > 0)) return 0;
    return (Math.abs(at(close, i) - at(middle, i)) / half) * 0.5;
  });
  const reasonAt = (i: number): string => {
    const now =
      `close ${shown(at(close, i))}, bands${period} ${shown(at(lower, i))} to ${shown(at(upper, i))}, ` +
      `width above ${shown(100 * at(rank, i))} % of ${rankBars} bars`;
    if (stance[i] === FLAT) return `${now}: no ${isBreakout ? 'break' : 'touch'} is in force`;
    const band = (stance[i] === LONG) === isBreakout ? 'upper' : 'lower';
    return `${now}: went beyond the ${band} band ${whenEntered(holding, i)}`;
  };
  return { stance, entered, strength, reasonAt };
}

export const bollingerSqueeze: StrategySeed = {
  name: 'bollinger',
  title: 'Volatility: the break out of a Bollinger squeeze, or the way back from a band',
  description:
    'breakout: enters with the first close beyond a band soon after the bands were narrower than most ' +
    'of the time, leaves at the middle. reversion: buys the first close below the lower band, sells ' +
    'above the upper one, unless the bands are at their widest, and leaves at the middle. The two are ' +
    'alternatives: they never overwrite each other.',
  genes: [
    choiceGene('mode', 'what a close beyond a band means', ['breakout', 'reversion']),
    intGene('period', 'bars of the mean and the deviation', [10, 20, 60]),
    realGene('deviations', 'distance of the bands from the mean, in deviations', [1, 2, 3]),
    realGene('squeezeRank', 'share of past widths below which bands are narrow', [0.05, 0.3, 0.5]),
    intGene('squeezeBars', 'bars of past widths', [30, 120, 300]),
    maxHoldGene(96),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    Math.max(
      numberGene(genes, 'period') +
        numberGene(genes, 'squeezeBars') +
        numberGene(genes, 'maxHoldBars') +
        RECENT_BARS +
        1,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
