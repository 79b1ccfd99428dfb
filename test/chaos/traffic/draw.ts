/** Drawing from a seed: numbers, choices, prices and sizes that an asset takes. */
import type { Decimal, Px, SizeBase } from '../../../domain/kernel/decimal.ts';
import { decimal, decimalFromFloat } from '../../../domain/kernel/decimal.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { roundPrice, roundSizeDown } from '../../../domain/market/asset.ts';
import type { Side } from '../../../domain/market/side.ts';

export const between = (rng: Rng, [low, high]: readonly [number, number]): number =>
  low + rng.next() * (high - low);

export const pick = <Item>(rng: Rng, items: readonly Item[]): Item => {
  const item = items[rng.int(items.length)];
  if (item === undefined) throw new RangeError('nothing to draw from');
  return item;
};

export const opposite = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy');

/** A price away from the mid, towards the order's own side, in basis points. */
export function priceOf(asset: AssetSpec, mid: Decimal, side: Side, bps: number): Px {
  const sign = side === 'buy' ? -1 : 1;
  return roundPrice(asset, mid.times(decimalFromFloat(1 + (sign * bps) / 10_000)));
}

export function sizeOf(asset: AssetSpec, mid: Decimal, usd: number): SizeBase {
  const size = roundSizeDown(asset, decimalFromFloat(usd).div(mid));
  return decimal(size).isZero() ? roundSizeDown(asset, decimal(1)) : size;
}
