/**
 * snapshot + genes -> StrategySignal, or NoSignal with its reason. The only mint of StrategySignal.
 *
 * Look-ahead is impossible by construction: a seed is given exactly its warm-up window of closed
 * bars, so that a signal is a function of those bars alone, wherever and whenever it is computed.
 */
import type { Fraction } from '../kernel/decimal.ts';
import { decimalFromFloat, fraction } from '../kernel/decimal.ts';
import type { CandleSeries } from '../market/candles.ts';
import { gapsOf, lastBars } from '../market/candles.ts';
import type { MarketSnapshot } from '../market/snapshot.ts';
import type { Genes } from './genes.ts';
import type { StrategySeed, Verdict } from './seed.ts';
import type { NoSignal, SignalFacts, StrategySignal } from './signal.ts';

/** A window that lacks more than this share of its bars says too little of the market. */
const MAX_MISSING_SHARE = 0.01;

/** Evaluates a seed on the snapshot's last closed bar. Genes must come from `parseGenes`. */
export function evaluate(
  seed: StrategySeed,
  snapshot: MarketSnapshot,
  genes: Genes,
): StrategySignal | NoSignal {
  const needed = seed.warmupBars(genes);
  const bars = lastBars(snapshot.series, needed);
  const silent = (reason: string): NoSignal => ({
    kind: 'noSignal',
    asset: snapshot.asset.name,
    strategy: seed.name,
    barOpenTimeMs: snapshot.barOpenTimeMs,
    reason,
  });
  const unusable = whyUnusable(bars, needed);
  if (unusable !== undefined) return silent(unusable);

  const { fundingRatePerHour } = snapshot;
  const verdict = seed.judge(
    { bars, ...(fundingRatePerHour === undefined ? {} : { fundingRatePerHour }) },
    genes,
  );
  if (verdict.stance === 'none') return silent(verdict.reason);
  const notFinite = nonFiniteField(verdict);
  if (notFinite !== undefined) return silent(notFinite);
  const facts: SignalFacts = {
    kind: 'signal',
    asset: snapshot.asset.name,
    strategy: seed.name,
    barOpenTimeMs: snapshot.barOpenTimeMs,
    stance: verdict.stance,
    changedThisBar: verdict.changedThisBar,
    mayOpen: verdict.mayOpen && verdict.stance !== 'flat',
    strength: shortFraction(Math.min(1, verdict.strength)),
    stopDistanceFraction: shortFraction(verdict.stopDistanceFraction),
    volatilityPerBar: shortFraction(verdict.volatilityPerBar),
    reason: verdict.reason,
  };
  return facts as StrategySignal;
}

/** An indicator's float as a decimal of at least 0; digits past the twelfth say nothing. */
function shortFraction(value: number): Fraction {
  return fraction(decimalFromFloat(Math.max(0, value)).toDecimalPlaces(12));
}

function whyUnusable(bars: CandleSeries, needed: number): string | undefined {
  const count = bars.openTimeMs.length;
  if (count < needed) return `warming up: ${count} of ${needed} closed bars`;
  const missing = gapsOf(bars).reduce((sum, gap) => sum + gap.missingBars, 0);
  if (missing <= needed * MAX_MISSING_SHARE) return undefined;
  return `${missing} bars are missing among the last ${needed}: too many to judge`;
}

function nonFiniteField(verdict: Verdict): string | undefined {
  for (const field of ['strength', 'stopDistanceFraction', 'volatilityPerBar'] as const) {
    if (!Number.isFinite(verdict[field])) return `${field} came out as ${verdict[field]}`;
  }
  return undefined;
}
