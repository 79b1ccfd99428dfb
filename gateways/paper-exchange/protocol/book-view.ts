/**
 * A market's book as the wire shows it: at most 20 levels a side, on request joined to fewer
 * significant figures, with the prices that a standard size would get. Pure; changes no book.
 */
import {
  type Decimal,
  decimal,
  plain,
  ROUND_CEIL,
  ROUND_FLOOR,
  type Rounding,
  ZERO,
} from '../../../domain/kernel/decimal.ts';
import type { BookLevel } from '../../hyperliquid/wire/info-market.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';

const MAX_LEVELS = 20;
/** The `fast` book of the WebSocket. */
const FAST_LEVELS = 5;

export interface BookSides {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

export interface Aggregation {
  readonly nSigFigs?: number | null | undefined;
  readonly mantissa?: number | null | undefined;
  readonly fast?: boolean | undefined;
}

function bucketPx(px: Decimal, aggregation: Aggregation, rounding: Rounding): Decimal {
  const figures = aggregation.nSigFigs ?? 5;
  if ((aggregation.mantissa ?? 1) === 1) return px.toSignificantDigits(figures, rounding);
  // `e` is the exponent of the first digit: 4 for 95467, -1 for 0.21
  const tick = decimal(10)
    .pow(px.e - figures + 1)
    .times(aggregation.mantissa ?? 1);
  return px.div(tick).toDecimalPlaces(0, rounding).times(tick);
}

function joinLevels(
  levels: readonly BookLevel[],
  aggregation: Aggregation,
  rounding: Rounding,
): BookLevel[] {
  const joined = new Map<string, { sz: Decimal; n: number }>();
  for (const level of levels) {
    const px = plain(bucketPx(decimal(level.px), aggregation, rounding));
    const bucket = joined.get(px) ?? { sz: ZERO, n: 0 };
    joined.set(px, { sz: bucket.sz.plus(level.sz), n: bucket.n + level.n });
  }
  return [...joined].map(([px, { sz, n }]) => ({
    px: wireDecimal(px),
    sz: wireDecimal(plain(sz)),
    n,
  }));
}

/** Bids then asks, best first. Joined levels never look better than the orders in them. */
export function shownLevels(book: BookSides, aggregation: Aggregation): [BookLevel[], BookLevel[]] {
  const count = aggregation.fast ? FAST_LEVELS : MAX_LEVELS;
  const show = (levels: readonly BookLevel[], rounding: Rounding): BookLevel[] =>
    (aggregation.nSigFigs ? joinLevels(levels, aggregation, rounding) : levels)
      .slice(0, count)
      .map(({ px, sz, n }) => ({ px, sz, n }));
  return [show(book.bids, ROUND_FLOOR), show(book.asks, ROUND_CEIL)];
}

/** The average price of trading this notional at once, or undefined when the book is too thin. */
export function impactPx(levels: readonly BookLevel[], notionalUsd: number): Decimal | undefined {
  let left = decimal(notionalUsd);
  let base = ZERO;
  for (const level of levels) {
    const taken = left.lt(decimal(level.px).times(level.sz))
      ? left.div(level.px)
      : decimal(level.sz);
    base = base.plus(taken);
    left = left.minus(taken.times(level.px));
    if (left.lte('0.000001')) return decimal(notionalUsd).div(base);
  }
  return undefined;
}
