/**
 * Markouts: where the mid went after a fill. Which are due when, and what a captured one says of
 * itself. A price that was not seen at its moment carries its own moment and source.
 */
import type { Px } from '../../kernel/decimal.ts';
import type { FillFact } from '../order-facts.ts';

/** After the fill, by the venue's clock. */
export const HORIZONS_MS = [1_000, 10_000, 60_000] as const;
export type HorizonMs = (typeof HORIZONS_MS)[number];

/**
 * How far from its moment a mid may have been taken to stand for it: a tenth of the horizon. What is
 * further away is late: it is kept, says so, and never enters the figures of those in time.
 */
export const toleranceMs = (horizonMs: number): number => horizonMs / 10;

/**
 * Where a price comes from: the mid of the quotes at the moment; the open or close of a one-minute
 * candle (a trade, not a mid); or nowhere, because the venue shows no price of that moment any more.
 */
export const PRICE_SOURCES = ['mid', 'candle', 'none'] as const;
export type PriceSource = (typeof PRICE_SOURCES)[number];

/** A price of the market that stands for a moment. */
export interface PriceMark {
  readonly source: PriceSource;
  /** Absent with source `none`. */
  readonly px?: Px;
  /** Which moment the price is of, by the venue's clock; absent with source `none`. */
  readonly priceMs?: number;
  /** When it was captured, by the venue's clock. */
  readonly takenMs: number;
}

export interface Markout extends PriceMark {
  readonly horizonMs: HorizonMs;
}

/** The fill that a markout belongs to; unique only together. */
export interface FillKey extends Pick<FillFact, 'timeMs' | 'tid' | 'oid'> {
  readonly asset: string;
}

/** One markout to capture. */
export interface DueMarkout {
  readonly fill: FillKey;
  readonly horizonMs: HorizonMs;
  readonly dueMs: number;
}

/** What is to be captured of a fill, but for what is known. Soonest first. */
export function dueMarkouts(fill: FillKey, known: readonly number[] = []): readonly DueMarkout[] {
  return HORIZONS_MS.filter((horizonMs) => !known.includes(horizonMs)).map((horizonMs) => ({
    fill,
    horizonMs,
    dueMs: fill.timeMs + horizonMs,
  }));
}

/** How far the price's moment is from the one it stands for, ms; undefined without a price. */
export const offByMs = (fillMs: number, { priceMs, horizonMs }: Markout): number | undefined =>
  priceMs === undefined ? undefined : priceMs - (fillMs + horizonMs);

/** Whether it is a mid that was taken at its moment. */
export function isInTime(fillMs: number, markout: Markout): boolean {
  const off = offByMs(fillMs, markout);
  const isNear = off !== undefined && Math.abs(off) <= toleranceMs(markout.horizonMs);
  return markout.source === 'mid' && isNear;
}

/** Open and close of a candle, by the venue's clock. */
export interface CandleEnds {
  readonly openMs: number;
  readonly openPx: Px;
  readonly closeMs: number;
  readonly closePx: Px;
}

/** Of the ends of all candles the one nearest to a moment; the earlier one of two as near. */
export function nearestEnd(
  candles: readonly CandleEnds[],
  atMs: number,
): { readonly px: Px; readonly priceMs: number } | undefined {
  const ends = candles.flatMap(({ openMs, openPx, closeMs, closePx }) => [
    { px: openPx, priceMs: openMs },
    { px: closePx, priceMs: closeMs },
  ]);
  return ends.reduce<(typeof ends)[number] | undefined>((best, end) => {
    const isNearer =
      best === undefined || Math.abs(end.priceMs - atMs) < Math.abs(best.priceMs - atMs);
    return isNearer ? end : best;
  }, undefined);
}
