/**
 * EMA crossover: long while the fast exponential mean is above the slow one, short while below.
 *
 * It follows trends and says nothing of how far a trend goes; its stop is a multiple of the ATR.
 */
import type { CandleSeries } from '../../market/candles.ts';
import {
  allowedStance,
  COMMON_GENES,
  emaWarmupBars,
  entryAllowed,
  last,
  readRisk,
  riskWarmupBars,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import { ema } from '../indicators.ts';
import type { NoVerdict, SeedInput, StrategySeed, Verdict } from '../seed.ts';
import { shown } from '../shown.ts';
import type { Stance } from '../signal.ts';

/** Means closer than this share of the price are equal: below it, float noise would cross them. */
const EQUAL_WITHIN = 1e-9;

type Lead = 'fast' | 'slow';

function judge({ bars }: SeedInput, genes: Genes): Verdict | NoVerdict {
  const [fastPeriod, slowPeriod] = [numberGene(genes, 'fast'), numberGene(genes, 'slow')];
  const fast = ema(bars.close, fastPeriod);
  const slow = ema(bars.close, slowPeriod);
  const { lead, leadBefore, since } = newestLead(fast, slow, bars, slowPeriod - 1);
  if (lead === undefined) {
    return { stance: 'none', reason: `ema${fastPeriod} and ema${slowPeriod} never parted` };
  }
  const crossed = since === 0 && leadBefore !== undefined;
  const direction = lead === 'fast' ? 1 : -1;
  const wanted: Stance = lead === 'fast' ? 'long' : 'short';
  const risk = readRisk(bars, genes);
  const distance = direction * (last(bars.close) - last(slow));
  const side = lead === 'fast' ? 'above' : 'below';
  const when = crossed ? 'crossed on this bar' : `no cross for ${since} bars`;
  return {
    stance: allowedStance(wanted, genes),
    changedThisBar: crossed,
    mayOpen: entryAllowed(crossed, genes),
    strength: risk.atr > 0 ? distance / risk.atr : 0,
    stopDistanceFraction: risk.stopDistanceFraction,
    volatilityPerBar: risk.volatilityPerBar,
    reason:
      `ema${fastPeriod} ${shown(last(fast))} is ${side} ema${slowPeriod} ${shown(last(slow))} ` +
      `(${when}); atr ${shown(risk.atr)}`,
  };
}

/** Who leads now, who led before, and how many bars ago the lead changed (or was first seen). */
function newestLead(fast: Float64Array, slow: Float64Array, bars: CandleSeries, from: number) {
  let lead: Lead | undefined;
  let since = 0;
  for (let i = bars.close.length - 1; i >= from; i -= 1) {
    const distance = (fast[i] ?? Number.NaN) - (slow[i] ?? Number.NaN);
    const parted = Math.abs(distance) > EQUAL_WITHIN * (bars.close[i] ?? Number.NaN);
    const leadHere: Lead | undefined = parted ? (distance > 0 ? 'fast' : 'slow') : lead;
    if (lead !== undefined && leadHere !== lead) return { lead, leadBefore: leadHere, since };
    lead = leadHere;
    if (parted) since = bars.close.length - 1 - i;
  }
  return { lead, leadBefore: undefined, since };
}

export const emaCrossover: StrategySeed = {
  name: 'ema-crossover',
  title: 'Trend following: a fast exponential mean crosses a slow one',
  genes: [
    {
      kind: 'int',
      name: 'fast',
      title: 'period of the fast mean, bars',
      min: 2,
      max: 60,
      default: 12,
    },
    {
      kind: 'int',
      name: 'slow',
      title: 'period of the slow mean, bars',
      min: 5,
      max: 200,
      default: 26,
    },
    ...COMMON_GENES,
  ],
  constraints: [{ less: 'fast', than: 'slow' }],
  warmupBars: (genes) => Math.max(emaWarmupBars(numberGene(genes, 'slow')), riskWarmupBars(genes)),
  judge,
};
