/**
 * A stop that follows the mark and is never loosened: a native trigger on the venue, so that it
 * protects while we are away; moved when the mark has come a step further. The new trigger rests
 * before the old one is cancelled.
 */
import type { Decimal, Fraction, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, ONE, px, ROUND_DOWN, ROUND_UP } from '../../kernel/decimal.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { roundPrice } from '../../market/asset.ts';
import type { Side } from '../../market/side.ts';
import { cover, FLATTEN_ROLE, STOP_ROLE } from './cover.ts';
import type { LegState, Moves, Sight, Watch } from './plan.ts';
import { filledOf, isLive, NO_MOVES, ofRole, windUp } from './plan.ts';

export interface TrailingStopSpec {
  readonly kind: 'trailingStop';
  /** The side of the stop: `sell` protects a long position. */
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** Distance behind the mark: USD of price, or a fraction of it; exactly one. */
  readonly trailPx?: Px;
  readonly trailFraction?: Fraction;
  /** The stop is moved once this part of the distance is gained; a tenth when absent. */
  readonly stepFraction?: Fraction;
}

const DEFAULT_STEP = decimal('0.1');

/** The trigger that belongs to a mark, on a tick, rounded away from it; undefined when there is none. */
export function triggerAt(spec: TrailingStopSpec, asset: AssetSpec, markPx: Px): Px | undefined {
  const mark = decimal(markPx);
  const distance =
    spec.trailPx === undefined
      ? mark.times(decimal(spec.trailFraction ?? '0'))
      : decimal(spec.trailPx);
  const trigger = spec.side === 'sell' ? mark.minus(distance) : mark.plus(distance);
  if (trigger.lte(0)) return undefined;
  const rounded = roundPrice(asset, trigger, spec.side === 'sell' ? ROUND_DOWN : ROUND_UP);
  return decimal(rounded).lte(0) ? undefined : rounded;
}

/** The mark that a trigger belongs to. */
function markOf(spec: TrailingStopSpec, trigger: Decimal): Decimal {
  const away = spec.side === 'sell' ? 1 : -1;
  return spec.trailPx === undefined
    ? trigger.div(ONE.minus(decimal(spec.trailFraction ?? '0').times(away)))
    : trigger.plus(decimal(spec.trailPx).times(away));
}

/** The least better trigger that is worth a move; undefined when no price is left for it. */
function nextTrigger(spec: TrailingStopSpec, asset: AssetSpec, heldPx: Px): Px | undefined {
  const held = decimal(heldPx);
  const distance = markOf(spec, held).minus(held);
  const goal = held.plus(distance.times(decimal(spec.stepFraction ?? DEFAULT_STEP)));
  if (goal.lte(0)) return undefined;
  const rounded = roundPrice(asset, goal, spec.side === 'sell' ? ROUND_UP : ROUND_DOWN);
  return decimal(rounded).lte(0) ? undefined : rounded;
}

const isAsTight = ({ side }: TrailingStopSpec, a: Px, b: Px): boolean =>
  side === 'sell' ? decimal(a).gte(decimal(b)) : decimal(a).lte(decimal(b));

/** Marks are exact to fewer digits than this. */
const MARK_DIGITS = 20;

/** Where the mark has to get to for the next move. */
function watchFor(spec: TrailingStopSpec, asset: AssetSpec, heldPx: Px): Watch | undefined {
  const next = nextTrigger(spec, asset, heldPx);
  const mark = next && markOf(spec, decimal(next));
  if (mark === undefined || mark.lte(0)) return undefined;
  return spec.side === 'sell'
    ? { of: 'mark', abovePx: px(mark.toSignificantDigits(MARK_DIGITS, ROUND_UP)) }
    : { of: 'mark', belowPx: px(mark.toSignificantDigits(MARK_DIGITS, ROUND_DOWN)) };
}

/** The tightest trigger so far: what must never be loosened. */
function tightest(spec: TrailingStopSpec, stops: readonly LegState[]): Px | undefined {
  let best: Px | undefined;
  for (const { plan } of stops) {
    if (plan.triggerPx === undefined) continue;
    if (best === undefined || isAsTight(spec, plan.triggerPx, best)) best = plan.triggerPx;
  }
  return best;
}

/** Never looser than what was held; moved by whole steps. */
function wishedTrigger(spec: TrailingStopSpec, sight: Sight, markPx: Px): Px | undefined {
  const fresh = triggerAt(spec, sight.asset, markPx);
  const held = tightest(spec, ofRole(sight.legs, STOP_ROLE));
  if (held === undefined || fresh === undefined) return held ?? fresh;
  const next = nextTrigger(spec, sight.asset, held);
  return next !== undefined && isAsTight(spec, fresh, next) ? fresh : held;
}

/** @param cancelled why its owner wants it to end */
export function planTrailingStop(spec: TrailingStopSpec, sight: Sight, cancelled?: string): Moves {
  const { legs, nowMs, market } = sight;
  const closed = filledOf([...ofRole(legs, STOP_ROLE), ...ofRole(legs, FLATTEN_ROLE)]);
  const left = decimal(spec.sizeBase).minus(closed);
  if (left.lte(0)) return windUp(legs, { kind: 'done', reason: 'the stop has executed' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  const last = ofRole(legs, STOP_ROLE).at(-1);
  const isGone = last?.status === 'CANCELLED' && decimal(last.filledBase).isZero();
  // The venue cancels a reduce-only trigger when its position is closed by other means.
  if (isGone && !legs.some(isLive)) {
    return windUp(legs, { kind: 'stopped', reason: 'the venue cancelled the stop' });
  }
  if (market === undefined) return NO_MOVES;
  const triggerPx = wishedTrigger(spec, sight, market.markPx);
  if (triggerPx === undefined) {
    const reason = `the mark ${market.markPx} is no further from 0 than the stop from the mark`;
    return windUp(legs, { kind: 'stopped', reason });
  }
  const moves = cover(legs, { side: spec.side, sizeBase: left, triggerPx, nowMs });
  const watch = watchFor(spec, sight.asset, triggerPx);
  return watch === undefined ? moves : { ...moves, watch };
}
