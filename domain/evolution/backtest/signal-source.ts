/**
 * Where a backtest gets its signals: a cheap look at the stance of every bar, and the whole signal,
 * with its reason, of the bars that matter.
 */
import type { SignalSeries } from '../../signals/evaluate.ts';
import { NO_VERDICT } from '../../signals/seed.ts';

/** One asset's signals, one per bar: index i is a function of bars 0 to i only. */
export type AssetSignals = SignalSeries;

/** Whether a bar asks for anything, given the sign of the position held: -1, 0 or 1. */
export function wantsAnything(signals: AssetSignals, index: number, held: number): boolean {
  const stance = signals.stance[index] ?? NO_VERDICT;
  if (stance === NO_VERDICT || stance === held) return false;
  return held !== 0 || signals.mayOpen[index] === 1;
}
