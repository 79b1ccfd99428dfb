/**
 * From fills and funding payments to closed trades. A trade goes from flat to flat: entries and
 * partial exits average, and a fill that turns a position ends one trade and begins the next.
 */
import type { Fill, FundingPayment } from '../../matching/contract/venue-records.ts';

/** Why a trade ended. */
export type ExitCause = 'signal' | 'stop' | 'liquidation';

export interface Trade {
  readonly asset: string;
  readonly side: 'long' | 'short';
  readonly entryTimeMs: number;
  readonly exitTimeMs: number;
  /** Average prices over all fills of the way in, and of the way out. */
  readonly entryPx: number;
  readonly exitPx: number;
  /** Largest size held. */
  readonly sizeBase: number;
  /** Of prices alone. */
  readonly grossUsd: number;
  readonly feesUsd: number;
  /** Positive: received. */
  readonly fundingUsd: number;
  /** What mark price and fill price differ by, against us: spread and depth. In `grossUsd` already. */
  readonly slippageUsd: number;
  /** Gross less fees, and funding. */
  readonly netUsd: number;
  /** Net over the equity at entry. */
  readonly netFraction: number;
  readonly cause: ExitCause;
  readonly entryReason: string;
  readonly exitReason: string;
}

interface OpenTrade {
  asset: string;
  sign: 1 | -1;
  entryTimeMs: number;
  equityUsd: number;
  size: number;
  largest: number;
  bought: number;
  boughtValue: number;
  sold: number;
  soldValue: number;
  feesUsd: number;
  fundingUsd: number;
  slippageUsd: number;
  entryReason: string;
}

/** What is known of a fill beside the fill. */
export interface FillContext {
  readonly markPx: number;
  /** Equity before the fill. */
  readonly equityUsd: number;
  readonly cause: ExitCause;
  readonly reason: string;
}

/** Sizes are multiples of a lot: what is left of their float sum below this is nothing. */
const NOTHING = 1e-9;

export class TradeBook {
  readonly closed: Trade[] = [];
  readonly #open = new Map<string, OpenTrade>();

  get open(): readonly { readonly asset: string; readonly fundingUsd: number }[] {
    return [...this.#open.values()];
  }

  fund({ delta }: FundingPayment): void {
    const trade = this.#open.get(delta.coin);
    if (trade !== undefined) trade.fundingUsd += Number(delta.usdc);
  }

  fill(fill: Fill, context: FillContext): void {
    const size = Number(fill.sz);
    const sign = fill.side === 'B' ? 1 : -1;
    const held = Number(fill.startPosition);
    const closing = held * sign < 0 ? Math.min(size, Math.abs(held)) : 0;
    const share = size === 0 ? 0 : closing / size;
    if (closing > 0) this.#reduce(fill, closing, share, context);
    if (size - closing > NOTHING) this.#add(fill, size - closing, 1 - share, sign, context);
  }

  #add(fill: Fill, size: number, share: number, sign: 1 | -1, context: FillContext): void {
    const trade = this.#open.get(fill.coin) ?? this.#begin(fill, sign, context);
    trade.size += size;
    trade.largest = Math.max(trade.largest, trade.size);
    this.#count(trade, fill, size, share, context.markPx);
  }

  #reduce(fill: Fill, size: number, share: number, context: FillContext): void {
    const trade = this.#open.get(fill.coin);
    if (trade === undefined) return;
    trade.size -= size;
    this.#count(trade, fill, size, share, context.markPx);
    if (trade.size <= NOTHING) this.#end(trade, fill, context);
  }

  #begin(fill: Fill, sign: 1 | -1, context: FillContext): OpenTrade {
    const trade: OpenTrade = {
      asset: fill.coin,
      sign,
      entryTimeMs: fill.time,
      equityUsd: context.equityUsd,
      size: 0,
      largest: 0,
      bought: 0,
      boughtValue: 0,
      sold: 0,
      soldValue: 0,
      feesUsd: 0,
      fundingUsd: 0,
      slippageUsd: 0,
      entryReason: context.reason,
    };
    this.#open.set(fill.coin, trade);
    return trade;
  }

  #count(trade: OpenTrade, fill: Fill, size: number, share: number, markPx: number): void {
    const price = Number(fill.px);
    const isBuy = fill.side === 'B';
    if (isBuy) {
      trade.bought += size;
      trade.boughtValue += size * price;
    } else {
      trade.sold += size;
      trade.soldValue += size * price;
    }
    trade.feesUsd += Number(fill.fee) * share;
    trade.slippageUsd += size * (isBuy ? price - markPx : markPx - price);
  }

  #end(trade: OpenTrade, fill: Fill, { cause, reason }: FillContext): void {
    this.#open.delete(trade.asset);
    const boughtPx = trade.boughtValue / trade.bought;
    const soldPx = trade.soldValue / trade.sold;
    const grossUsd = trade.soldValue - trade.boughtValue;
    const netUsd = grossUsd - trade.feesUsd + trade.fundingUsd;
    const isLong = trade.sign > 0;
    this.closed.push({
      asset: trade.asset,
      side: isLong ? 'long' : 'short',
      entryTimeMs: trade.entryTimeMs,
      exitTimeMs: fill.time,
      entryPx: isLong ? boughtPx : soldPx,
      exitPx: isLong ? soldPx : boughtPx,
      sizeBase: trade.largest,
      grossUsd,
      feesUsd: trade.feesUsd,
      fundingUsd: trade.fundingUsd,
      slippageUsd: trade.slippageUsd,
      netUsd,
      netFraction: netUsd / trade.equityUsd,
      cause: fill.liquidation === undefined ? cause : 'liquidation',
      entryReason: trade.entryReason,
      exitReason: fill.liquidation === undefined ? reason : 'liquidated by the venue',
    });
  }
}
