/** Donchian breakout: buys a close above the highest high of the bars before, sells the reverse. */
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

const VOLUME_BARS = 20;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { close, volumeBase, length } = source.bars;
  const entryBars = numberGene(genes, 'channel');
  const exitBars = numberGene(genes, 'exitChannel');
  const beyond = numberGene(genes, 'thresholdFraction');
  const minRatio = numberGene(genes, 'minVolumeRatio');
  const entry = source.donchian(entryBars);
  const exit = source.donchian(exitBars);
  const volume = source.sma('volumeBase', VOLUME_BARS);
  const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;
  const isBusy = (i: number): boolean => at(volumeBase, i) >= minRatio * at(volume, i);
  const isAbove = (i: number): boolean => at(close, i) > at(entry.upper, i) * (1 + beyond);
  const isBelow = (i: number): boolean => at(close, i) < at(entry.lower, i) * (1 - beyond);
  const holding = holdingOf(
    length,
    {
      entersLong: (i) => isAbove(i) && isBusy(i),
      entersShort: (i) => isBelow(i) && isBusy(i),
      exitsLong: (i) => at(close, i) < at(exit.lower, i),
      exitsShort: (i) => at(close, i) > at(exit.upper, i),
    },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  // Where the close stands in the entry channel, from its exit side to its entry side.
  const strength = Float64Array.from(stance, (held, i) => {
    const width = at(entry.upper, i) - at(entry.lower, i);
    if (held === FLAT || !(width > 0)) return 0;
    const place = (at(close, i) - at(entry.lower, i)) / width;
    return held === LONG ? place : 1 - place;
  });
  const reasonAt = (i: number): string => {
    const [top, bottom] = [shown(at(entry.upper, i)), shown(at(entry.lower, i))];
    const now = `close ${shown(at(close, i))}, ${entryBars}-bar channel ${bottom} to ${top}`;
    if (stance[i] === FLAT) return `${now}: no breakout is in force`;
    const side = stance[i] === LONG ? 'upward' : 'downward';
    const level = stance[i] === LONG ? exit.lower : exit.upper;
    const when = whenEntered(holding, i);
    return `${now}: broke out ${side} ${when}, ${exitBars}-bar exit ${shown(at(level, i))} holds`;
  };
  return { stance, entered, strength, reasonAt };
}

export const donchianBreakout: StrategySeed = {
  name: 'donchian-breakout',
  title: 'Breakout: a close beyond the range of the bars before it',
  description:
    'Enters in the direction of a close beyond the highest high or lowest low of the bars before, ' +
    'by a share of the price and on enough volume; leaves beyond the far side of a shorter channel ' +
    'or when time is up. Many breakouts fail: it lives on the few that run.',
  genes: [
    intGene('channel', 'bars of the entry channel', [10, 20, 120]),
    intGene('exitChannel', 'bars of the exit channel', [3, 10, 60]),
    realGene('thresholdFraction', 'share of the price beyond the channel', [0, 0, 0.02]),
    realGene('minVolumeRatio', 'least volume, in means of 20 bars (0: any)', [0, 1, 3]),
    maxHoldGene(240),
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'exitChannel', than: 'channel' }],
  warmupBars: (genes) =>
    Math.max(
      Math.max(numberGene(genes, 'channel'), VOLUME_BARS) + numberGene(genes, 'maxHoldBars') + 2,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
