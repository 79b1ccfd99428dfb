/**
 * A scale order: limit orders at evenly spaced prices, with sizes that are equal or grow by a
 * constant ratio. All are placed at once; the parent ends when the last one has.
 */
import type { Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, ONE, sizeBase, ZERO } from '../../kernel/decimal.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { roundPrice, roundSizeDown } from '../../market/asset.ts';
import type { Side } from '../../market/side.ts';
import type { TimeInForce } from '../intent.ts';
import type { LegPlan, Moves, Sight } from './plan.ts';
import { hasEnded, NO_MOVES, windUp } from './plan.ts';

export interface LadderSpec {
  readonly kind: 'ladder';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly reduceOnly: boolean;
  /** Price of the first rung, and of the last. */
  readonly fromPx: Px;
  readonly toPx: Px;
  /** 2 to 50. */
  readonly rungs: number;
  /** Size of the last rung over that of the first; 1 when absent. */
  readonly sizeRatio?: string;
  readonly timeInForce?: Exclude<TimeInForce, 'IOC'>;
}

export const MOST_RUNGS = 50;

/** Rung sizes on the lot, which sum to the whole exactly; what rounding leaves goes to the last. */
function rungSizes(spec: LadderSpec, asset: AssetSpec): readonly SizeBase[] {
  const ratio = decimal(spec.sizeRatio ?? '1');
  const last = spec.rungs - 1;
  const weights = Array.from({ length: spec.rungs }, (_, rung) =>
    ONE.plus(ratio.minus(1).times(rung).div(last)),
  );
  const total = weights.reduce((sum, weight) => sum.plus(weight), ZERO);
  const whole = decimal(spec.sizeBase);
  const sizes = weights
    .slice(0, last)
    .map((weight) => roundSizeDown(asset, whole.times(weight).div(total)));
  const rest = sizes.reduce((left, size) => left.minus(decimal(size)), whole);
  return [...sizes, sizeBase(rest)];
}

/** The rungs, nearest price first as given. */
export function ladderLegs(spec: LadderSpec, asset: AssetSpec): readonly LegPlan[] {
  const from = decimal(spec.fromPx);
  const step = decimal(spec.toPx)
    .minus(from)
    .div(spec.rungs - 1);
  return rungSizes(spec, asset).map((size, rung) => ({
    name: `rung-${rung}`,
    leg: spec.reduceOnly ? 'exit' : 'entry',
    side: spec.side,
    type: 'LIMIT',
    sizeBase: size,
    reduceOnly: spec.reduceOnly,
    limitPx: roundPrice(asset, from.plus(step.times(rung))),
    timeInForce: spec.timeInForce ?? 'GTC',
  }));
}

export function checkLadder(spec: LadderSpec): RuleViolation | undefined {
  const { rungs, sizeRatio } = spec;
  if (!Number.isInteger(rungs) || rungs < 2 || rungs > MOST_RUNGS) {
    const rule = `must be a whole number from 2 to ${MOST_RUNGS}`;
    return { field: 'rungs', value: String(rungs), rule };
  }
  if (sizeRatio !== undefined && decimal(sizeRatio).lte(0)) {
    return { field: 'sizeRatio', value: sizeRatio, rule: 'must be above 0' };
  }
  if (decimal(spec.fromPx).eq(decimal(spec.toPx))) {
    return { field: 'toPx', value: spec.toPx, rule: 'must differ from fromPx' };
  }
  return undefined;
}

/** @param cancelled why its owner wants it to end */
export function planLadder(spec: LadderSpec, { legs, asset }: Sight, cancelled?: string): Moves {
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  if (legs.length === 0) return { ...NO_MOVES, start: ladderLegs(spec, asset) };
  if (!legs.every(hasEnded)) return NO_MOVES;
  const filled = legs.filter((leg) => leg.status === 'FILLED').length;
  const reason = `${filled} of ${legs.length} rungs filled`;
  return windUp(legs, { kind: filled === legs.length ? 'done' : 'stopped', reason });
}
