/** ATR breakout: a range that widens while the close leaves its channel, trailed by the ATR. */
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
import { sma } from '../indicators/means.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { close, length } = source.bars;
  const period = numberGene(genes, 'atrPeriod');
  const baseBars = numberGene(genes, 'baseBars');
  const expansion = numberGene(genes, 'expansion');
  const channelBars = numberGene(genes, 'channel');
  const trail = numberGene(genes, 'trailAtrMultiple');
  const atr = source.atr(period);
  const base = source.memo(`mean atr ${period} ${baseBars}`, () => sma(atr, baseBars));
  const channel = source.donchian(channelBars);
  const top = source.highest('high', channelBars);
  const bottom = source.lowest('low', channelBars);
  const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;
  const isWide = (i: number): boolean => at(atr, i) > expansion * at(base, i);
  const holding = holdingOf(
    length,
    {
      entersLong: (i) => isWide(i) && at(close, i) > at(channel.upper, i),
      entersShort: (i) => isWide(i) && at(close, i) < at(channel.lower, i),
      exitsLong: (i) => at(close, i) < at(top, i) - trail * at(atr, i),
      exitsShort: (i) => at(close, i) > at(bottom, i) + trail * at(atr, i),
    },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  const ratio = (i: number): number => (at(base, i) > 0 ? at(atr, i) / at(base, i) : 0);
  const strength = Float64Array.from(stance, (held, i) => (held === FLAT ? 0 : ratio(i) / 2));
  const reasonAt = (i: number): string => {
    const now =
      `atr${period} ${shown(at(atr, i))} is ${shown(ratio(i))} of its ${baseBars}-bar mean, ` +
      `close ${shown(at(close, i))}`;
    if (stance[i] === FLAT) {
      const [low, high] = [shown(at(channel.lower, i)), shown(at(channel.upper, i))];
      return `${now}: no break of ${low} to ${high} with a range above ${shown(expansion)} is in force`;
    }
    const isLong = stance[i] === LONG;
    const stop = isLong ? at(top, i) - trail * at(atr, i) : at(bottom, i) + trail * at(atr, i);
    const when = whenEntered(holding, i);
    return `${now}: broke ${isLong ? 'up' : 'down'} ${when}, trailing level ${shown(stop)} holds`;
  };
  return { stance, entered, strength, reasonAt };
}

export const atrBreakout: StrategySeed = {
  name: 'atr-breakout',
  title: 'Volatility breakout: the range widens while the price leaves its channel',
  description:
    'Enters with a close beyond the channel of the bars before while the average true range is well ' +
    'above its own mean; leaves when the close falls back from the extreme of the channel by a ' +
    'multiple of the range. It needs markets that wake up.',
  genes: [
    intGene('channel', 'bars of the channel', [5, 20, 120]),
    intGene('baseBars', 'bars of the mean that the range is compared with', [20, 100, 300]),
    realGene('expansion', 'range in means of itself from which it enters', [0.8, 1.1, 2.5]),
    realGene(
      'trailAtrMultiple',
      'fall from the extreme at which it leaves, in ranges',
      [0.5, 3, 6],
    ),
    maxHoldGene(240),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    riskWarmupBars(genes) +
    Math.max(numberGene(genes, 'baseBars'), numberGene(genes, 'channel')) +
    numberGene(genes, 'maxHoldBars'),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
