/**
 * Parents live long and have many legs: a TWAP over a week, a trailing stop over a year. Of very many
 * the old ones that have ended are folded into one leg per role, which has executed what they have.
 * Planners cannot tell the difference: they ask for sums, the newest legs and the next name.
 */
import { sizeBase } from '../../kernel/decimal.ts';
import type { LegState } from './plan.ts';
import { filledOf, hasEnded, roleOf } from './plan.ts';

/** Up to here nothing is folded; more than any parent has that names all its legs at once. */
export const MOST_LEGS = 200;
/** The newest ended legs of each role that stay as they are. */
const KEPT = 50;

function fold(old: readonly LegState[]): readonly LegState[] {
  const newest = old.at(-1);
  if (newest === undefined || old.length === 1) return old;
  const filled = filledOf(old);
  const { number } = roleOf(newest.plan.name);
  const status = filled.isZero() ? 'CANCELLED' : 'FILLED';
  return [{ ...newest, status, filledBase: sizeBase(filled), foldsUpTo: number }];
}

/** The same legs to every planner, at most about {@link MOST_LEGS}. */
export function condense(legs: readonly LegState[]): readonly LegState[] {
  if (legs.length <= MOST_LEGS) return legs;
  const ended = Map.groupBy(legs.filter(hasEnded), ({ plan }) => roleOf(plan.name).role);
  const old = [...ended.values()].map((ofOne) => ofOne.slice(0, -KEPT));
  const gone = new Set(old.flat());
  return [...old.flatMap(fold), ...legs.filter((leg) => !gone.has(leg))];
}
