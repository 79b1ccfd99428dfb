/**
 * What the market looked like when an order was drawn up: the benchmark of its execution. Taken from
 * what the streams had told by then; what they had not told is absent, never guessed.
 */
import type { Decimal, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, px, sizeBase, ZERO } from '../../kernel/decimal.ts';
import type { Side } from '../../market/side.ts';

export interface BookLevel {
  readonly px: Px;
  readonly sizeBase: SizeBase;
}

/** What the streams have told of an asset, with the age of each part. */
export interface MarketGlance {
  readonly bidPx: Px;
  readonly askPx: Px;
  readonly quoteAgeMs: number;
  /** Best first. Absent until a book was heard. */
  readonly book?: {
    readonly bids: readonly BookLevel[];
    readonly asks: readonly BookLevel[];
    readonly ageMs: number;
  };
}

/** What the visible book would have given for a size. */
export interface BookPrice {
  /** Size-weighted price of the levels walked. */
  readonly px: Px;
  /** How much of the size they had; less than asked for when the visible book was too thin. */
  readonly sizeBase: SizeBase;
  readonly ageMs: number;
}

export interface Arrival {
  /** The venue's clock when the order was drawn up, a moment before it was sent. */
  readonly atMs: number;
  readonly midPx: Px;
  readonly bidPx?: Px;
  readonly askPx?: Px;
  /** How old the quote was; absent when the mid had to be asked for. */
  readonly quoteAgeMs?: number;
  /** For orders that take at once. */
  readonly book?: BookPrice;
}

const PRICE_DIGITS = 20;

/**
 * Walks one side of a book from its best level: the size-weighted price of up to `size`.
 * @param levels best first
 * @returns undefined when the side is empty or the size is 0
 */
export function walkBook(
  levels: readonly BookLevel[],
  size: Decimal,
): Omit<BookPrice, 'ageMs'> | undefined {
  let left = size;
  let cost = ZERO;
  for (const level of levels) {
    if (left.lte(0)) break;
    const here = decimal(level.sizeBase);
    const taken = here.lt(left) ? here : left;
    cost = cost.plus(taken.times(decimal(level.px)));
    left = left.minus(taken);
  }
  const got = size.minus(left);
  if (got.lte(0)) return undefined;
  return { px: px(cost.div(got).toSignificantDigits(PRICE_DIGITS)), sizeBase: sizeBase(got) };
}

/** What an order that is about to be sent finds. */
export interface Arriving {
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** Whether it takes liquidity at once: only then the book's price is a benchmark. */
  readonly takes: boolean;
  /** The mid that its checks have read. */
  readonly midPx: Px;
}

/**
 * @param glance undefined when the streams have told nothing of late
 * @param atMs the venue's clock
 */
export function arrivalOf(
  { side, sizeBase: size, takes, midPx }: Arriving,
  glance: MarketGlance | undefined,
  atMs: number,
): Arrival {
  if (glance === undefined) return { atMs, midPx };
  const { bidPx, askPx, quoteAgeMs } = glance;
  const levels = side === 'buy' ? glance.book?.asks : glance.book?.bids;
  const walked = takes && levels !== undefined ? walkBook(levels, decimal(size)) : undefined;
  return {
    atMs,
    midPx: px(decimal(bidPx).plus(decimal(askPx)).div(2)),
    bidPx,
    askPx,
    quoteAgeMs,
    ...(walked === undefined ? {} : { book: { ...walked, ageMs: glance.book?.ageMs ?? 0 } }),
  };
}
