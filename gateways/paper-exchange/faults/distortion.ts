/**
 * Faults of the market itself, applied to what the tape brings: prices moved away, less to be had.
 * Pure, since it is part of what a journal is replayed through. It never makes a book cross.
 */
import {
  type Decimal,
  decimal,
  ONE,
  plain,
  ROUND_DOWN,
  ROUND_UP,
  ZERO,
} from '../../../domain/kernel/decimal.ts';
import { type AssetSpec, roundPrice, roundSizeDown } from '../../../domain/market/asset.ts';
import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';

export interface Distortion {
  /** All coins when left out. */
  readonly coins?: readonly string[];
  /** Prices and mark move by this fraction of themselves; the oracle stays. */
  readonly moveFraction?: string;
  /** The most that either side of the book, and the prints of a step together, give. */
  readonly capBase?: string;
}

interface Sized {
  readonly sz: string;
}

/** The first rows, up to a total size; at least one lot. */
function capped<Row extends Sized>(asset: AssetSpec, rows: readonly Row[], capBase: string): Row[] {
  const lot = decimal(10).pow(-asset.szDecimals);
  const cap = decimal(roundSizeDown(asset, capBase));
  let left = cap.lt(lot) ? lot : cap;
  const kept: Row[] = [];
  for (const row of rows) {
    if (left.lte(ZERO)) break;
    const size = decimal(row.sz);
    const taken = size.lt(left) ? size : left;
    kept.push({ ...row, sz: plain(taken) });
    left = left.minus(taken);
  }
  return kept;
}

function moved(asset: AssetSpec, update: MarketUpdate, factor: Decimal): MarketUpdate {
  const at = (px: string, rounding: typeof ROUND_UP | typeof ROUND_DOWN): string =>
    roundPrice(asset, decimal(px).times(factor), rounding);
  return {
    ...update,
    bids: update.bids.map((level) => ({ ...level, px: at(level.px, ROUND_DOWN) })),
    asks: update.asks.map((level) => ({ ...level, px: at(level.px, ROUND_UP) })),
    trades: update.trades.map((trade) => ({
      ...trade,
      px: at(trade.px, trade.side === 'B' ? ROUND_UP : ROUND_DOWN),
    })),
    markPx: roundPrice(asset, decimal(update.markPx).times(factor)),
  };
}

function distorted(asset: AssetSpec, update: MarketUpdate, distortion: Distortion): MarketUpdate {
  const { coins, moveFraction, capBase } = distortion;
  if (coins !== undefined && !coins.includes(update.coin)) return update;
  const placed =
    moveFraction === undefined ? update : moved(asset, update, ONE.plus(decimal(moveFraction)));
  if (capBase === undefined) return placed;
  return {
    ...placed,
    bids: capped(asset, placed.bids, capBase),
    asks: capped(asset, placed.asks, capBase),
    trades: capped(asset, placed.trades, capBase),
  };
}

/** What the venue is given in place of the tape's updates. */
export function distort(
  updates: readonly MarketUpdate[],
  distortions: readonly Distortion[],
  assets: ReadonlyMap<string, AssetSpec>,
): readonly MarketUpdate[] {
  if (distortions.length === 0) return updates;
  return updates.map((update) => {
    const asset = assets.get(update.coin);
    return asset === undefined
      ? update
      : distortions.reduce((result, next) => distorted(asset, result, next), update);
  });
}
