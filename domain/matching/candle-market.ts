/**
 * A model of the outside market, made from one real candle: the same (seed, coin, candle, step)
 * always gives the same book and prints. It knows nothing that the candle does not say; what it
 * adds is stated here.
 *
 * - Path: N >= 4 steps from open to close through both extremes; a rising (or flat) candle visits
 *   the low first, a falling one the high first; the extremes are reached at one third and two
 *   thirds of the way, straight lines in between. Step 0 is the open, the last step the close.
 * - Mark = oracle = the path's price, rounded to a tick.
 * - Book: best bid and ask lie half the spread (default 1 bp) below and above the path's price,
 *   rounded outward to ticks; 20 levels a side, 1 bp (at least a tick) apart. One side holds half
 *   the candle's volume, deeper levels more, each size varied by +-50 %; no level is worth less
 *   than 1,000 USD, since a quiet minute does not empty a book.
 * - Prints: at most three per step, walking from the last step's price to this one's; buys on the
 *   way up, sales on the way down, either when flat. Their sizes sum over the candle to its volume
 *   (in whole lots).
 */
import { createRng, type Rng, seedOf } from '../kernel/rng.ts';
import type { AssetSpec } from '../market/asset.ts';
import { maxPriceDecimals } from '../market/asset.ts';
import {
  least,
  MICRO,
  type Micro,
  magnitude,
  most,
  plainText,
  roundToStep,
  truncateToMicro,
} from './fixed-point.ts';
import type { Level, MarketUpdate, OutsideTrade, Side } from './venue-types.ts';

