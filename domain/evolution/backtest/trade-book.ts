/**
 * From fills and funding payments to closed trades. A trade goes from flat to flat: entries and
 * partial exits average, and a fill that turns a position ends one trade and begins the next. Both
 * engines keep their trades here, so that every sum is made in the same order.
 */
import type { Fill } from '../../matching/contract/venue-records.ts';

/** Why a trade ended. */
export type ExitCause = 'signal' | 'stop' | 'target' | 'liquidation';

/** Why a trade ended that no signal ended. */
export const STOPPED = 'the protective stop triggered';
export const AT_TARGET = 'the target was reached';
export const LIQUIDATED = 'liquidated by the venue';

/** What was taken of a position at one of its targets. */
export interface TargetExit {
  readonly timeMs: number;
  /** Average over the fills. */
  readonly px: number;
  readonly sizeBase: number;
}

/** @typeParam Reason a sentence, or what one is made from later */
export interface Trade<Reason = string> {
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
  readonly entryReason: Reason;
  readonly exitReason: Reason;
  /** Oldest first; absent where no target was reached. The last may be what ended the trade. */
  readonly targets?: readonly TargetExit[];
}

interface OpenTrade<Reason> {
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
  entryReason: Reason;
  /** Of what was taken at targets: moment, size and its value. */
  targets: { timeMs: number; size: number; value: number }[];
}

/** A fill in numbers: units of the base asset, USD. */
export interface TradeFill {
  readonly asset: string;
  readonly isBuy: boolean;
  readonly px: number;
  readonly sizeBase: number;
  readonly feeUsd: number;
  /** Signed, before the fill. */
  readonly startBase: number;
  readonly timeMs: number;
  readonly isLiquidation: boolean;
}

/** The venue's record of a fill in numbers. */
export const tradeFillOf = (fill: Fill): TradeFill => ({
  asset: fill.coin,
  isBuy: fill.side === 'B',
  px: Number(fill.px),
  sizeBase: Number(fill.sz),
  feeUsd: Number(fill.fee),
  startBase: Number(fill.startPosition),
  timeMs: fill.time,
  isLiquidation: fill.liquidation !== undefined,
});

/** What is known of a fill beside the fill. */
export interface FillContext<Reason = string> {
  readonly markPx: number;
  /** Equity before the fill. */
  readonly equityUsd: number;
  readonly cause: ExitCause;
  readonly reason: Reason;
}

/** Sizes are multiples of a lot: what is left of their float sum below this is nothing. */
const NOTHING = 1e-9;

/** The fills of one moment are one exit. */
function takeAtTarget(
  targets: { timeMs: number; size: number; value: number }[],
  { timeMs, px }: TradeFill,
  size: number,
): void {
  const last = targets.at(-1);
  if (last?.timeMs !== timeMs) targets.push({ timeMs, size, value: size * px });
  else {
    last.size += size;
    last.value += size * px;
  }
}

const targetExit = ({ timeMs, size, value }: OpenTrade<never>['targets'][number]): TargetExit => ({
  timeMs,
  px: value / size,
  sizeBase: size,
});

export class TradeBook<Reason = string> {
  readonly closed: Trade<Reason>[] = [];
  readonly #open = new Map<string, OpenTrade<Reason>>();
  readonly #liquidated: Reason;

  /** @param liquidated the reason of an exit by the venue */
  constructor(liquidated: Reason) {
    this.#liquidated = liquidated;
  }

  fund(asset: string, usd: number): void {
    const trade = this.#open.get(asset);
    if (trade !== undefined) trade.fundingUsd += usd;
  }

  fill(fill: TradeFill, context: FillContext<Reason>): void {
    const { sizeBase: size, startBase: held } = fill;
    const sign = fill.isBuy ? 1 : -1;
    const closing = held * sign < 0 ? Math.min(size, Math.abs(held)) : 0;
    const share = size === 0 ? 0 : closing / size;
    if (closing > 0) this.#reduce(fill, closing, share, context);
    if (size - closing > NOTHING) this.#add(fill, size - closing, 1 - share, sign, context);
  }

  #add(
    fill: TradeFill,
    size: number,
    share: number,
    sign: 1 | -1,
    context: FillContext<Reason>,
  ): void {
    const trade = this.#open.get(fill.asset) ?? this.#begin(fill, sign, context);
    trade.size += size;
    trade.largest = Math.max(trade.largest, trade.size);
    this.#count(trade, fill, size, share, context.markPx);
  }

  #reduce(fill: TradeFill, size: number, share: number, context: FillContext<Reason>): void {
    const trade = this.#open.get(fill.asset);
    if (trade === undefined) return;
    trade.size -= size;
    if (context.cause === 'target' && !fill.isLiquidation) takeAtTarget(trade.targets, fill, size);
    this.#count(trade, fill, size, share, context.markPx);
    if (trade.size <= NOTHING) this.#end(trade, fill, context);
  }

  #begin(fill: TradeFill, sign: 1 | -1, context: FillContext<Reason>): OpenTrade<Reason> {
    const trade: OpenTrade<Reason> = {
      asset: fill.asset,
      sign,
      entryTimeMs: fill.timeMs,
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
      targets: [],
    };
    this.#open.set(fill.asset, trade);
    return trade;
  }

  #count(
    trade: OpenTrade<Reason>,
    { px, isBuy, feeUsd }: TradeFill,
    size: number,
    share: number,
    markPx: number,
  ): void {
    if (isBuy) {
      trade.bought += size;
      trade.boughtValue += size * px;
    } else {
      trade.sold += size;
      trade.soldValue += size * px;
    }
    trade.feesUsd += feeUsd * share;
    trade.slippageUsd += size * (isBuy ? px - markPx : markPx - px);
  }

  #end(trade: OpenTrade<Reason>, fill: TradeFill, { cause, reason }: FillContext<Reason>): void {
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
      exitTimeMs: fill.timeMs,
      entryPx: isLong ? boughtPx : soldPx,
      exitPx: isLong ? soldPx : boughtPx,
      sizeBase: trade.largest,
      grossUsd,
      feesUsd: trade.feesUsd,
      fundingUsd: trade.fundingUsd,
      slippageUsd: trade.slippageUsd,
      netUsd,
      netFraction: netUsd / trade.equityUsd,
      cause: fill.isLiquidation ? 'liquidation' : cause,
      entryReason: trade.entryReason,
      exitReason: fill.isLiquidation ? this.#liquidated : reason,
      ...(trade.targets.length === 0 ? {} : { targets: trade.targets.map(targetExit) }),
    });
  }
}
