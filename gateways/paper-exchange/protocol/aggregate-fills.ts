/**
 * `aggregateByTime`: the fills of one order at one time and price as one fill. Pure.
 *
 * The venue's documentation: "partial fills are combined when a crossing order gets filled by
 * multiple different resting orders. Resting orders filled by multiple crossing orders are only
 * aggregated if in the same block." It does not say what becomes of the price, so only fills at the
 * same price are combined: nothing that was traded is shown at a price at which it was not.
 */
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';

/** What combining looks at; everything else is the first fill's. */
export interface Combinable {
  readonly coin: string;
  readonly oid: number;
  readonly time: number;
  readonly px: string;
  readonly crossed: boolean;
  readonly dir: string;
  readonly sz: string;
  readonly closedPnl: string;
  readonly fee: string;
  readonly builderFee?: string | undefined;
}

const keyOf = ({ coin, oid, time, px, crossed, dir }: Combinable): string =>
  `${coin} ${oid} ${time} ${px} ${crossed} ${dir}`;

const sum = (a: string, b: string): string => wireDecimal(plain(decimal(a).plus(b)));

function combine<Fill extends Combinable>(first: Fill, next: Fill): Fill {
  const builderFee =
    first.builderFee === undefined && next.builderFee === undefined
      ? {}
      : { builderFee: sum(first.builderFee ?? '0.0', next.builderFee ?? '0.0') };
  return {
    ...first,
    sz: sum(first.sz, next.sz),
    closedPnl: sum(first.closedPnl, next.closedPnl),
    fee: sum(first.fee, next.fee),
    ...builderFee,
  };
}

/** Oldest first in, oldest first out: a combined fill keeps the start position of its first part. */
export function aggregateFills<Fill extends Combinable>(oldestFirst: readonly Fill[]): Fill[] {
  const combined = new Map<string, Fill>();
  for (const fill of oldestFirst) {
    const key = keyOf(fill);
    const known = combined.get(key);
    combined.set(key, known ? combine(known, fill) : fill);
  }
  return [...combined.values()];
}
