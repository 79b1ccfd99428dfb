/**
 * Exact decimal arithmetic and the branded decimal strings that money travels in.
 *
 * Prices, sizes and money are decimal strings on every boundary (histories, ledger, wire) and
 * `Decimal` only inside a computation. Floats are refused: a float has already lost the answer.
 */
import { Decimal as DecimalJs } from 'decimal.js';

/** A private clone, so that no other user of decimal.js can change our precision or rounding. */
const Clone = DecimalJs.clone({
  precision: 60,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -60,
  toExpPos: 60,
});

export type Decimal = DecimalJs;

declare const unit: unique symbol;
type DecimalString<Unit extends string> = string & { readonly [unit]: Unit };

/** A price in USD for one unit of the base asset. */
export type Px = DecimalString<'Px'>;
/** A size in units of the base asset; unsigned unless a name says `signed`. */
export type SizeBase = DecimalString<'SizeBase'>;
/** An amount of money in USD (the venue's USDC). */
export type Usd = DecimalString<'Usd'>;
/** A pure ratio: 0.01 is one per cent. */
export type Fraction = DecimalString<'Fraction'>;

const PLAIN_DECIMAL = /^-?\d+(\.\d+)?$/;

/** Whether the text is a plain decimal number: digits, at most one point, no exponent, finite. */
export function isDecimalText(text: string): boolean {
  return PLAIN_DECIMAL.test(text);
}

/** Texts that were read a moment ago: the same few prices and sizes are read again and again. */
const recent = new Map<string, Decimal>();
const MOST_RECENT = 4_096;

function read(text: string): Decimal {
  const known = recent.get(text);
  if (known !== undefined) return known;
  if (!isDecimalText(text)) {
    throw new RangeError(`${JSON.stringify(text)} is no plain decimal number`);
  }
  const value = new Clone(text);
  if (recent.size >= MOST_RECENT) recent.clear();
  recent.set(text, value);
  return value;
}

/**
 * Reads a decimal, which never changes. Text must be plain (`-12.5`); a number must be a safe
 * integer.
 * @throws RangeError on NaN, infinities, exponents, empty text and fractional floats.
 */
export function decimal(value: string | number | Decimal): Decimal {
  if (typeof value === 'string') return read(value);
  if (typeof value !== 'number') return value instanceof Clone ? value : new Clone(value);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is no safe integer: pass decimals as text`);
  }
  return new Clone(value);
}

/** Reads a float that has no exact meaning of its own (an indicator's value) at 15 digits. */
export function decimalFromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
  return new Clone(value.toPrecision(15));
}

/** The shortest plain text of a decimal: no exponent, no trailing zeros, `0` for minus zero. */
export function plain(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

export const ZERO: Decimal = new Clone(0);
export const ONE: Decimal = new Clone(1);

/** What `plain` gives: no leading zero but the one before a point, no trailing zero after it. */
const SHORTEST = /^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/;

const plainOf = (value: string | number | Decimal): string =>
  typeof value === 'string' && SHORTEST.test(value) ? value : plain(decimal(value));

export const px = (value: string | number | Decimal): Px => plainOf(value) as Px;
export const sizeBase = (value: string | number | Decimal): SizeBase => plainOf(value) as SizeBase;
export const usd = (value: string | number | Decimal): Usd => plainOf(value) as Usd;
export const fraction = (value: string | number | Decimal): Fraction => plainOf(value) as Fraction;

export const ROUND_UP = DecimalJs.ROUND_UP;
export const ROUND_DOWN = DecimalJs.ROUND_DOWN;
export const ROUND_CEIL = DecimalJs.ROUND_CEIL;
export const ROUND_FLOOR = DecimalJs.ROUND_FLOOR;
export const ROUND_HALF_EVEN = DecimalJs.ROUND_HALF_EVEN;
export const ROUND_HALF_UP = DecimalJs.ROUND_HALF_UP;
export type Rounding = DecimalJs.Rounding;
