/**
 * Exact money for the hot path: prices, sizes and USD as whole millionths in plain numbers.
 *
 * A perpetual's price has at most 6 - szDecimals decimals and a size at most szDecimals, so a
 * notional always has at most 6 and price x size is exact in millionths. Only rates and divisions
 * round, always toward zero. Every value is a safe integer (below 9,007,199,254.740992 units) and
 * never -0: what would not be is refused with a RangeError, never rounded. Floats are refused, as
 * is text with more decimals than the scale.
 */

/** Millionths of a USD, of a price or of a base unit: a safe integer. */
export type Micro = number;

/** Millionths summed over the whole venue and all time, which no bound holds. */
export type WideMicro = bigint;

/** A fee or funding rate in units of 1e-12: a safe integer. */
export type Rate = number;

export const MICRO = 1_000_000;
const MICRO_PLACES = 6;
const RATE_PLACES = 12;
const RATE_ONE = 10 ** RATE_PLACES;
const LEAST_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MOST_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

const MINUS_CODE = 45;
const POINT_CODE = 46;
const ZERO_CODE = 48;
const NINE_CODE = 57;
const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * The value, proved to be exact: a sum of two safe integers is safe, or is caught here.
 * @throws RangeError beyond the safe integers.
 */
export function exact(value: number, field = 'amount'): number {
  if (Number.isSafeInteger(value)) return value + 0;
  throw new RangeError(`${field} ${value}: must be a whole number within +-(2^53 - 1)`);
}

function exactFrom(value: bigint, field = 'amount'): number {
  if (value >= LEAST_SAFE && value <= MOST_SAFE) return Number(value);
  throw new RangeError(`${field} ${value}: must be a whole number within +-(2^53 - 1)`);
}

/**
 * Reads digits with at most one point between them in one pass; undefined when that is not so or
 * when the value is no safe integer, which `parseScaled` then says in words.
 */
function readDigits(text: string, from: number, places: number): number | undefined {
  let value = 0;
  let decimals = -1;
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === POINT_CODE && decimals < 0 && index > from) decimals = 0;
    else if (code < ZERO_CODE || code > NINE_CODE) return undefined;
    else {
      if (decimals >= 0) decimals += 1;
      value = value * 10 + (code - ZERO_CODE);
    }
  }
  if (decimals > places || decimals === 0 || text.length === from) return undefined;
  const scaled = value * 10 ** (places - Math.max(decimals, 0));
  return Number.isSafeInteger(value) && Number.isSafeInteger(scaled) ? scaled : undefined;
}

/**
 * A plain decimal as a whole number of units of 10^-places.
 * @throws RangeError for other text, for more decimals, and beyond the safe integers.
 */
export function parseScaled(text: string, places: number, field: string): number {
  const isNegative = text.charCodeAt(0) === MINUS_CODE;
  const value = readDigits(text, isNegative ? 1 : 0, places);
  if (value !== undefined) return isNegative ? 0 - value : value;
  const match = PLAIN.exec(text);
  if (!match) throw new RangeError(`${field} ${JSON.stringify(text)}: must be a plain decimal`);
  const [, sign, whole = '0', digits = ''] = match;
  const significant = digits.replace(/0+$/, '');
  if (significant.length > places) {
    throw new RangeError(`${field} ${JSON.stringify(text)}: must have at most ${places} decimals`);
  }
  const magnitude = Number(whole + significant.padEnd(places, '0'));
  if (!Number.isSafeInteger(magnitude)) {
    const most = plainText(Number.MAX_SAFE_INTEGER, places);
    throw new RangeError(`${field} ${JSON.stringify(text)}: must be at most ${most}`);
  }
  return sign === '-' ? 0 - magnitude : magnitude;
}

/** @throws RangeError unless the text is a plain decimal with at most 6 decimals. */
export const toMicro = (text: string, field = 'number'): Micro =>
  parseScaled(text, MICRO_PLACES, field);

/** An amount that is not negative, as others wrote it; undefined when it cannot be read exactly. */
export function readAmount(text: string): Micro | undefined {
  try {
    const amount = toMicro(text);
    return amount >= 0 ? amount : undefined;
  } catch {
    return undefined;
  }
}

/** Like `parseScaled`, for numbers that are no money: further decimals are cut off. */
export function truncateScaled(text: string, places: number, field: string): number {
  const point = text.indexOf('.');
  const isPlain = PLAIN.test(text);
  const cut = isPlain && point >= 0 ? text.slice(0, point + (places > 0 ? places + 1 : 0)) : text;
  return parseScaled(cut, places, field);
}

