/** What the kill switch must provide, and how many orders are cancelled at once. */
import type { Cloid } from '../../domain/kernel/ids.ts';
import type { CancelOutcome } from './venue.ts';

export interface KillSwitchPort {
  /** Why entries are halted, or undefined. Cheap: it is asked before every send. */
  halted(): string | undefined;
  /** Halts entries for as long as nobody lifts it; what is in force already stays as it is. */
  trip(reason: string, by: string): void;
}

export interface OrderToCancel {
  readonly asset: string;
  readonly cloid: Cloid;
}

/** An action weighs 1 + one for every full 40 orders (venue, "Rate limits"): so many weigh one. */
export const CANCELS_PER_ACTION = 39;

/** Why orders were cancelled together, for the story of each (`perpetua why`). */
export interface CancelNote {
  readonly atMs: number;
  readonly reason: string;
  /** How many were asked for at once. */
  readonly together: number;
}

/** Adds a step to the story of every order that has one of these cloids; unknown ones are nobody's. */
export type NoteCancels = (cloids: readonly Cloid[], note: CancelNote) => Promise<void>;

/** One action that cancels all of the orders; an outcome for each, in their order. Never throws. */
export type CancelMany = (
  orders: readonly OrderToCancel[],
  nonce: number,
) => Promise<readonly CancelOutcome[]>;
