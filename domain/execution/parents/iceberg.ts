/**
 * A limit order of which only a part is shown: one resting slice at a time, the next when the last
 * has filled. What a slice fills is the market's doing; the hidden rest has no place in the queue.
 */
import type { Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal } from '../../kernel/decimal.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import type { Side } from '../../market/side.ts';
import type { TimeInForce } from '../intent.ts';
import type { LegPlan, Moves, Sight } from './plan.ts';
import { describeEnd, isLive, NO_MOVES, nextName, windUp } from './plan.ts';
import { leftOf, sliceOf } from './slices.ts';

export interface IcebergSpec {
  readonly kind: 'iceberg';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly shownBase: SizeBase;
  readonly limitPx: Px;
  readonly reduceOnly: boolean;
  readonly timeInForce?: Exclude<TimeInForce, 'IOC'>;
}

export function checkIceberg(spec: IcebergSpec): RuleViolation | undefined {
  const shown = decimal(spec.shownBase);
  return shown.lte(0) || shown.gte(decimal(spec.sizeBase))
    ? { field: 'shownBase', value: spec.shownBase, rule: 'must be above 0 and below sizeBase' }
    : undefined;
}

/** @param cancelled why its owner wants it to end */
export function planIceberg(spec: IcebergSpec, { legs, asset }: Sight, cancelled?: string): Moves {
  const left = leftOf(spec.sizeBase, legs);
  if (left.lte(0)) return windUp(legs, { kind: 'done', reason: 'all of it has executed' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  if (legs.some(isLive)) return NO_MOVES;
  const last = legs.at(-1);
  if (last !== undefined && last.status !== 'FILLED') {
    return windUp(legs, { kind: 'stopped', reason: describeEnd(last) });
  }
  const size = sliceOf(asset, decimal(spec.shownBase), left, decimal(spec.limitPx));
  const plan: LegPlan = {
    name: nextName(legs, 'slice'),
    leg: spec.reduceOnly ? 'exit' : 'entry',
    side: spec.side,
    type: 'LIMIT',
    sizeBase: size ?? spec.shownBase,
    reduceOnly: spec.reduceOnly,
    limitPx: spec.limitPx,
    timeInForce: spec.timeInForce ?? 'GTC',
  };
  return { ...NO_MOVES, start: [plan] };
}
