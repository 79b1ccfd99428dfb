/** `../tile-walk.ts`, operation by operation. */
import {
  STOP_LONG,
  STOP_SHORT,
  TARGET_LONG,
  TARGET_SHORT,
  TRAIL_LONG,
  TRAIL_SHORT,
  SIZE_FRACTION,
  MOST_BARS,
  BALANCE,
  QUANTITY,
  ENTRY_PX,
  BEST_PX,
  STOP_PX,
  TARGET_PX,
  BALANCE_AT_ENTRY,
  LAST_BAR,
  DIRECTION,
  PENDING,
  EQUITY,
  SUM,
  SUM_SQUARES,
  SUM_DOWN_SQUARES,
  PEAK,
  DEEPEST,
  TRADES,
  WINS,
  GROSS_PROFIT,
  GROSS_LOSS,
  TILE_BARS,
  TILE_WORDS,
  SHORTS,
} from './places';

const FEE_RATE: f64 = 0.00045;
const SLIP_RATE: f64 = 0.0002;
const BOUGHT: f64 = 1 + SLIP_RATE;
const SOLD: f64 = 1 - SLIP_RATE;
const CLOSE: f64 = 2;

@inline
function nextBit(set: usize, bit: i32): i32 {
  if (bit >= TILE_BARS) return TILE_BARS;
  let word = bit >> 5;
  let rest = load<i32>(set + (<usize>word << 2)) & (-1 << (bit & 31));
  while (rest == 0) {
    word += 1;
    if (word == TILE_WORDS) return TILE_BARS;
    rest = load<i32>(set + (<usize>word << 2));
  }
  return (word << 5) + ctz<i32>(rest);
}

@inline
function wordOfBoth(scratch: usize, word: i32): i32 {
  const at = scratch + (<usize>word << 2);
  return load<i32>(at) | load<i32>(at, SHORTS);
}

@inline
function nextSignal(scratch: usize, bit: i32): i32 {
  if (bit >= TILE_BARS) return TILE_BARS;
  let word = bit >> 5;
  let rest = wordOfBoth(scratch, word) & (-1 << (bit & 31));
  while (rest == 0) {
    word += 1;
    if (word == TILE_WORDS) return TILE_BARS;
    rest = wordOfBoth(scratch, word);
  }
  return (word << 5) + ctz<i32>(rest);
}

function enter(record: usize, open: usize, t: i32): void {
  const direction = load<f64>(record, PENDING);
  const isLong = direction > 0;
  const balance = load<f64>(record, BALANCE);
  const px = load<f64>(open + (<usize>t << 3)) * (isLong ? BOUGHT : SOLD);
  const quantity = (direction * load<f64>(record, SIZE_FRACTION) * balance) / px;
  store<f64>(record, balance, BALANCE_AT_ENTRY);
  store<f64>(record, balance - Math.abs(quantity) * px * FEE_RATE, BALANCE);
  store<f64>(record, quantity, QUANTITY);
  store<f64>(record, px, ENTRY_PX);
  store<f64>(record, px, BEST_PX);
  store<f64>(record, px * load<f64>(record + (isLong ? STOP_LONG : STOP_SHORT)), STOP_PX);
  store<f64>(record, px * load<f64>(record + (isLong ? TARGET_LONG : TARGET_SHORT)), TARGET_PX);
  store<f64>(record, <f64>t + load<f64>(record, MOST_BARS) - 1, LAST_BAR);
  store<f64>(record, direction, DIRECTION);
  store<f64>(record, 0, PENDING);
}

function leave(record: usize, px: f64): void {
  const quantity = load<f64>(record, QUANTITY);
  const fee = Math.abs(quantity) * px * FEE_RATE;
  const gained = quantity * (px - load<f64>(record, ENTRY_PX)) - fee;
  const balance = load<f64>(record, BALANCE) + gained;
  const net = balance - load<f64>(record, BALANCE_AT_ENTRY);
  store<f64>(record, load<f64>(record, TRADES) + 1, TRADES);
  if (net > 0) {
    store<f64>(record, load<f64>(record, WINS) + 1, WINS);
    store<f64>(record, load<f64>(record, GROSS_PROFIT) + net, GROSS_PROFIT);
  } else {
    store<f64>(record, load<f64>(record, GROSS_LOSS) - net, GROSS_LOSS);
  }
  store<f64>(record, balance, BALANCE);
  store<f64>(record, 0, QUANTITY);
  store<f64>(record, 0, DIRECTION);
  store<f64>(record, 0, PENDING);
  const change = balance / load<f64>(record, EQUITY) - 1;
  const down = 0.5 * (change - Math.abs(change));
  store<f64>(record, load<f64>(record, SUM) + change, SUM);
  store<f64>(record, load<f64>(record, SUM_SQUARES) + change * change, SUM_SQUARES);
  store<f64>(record, load<f64>(record, SUM_DOWN_SQUARES) + down * down, SUM_DOWN_SQUARES);
  store<f64>(record, balance, EQUITY);
  const peak = load<f64>(record, PEAK);
  if (balance > peak) store<f64>(record, balance, PEAK);
  else if (balance < peak * load<f64>(record, DEEPEST)) store<f64>(record, balance / peak, DEEPEST);
}

