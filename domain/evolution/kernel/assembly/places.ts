/** Where things are in the memory, in bytes: `../record.ts` has the same in doubles. */

export const RECORD_BYTES: usize = 48 * 8;
export const RSI_UP: usize = 0;
export const RSI_SUM: usize = 8;
export const FAST: usize = 16;
export const SLOW: usize = 24;
export const DISTANCE: usize = 32;
export const VARIANCE: usize = 40;
export const RSI_LOW: usize = 48;
export const RSI_HIGH: usize = 56;
export const BAND_SQUARE: usize = 64;
export const LONG_VOTES: usize = 72;
export const SHORT_VOTES: usize = 80;
export const STOP_LONG: usize = 120;
export const STOP_SHORT: usize = 128;
export const TARGET_LONG: usize = 136;
export const TARGET_SHORT: usize = 144;
export const TRAIL_LONG: usize = 152;
export const TRAIL_SHORT: usize = 160;
export const SIZE_FRACTION: usize = 168;
export const MOST_BARS: usize = 176;
export const BALANCE: usize = 192;
export const QUANTITY: usize = 200;
export const ENTRY_PX: usize = 208;
export const BEST_PX: usize = 216;
export const STOP_PX: usize = 224;
export const TARGET_PX: usize = 232;
export const BALANCE_AT_ENTRY: usize = 240;
export const LAST_BAR: usize = 248;
export const DIRECTION: usize = 256;
export const PENDING: usize = 264;
export const EQUITY: usize = 272;
export const SUM: usize = 280;
export const SUM_SQUARES: usize = 288;
export const SUM_DOWN_SQUARES: usize = 296;
export const PEAK: usize = 304;
export const DEEPEST: usize = 312;
export const TRADES: usize = 320;
export const WINS: usize = 328;
export const GROSS_PROFIT: usize = 336;
export const GROSS_LOSS: usize = 344;

export const TILE_BARS: i32 = 512;
export const TILE_WORDS: i32 = 16;
/** In the scratch space: longs, shorts, then a table of verdicts for each vote of the EMAs. */
export const SHORTS: usize = 64;
export const TABLE: usize = 128;
