/**
 * What recordings and live venues tell of a market, in one vocabulary, on this venue's grid: prices
 * on legal ticks (bids and sales down, asks and buys up, so that a foreign venue's finer book never
 * crosses), sizes in whole lots. What is worth less than a lot is nothing.
 */
import { type AssetSpec, maxPriceDecimals } from '../../../domain/market/asset.ts';
import type { Level, OutsideTrade, Side } from '../../../domain/matching/contract/venue-inputs.ts';

/** A level whose size can be counted: `lots` are whole lots of the asset. */
export interface LotLevel {
  readonly px: string;
  readonly lots: number;
  readonly n: number;
}

export interface RawLevel {
  readonly px: string;
  readonly sz: string;
  readonly n?: number;
}

export interface BookEvent {
  readonly kind: 'book';
  readonly bids: readonly LotLevel[];
  readonly asks: readonly LotLevel[];
}

export type BookFault = 'one-sided' | 'unsorted' | 'crossed';

/** The best level of each side; undefined for a side that is empty or was not told. */
export interface BestEvent {
  readonly kind: 'best';
  readonly bid: LotLevel | undefined;
  readonly ask: LotLevel | undefined;
}

export interface TradeEvent {
  readonly kind: 'trade';
  readonly trade: OutsideTrade;
  /** Tells repetitions apart; undefined when the source gives none. */
  readonly id?: string;
}

/** Prices and the hourly funding rate that a venue computed itself. */
export interface ContextEvent {
  readonly kind: 'context';
  readonly markPx: string;
  readonly oraclePx: string;
  readonly fundingRate: string;
}

/** Something of one coin at a time of the exchange's clock, ms. */
export interface MarketEvent {
  readonly coin: string;
  readonly timeMs: number;
  readonly fact: BookEvent | BestEvent | TradeEvent | ContextEvent;
}

export type Grid = Pick<AssetSpec, 'szDecimals'>;

/** Prices have at most 5 significant figures: this many digits after the first one. */
const FIGURES_AFTER_FIRST = 4;
/** Less than any tick, more than a float's error. */
const TOLERANCE = 1e-6;

/** The nearest legal price below (or above); an exact one stays. */
export function legalPx(grid: Grid, text: string, direction: 'down' | 'up'): string {
  const value = Number(text);
  const byFigures = FIGURES_AFTER_FIRST - Math.floor(Math.log10(value));
  const places = Math.max(0, Math.min(maxPriceDecimals(grid), byFigures));
  const scale = 10 ** places;
  const ticks =
    direction === 'down'
      ? Math.floor(value * scale + TOLERANCE)
      : Math.ceil(value * scale - TOLERANCE);
  return (ticks / scale).toFixed(places);
}

/** Whole lots of a size, rounded down. */
export const lotsOf = (grid: Grid, sz: string): number =>
  Math.floor(Number(sz) * 10 ** grid.szDecimals + TOLERANCE);

export const lotsText = (grid: Grid, lots: number): string =>
  (lots / 10 ** grid.szDecimals).toFixed(grid.szDecimals);

/** One side of a book, best first, on the grid; levels that fall on one price are joined. */
export function gridSide(grid: Grid, levels: Iterable<RawLevel>, isBid: boolean): LotLevel[] {
  const side: LotLevel[] = [];
  for (const level of levels) {
    const px = legalPx(grid, level.px, isBid ? 'down' : 'up');
    const lots = lotsOf(grid, level.sz);
    if (!(lots > 0) || !(Number(px) > 0)) continue;
    const last = side.at(-1);
    const n = level.n ?? 1;
    if (last?.px === px) side[side.length - 1] = { px, lots: last.lots + lots, n: last.n + n };
    else side.push({ px, lots, n });
  }
  return side;
}

/** A trade on the grid; undefined when it is worth less than a lot. */
export function gridTrade(
  grid: Grid,
  px: string,
  sz: string,
  side: Side,
): OutsideTrade | undefined {
  const lots = lotsOf(grid, sz);
  if (!(lots > 0)) return undefined;
  return { px: legalPx(grid, px, side === 'B' ? 'up' : 'down'), sz: lotsText(grid, lots), side };
}

export function isCrossed(bid: LotLevel | undefined, ask: LotLevel | undefined): boolean {
  return bid !== undefined && ask !== undefined && Number(bid.px) >= Number(ask.px);
}

/** Each level worse than the one before. */
const isSorted = (levels: readonly LotLevel[], isBid: boolean): boolean =>
  levels.every(({ px }, place) => {
    const before = levels[place - 1];
    return (
      before === undefined ||
      (isBid ? Number(px) < Number(before.px) : Number(px) > Number(before.px))
    );
  });

/** Why a book cannot be one, in a word; undefined when it can. */
export function bookFault({ bids, asks }: BookEvent): BookFault | undefined {
  if (bids.length === 0 || asks.length === 0) return 'one-sided';
  if (!isSorted(bids, true) || !isSorted(asks, false)) return 'unsorted';
  return isCrossed(bids[0], asks[0]) ? 'crossed' : undefined;
}

/** Levels as the venue takes them. */
export const venueLevels = (grid: Grid, levels: readonly LotLevel[]): Level[] =>
  levels.map(({ px, lots, n }) => ({ px, sz: lotsText(grid, lots), n }));
