/**
 * The candles of `1M`: calendar months in UTC, joined from the days in them. A month whose first
 * day is not known is left out, as is every candle whose open is not known.
 */
import { type Decimal, decimal, plain } from '../../../domain/kernel/decimal.ts';
import type { Candle } from '../../hyperliquid/wire/info-market.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';

/** When the month of a moment began, ms. */
export function monthOpenMs(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
}

/** The last millisecond of a moment's month. */
export function monthEndMs(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) - 1;
}

function joinDays(month: Candle, day: Candle): Candle {
  const pick = (a: string, b: string, isBetter: (a: Decimal, b: Decimal) => boolean): string =>
    isBetter(decimal(a), decimal(b)) ? a : b;
  return {
    ...month,
    c: day.c,
    h: pick(month.h, day.h, (a, b) => a.gt(b)),
    l: pick(month.l, day.l, (a, b) => a.lt(b)),
    v: wireDecimal(plain(decimal(month.v).plus(day.v))),
    n: month.n + day.n,
  };
}

/** Months out of days that are in order of time. */
export function joinMonths(days: readonly Candle[]): Candle[] {
  const months: Candle[] = [];
  for (const day of days) {
    const current = months.at(-1);
    const openMs = monthOpenMs(day.t);
    if (current?.t === openMs) months[months.length - 1] = joinDays(current, day);
    else if (day.t === openMs) months.push({ ...day, T: monthEndMs(openMs), i: '1M' });
  }
  return months;
}
