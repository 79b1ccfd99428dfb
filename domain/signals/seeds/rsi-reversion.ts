/**
 * RSI reversion: buys when Wilder's RSI falls into the oversold zone, sells short when it rises
 * into the overbought one, and leaves at the exit level or after a number of bars.
 */
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

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const period = numberGene(genes, 'period');
  const oversold = numberGene(genes, 'oversold');
  const exit = numberGene(genes, 'exitLevel');
  const overbought = numberGene(genes, 'overbought');
  const rsi = source.rsi('close', period);
  const now = (i: number): number => rsi[i] ?? Number.NaN;
  const holding = holdingOf(
    rsi.length,
    {
      entersLong: (i) => now(i) < oversold && now(i - 1) >= oversold,
      entersShort: (i) => now(i) > overbought && now(i - 1) <= overbought,
      exitsLong: (i) => now(i) >= exit,
      exitsShort: (i) => now(i) <= exit,
    },
    numberGene(genes, 'maxHoldBars'),
  );
  const { stance, entered } = holding;
  // How far RSI has to go to the exit level, as a share of the farthest it can be.
  const strength = Float64Array.from(stance, (held, i) => {
    if (held === FLAT) return 0;
    return held === LONG ? (exit - now(i)) / exit : (now(i) - exit) / (100 - exit);
  });
  const reasonAt = (i: number): string => {
    const value = `rsi${period} ${shown(now(i))}`;
    if (stance[i] === FLAT) {
      return `${value}: no entry below ${shown(oversold)} or above ${shown(overbought)} is in force`;
    }
    const zone =
      stance[i] === LONG
        ? `below oversold ${shown(oversold)}`
        : `above overbought ${shown(overbought)}`;
    const when = whenEntered(holding, i);
    return `${value}: went ${zone} ${when}, exit level ${shown(exit)} not reached`;
  };
  return { stance, entered, strength, reasonAt };
}

export const rsiReversion: StrategySeed = {
  name: 'rsi-reversion',
  title: 'Mean reversion: buys oversold, sells overbought markets by RSI',
  description:
    'Long from the bar on which RSI falls below oversold, short from the bar on which it rises ' +
    'above overbought, until RSI is back at the exit level or time is up. It stands against trends: ' +
    'the protective stop is what ends a trade in a strong one.',
  genes: [
    intGene('period', 'period of the RSI, bars', [2, 14, 50]),
    realGene('oversold', 'RSI below which it buys', [5, 25, 45]),
    realGene('overbought', 'RSI above which it sells', [55, 75, 95]),
    realGene('exitLevel', 'RSI at which it leaves', [30, 50, 70]),
    maxHoldGene(96),
    ...COMMON_GENES,
  ],
  constraints: [
    { less: 'oversold', than: 'exitLevel' },
    { less: 'exitLevel', than: 'overbought' },
  ],
  warmupBars: (genes) =>
    Math.max(
      wilderWarmupBars(numberGene(genes, 'period')) + numberGene(genes, 'maxHoldBars') + 1,
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