export const truncateToMicro = (text: string, field = 'number'): Micro =>
  truncateScaled(text, MICRO_PLACES, field);

/** @throws RangeError unless the text is a plain decimal with at most 12 decimals. */
export const toRate = (text: string, field = 'rate'): Rate => parseScaled(text, RATE_PLACES, field);

/** By its two halves, which are small enough to be written fast: most numbers of a book are these. */
function microText(value: number): string {
  const size = Math.abs(value);
  let rest = size % MICRO;
  const whole = `${value < 0 ? '-' : ''}${(size - rest) / MICRO}`;
  if (rest === 0) return whole;
  let places = MICRO_PLACES;
  for (; rest % 10 === 0; rest /= 10) places -= 1;
  return `${whole}.${String(rest).padStart(places, '0')}`;
}

/** Plain text of a scaled integer without trailing zeros: `100`, `0.5`, `-0.000001`. */
export function plainText(value: number | bigint, places = MICRO_PLACES): string {
  if (typeof value === 'number' && places === MICRO_PLACES) return microText(value);
  const digits = String(value < 0 ? -value : value).padStart(places + 1, '0');
  const sign = value < 0 ? '-' : '';
  const point = digits.length - places;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === ZERO_CODE) end -= 1;
  const whole = digits.slice(0, point);
  return end === point ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(point, end)}`;
}

/** Wire text: like plain text, but always with a decimal point (`100.0`). */
export function wireText(value: number | bigint, places = MICRO_PLACES): string {
  const text = plainText(value, places);
  return text.includes('.') ? text : `${text}.0`;
}

/** Wire text of a rate. */
export const rateText = (rate: Rate): string => wireText(rate, RATE_PLACES);

/** `-value`, but never -0. */
export const negated = (value: number): number => 0 - value;

/**
 * a / b for safe integers and a positive b, truncated toward zero. The rounded quotient of two whole
 * numbers below 2^53 never reaches the next whole number, so that cutting it off is exact; a remainder
 * would cost five times as much.
 */
export const quotient = (a: number, b: number): number => Math.trunc(a / b) + 0;

/** a x b / c for whole numbers and a positive c, truncated toward zero, however large a x b is. */
export function mulDiv(a: number, b: number, c: number): number {
  const product = a * b;
  if (Number.isSafeInteger(product)) return quotient(product + 0, c);
  const over = a % c;
  const wholes = ((a - over) / c) * b;
  const rest = over * b;
  if (Number.isSafeInteger(wholes) && Number.isSafeInteger(rest)) {
    return exact(wholes + quotient(rest, c));
  }
  return exactFrom((BigInt(a) * BigInt(b)) / BigInt(c));
}

/**
 * Price x size in USD: exact for legal prices and sizes.
 * With both split at the decimal point, every part is no larger than the whole.
 * @throws RangeError when the value is beyond the safe integers.
 */
export function notional(px: Micro, sz: Micro): Micro {
  const wholePx = Math.trunc(px / MICRO);
  const wholeSz = Math.trunc(sz / MICRO);
  const pxFraction = px - wholePx * MICRO;
  const szFraction = sz - wholeSz * MICRO;
  const fractions = quotient(pxFraction * szFraction, MICRO);
  return exact(wholePx * sz + pxFraction * wholeSz + fractions, 'notional');
}

/** USD x rate, truncated toward zero to millionths (the venue's rule for fees). */
export function applyRate(usd: Micro, rate: Rate): Micro {
  const dollars = Math.trunc(usd / MICRO);
  const cents = usd - dollars * MICRO;
  const whole = dollars * rate;
  // Cutting off the part below a millionth twice is cutting it off once, signs being the same.
  const sum = whole + quotient(cents * rate, MICRO);
  const isExact = Number.isSafeInteger(cents * rate) && Number.isSafeInteger(sum);
  return isExact ? quotient(sum, MICRO) + 0 : mulDiv(usd, rate, RATE_ONE);
}

/** The price at which this much USD bought this size, rounded to `places` decimals; 0 for no size. */
export function averagePx(usd: Micro, sz: Micro, places: number): Micro {
  if (sz === 0) return 0;
  return roundToStep(mulDiv(usd, MICRO, sz), 10 ** (MICRO_PLACES - places));
}

/** The nearest multiple of `step`, halves away from zero. */
export function roundToStep(value: number, step: number): number {
  const half = quotient(step, 2);
  const shifted = value < 0 ? value - half : value + half;
  return exact(Math.trunc(shifted / step) * step);
}
