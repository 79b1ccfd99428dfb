/**
 * One strategy's account over one tile. Bars without a position change nothing but their count, so the
 * walk leaps from signal to signal; the bars of a position run in one loop over local variables.
 */
import { AT, BOUGHT, SOLD } from './record.ts';
import { TILE_BARS, TILE_WORDS } from './tile-signals.ts';
import { FEE_RATE } from './workload.ts';

/** Where the bars are, as indexes of doubles, and what funding costs. */
export interface TileMarket {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly fundingBars: number;
  /** Of the notional, each payment. */
  readonly fundingRate: number;
}

const CLOSE = 2;

/** The first set bit of a tile's set at or after `bit`; `TILE_BARS` when there is none. */
function nextBit(bits: Int32Array, set: number, bit: number): number {
  if (bit >= TILE_BARS) return TILE_BARS;
  let word = bit >> 5;
  let rest = (bits[set + word] as number) & (-1 << (bit & 31));
  while (rest === 0) {
    word += 1;
    if (word === TILE_WORDS) return TILE_BARS;
    rest = bits[set + word] as number;
  }
  return (word << 5) + 31 - Math.clz32(rest & -rest);
}

/** The same in both sets together. */
function nextSignal(bits: Int32Array, bit: number): number {
  if (bit >= TILE_BARS) return TILE_BARS;
  let word = bit >> 5;
  let rest = ((bits[word] as number) | (bits[TILE_WORDS + word] as number)) & (-1 << (bit & 31));
  while (rest === 0) {
    word += 1;
    if (word === TILE_WORDS) return TILE_BARS;
    rest = (bits[word] as number) | (bits[TILE_WORDS + word] as number);
  }
  return (word << 5) + 31 - Math.clz32(rest & -rest);
}

/** Buys or sells at the open of bar t. */
function enter(f64: Float64Array, record: number, market: TileMarket, t: number): void {
  const direction = f64[record + AT.pending] as number;
  const isLong = direction > 0;
  const balance = f64[record + AT.balance] as number;
  const px = (f64[market.open + t] as number) * (isLong ? BOUGHT : SOLD);
  const quantity = (direction * (f64[record + AT.sizeFraction] as number) * balance) / px;
  f64[record + AT.balanceAtEntry] = balance;
  f64[record + AT.balance] = balance - Math.abs(quantity) * px * FEE_RATE;
  f64[record + AT.quantity] = quantity;
  f64[record + AT.entryPx] = px;
  f64[record + AT.bestPx] = px;
  f64[record + AT.stopPx] = px * (f64[record + (isLong ? AT.stopLong : AT.stopShort)] as number);
  f64[record + AT.targetPx] =
    px * (f64[record + (isLong ? AT.targetLong : AT.targetShort)] as number);
  f64[record + AT.lastBar] = t + (f64[record + AT.mostBars] as number) - 1;
  f64[record + AT.direction] = direction;
  f64[record + AT.pending] = 0;
}

/** Closes the position at a price, records the trade, and marks the bar's equity. */
function leave(f64: Float64Array, record: number, px: number): void {
  const quantity = f64[record + AT.quantity] as number;
  const fee = Math.abs(quantity) * px * FEE_RATE;
  const gained = quantity * (px - (f64[record + AT.entryPx] as number)) - fee;
  const balance = (f64[record + AT.balance] as number) + gained;
  const net = balance - (f64[record + AT.balanceAtEntry] as number);
  f64[record + AT.trades] = (f64[record + AT.trades] as number) + 1;
  if (net > 0) {
    f64[record + AT.wins] = (f64[record + AT.wins] as number) + 1;
    f64[record + AT.grossProfit] = (f64[record + AT.grossProfit] as number) + net;
  } else {
    f64[record + AT.grossLoss] = (f64[record + AT.grossLoss] as number) - net;
  }
  f64[record + AT.balance] = balance;
  f64[record + AT.quantity] = 0;
  f64[record + AT.direction] = 0;
  f64[record + AT.pending] = 0;
  const change = balance / (f64[record + AT.equity] as number) - 1;
  const down = 0.5 * (change - Math.abs(change));
  f64[record + AT.sum] = (f64[record + AT.sum] as number) + change;
  f64[record + AT.sumSquares] = (f64[record + AT.sumSquares] as number) + change * change;
  f64[record + AT.sumDownSquares] = (f64[record + AT.sumDownSquares] as number) + down * down;
  f64[record + AT.equity] = balance;
  const peak = f64[record + AT.peak] as number;
  if (balance > peak) f64[record + AT.peak] = balance;
  else if (balance < peak * (f64[record + AT.deepest] as number)) {
    f64[record + AT.deepest] = balance / peak;
  }
}

