/**
 * What orders in slices share: how much is still to do, and slices that respect the venue's least
 * order value. One slice at a time: the next is planned from what the last really filled.
 */
import type { Decimal, SizeBase } from '../../kernel/decimal.ts';
import { decimal, sizeBase } from '../../kernel/decimal.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { MIN_NOTIONAL_USD, roundSizeDown } from '../../market/asset.ts';
import type { LegState } from './plan.ts';
import { filledOf } from './plan.ts';

export const leftOf = (wanted: SizeBase, legs: readonly LegState[]): Decimal =>
  decimal(wanted).minus(filledOf(legs));

/**
 * A slice of about `wished`, on the lot. What would leave less than the venue accepts is taken along;
 * what is itself too little waits (undefined), unless nothing more will come.
 * @param px values the slice
 */
export function sliceOf(
  asset: AssetSpec,
  wished: Decimal,
  left: Decimal,
  px: Decimal,
): SizeBase | undefined {
  const least = decimal(MIN_NOTIONAL_USD).div(px);
  const size = decimal(roundSizeDown(asset, wished.gt(left) ? left : wished));
  const isDustBehind = left.minus(size).lt(least);
  const chosen = isDustBehind ? left : size;
  if (chosen.lte(0)) return undefined;
  return chosen.lt(least) && chosen.lt(left) ? undefined : sizeBase(chosen);
}
