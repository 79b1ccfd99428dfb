/**
 * Decimal text in bytes to the nearest double. Up to 15 digits with a point are read by one division
 * of two exact doubles, which rounds correctly (Clinger, "How to read floating point numbers
 * accurately", 1990); everything else goes the slow and general way.
 */

const MOST_EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const [ZERO, NINE, POINT, MINUS] = [48, 57, 46, 45];

/** NaN for anything that is no number, an empty text included. */
export function numberFrom(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at += 1;
  let [whole, digits, decimals] = [0, 0, -1];
  for (; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) {
      whole = whole * 10 + (byte - ZERO);
      if (whole > 0) digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (byte === POINT && decimals < 0) {
      decimals = 0;
    } else {
      return slowNumberFrom(bytes, from, to);
    }
  }
  if (digits > MOST_EXACT_DIGITS || decimals > 22 || to - from < 1) {
    return slowNumberFrom(bytes, from, to);
  }
  if (digits === 0 && whole === 0 && !hasDigit(bytes, from, to)) return Number.NaN;
  const value = decimals > 0 ? whole / (POWERS[decimals] as number) : whole;
  return isNegative ? -value : value;
}

function hasDigit(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) return true;
  }
  return false;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function slowNumberFrom(bytes: Uint8Array, from: number, to: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
    .toString('latin1')
    .trim();
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}
