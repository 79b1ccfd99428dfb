/**
 * Which protective stop an open position needs, given those that exist: the rule that a position
 * is never without a stop on the venue. Converges: applied again and again it ends with one stop.
 */
import type { Fraction, Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, fraction, ONE, ROUND_DOWN, ROUND_UP, sizeBase } from '../kernel/decimal.ts';
import type { AssetSpec } from '../market/asset.ts';
import { roundPrice } from '../market/asset.ts';
import type { Side } from '../market/side.ts';

/** Stop distance of a position whose decision is not known (the specification's stop loss, 5 %). */
export const FALLBACK_STOP_FRACTION: Fraction = fraction('0.05');

export interface ProtectiveOrder {
  readonly intentId: string;
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** The venue has it on its book. */
  readonly resting: boolean;
}

/** The account's holding of one asset: nothing, or a signed size with its prices. */
export interface Holding {
  readonly sizeBase: SizeBase;
  readonly entryPx: Px;
  readonly markPx: Px;
}

export interface ProtectionPlan {
  /** A stop to start; `atOnce` when the mark is already past it, so that it must be a market order. */
  readonly start?: {
    readonly side: Side;
    readonly sizeBase: SizeBase;
    readonly stopPx: Px;
    readonly atOnce: boolean;
  };
  /** Protective orders that are no longer needed. */
  readonly cancel: readonly string[];
}

function fallbackStop(asset: AssetSpec, holding: Holding, isLong: boolean): Px {
  const distance = decimal(FALLBACK_STOP_FRACTION);
  const factor = isLong ? ONE.minus(distance) : ONE.plus(distance);
  const price = decimal(holding.entryPx).times(factor);
  return roundPrice(asset, price, isLong ? ROUND_DOWN : ROUND_UP);
}

/**
 * @param holding undefined, or of size 0, when there is no position
 * @param decidedStopPx from the decision that opened the position
 * @param orders protective orders that have not ended, oldest first
 * @returns what to start and what to cancel; nothing is cancelled before its successor rests
 */
export function planProtection(
  asset: AssetSpec,
  holding: Holding | undefined,
  decidedStopPx: Px | undefined,
  orders: readonly ProtectiveOrder[],
): ProtectionPlan {
  const size = decimal(holding?.sizeBase ?? '0');
  if (holding === undefined || size.isZero()) {
    return { cancel: orders.map((order) => order.intentId) };
  }
  const isLong = size.gt(0);
  const side: Side = isLong ? 'sell' : 'buy';
  const covering = orders.filter(
    (order) => order.side === side && decimal(order.sizeBase).gte(size.abs()),
  );
  const keep = covering.findLast((order) => order.resting) ?? covering.at(-1);
  if (keep !== undefined) {
    const others = orders.filter((order) => order !== keep).map((order) => order.intentId);
    return { cancel: keep.resting ? others : [] };
  }
  const stopPx = decidedStopPx ?? fallbackStop(asset, holding, isLong);
  const mark = decimal(holding.markPx);
  const atOnce = isLong ? mark.lte(decimal(stopPx)) : mark.gte(decimal(stopPx));
  return { start: { side, sizeBase: sizeBase(size.abs()), stopPx, atOnce }, cancel: [] };
}
