/**
 * RSI reversion: buys when Wilder's RSI falls into the oversold zone, sells short when it rises
 * into the overbought one, and leaves at the exit level or after a number of bars.
 *
 * The stance is read off the bars alone: it is that of the newest entry which neither an exit nor
 * time has ended, so that it does not depend on where the watching began.
 */
import {
  allowedStance,
  COMMON_GENES,
  entryAllowed,
  last,
  readRisk,
  riskWarmupBars,
  wilderWarmupBars,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import { rsi } from '../indicators.ts';
import type { SeedInput, StrategySeed, Verdict } from '../seed.ts';
import { shown } from '../shown.ts';
import type { Stance } from '../signal.ts';

interface Levels {
  readonly oversold: number;
  readonly exit: number;
  readonly overbought: number;
  readonly maxHoldBars: number;
}

interface Standing {
  readonly stance: Stance;
  /** Bars since the entry; 0 when it is on this bar or when there is none. */
  readonly barsAgo: number;
}

function judge({ bars }: SeedInput, genes: Genes): Verdict {
  const period = numberGene(genes, 'period');
  const levels: Levels = {
    oversold: numberGene(genes, 'oversold'),
    exit: numberGene(genes, 'exitLevel'),
    overbought: numberGene(genes, 'overbought'),
    maxHoldBars: numberGene(genes, 'maxHoldBars'),
  };
  const strengths = rsi(bars.close, period);
  const newest = strengths.length - 1;
  const now = standing(strengths, newest, levels);
  const stance = allowedStance(now.stance, genes);
  const stanceBefore = allowedStance(standing(strengths, newest - 1, levels).stance, genes);
  const entered = now.stance !== 'flat' && now.barsAgo === 0;
  const risk = readRisk(bars, genes);
  return {
    stance,
    changedThisBar: stance !== stanceBefore,
    mayOpen: entryAllowed(entered, genes),
    strength: roomToExit(now.stance, last(strengths), levels.exit),
    stopDistanceFraction: risk.stopDistanceFraction,
    volatilityPerBar: risk.volatilityPerBar,
    reason: `rsi${period} ${shown(last(strengths))}: ${why(now, levels)}; atr ${shown(risk.atr)}`,
  };
}

/** The newest entry at or before `index` that no exit level has ended and that is young enough. */
function standing(strengths: Float64Array, index: number, levels: Levels): Standing {
  let longEnded = false;
  let shortEnded = false;
  for (let barsAgo = 0; barsAgo < levels.maxHoldBars; barsAgo += 1) {
    const here = strengths[index - barsAgo] ?? Number.NaN;
    const before = strengths[index - barsAgo - 1] ?? Number.NaN;
    longEnded ||= here >= levels.exit;
    shortEnded ||= here <= levels.exit;
    if (!longEnded && here < levels.oversold && before >= levels.oversold) {
      return { stance: 'long', barsAgo };
    }
    if (!shortEnded && here > levels.overbought && before <= levels.overbought) {
      return { stance: 'short', barsAgo };
    }
    if (longEnded && shortEnded) break;
  }
  return { stance: 'flat', barsAgo: 0 };
}

/** How far RSI has to go to the exit level, as a share of the farthest it can be. */
function roomToExit(stance: Stance, strength: number, exit: number): number {
  if (stance === 'flat') return 0;
  return stance === 'long' ? (exit - strength) / exit : (strength - exit) / (100 - exit);
}

function why(now: Standing, levels: Levels): string {
  if (now.stance === 'flat') {
    return `no entry below ${levels.oversold} or above ${levels.overbought} is in force`;
  }
  const zone =
    now.stance === 'long'
      ? `below oversold ${levels.oversold}`
      : `above overbought ${levels.overbought}`;
  const when = now.barsAgo === 0 ? 'on this bar' : `${now.barsAgo} bars ago`;
  return `went ${zone} ${when}, exit level ${levels.exit} not reached`;
}

export const rsiReversion: StrategySeed = {
  name: 'rsi-reversion',
  title: 'Mean reversion: buys oversold, sells overbought markets by RSI',
  genes: [
    { kind: 'int', name: 'period', title: 'period of the RSI, bars', min: 2, max: 50, default: 14 },
    {
      kind: 'real',
      name: 'oversold',
      title: 'RSI below which it buys',
      min: 5,
      max: 45,
      default: 25,
    },
    {
      kind: 'real',
      name: 'overbought',
      title: 'RSI above which it sells',
      min: 55,
      max: 95,
      default: 75,
    },
    {
      kind: 'real',
      name: 'exitLevel',
      title: 'RSI at which it leaves',
      min: 30,
      max: 70,
      default: 50,
    },
    {
      kind: 'int',
      name: 'maxHoldBars',
      title: 'bars after which it leaves',
      min: 1,
      max: 500,
      default: 96,
    },
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
  judge,
};
