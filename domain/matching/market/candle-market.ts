/**
 * A model of the outside market, made from one real candle: the same (seed, coin, candle, step)
 * always gives the same book and prints. It knows nothing that the candle does not say; what it
 * adds is stated here.
 *
 * - Path: N >= 4 steps from open to close through both extremes; a rising (or flat) candle visits
 *   the low first, a falling one the high first; the extremes are reached at one third and two
 *   thirds of the way, straight lines in between. Step 0 is the open, the last step the close.
 * - Mark = oracle = the path's price, rounded to a tick.
 * - Book: best bid and ask lie half the spread (default 0.1 bp) below and above the path's price,
 *   rounded outward to ticks; where the spread is less than a tick, they are one tick apart and
 *   either of them is at the path's price. 20 levels a side, 1 bp (at least a tick) apart. One side
 *   holds 8 times the candle's volume of a minute, deeper levels more, each size varied by +-50 %; no
 *   level is worth less than 1,000 USD, since a quiet minute does not empty a book.
 * - Prints: at most three per step, walking from the last step's price to this one's; buys on the
 *   way up, sales on the way down, either when flat. Their sizes sum over the candle to its volume
 *   (in whole lots).
 */
import { createRng, type Rng, seedOf } from '../../kernel/rng.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { maxPriceDecimals } from '../../market/asset.ts';
import type { Level, MarketUpdate, OutsideTrade, Side } from '../contract/venue-inputs.ts';
import {
  MICRO,
  type Micro,
  mulDiv,
  plainText,
  quotient,
  roundToStep,
  truncateScaled,
  truncateToMicro,
} from '../state/fixed-point.ts';

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
  /** Minutes that the candle lasts; default 1. */
  readonly candleMinutes?: number;
  /** Default 0.1. */
  readonly spreadBps?: number;
}

export const FEWEST_STEPS = 4;
export const DEFAULT_STEPS = 6;
/** Recorded on the venue: 0.09 bp (BTC, 2025), 0.49 (SOL, 2025), 0.47 (BTC, 2024): a tick or two. */
export const DEFAULT_SPREAD_BPS = 0.1;
export const BOOK_LEVELS = 20;
const ALL_RANKS = (BOOK_LEVELS * (BOOK_LEVELS + 1)) / 2;
const LEVEL_GAP_BPS = 1;
/**
 * What one side holds, in volumes of a minute. Recorded within 5 bp: 5 (BTC) and 6 (SOL) volumes of
 * the venue itself; here 5 bp hold 0.6 and 20 bp all, since tapes come from busier venues too.
 */
const SIDE_VOLUMES = 8;
const PRINTS_PER_STEP = 3;
const LEAST_LEVEL_USD: Micro = 1000 * MICRO;
const BPS = 10_000;
/** Random weights lie between 0.5 and 1.5, in thousandths. */
const LEAST_WEIGHT = 500;
const WEIGHT_RANGE = 1001;
const MEAN_WEIGHT = 1000;

/** Steps of prices and sizes of an asset. */
export interface Grid {
  readonly szDecimals: number;
  readonly pxStep: Micro;
  readonly lot: Micro;
}

export const gridOf = (asset: Pick<AssetSpec, 'szDecimals'>): Grid => ({
  szDecimals: asset.szDecimals,
  pxStep: 10 ** (6 - maxPriceDecimals(asset)),
  lot: 10 ** (6 - asset.szDecimals),
});

/** Distance of legal prices at a price: 5 significant figures, the asset's decimals, at most 1. */
function tickAt(grid: Grid, px: Micro): Micro {
  let bySignificance = 1;
  for (let figures = 100_000; px >= figures; figures *= 10) bySignificance *= 10;
  const tick = Math.max(grid.pxStep, bySignificance);
  return Math.min(tick, MICRO);
}

const floorTick = (grid: Grid, px: Micro): Micro => px - (px % tickAt(grid, px));

function ceilTick(grid: Grid, px: Micro): Micro {
  const floor = floorTick(grid, px);
  return floor === px ? px : floor + tickAt(grid, px);
}

const interpolate = (from: Micro, to: Micro, part: number, whole: number): Micro =>
  from + mulDiv(to - from, part, whole);

/** A candle's prices, further decimals cut off. */
export interface CandlePrices {
  readonly open: Micro;
  readonly high: Micro;
  readonly low: Micro;
  readonly close: Micro;
}

/** The path's price at a step, on a tick. */
export function pathPx(grid: Grid, candle: CandlePrices, step: number, steps: number): Micro {
  const { open, high, low, close } = candle;
  const isRising = close >= open;
  const last = steps - 1;
  const firstTurn = Math.round(last / 3);
  const secondTurn = Math.round((2 * last) / 3);
  const first = isRising ? low : high;
  const second = isRising ? high : low;
  let px: Micro;
  if (step <= firstTurn) px = interpolate(open, first, step, firstTurn);
  else if (step <= secondTurn) {
    px = interpolate(first, second, step - firstTurn, secondTurn - firstTurn);
  } else px = interpolate(second, close, step - secondTurn, last - secondTurn);
  return Math.max(roundToStep(px, tickAt(grid, px)), grid.pxStep);
}

