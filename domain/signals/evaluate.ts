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
import { type ExitRules, exitRulesOf } from './exit-rules.ts';
import type { Genes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { LONG, NO_VERDICT, SHORT } from './seed.ts';
import type { NoSignal, SignalFacts, Stance, StrategySignal } from './signal.ts';
import type { SeedInput } from './source.ts';
import { IndicatorSource } from './source.ts';
import type { WindowSources } from './trace-series.ts';
import { traceSeries } from './trace-series.ts';
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
  return mintAt(trace, exitRulesOf(seed, genes), index, about);
}

type About = Pick<SignalFacts, 'asset' | 'strategy' | 'barOpenTimeMs'>;

function mintAt(
  trace: SeedTrace,
  exits: ExitRules | undefined,
  index: number,
  about: About,
): StrategySignal | NoSignal {
  const notFinite = whyNotFinite(trace, index);
  const reason = notFinite ?? trace.reasonAt(index);
  const isSilent = notFinite !== undefined || trace.stance[index] === NO_VERDICT;
  if (isSilent) return { kind: 'noSignal', ...about, reason };
  const facts = factsAt(trace, index);
  const exiting = exits === undefined || facts.stance === 'flat' ? {} : { exits };
  return { kind: 'signal', ...about, ...facts, ...exiting, reason } as StrategySignal;
}

/** What a signal is minted from, by bar: its decimals are these, rounded to 12 places. */
export interface SignalNumbers {
  readonly strength: Float64Array;
  readonly stopDistanceFraction: Float64Array;
  readonly volatilityPerBar: Float64Array;
}

/** A seed over a long series as backtests read it: cheap arrays, and the signal of any bar. */
export interface SignalSeries {
  /** Known where a seed made the series; else the signals alone say it. */
  readonly numbers?: SignalNumbers;
  /** Of every long and short signal; absent: they have none. */
  readonly exits?: ExitRules;
  /** -1 short, 0 flat, 1 long, 2 no signal. */
  readonly stance: Int8Array;
  /** 1 where a position may be opened. */
  readonly mayOpen: Uint8Array;
  /** The signal of a bar: the very one that `evaluate` mints when that bar has just closed. */
  signalAt(index: number): StrategySignal | NoSignal;
}

/** Evaluates a seed on every bar of a series. Genes must come from `parseGenes`. */
export function evaluateSeries(
  seed: StrategySeed,
  genes: Genes,
  sources: WindowSources,
): SignalSeries {
  const trace = traceSeries(seed, genes, sources);
  const { bars } = sources.input;
  const exits = exitRulesOf(seed, genes);
  return {
    stance: trace.stance,
    mayOpen: trace.mayOpen,
    numbers: trace,
    ...(exits === undefined ? {} : { exits }),
    signalAt: (index) =>
      mintAt(trace, exits, index, {
        asset: bars.asset,
        strategy: seed.name,
        barOpenTimeMs: bars.openTimeMs[index] as number,
      }),
  };
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
