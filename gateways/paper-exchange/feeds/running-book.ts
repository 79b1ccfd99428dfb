/**
 * The book between two recorded snapshots: the last snapshot, less what has traded since, with the
 * best levels that were heard since. So depth that a recorded trade took is gone until the recording
 * shows it again. Holds no orders of ours.
 */
import type { OutsideTrade } from '../../../domain/matching/contract/venue-inputs.ts';
import {
  type BestEvent,
  type BookEvent,
  type Grid,
  type LotLevel,
  lotsOf,
} from './market-events.ts';

export interface BookSides {
  readonly bids: readonly LotLevel[];
  readonly asks: readonly LotLevel[];
}

export const EMPTY_BOOK: BookSides = { bids: [], asks: [] };

export const afterSnapshot = ({ bids, asks }: BookEvent): BookSides => ({ bids, asks });

/** A buyer took the asks below the price of the trade, and its size at that price. */
function withoutTraded(
  grid: Grid,
  levels: readonly LotLevel[],
  trade: OutsideTrade,
): readonly LotLevel[] {
  const px = Number(trade.px);
  const isBeaten = (level: LotLevel): boolean =>
    trade.side === 'B' ? Number(level.px) < px : Number(level.px) > px;
  const left = levels.filter((level) => !isBeaten(level));
  const [best, ...deeper] = left;
  if (!best || Number(best.px) !== px) return left;
  const lots = best.lots - lotsOf(grid, trade.sz);
  return lots > 0 ? [{ ...best, lots }, ...deeper] : deeper;
}

export function afterTrade(grid: Grid, book: BookSides, trade: OutsideTrade): BookSides {
  return trade.side === 'B'
    ? { bids: book.bids, asks: withoutTraded(grid, book.asks, trade) }
    : { bids: withoutTraded(grid, book.bids, trade), asks: book.asks };
}

/** The side from its new best level on; the levels behind it stay as they were. */
function fromBest(
  levels: readonly LotLevel[],
  best: LotLevel | undefined,
  isBid: boolean,
): readonly LotLevel[] {
  if (!best) return levels;
  const px = Number(best.px);
  const behind = levels.filter((level) => (isBid ? Number(level.px) < px : Number(level.px) > px));
  return [best, ...behind];
}

/** A new best level also ends what it would cross on the other side. */
export function afterBest(book: BookSides, { bid, ask }: BestEvent): BookSides {
  const bids = fromBest(book.bids, bid, true);
  const asks = fromBest(book.asks, ask, false);
  return {
    bids: ask ? bids.filter((level) => Number(level.px) < Number(ask.px)) : bids,
    asks: bid ? asks.filter((level) => Number(level.px) > Number(bid.px)) : asks,
  };
}

/** The middle of the best levels as plain text; undefined when a side is empty. */
export function midOf({ bids, asks }: BookSides): string | undefined {
  const [bid] = bids;
  const [ask] = asks;
  if (!bid || !ask) return undefined;
  const places = Math.max(placesOf(bid.px), placesOf(ask.px)) + 1;
  return ((Number(bid.px) + Number(ask.px)) / 2).toFixed(places);
}

const placesOf = (text: string): number =>
  text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
