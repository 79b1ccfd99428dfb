/** Quality of many orders: medians and means by group, and why orders were turned down. */
import type { Decimal, Usd } from '../../kernel/decimal.ts';
import { decimal, decimalFromFloat, plain, usd, ZERO } from '../../kernel/decimal.ts';
import type { OrderStatus } from '../order-view.ts';
import { HORIZONS_MS } from './markout.ts';
import type { OrderQuality } from './order-quality.ts';

/** One order and what it belongs to. */
export interface QualityRow {
  readonly intentId: string;
  readonly strategy: string;
  readonly asset: string;
  readonly status: OrderStatus;
  /** Why it was rejected, denied or given up. */
  readonly reason?: string;
  readonly quality: OrderQuality;
}

/** A measure over the orders that have it. All absent but the count when none has. */
export interface Spread {
  readonly orders: number;
  readonly median?: string;
  readonly mean?: string;
  /** Mean weighted by filled notional. */
  readonly weighted?: string;
}

export interface QualitySummary {
  readonly orders: number;
  readonly filledOrders: number;
  readonly notionalUsd: Usd;
  readonly feeUsd: Usd;
  /** Over the orders whose shortfall is known. */
  readonly shortfallUsd: Usd;
  /** Filled part of what was asked for, each order counting the same. */
  readonly fillRatio: Spread;
  /** Part of the filled notional that rested; 0 to 1. */
  readonly makerShare?: string;
  readonly shortfallBps: Spread;
  readonly slippageMidBps: Spread;
  readonly slippageBookBps: Spread;
  readonly halfSpreadBps: Spread;
  readonly feeBps: Spread;
  readonly ackMs: Spread;
  readonly firstFillMs: Spread;
  readonly lastFillMs: Spread;
  readonly markoutBps: Readonly<Record<string, Spread>>;
  /** Markouts taken in time, which alone count above; late ones; those whose price is gone. */
  readonly markouts: { readonly fills: number; readonly late: number; readonly missing: number };
  /** Orders that were denied, rejected or given up, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
}

const DECIMALS = 6;
const shown = (value: Decimal): string => plain(value.toDecimalPlaces(DECIMALS));

interface Sample {
  readonly value: Decimal;
  readonly weight: Decimal;
}

/** The middle value; of an even number the mean of the two in the middle. */
function medianOf(sorted: readonly Decimal[]): Decimal {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? ZERO;
  if (!Number.isInteger(half)) return upper;
  return upper.plus(sorted[half - 1] ?? ZERO).div(2);
}

function spreadOf(samples: readonly Sample[]): Spread {
  const orders = samples.length;
  if (orders === 0) return { orders };
  const sorted = samples.map(({ value }) => value).sort((a, b) => a.cmp(b));
  const total = sorted.reduce((sum, value) => sum.plus(value), ZERO);
  const weight = samples.reduce((sum, sample) => sum.plus(sample.weight), ZERO);
  const weighted = samples.reduce((sum, each) => sum.plus(each.value.times(each.weight)), ZERO);
  return {
    orders,
    median: shown(medianOf(sorted)),
    mean: shown(total.div(orders)),
    ...(weight.gt(0) ? { weighted: shown(weighted.div(weight)) } : {}),
  };
}

function measure(
  rows: readonly QualityRow[],
  pick: (quality: OrderQuality) => string | number | undefined,
): Spread {
  return spreadOf(
    rows.flatMap(({ quality }) => {
      const value = pick(quality);
      if (value === undefined) return [];
      const exact = typeof value === 'number' ? decimalFromFloat(value) : decimal(value);
      return [{ value: exact, weight: decimal(quality.notionalUsd) }];
    }),
  );
}

/**
 * A reason without what differs from order to order: the venue ends its words with the asset's
 * number, and names prices and sizes.
 */
export const plainReason = (reason: string): string =>
  reason
    .replace(/\s*asset=\d+$/, '')
    .replace(/0x[0-9a-f]{8,}/gi, '…')
    .replace(/\d+(\.\d+)?/g, '#');

const REFUSED: readonly OrderStatus[] = ['REJECTED', 'DENIED', 'EXPIRED'];

function refusalsOf(rows: readonly QualityRow[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { status, reason } of rows) {
    if (!REFUSED.includes(status)) continue;
    const name = `${status}: ${reason === undefined ? 'no reason given' : plainReason(reason)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return Object.fromEntries(byCount);
}

const total = (
  rows: readonly QualityRow[],
  pick: (quality: OrderQuality) => Usd | undefined,
): Usd => usd(rows.reduce((sum, { quality }) => sum.plus(decimal(pick(quality) ?? '0')), ZERO));

function makerShareOf(rows: readonly QualityRow[]): string | undefined {
  const notional = decimal(total(rows, (quality) => quality.notionalUsd));
  if (notional.isZero()) return undefined;
  const resting = rows.reduce(
    (sum, { quality }) =>
      sum.plus(decimal(quality.makerShare ?? '0').times(decimal(quality.notionalUsd))),
    ZERO,
  );
  return shown(resting.div(notional));
}

function countMarkouts(rows: readonly QualityRow[]): QualitySummary['markouts'] {
  const all = rows.flatMap(({ quality }) => quality.markouts);
  const count = (pick: 'fills' | 'late' | 'missing'): number =>
    all.reduce((sum, markout) => sum + markout[pick], 0);
  return { fills: count('fills'), late: count('late'), missing: count('missing') };
}

/** Sums up a group of orders, in any order of rows. */
export function summarize(rows: readonly QualityRow[]): QualitySummary {
  const filled = rows.filter(({ quality }) => decimal(quality.filledBase).gt(0));
  const sent = rows.filter(({ status }) => status !== 'DENIED');
  const makerShare = makerShareOf(filled);
  const markoutBps = HORIZONS_MS.map((horizonMs) => [
    String(horizonMs),
    measure(rows, (quality) => quality.markouts.find((each) => each.horizonMs === horizonMs)?.bps),
  ]);
  return {
    orders: rows.length,
    filledOrders: filled.length,
    notionalUsd: total(rows, (quality) => quality.notionalUsd),
    feeUsd: total(rows, (quality) => quality.feeUsd),
    shortfallUsd: total(rows, (quality) => quality.shortfallUsd),
    fillRatio: measure(sent, (quality) => quality.fillRatio),
    ...(makerShare === undefined ? {} : { makerShare }),
    shortfallBps: measure(rows, (quality) => quality.shortfallBps),
    slippageMidBps: measure(rows, (quality) => quality.slippageMidBps),
    slippageBookBps: measure(rows, (quality) => quality.slippageBookBps),
    halfSpreadBps: measure(rows, (quality) => quality.halfSpreadBps),
    feeBps: measure(rows, (quality) => quality.feeBps),
    ackMs: measure(rows, (quality) => quality.ackMs),
    firstFillMs: measure(rows, (quality) => quality.firstFillMs),
    lastFillMs: measure(rows, (quality) => quality.lastFillMs),
    markoutBps: Object.fromEntries(markoutBps),
    markouts: countMarkouts(rows),
    refusals: refusalsOf(rows),
  };
}

/** Groups rows by a name and sums up each group; the groups in the order of their names. */
export function summarizeBy(
  rows: readonly QualityRow[],
  nameOf: (row: QualityRow) => string,
): readonly { readonly name: string; readonly summary: QualitySummary }[] {
  const groups = Map.groupBy(rows, nameOf);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]) => ({ name, summary: summarize(group) }));
}
