/**
 * snapshot + genes -> StrategySignal, or NoSignal with its reason. The only mint of StrategySignal.
 *
 * Look-ahead is impossible by construction: a seed is given closed bars up to the judged one, in the
 * window that belongs to it (see `window.ts`), so that a signal is a function of those bars alone.
 */
import type { Fraction } from '../kernel/decimal.ts';
import { decimalFromFloat, fraction } from '../kernel/decimal.ts';
import type { BarArrays } from '../market/bar-arrays.ts';
import { barArrays } from '../market/bar-arrays.ts';
import type { MarketSnapshot } from '../market/snapshot.ts';
import type { Genes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { LONG, NO_VERDICT, SHORT } from './seed.ts';
import type { NoSignal, SignalFacts, Stance, StrategySignal } from './signal.ts';
import type { SeedInput } from './source.ts';
import { IndicatorSource } from './source.ts';
import { anchorBars, whyNotFinite, whyUnusable, windowOf, windowStartMs } from './window.ts';

/** What a snapshot holds, in the form that seeds read. */
export function inputOf(snapshot: MarketSnapshot): SeedInput {
  const { funding, sentiment, others } = snapshot;
  const arrays = Object.entries(others ?? {}).map(([asset, series]): [string, BarArrays] => [
    asset,
    barArrays(series),
  ]);
  return {
    bars: barArrays(snapshot.series),
    ...(funding === undefined ? {} : { funding }),
    ...(sentiment === undefined ? {} : { sentiment }),
    ...(arrays.length === 0 ? {} : { others: Object.fromEntries(arrays) }),
  };
}

/** Evaluates a seed on the snapshot's last closed bar. Genes must come from `parseGenes`. */
export function evaluate(
  seed: StrategySeed,
  snapshot: MarketSnapshot,
  genes: Genes,
): StrategySignal | NoSignal {
  const { barOpenTimeMs, series } = snapshot;
  const about = { asset: snapshot.asset.name, strategy: seed.name, barOpenTimeMs };
  const startMs = windowStartMs(barOpenTimeMs, series.intervalMs, anchorBars(seed, genes));
  const window = windowOf(inputOf(snapshot), startMs, series.openTimeMs.length);
  const index = window.bars.length - 1;
  const unusable = whyUnusable(window.bars, startMs, index);
  if (unusable !== undefined) return { kind: 'noSignal', ...about, reason: unusable };
  const trace = seed.trace(window, genes, new IndicatorSource(window));
  const reason = whyNotFinite(trace, index) ?? trace.reasonAt(index);
  const isSilent = trace.stance[index] === NO_VERDICT || whyNotFinite(trace, index) !== undefined;
  if (isSilent) return { kind: 'noSignal', ...about, reason };
  return { kind: 'signal', ...about, ...factsAt(trace, index), reason } as StrategySignal;
}

function factsAt(
  trace: SeedTrace,
  index: number,
): Omit<SignalFacts, 'kind' | 'asset' | 'strategy' | 'barOpenTimeMs' | 'reason'> {
  const stance = stanceOf(trace.stance[index]);
  return {
    stance,
    changedThisBar: trace.changed[index] === 1,
    mayOpen: trace.mayOpen[index] === 1 && stance !== 'flat',
    strength: shortFraction(Math.min(1, trace.strength[index] as number)),
    stopDistanceFraction: shortFraction(trace.stopDistanceFraction[index] as number),
    volatilityPerBar: shortFraction(trace.volatilityPerBar[index] as number),
  };
}

const stanceOf = (code: number | undefined): Stance =>
  code === LONG ? 'long' : code === SHORT ? 'short' : 'flat';

/** An indicator's float as a decimal of at least 0; digits past the twelfth say nothing. */
function shortFraction(value: number): Fraction {
  return fraction(decimalFromFloat(Math.max(0, value)).toDecimalPlaces(12));
}
