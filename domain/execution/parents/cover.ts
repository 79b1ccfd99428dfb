/**
 * Keeps one reduce-only stop of a parent on the venue while there is something to protect. A better
 * stop rests before the one that it replaces is cancelled; a stop that the venue refuses becomes a
 * market order. Converges: looked at again and again it ends with one stop, or with nothing left.
 */
import type { Decimal, Px } from '../../kernel/decimal.ts';
import { decimal, sizeBase } from '../../kernel/decimal.ts';
import type { Side } from '../../market/side.ts';
import type { LegPlan, LegState, Moves } from './plan.ts';
import {
  fruitless,
  hasEnded,
  isLive,
  isResting,
  NO_MOVES,
  namesOf,
  nextName,
  ofRole,
  windUp,
} from './plan.ts';

export const STOP_ROLE = 'stop';
/** The market order that closes what no stop can protect. */
export const FLATTEN_ROLE = 'flatten';

/** After this many stops that never came to rest, the position is closed instead. */
const FAILED_STOPS = 3;
/** Pause before a closing order is repeated: doubled each time that one closed nothing. */
const FLATTEN_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** After half an hour of closing orders that close nothing, there is no position of ours to close. */
const FUTILE_CLOSES = 30;
/** The venue's words for a reduce-only order that has nothing to reduce. */
const NOTHING_TO_REDUCE = /^Reduce only order would increase position/;
/** So often in a row, over seconds: somebody else has closed the position, or traded against it. */
const REFUSED_CLOSES = 3;

export interface CoverWish {
  /** The side that closes the position. */
  readonly side: Side;
  /** What is to be protected now; 0 for nothing. */
  readonly sizeBase: Decimal;
  readonly triggerPx: Px;
  readonly nowMs: number;
}

/** A leg ended without having done anything, and not because we cancelled it for a better one. */
export const wasRefused = (leg: LegState): boolean =>
  hasEnded(leg) && decimal(leg.filledBase).isZero() && leg.status !== 'CANCELLED';

/** There is nothing left that closing orders could close. */
export function closesNothing(legs: readonly LegState[]): boolean {
  const attempts = ofRole(legs, FLATTEN_ROLE);
  const last = attempts.slice(-REFUSED_CLOSES);
  const isGone =
    last.length === REFUSED_CLOSES &&
    last.every((leg) => wasRefused(leg) && NOTHING_TO_REDUCE.test(leg.refusal ?? ''));
  return isGone || fruitless(attempts) >= FUTILE_CLOSES;
}

/** Closes what is left with market orders, one at a time; gives up when they close nothing at all. */
export function flatten(legs: readonly LegState[], wish: Omit<CoverWish, 'triggerPx'>): Moves {
  const attempts = ofRole(legs, FLATTEN_ROLE);
  if (wish.sizeBase.isZero() || attempts.some(isLive)) return NO_MOVES;
  const misses = fruitless(attempts);
  if (closesNothing(legs)) {
    const reason = `${misses} closing orders in a row closed nothing`;
    return windUp(legs, { kind: 'stopped', reason });
  }
  const pauseMs = Math.min(FLATTEN_RETRY_MS * 2 ** Math.max(0, misses - 1), LONGEST_RETRY_MS);
  const retryMs = (attempts.at(-1)?.endedMs ?? Number.NEGATIVE_INFINITY) + pauseMs;
  if (wish.nowMs < retryMs) return { ...NO_MOVES, wakeAtMs: retryMs };
  const plan: LegPlan = {
    name: nextName(legs, FLATTEN_ROLE),
    leg: 'exit',
    side: wish.side,
    type: 'MARKET',
    sizeBase: sizeBase(wish.sizeBase),
    reduceOnly: true,
  };
  return { ...NO_MOVES, start: [plan] };
}

/** At least as good: as tight a trigger, and enough size. */
function serves(leg: LegState, wish: CoverWish): boolean {
  const { triggerPx, sizeBase: planned } = leg.plan;
  if (triggerPx === undefined) return false;
  const left = decimal(planned).minus(decimal(leg.filledBase));
  const isTight =
    wish.side === 'sell'
      ? decimal(triggerPx).gte(decimal(wish.triggerPx))
      : decimal(triggerPx).lte(decimal(wish.triggerPx));
  return isTight && left.gte(wish.sizeBase);
}

/** A stop fired and did not close everything: its trigger price lies behind us. */
const hasFired = (leg: LegState): boolean => hasEnded(leg) && !decimal(leg.filledBase).isZero();

/** The moves that lead to one stop of the wished size and trigger, and to no other. */
export function cover(legs: readonly LegState[], wish: CoverWish): Moves {
  const stops = ofRole(legs, STOP_ROLE);
  const live = stops.filter(isLive);
  if (wish.sizeBase.isZero()) return { ...NO_MOVES, cancel: namesOf(live) };
  const keep = live.findLast((leg) => isResting(leg) && serves(leg, wish));
  if (keep !== undefined) {
    return { ...NO_MOVES, cancel: namesOf(live.filter((leg) => leg !== keep)) };
  }
  // On its way: what rests already stays until it has arrived. One in doubt protects nothing.
  if (live.some((leg) => leg.status === 'PENDING' && serves(leg, wish))) return NO_MOVES;
  const isLate = stops.some(hasFired) || stops.filter(wasRefused).length >= FAILED_STOPS;
  if (isLate) return flatten(legs, wish);
  const plan: LegPlan = {
    name: nextName(legs, STOP_ROLE),
    leg: 'protect',
    side: wish.side,
    type: 'STOP_LOSS',
    sizeBase: sizeBase(wish.sizeBase),
    reduceOnly: true,
    triggerPx: wish.triggerPx,
  };
  return { ...NO_MOVES, start: [plan] };
}
