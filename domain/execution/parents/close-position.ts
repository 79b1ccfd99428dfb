/**
 * Closes the whole position in an asset, whatever it is, also dust below the venue's least order
 * value: reduce-only market orders, each for what is left, until nothing is. Cannot open or flip.
 */
import type { Fraction } from '../../kernel/decimal.ts';
import { decimal, sizeBase } from '../../kernel/decimal.ts';
import type { LegPlan, Moves, Sight } from './plan.ts';
import { fruitless, isLive, NO_MOVES, nextName, windUp } from './plan.ts';

export interface ClosePositionSpec {
  readonly kind: 'closePosition';
  readonly collarFraction?: Fraction;
}

/** Pause after an order that closed nothing, e.g. because the book was empty inside the collar. */
const RETRY_MS = 2_000;
const MOST_FRUITLESS = 10;

/** @param cancelled why its owner wants it to end */
export function planClosePosition(
  spec: ClosePositionSpec,
  { legs, nowMs, positionBase }: Sight,
  cancelled?: string,
): Moves {
  if (legs.some(isLive)) {
    return cancelled === undefined
      ? NO_MOVES
      : windUp(legs, { kind: 'stopped', reason: cancelled });
  }
  const position = positionBase && decimal(positionBase);
  if (position?.isZero()) return windUp(legs, { kind: 'done', reason: 'there is no position' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  if (!position) return NO_MOVES;
  const misses = fruitless(legs);
  if (misses >= MOST_FRUITLESS) {
    const reason = `${misses} orders in a row closed nothing; last ${legs.at(-1)?.status ?? ''}`;
    return windUp(legs, { kind: 'stopped', reason });
  }
  const retryMs = misses === 0 ? nowMs : (legs.at(-1)?.endedMs ?? nowMs) + RETRY_MS;
  if (nowMs < retryMs) return { ...NO_MOVES, wakeAtMs: retryMs };
  const plan: LegPlan = {
    name: nextName(legs, 'close'),
    leg: 'exit',
    side: position.gt(0) ? 'sell' : 'buy',
    type: 'MARKET',
    sizeBase: sizeBase(position.abs()),
    reduceOnly: true,
    ...(spec.collarFraction === undefined ? {} : { collarFraction: spec.collarFraction }),
  };
  return { ...NO_MOVES, start: [plan] };
}
