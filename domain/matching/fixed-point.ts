/**
 * Exact money for the hot path: prices, sizes and USD as bigint millionths.
 *
 * A perpetual's price has at most 6 - szDecimals decimals and a size at most szDecimals, so a
 * notional always has at most 6 and price x size is exact in millionths. Only rates and divisions
 * round, always toward zero. Floats are refused, as is text with more decimals than the scale.
 */

/** Millionths of a USD, of a price or of a base unit. */
export type Micro = bigint;

export const MICRO = 1_000_000n;
const MICRO_PLACES = 6;
/** Rates (fees, funding) are kept in units of 1e-12. */
const RATE_PLACES = 12;
const RATE_ONE = 10n ** BigInt(RATE_PLACES);

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;

/** @throws RangeError unless the text is a plain decimal with at most `places` decimals. */
function parseScaled(text: string, places: number, field: string): bigint {
  const match = PLAIN.exec(text);
  if (!match) throw new RangeError(`${field} ${JSON.stringify(text)}: must be a plain decimal`);
  const [, sign, whole = '0', digits = ''] = match;
  const significant = digits.replace(/0+$/, '');
  if (significant.length > places) {
    throw new RangeError(`${field} ${JSON.stringify(text)}: must have at most ${places} decimals`);
  }
  const magnitude = BigInt(whole + significant.padEnd(places, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** @throws RangeError unless the text is a plain decimal with at most 6 decimals. */
export const toMicro = (text: string, field = 'number'): Micro =>
  parseScaled(text, MICRO_PLACES, field);

/** Like `toMicro`, for numbers that are no money: decimals beyond the sixth are cut off. */
export const truncateToMicro = (text: string, field = 'number'): Micro =>
  toMicro(text.replace(/(\.\d{6})\d+$/, '$1'), field);

/** @throws RangeError unless the text is a plain decimal with at most 12 decimals. */
export const toRate = (text: string, field = 'rate'): bigint =>
  parseScaled(text, RATE_PLACES, field);

/** Plain text of a scaled integer without trailing zeros: `100`, `0.5`, `-0.000001`. */
export function plainText(value: bigint, places = MICRO_PLACES): string {
  const sign = value < 0n ? '-' : '';
  const digits = magnitude(value)
    .toString()
    .padStart(places + 1, '0');
  const decimals = digits.slice(digits.length - places).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - places);
  return decimals === '' ? `${sign}${whole}` : `${sign}${whole}.${decimals}`;
}

/** Wire text: like plain text, but always with a decimal point (`100.0`). */
export function wireText(value: bigint, places = MICRO_PLACES): string {
  const text = plainText(value, places);
  return text.includes('.') ? text : `${text}.0`;
}

export const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const signOf = (value: bigint): bigint => (value > 0n ? 1n : value < 0n ? -1n : 0n);

/** Price x size in USD: exact for legal prices and sizes. */
export const notional = (px: Micro, sz: Micro): Micro => (px * sz) / MICRO;

/** USD x rate, truncated toward zero to millionths (the venue's rule for fees). */
export const applyRate = (usd: Micro, rate: bigint): Micro => (usd * rate) / RATE_ONE;

/** The price at which this much USD bought this size, rounded to `places` decimals; 0 for no size. */
export function averagePx(usd: Micro, sz: Micro, places: number): Micro {
  if (sz === 0n) return 0n;
  return roundToStep((usd * MICRO) / sz, 10n ** BigInt(MICRO_PLACES - places));
}

/** The nearest multiple of `step`, halves away from zero. */
export function roundToStep(value: bigint, step: bigint): bigint {
  const half = step / 2n;
  const shifted = value < 0n ? value - half : value + half;
  return (shifted / step) * step;
}