/** Decimal text as in the data files; `volume` in units of the base asset. */
export interface TapeCandle {
  readonly openTimeMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

export interface StepRequest {
  readonly asset: Pick<AssetSpec, 'name' | 'szDecimals'>;
  readonly candle: TapeCandle;
  /** 0 ... steps - 1. */
  readonly step: number;
  /** Steps per candle, at least 4. */
  readonly steps: number;
  readonly seed: number;
  /** Default 1. */
  readonly spreadBps?: number;
}

export const FEWEST_STEPS = 4;
export const DEFAULT_STEPS = 6;
const DEFAULT_SPREAD_BPS = 1;
const LEVELS = 20;
const LEVEL_GAP_BPS = 1;
const PRINTS_PER_STEP = 3;
const LEAST_LEVEL_USD: Micro = 1000n * MICRO;
const BPS = 10_000n;
/** Random weights lie between 0.5 and 1.5, in thousandths. */
const LEAST_WEIGHT = 500;
const WEIGHT_RANGE = 1001;
const MEAN_WEIGHT = 1000n;

interface Grid {
  readonly pxStep: Micro;
  readonly lot: Micro;
}

/** Distance of legal prices at a price: 5 significant figures, the asset's decimals, at most 1. */
function tickAt(grid: Grid, px: Micro): Micro {
  const digits = px.toString().length;
  const bySignificance = digits > 5 ? 10n ** BigInt(digits - 5) : 1n;
  const tick = most(grid.pxStep, bySignificance);
  return least(tick, MICRO);
}

const floorTick = (grid: Grid, px: Micro): Micro => px - (px % tickAt(grid, px));

function ceilTick(grid: Grid, px: Micro): Micro {
  const floor = floorTick(grid, px);
  return floor === px ? px : floor + tickAt(grid, px);
}

const interpolate = (from: Micro, to: Micro, part: number, whole: number): Micro =>
  from + ((to - from) * BigInt(part)) / BigInt(whole);

/** The path's price at a step, on a tick. */
function pathPx(grid: Grid, candle: TapeCandle, step: number, steps: number): Micro {
  const read = (name: 'open' | 'high' | 'low' | 'close'): Micro =>
    truncateToMicro(candle[name], `candle.${name}`);
  const open = read('open');
  const close = read('close');
  const isRising = close >= open;
  const corners = [
    open,
    isRising ? read('low') : read('high'),
    isRising ? read('high') : read('low'),
  ];
  const last = steps - 1;
  const turns = [0, Math.round(last / 3), Math.round((2 * last) / 3), last];
  const ends = [...corners, close];
  let leg = 0;
  while (leg < 2 && step > (turns[leg + 1] ?? last)) leg += 1;
  const start = turns[leg] ?? 0;
  const end = turns[leg + 1] ?? last;
  const px = interpolate(ends[leg] ?? open, ends[leg + 1] ?? close, step - start, end - start);
  return most(roundToStep(px, tickAt(grid, px)), grid.pxStep);
}

const weights = (rng: Rng, count: number): bigint[] =>
  Array.from({ length: count }, () => BigInt(LEAST_WEIGHT + rng.int(WEIGHT_RANGE)));

/** Splits lots by weight; the parts sum to the whole exactly. */
function splitLots(lots: bigint, parts: readonly bigint[]): bigint[] {
  const total = parts.reduce((sum, part) => sum + part, 0n);
  let weight = 0n;
  let given = 0n;
  return parts.map((part) => {
    weight += part;
    const upTo = (lots * weight) / total;
    const share = upTo - given;
    given = upTo;
    return share;
  });
}

function sideOfMove(from: Micro, to: Micro, rng: Rng): Side {
  if (to > from) return 'B';
  if (to < from) return 'A';
  return rng.int(2) === 0 ? 'B' : 'A';
}

function printsOf(request: StepRequest, grid: Grid, volumeLots: bigint, to: Micro): OutsideTrade[] {
  const { asset, candle, step, steps, seed } = request;
  // One generator for the whole candle, so that every step knows its share of the volume.
  const candleRng = createRng(seedOf(seed, asset.name, candle.openTimeMs));
  const stepLots = splitLots(volumeLots, weights(candleRng, steps))[step] ?? 0n;
  const rng = createRng(seedOf(seed, asset.name, candle.openTimeMs, step, 'prints'));
  const from = step === 0 ? to : pathPx(grid, candle, step - 1, steps);
  const sizes = splitLots(stepLots, weights(rng, PRINTS_PER_STEP));
  return sizes
    .map((lots, i) => {
      const px = interpolate(from, to, i + 1, PRINTS_PER_STEP);
      return {
        px: plainText(roundToStep(px, tickAt(grid, px))),
        sz: plainText(lots * grid.lot),
        side: sideOfMove(from, to, rng),
      };
    })
    .filter((print) => print.sz !== '0');
}

function levelsOf(grid: Grid, best: Micro, isBid: boolean, sizes: readonly bigint[]): Level[] {
  const gap = (best * BigInt(LEVEL_GAP_BPS)) / BPS;
  const levels: Level[] = [];
  let px = best;
  for (const lots of sizes) {
    if (px <= 0n) break;
    const fewest = (LEAST_LEVEL_USD * MICRO) / px / grid.lot + 1n;
    levels.push({ px: plainText(px), sz: plainText(most(lots, fewest) * grid.lot), n: 1 });
    const tick = tickAt(grid, px);
    const apart = most(gap, tick);
    px = isBid ? floorTick(grid, px - apart) : ceilTick(grid, px + apart);
  }
  return levels;
}

/** Lots per level: proportional to depth, varied, together about half the candle's volume. */
function levelLots(rng: Rng, volumeLots: bigint): bigint[] {
  const allRanks = BigInt((LEVELS * (LEVELS + 1)) / 2);
  return weights(rng, LEVELS).map(
    (weight, i) => (volumeLots * BigInt(i + 1) * weight) / (2n * allRanks * MEAN_WEIGHT),
  );
}

function checkRequest({ step, steps }: StepRequest): void {
  if (!Number.isInteger(steps) || steps < FEWEST_STEPS) {
    throw new RangeError(`steps ${steps}: must be a whole number of at least ${FEWEST_STEPS}`);
  }
  if (!Number.isInteger(step) || step < 0 || step >= steps) {
    throw new RangeError(`step ${step}: must be a whole number from 0 to ${steps - 1}`);
  }
}

/**
 * The outside market at one step of a candle.
 * @throws RangeError when the step is out of range or the candle holds no plain positive numbers.
 */
export function modelStep(request: StepRequest): MarketUpdate {
  checkRequest(request);
  const { asset, candle, step, steps, seed } = request;
  const grid: Grid = {
    pxStep: 10n ** BigInt(6 - maxPriceDecimals(asset)),
    lot: 10n ** BigInt(6 - asset.szDecimals),
  };
  const px = pathPx(grid, candle, step, steps);
  const volumeLots = magnitude(truncateToMicro(candle.volume, 'candle.volume')) / grid.lot;
  const spreadHundredthBps = BigInt(Math.round((request.spreadBps ?? DEFAULT_SPREAD_BPS) * 100));
  const halfSpread = (px * spreadHundredthBps) / (2n * 100n * BPS);
  const bid = most(floorTick(grid, px - halfSpread), grid.pxStep);
  const ask = most(ceilTick(grid, px + halfSpread), bid + tickAt(grid, bid));
  const rng = createRng(seedOf(seed, asset.name, candle.openTimeMs, step, 'book'));
  return {
    coin: asset.name,
    bids: levelsOf(grid, bid, true, levelLots(rng, volumeLots)),
    asks: levelsOf(grid, ask, false, levelLots(rng, volumeLots)),
    markPx: plainText(px),
    oraclePx: plainText(px),
    trades: printsOf(request, grid, volumeLots, px),
  };
}