function hold(
  record: usize,
  open: usize,
  high: usize,
  low: usize,
  close: usize,
  fundingBars: i32,
  fundingRate: f64,
  from: i32,
  last: i32,
): i32 {
  const sign = load<f64>(record, DIRECTION);
  const isLong = sign > 0;
  const bad = isLong ? low : high;
  const good = isLong ? high : low;
  const keep = load<f64>(record + (isLong ? TRAIL_LONG : TRAIL_SHORT));
  const entry = load<f64>(record, ENTRY_PX);
  const quantity = load<f64>(record, QUANTITY);
  const stop0 = sign * load<f64>(record, STOP_PX);
  const target = sign * load<f64>(record, TARGET_PX);
  let best = sign * load<f64>(record, BEST_PX);
  let stop = best * keep > stop0 ? best * keep : stop0;
  let balance = load<f64>(record, BALANCE);
  let equity = load<f64>(record, EQUITY);
  let sum = load<f64>(record, SUM);
  let squares = load<f64>(record, SUM_SQUARES);
  let downSquares = load<f64>(record, SUM_DOWN_SQUARES);
  let peak = load<f64>(record, PEAK);
  let deepest = load<f64>(record, DEEPEST);
  let funding = ((from + fundingBars - 1) / fundingBars) * fundingBars;
  let exit: f64 = 0;
  let t = from;
  for (; t <= last; t += 1) {
    const o = <usize>t << 3;
    if (t == funding) {
      balance -= quantity * load<f64>(open + o) * fundingRate;
      funding += fundingBars;
    }
    if (sign * load<f64>(bad + o) <= stop) {
      const seen = sign * load<f64>(open + o);
      exit = sign * (seen < stop ? seen : stop) * (isLong ? SOLD : BOUGHT);
      break;
    }
    const reached = sign * load<f64>(good + o);
    if (reached >= target) {
      const seen = sign * load<f64>(open + o);
      exit = sign * (seen > target ? seen : target);
      break;
    }
    if (reached > best) {
      best = reached;
      if (best * keep > stop0) stop = best * keep;
    }
    const marked = balance + quantity * (load<f64>(close + o) - entry);
    const change = marked / equity - 1;
    const down = 0.5 * (change - Math.abs(change));
    equity = marked;
    sum += change;
    squares += change * change;
    downSquares += down * down;
    if (marked > peak) peak = marked;
    else if (marked < peak * deepest) deepest = marked / peak;
  }
  store<f64>(record, sign * best, BEST_PX);
  store<f64>(record, balance, BALANCE);
  store<f64>(record, equity, EQUITY);
  store<f64>(record, sum, SUM);
  store<f64>(record, squares, SUM_SQUARES);
  store<f64>(record, downSquares, SUM_DOWN_SQUARES);
  store<f64>(record, peak, PEAK);
  store<f64>(record, deepest, DEEPEST);
  if (exit != 0) leave(record, exit);
  return t;
}

export function walkTile(
  record: usize,
  scratch: usize,
  open: usize,
  high: usize,
  low: usize,
  close: usize,
  fundingBars: i32,
  fundingRate: f64,
  from: i32,
  to: i32,
): void {
  let t = from;
  while (t < to) {
    if (load<f64>(record, DIRECTION) == 0) {
      if (load<f64>(record, PENDING) == 0) {
        const bit = nextSignal(scratch, t - from);
        t = from + bit;
        if (t >= to) return;
        const longs = load<i32>(scratch + (<usize>(bit >> 5) << 2));
        store<f64>(record, (longs >>> (bit & 31)) & 1 ? 1 : -1, PENDING);
        t += 1;
        continue;
      }
      enter(record, open, t);
    } else if (load<f64>(record, PENDING) == CLOSE) {
      const isLong = load<f64>(record, DIRECTION) > 0;
      leave(record, load<f64>(open + (<usize>t << 3)) * (isLong ? SOLD : BOUGHT));
      continue;
    }
    const against = load<f64>(record, DIRECTION) > 0 ? scratch + SHORTS : scratch;
    const signal = from + nextBit(against, t - from);
    const held = <i32>load<f64>(record, LAST_BAR);
    const closing = min(signal, held);
    const last = closing < to ? closing : to - 1;
    t = hold(record, open, high, low, close, fundingBars, fundingRate, t, last);
    if (t > last && last == closing) store<f64>(record, CLOSE, PENDING);
  }
}
