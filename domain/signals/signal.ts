/**
 * What a strategy says of one asset on one closed bar: StrategySignal, or NoSignal with its reason.
 * Both are plain JSON. Only `evaluate` mints a StrategySignal; a strategy returns a verdict.
 */
import type { Fraction } from '../kernel/decimal.ts';
import type { ExitRules } from './exit-rules.ts';

declare const mint: unique symbol;

/** The position that a strategy wants to hold from this bar on. */
export type Stance = 'long' | 'short' | 'flat';

export interface StrategySignal {
  readonly kind: 'signal';
  readonly asset: string;
  readonly strategy: string;
  readonly barOpenTimeMs: number;
  readonly stance: Stance;
  /** Whether the stance began on this very bar; false: it was already in force before. */
  readonly changedThisBar: boolean;
  /** Whether a new position may be opened on this bar; exits follow the stance alone. */
  readonly mayOpen: boolean;
  /** How sure the strategy is, 0 to 1. */
  readonly strength: Fraction;
  /** Distance of the protective stop from the entry, as a fraction of the price. */
  readonly stopDistanceFraction: Fraction;
  /** Standard deviation of the simple return of one bar. */
  readonly volatilityPerBar: Fraction;
  /** Where profit is taken; absent: nowhere. */
  readonly exits?: ExitRules;
  /** A sentence for people, with the numbers that decided. */
  readonly reason: string;
  readonly [mint]: 'StrategySignal';
}

/** A StrategySignal before it is minted. */
export type SignalFacts = Omit<StrategySignal, typeof mint>;

export interface NoSignal {
  readonly kind: 'noSignal';
  readonly asset: string;
  readonly strategy: string;
  readonly barOpenTimeMs: number;
  readonly reason: string;
}
