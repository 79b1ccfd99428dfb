/**
 * One cancels the other: two orders of which the first to execute at all ends the other. Both only
 * reduce when they close a position, so that even both filling in the same instant cannot flip it.
 */

import { decimal } from '../../kernel/decimal.ts';
import type { LegPlan, Moves, Sight } from './plan.ts';
import { describeEnd, hasEnded, isLive, NO_MOVES, namesOf, windUp } from './plan.ts';

/** One side of the pair; a LIMIT, STOP_LOSS or TAKE_PROFIT order. */
export type OcoOrder = Omit<LegPlan, 'name' | 'leg'>;

export interface OcoSpec {
  readonly kind: 'oco';
  readonly first: OcoOrder;
  readonly second: OcoOrder;
}

const planOf = (name: string, order: OcoOrder): LegPlan => ({
  ...order,
  name,
  leg: order.reduceOnly ? 'exit' : 'entry',
});

/** The pair, as it is placed. */
export const ocoLegs = (spec: OcoSpec): readonly LegPlan[] => [
  planOf('first', spec.first),
  planOf('second', spec.second),
];

/** @param cancelled why its owner wants it to end */
export function planOco(spec: OcoSpec, { legs }: Sight, cancelled?: string): Moves {
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  if (legs.length === 0) return { ...NO_MOVES, start: ocoLegs(spec) };
  const executed = legs.find(({ filledBase }) => !decimal(filledBase).isZero());
  if (executed !== undefined) {
    const others = legs.filter((leg) => leg !== executed);
    if (others.some(isLive)) return { ...NO_MOVES, cancel: namesOf(others.filter(isLive)) };
    const end = { kind: 'done', reason: `${executed.plan.name} executed` } as const;
    return hasEnded(executed) ? windUp(legs, end) : NO_MOVES;
  }
  // Without its other half an order is not what was asked for.
  const dead = legs.find(hasEnded);
  return dead === undefined
    ? NO_MOVES
    : windUp(legs, { kind: 'stopped', reason: describeEnd(dead) });
}