/**
 * The bars of a position from t to `last`, as if it were long: a short one is the same with its prices
 * negated, which is exact.
 * @returns the bar of its exit by stop or target, or `last + 1` when it is still held
 */
function hold(
  f64: Float64Array,
  record: number,
  market: TileMarket,
  from: number,
  last: number,
): number {
  const { open, close, fundingBars, fundingRate } = market;
  const sign = f64[record + AT.direction] as number;
  const isLong = sign > 0;
  const bad = isLong ? market.low : market.high;
  const good = isLong ? market.high : market.low;
  const keep = f64[record + (isLong ? AT.trailLong : AT.trailShort)] as number;
  const entry = f64[record + AT.entryPx] as number;
  const quantity = f64[record + AT.quantity] as number;
  const stop0 = sign * (f64[record + AT.stopPx] as number);
  const target = sign * (f64[record + AT.targetPx] as number);
  let best = sign * (f64[record + AT.bestPx] as number);
  let stop = Math.max(best * keep, stop0);
  let balance = f64[record + AT.balance] as number;
  let equity = f64[record + AT.equity] as number;
  let sum = f64[record + AT.sum] as number;
  let squares = f64[record + AT.sumSquares] as number;
  let downSquares = f64[record + AT.sumDownSquares] as number;
  let peak = f64[record + AT.peak] as number;
  let deepest = f64[record + AT.deepest] as number;
  let funding = Math.ceil(from / fundingBars) * fundingBars;
  let exit = 0;
  let t = from;
  for (; t <= last; t += 1) {
    if (t === funding) {
      balance -= quantity * (f64[open + t] as number) * fundingRate;
      funding += fundingBars;
    }
    if (sign * (f64[bad + t] as number) <= stop) {
      const seen = sign * (f64[open + t] as number);
      exit = sign * Math.min(seen, stop) * (isLong ? SOLD : BOUGHT);
      break;
    }
    const reached = sign * (f64[good + t] as number);
    if (reached >= target) {
      const seen = sign * (f64[open + t] as number);
      exit = sign * Math.max(seen, target);
      break;
    }
    if (reached > best) {
      best = reached;
      if (best * keep > stop0) stop = best * keep;
    }
    const marked = balance + quantity * ((f64[close + t] as number) - entry);
    const change = marked / equity - 1;
    const down = 0.5 * (change - Math.abs(change));
    equity = marked;
    sum += change;
    squares += change * change;
    downSquares += down * down;
    if (marked > peak) peak = marked;
    else if (marked < peak * deepest) deepest = marked / peak;
  }
  f64[record + AT.bestPx] = sign * best;
  f64[record + AT.balance] = balance;
  f64[record + AT.equity] = equity;
  f64[record + AT.sum] = sum;
  f64[record + AT.sumSquares] = squares;
  f64[record + AT.sumDownSquares] = downSquares;
  f64[record + AT.peak] = peak;
  f64[record + AT.deepest] = deepest;
  if (exit !== 0) leave(f64, record, exit);
  return t;
}

/** Runs the account over the bars from `from` up to, but without, `to`: at most a tile. */
export function walkTile(
  f64: Float64Array,
  bits: Int32Array,
  record: number,
  market: TileMarket,
  from: number,
  to: number,
): void {
  let t = from;
  while (t < to) {
    if (f64[record + AT.direction] === 0) {
      if (f64[record + AT.pending] === 0) {
        const bit = nextSignal(bits, t - from);
        t = from + bit;
        if (t >= to) return;
        const isLong = ((bits[bit >> 5] as number) >>> (bit & 31)) & 1;
        f64[record + AT.pending] = isLong === 1 ? 1 : -1;
        t += 1;
        continue;
      }
      enter(f64, record, market, t);
    } else if (f64[record + AT.pending] === CLOSE) {
      const isLong = (f64[record + AT.direction] as number) > 0;
      leave(f64, record, (f64[market.open + t] as number) * (isLong ? SOLD : BOUGHT));
      continue;
    }
    const against = (f64[record + AT.direction] as number) > 0 ? TILE_WORDS : 0;
    const signal = from + nextBit(bits, against, t - from);
    const held = f64[record + AT.lastBar] as number;
    const closing = Math.min(signal, held);
    const last = closing < to ? closing : to - 1;
    t = hold(f64, record, market, t, last);
    if (t > last && last === closing) f64[record + AT.pending] = CLOSE;
  }
}