/** A random weight in thousandths, 500 to 1,500. */
export const drawWeight = (rng: Pick<Rng, 'int'>): number => LEAST_WEIGHT + rng.int(WEIGHT_RANGE);

const weights = (rng: Rng, count: number): number[] =>
  Array.from({ length: count }, () => drawWeight(rng));

/** Splits lots by weight; the parts sum to the whole exactly. */
function splitLots(lots: number, parts: readonly number[]): number[] {
  const total = parts.reduce((sum, part) => sum + part, 0);
  let weight = 0;
  let given = 0;
  return parts.map((part) => {
    weight += part;
    const upTo = mulDiv(lots, weight, total);
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

function printsOf(
  request: StepRequest,
  grid: Grid,
  prices: CandlePrices,
  volumeLots: number,
  to: Micro,
): OutsideTrade[] {
  const { asset, candle, step, steps, seed } = request;
  // One generator for the whole candle, so that every step knows its share of the volume.
  const candleRng = createRng(seedOf(seed, asset.name, candle.openTimeMs));
  const stepLots = splitLots(volumeLots, weights(candleRng, steps))[step] ?? 0;
  const rng = createRng(seedOf(seed, asset.name, candle.openTimeMs, step, 'prints'));
  const from = step === 0 ? to : pathPx(grid, prices, step - 1, steps);
  const sizes = splitLots(stepLots, weights(rng, PRINTS_PER_STEP));
  return sizes
    .map((lots, i) => {
      const px = interpolate(from, to, i + 1, PRINTS_PER_STEP);
      return {
        px: plainText(roundToStep(px, tickAt(grid, px))),
        sz: plainText(lots, grid.szDecimals),
        side: sideOfMove(from, to, rng),
      };
    })
    .filter((print) => print.sz !== '0');
}

/** The fewest lots of a level: what a quiet minute leaves. */
export const fewestLots = (grid: Grid, px: Micro): number =>
  quotient(mulDiv(LEAST_LEVEL_USD, MICRO, px), grid.lot) + 1;

/** The price of the level behind one at `px`, at least a thousandth of a per cent of `best` away. */
export function nextLevelPx(grid: Grid, best: Micro, px: Micro, isBid: boolean): Micro {
  const apart = Math.max(mulDiv(best, LEVEL_GAP_BPS, BPS), tickAt(grid, px));
  return isBid ? floorTick(grid, px - apart) : ceilTick(grid, px + apart);
}

/** Lots of a level by its rank (0 is the best): proportional to depth, varied by its weight. */
export const levelLots = (minuteLots: number, rank: number, weight: number): number =>
  mulDiv(minuteLots, SIDE_VOLUMES * (rank + 1) * weight, ALL_RANKS * MEAN_WEIGHT);

function levelsOf(grid: Grid, best: Micro, isBid: boolean, minuteLots: number, rng: Rng): Level[] {
  const levels: Level[] = [];
  let px = best;
  weights(rng, BOOK_LEVELS).forEach((weight, rank) => {
    if (px <= 0) return;
    const lots = Math.max(levelLots(minuteLots, rank, weight), fewestLots(grid, px));
    levels.push({ px: plainText(px), sz: plainText(lots, grid.szDecimals), n: 1 });
    px = nextLevelPx(grid, best, px, isBid);
  });
  return levels;
}

/** Best bid and ask around the path's price. */
export function bestPair(
  grid: Grid,
  px: Micro,
  spreadBps: number,
  rng: Pick<Rng, 'int'>,
): [bid: Micro, ask: Micro] {
  const tick = tickAt(grid, px);
  const halfSpread = mulDiv(px, Math.round(spreadBps * 100), 2 * 100 * BPS);
  const isTight = 2 * halfSpread <= tick;
  const bidPx = isTight ? px - rng.int(2) * tick : px - halfSpread;
  const bid = Math.max(floorTick(grid, bidPx), grid.pxStep);
  const above = bid + tickAt(grid, bid);
  return [bid, isTight ? above : Math.max(ceilTick(grid, px + halfSpread), above)];
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
  const grid = gridOf(asset);
  const read = (name: keyof CandlePrices): Micro => truncateToMicro(candle[name], `candle.${name}`);
  const prices: CandlePrices = {
    open: read('open'),
    high: read('high'),
    low: read('low'),
    close: read('close'),
  };
  const px = pathPx(grid, prices, step, steps);
  const volumeLots = Math.abs(truncateScaled(candle.volume, asset.szDecimals, 'candle.volume'));
  const minuteLots = quotient(volumeLots, request.candleMinutes ?? 1);
  const rng = createRng(seedOf(seed, asset.name, candle.openTimeMs, step, 'book'));
  const [bid, ask] = bestPair(grid, px, request.spreadBps ?? DEFAULT_SPREAD_BPS, rng);
  return {
    coin: asset.name,
    bids: levelsOf(grid, bid, true, minuteLots, rng),
    asks: levelsOf(grid, ask, false, minuteLots, rng),
    markPx: plainText(px),
    oraclePx: plainText(px),
    trades: printsOf(request, grid, prices, volumeLots, px),
  };
}
