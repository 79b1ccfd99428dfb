/** One strategy's signals over one tile, as bit sets: which closes ask for long, and which for short. */
import { AT } from './record.ts';

/** Bars of a tile: short calls, so that V8 optimises whole functions, and columns that stay in cache. */
export const TILE_BARS = 512;
export const TILE_WORDS = TILE_BARS / 32;

/**
 * Bit i of word w is bar `from + 32 w + i`; longs first, shorts `TILE_WORDS` later.
 * @param from a multiple of the tile
 */
export function tileSignals(
  f64: Float64Array,
  bits: Int32Array,
  record: number,
  from: number,
  to: number,
): void {
  const rsiUp = f64[record + AT.rsiUp] as number;
  const rsiSum = f64[record + AT.rsiSum] as number;
  const fast = f64[record + AT.fast] as number;
  const slow = f64[record + AT.slow] as number;
  const distance = f64[record + AT.distance] as number;
  const variance = f64[record + AT.variance] as number;
  const low = f64[record + AT.rsiLow] as number;
  const high = f64[record + AT.rsiHigh] as number;
  const square = f64[record + AT.bandSquare] as number;
  const longVotes = f64[record + AT.longVotes] as number | 0;
  const shortVotes = f64[record + AT.shortVotes] as number | 0;
  let word = 0;
  for (let start = from; start < to; start += 32) {
    const end = Math.min(start + 32, to);
    let [long, short] = [0, 0];
    for (let t = start; t < end; t += 1) {
      const up = f64[rsiUp + t] as number;
      const sum = f64[rsiSum + t] as number;
      const dx = f64[distance + t] as number;
      const isAbove = Number((f64[fast + t] as number) > (f64[slow + t] as number));
      const isLow = Number(up < low * sum);
      const isHigh = Number(up > high * sum);
      const isOut = Number(dx * dx > square * (f64[variance + t] as number));
      const isUpper = Number(dx >= 0);
      const code = 3 * isAbove + 6 * isLow + 12 * isHigh + isOut + (isOut & isUpper);
      long |= ((longVotes >>> code) & 1) << (t & 31);
      short |= ((shortVotes >>> code) & 1) << (t & 31);
    }
    bits[word] = long;
    bits[TILE_WORDS + word] = short;
    word += 1;
  }
}
