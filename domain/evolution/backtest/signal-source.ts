/**
 * Where a backtest gets its signals: a cheap look at the stance of every bar, and the whole signal,
 * with its reason, of the bars that matter.
 */
import type { NoSignal, StrategySignal } from '../../signals/signal.ts';

/** Stances as numbers: -1 short, 0 flat, 1 long, and 2 for no signal. */
export const NO_STANCE = 2;

export interface AssetSignals {
  /** One per bar. Index i is a function of bars 0 to i only. */
  readonly stance: Int8Array;
  /** 1 where a position may be opened on this bar. */
  readonly mayOpen: Uint8Array;
  /** The signal of the bar, as a live session would have it. */
  signalAt(index: number): StrategySignal | NoSignal;
}

/** Whether a bar asks for anything, given the sign of the position held: -1, 0 or 1. */
export function wantsAnything(signals: AssetSignals, index: number, held: number): boolean {
  const stance = signals.stance[index] ?? NO_STANCE;
  if (stance === NO_STANCE || stance === held) return false;
  return held !== 0 || signals.mayOpen[index] === 1;
}
