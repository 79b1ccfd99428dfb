/**
 * A stop that follows the mark and is never loosened: a native trigger on the venue, so that it
 * protects while we are away; moved when the mark has come a step further. The new trigger rests
 * before the old one is cancelled.
 */
import type { Decimal, Fraction, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, ONE, ROUND_DOWN, ROUND_UP } from '../../kernel/decimal.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { roundPrice } from '../../market/asset.ts';
import type { Side } from '../../market/side.ts';
import { cover, FLATTEN_ROLE, STOP_ROLE } from './cover.ts';
import type { LegState, Moves, Sight } from './plan.ts';
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

function distanceAt(spec: TrailingStopSpec, markPx: Px): Decimal {
  return spec.trailPx === undefined
    ? decimal(markPx).times(decimal(spec.trailFraction ?? '0'))
    : decimal(spec.trailPx);
}

/** The trigger that belongs to a mark, on a tick, rounded away from it. */
export function triggerAt(spec: TrailingStopSpec, asset: AssetSpec, markPx: Px): Px {
  const distance = distanceAt(spec, markPx);
  const px = decimal(markPx).plus(spec.side === 'sell' ? distance.negated() : distance);
  return roundPrice(asset, px, spec.side === 'sell' ? ROUND_DOWN : ROUND_UP);
}

/** The tightest trigger so far: what must never be loosened. */
function tightest(spec: TrailingStopSpec, stops: readonly LegState[]): Px | undefined {
  let best: Px | undefined;
  for (const { plan } of stops) {
    if (plan.triggerPx === undefined) continue;
    const gain = best === undefined ? ONE : decimal(plan.triggerPx).minus(decimal(best));
    if (spec.side === 'sell' ? gain.gt(0) : best === undefined || gain.lt(0)) best = plan.triggerPx;
  }
  return best;
}

function wishedTrigger(spec: TrailingStopSpec, sight: Sight, markPx: Px): Px {
  const fresh = triggerAt(spec, sight.asset, markPx);
  const held = tightest(spec, ofRole(sight.legs, STOP_ROLE));
  if (held === undefined) return fresh;
  const gain = decimal(fresh)
    .minus(decimal(held))
    .times(spec.side === 'sell' ? 1 : -1);
  const step = distanceAt(spec, markPx).times(decimal(spec.stepFraction ?? DEFAULT_STEP));
  return gain.gt(0) && gain.gte(step) ? fresh : held;
}

/** @param cancelled why its owner wants it to end */
export function planTrailingStop(spec: TrailingStopSpec, sight: Sight, cancelled?: string): Moves {
  const { legs, nowMs, market } = sight;
  const closed = filledOf([...ofRole(legs, STOP_ROLE), ...ofRole(legs, FLATTEN_ROLE)]);
  const left = decimal(spec.sizeBase).minus(closed);
  if (left.lte(0)) return windUp(legs, { kind: 'done', reason: 'the stop has executed' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  const gone = ofRole(legs, STOP_ROLE).find(
    (leg) => leg.status === 'CANCELLED' && !legs.some(isLive),
  );
  // The venue cancels a reduce-only trigger when its position is closed by other means.
  if (gone !== undefined) {
    return windUp(legs, { kind: 'stopped', reason: 'the venue cancelled the stop' });
  }
  if (market === undefined) return NO_MOVES;
  const triggerPx = wishedTrigger(spec, sight, market.markPx);
  return cover(legs, { side: spec.side, sizeBase: left, triggerPx, nowMs });
}
