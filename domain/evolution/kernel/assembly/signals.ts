/** `../tile-signals.ts`, sixteen bars at a time. */
import {
  BAND_SQUARE,
  DISTANCE,
  FAST,
  LONG_VOTES,
  RSI_HIGH,
  RSI_LOW,
  RSI_SUM,
  RSI_UP,
  SHORTS,
  SHORT_VOTES,
  SLOW,
  TABLE,
  VARIANCE,
} from './places';

/** Tables of nine verdicts, RSI's vote times 3 plus the bands' vote: bit 7 is long, bit 6 short. */
@inline
function writeTables(record: usize, scratch: usize): void {
  const longs = <i32>load<f64>(record + LONG_VOTES);
  const shorts = <i32>load<f64>(record + SHORT_VOTES);
  for (let rsi = 0; rsi < 3; rsi += 1) {
    for (let band = 0; band < 3; band += 1) {
      const code = 6 * rsi + band;
      const at = scratch + TABLE + <usize>(3 * rsi + band);
      store<u8>(at, (((longs >> code) & 1) << 7) | (((shorts >> code) & 1) << 6));
      const above = code + 3;
      store<u8>(at + 16, (((longs >> above) & 1) << 7) | (((shorts >> above) & 1) << 6));
    }
  }
}

/** The even 32-bit lanes of two masks of two doubles each. */
@inline
function lanes4(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** Number of the votes of four bars: 3 and 6 for the RSI's, 1 and 2 for the bands', 16 for the EMAs'. */
@inline
function votes4(
  o: usize,
  rsiUp: usize,
  rsiSum: usize,
  fast: usize,
  slow: usize,
  distance: usize,
  variance: usize,
  low: v128,
  high: v128,
  square: v128,
): v128 {
  const upA = v128.load(rsiUp + o);
  const upB = v128.load(rsiUp + o, 16);
  const sumA = v128.load(rsiSum + o);
  const sumB = v128.load(rsiSum + o, 16);
  const isLow = lanes4(
    f64x2.lt(upA, f64x2.mul(low, sumA)),
    f64x2.lt(upB, f64x2.mul(low, sumB)),
  );
  const isHigh = lanes4(
    f64x2.gt(upA, f64x2.mul(high, sumA)),
    f64x2.gt(upB, f64x2.mul(high, sumB)),
  );
  const isAbove = lanes4(
    f64x2.gt(v128.load(fast + o), v128.load(slow + o)),
    f64x2.gt(v128.load(fast + o, 16), v128.load(slow + o, 16)),
  );
  const dxA = v128.load(distance + o);
  const dxB = v128.load(distance + o, 16);
  const isOut = lanes4(
    f64x2.gt(f64x2.mul(dxA, dxA), f64x2.mul(square, v128.load(variance + o))),
    f64x2.gt(f64x2.mul(dxB, dxB), f64x2.mul(square, v128.load(variance + o, 16))),
  );
  const zero = f64x2.splat(0);
  const isUpper = lanes4(f64x2.ge(dxA, zero), f64x2.ge(dxB, zero));
  const rsi = v128.or(v128.and(isLow, i32x4.splat(3)), v128.and(isHigh, i32x4.splat(6)));
  // A mask is -1: taken off it counts 1.
  const band = i32x4.sub(v128.and(isOut, i32x4.splat(1)), v128.and(isOut, isUpper));
  return v128.or(i32x4.add(rsi, band), v128.and(isAbove, i32x4.splat(16)));
}

/** Bars after the last of the data are read too and mean nothing: nobody looks at their bits. */
export function tileSignals(record: usize, scratch: usize, from: i32, to: i32): void {
  const rsiUp = <usize>load<f64>(record + RSI_UP) << 3;
  const rsiSum = <usize>load<f64>(record + RSI_SUM) << 3;
  const fast = <usize>load<f64>(record + FAST) << 3;
  const slow = <usize>load<f64>(record + SLOW) << 3;
  const distance = <usize>load<f64>(record + DISTANCE) << 3;
  const variance = <usize>load<f64>(record + VARIANCE) << 3;
  const low = f64x2.splat(load<f64>(record + RSI_LOW));
  const high = f64x2.splat(load<f64>(record + RSI_HIGH));
  const square = f64x2.splat(load<f64>(record + BAND_SQUARE));
  writeTables(record, scratch);
  const below = v128.load(scratch + TABLE);
  const above = v128.load(scratch + TABLE + 16);
  const flip = i8x16.splat(16);
  let out = scratch;
  const end = <usize>to << 3;
  for (let o = <usize>from << 3; o < end; o += 128) {
    const a = votes4(o, rsiUp, rsiSum, fast, slow, distance, variance, low, high, square);
    const b = votes4(o + 32, rsiUp, rsiSum, fast, slow, distance, variance, low, high, square);
    const c = votes4(o + 64, rsiUp, rsiSum, fast, slow, distance, variance, low, high, square);
    const d = votes4(o + 96, rsiUp, rsiSum, fast, slow, distance, variance, low, high, square);
    const codes = i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(a, b),
      i16x8.narrow_i32x4_s(c, d),
    );
    // A place of 16 and more is read as 0: each table answers for its own bars.
    const verdict = v128.or(
      i8x16.swizzle(below, codes),
      i8x16.swizzle(above, v128.xor(codes, flip)),
    );
    store<u16>(out, <u16>i8x16.bitmask(verdict));
    store<u16>(out + SHORTS, <u16>i8x16.bitmask(i8x16.add(verdict, verdict)));
    out += 2;
  }
}
