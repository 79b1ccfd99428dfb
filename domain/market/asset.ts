/**
 * What the venue says of one perpetual, and its rules for prices, sizes and order values.
 *
 * Source of the rules: the venue's documentation, "Tick and lot size" and "Error responses":
 * a price has at most 5 significant figures and at most 6 - szDecimals decimals (integers are
 * always allowed), a size at most szDecimals decimals, an order is worth at least 10 USD.
 */
import type { Decimal, Px, Rounding, SizeBase } from '../kernel/decimal.ts';
import { decimal, plain, ROUND_DOWN, ROUND_HALF_EVEN } from '../kernel/decimal.ts';
import type { RuleViolation } from '../kernel/outcome.ts';

export interface AssetSpec {
  readonly name: string;
  /** The venue's asset id: the index in `meta.universe`. */
  readonly index: number;
  readonly szDecimals: number;
  readonly maxLeverage: number;
  readonly isDelisted: boolean;
}

/** Most significant figures of a non-integer price. */
export const PRICE_SIGNIFICANT_FIGURES = 5;
/** Perpetuals' prices have at most this many decimals, less szDecimals. */
export const PERP_MAX_DECIMALS = 6;
/** The least value of an order, in USD; reduce-only closes of a whole position excepted. */
export const MIN_NOTIONAL_USD = 10;

/** The most decimals a price of this asset may have. */
export function maxPriceDecimals(asset: Pick<AssetSpec, 'szDecimals'>): number {
  return Math.max(0, PERP_MAX_DECIMALS - asset.szDecimals);
}

/** The violation of the tick rule by a price, or undefined when the price is legal. */
export function checkPrice(
  asset: Pick<AssetSpec, 'szDecimals' | 'name'>,
  price: Px | string,
  field = 'price',
): RuleViolation | undefined {
  const value = decimal(price);
  if (value.lte(0)) return { field, value: price, rule: 'must be greater than 0' };
  if (value.isInteger()) return undefined;
  const decimals = maxPriceDecimals(asset);
  if (value.decimalPlaces() > decimals) {
    return { field, value: price, rule: `${asset.name} prices have at most ${decimals} decimals` };
  }
  if (value.precision() > PRICE_SIGNIFICANT_FIGURES) {
    return {
      field,
      value: price,
      rule: `${asset.name} prices have at most ${PRICE_SIGNIFICANT_FIGURES} significant figures`,
    };
  }
  return undefined;
}

/** The violation of the lot rule by a size, or undefined when the size is legal. */
export function checkSize(
  asset: Pick<AssetSpec, 'szDecimals' | 'name'>,
  size: SizeBase | string,
  field = 'size',
): RuleViolation | undefined {
  const value = decimal(size);
  if (value.lte(0)) return { field, value: size, rule: 'must be greater than 0' };
  if (value.decimalPlaces() > asset.szDecimals) {
    const lot = plain(decimal(10).pow(-asset.szDecimals));
    return { field, value: size, rule: `must be a multiple of the ${asset.name} lot ${lot}` };
  }
  return undefined;
}

/** The violation of the venue's least order value, or undefined. Reduce-only orders are exempt. */
export function checkNotional(
  price: Px | string,
  size: SizeBase | string,
  reduceOnly: boolean,
): RuleViolation | undefined {
  if (reduceOnly) return undefined;
  const notional = decimal(price).times(decimal(size));
  if (notional.gte(MIN_NOTIONAL_USD)) return undefined;
  return {
    field: 'notional',
    value: `${plain(notional)} USD`,
    rule: `must be at least ${MIN_NOTIONAL_USD} USD (price x size)`,
  };
}

/** Rounds to a legal price; the direction is the caller's, since it decides who pays the tick. */
export function roundPrice(
  asset: Pick<AssetSpec, 'szDecimals'>,
  price: Decimal | string,
  rounding: Rounding = ROUND_HALF_EVEN,
): Px {
  const value = decimal(price);
  if (value.lte(0)) throw new RangeError(`price ${plain(value)}: must be greater than 0`);
  // Digits before the point never need rounding: integers are always legal.
  const integerDigits = value.trunc().precision(true);
  const bySignificance = value.lt(1)
    ? value.toSignificantDigits(PRICE_SIGNIFICANT_FIGURES, rounding).decimalPlaces()
    : Math.max(0, PRICE_SIGNIFICANT_FIGURES - integerDigits);
  const places = Math.min(maxPriceDecimals(asset), bySignificance);
  const rounded = value.toDecimalPlaces(places, rounding);
  return plain(rounded) as Px;
}

/** Rounds a size down to whole lots; the result may be 0. */
export function roundSizeDown(
  asset: Pick<AssetSpec, 'szDecimals'>,
  size: Decimal | string,
): SizeBase {
  return plain(decimal(size).toDecimalPlaces(asset.szDecimals, ROUND_DOWN)) as SizeBase;
}
