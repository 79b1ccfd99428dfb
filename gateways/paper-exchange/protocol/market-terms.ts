/**
 * The terms on which markets trade, as questions ask for them: margin tables, the size of market
 * orders. Read from the venue's own metadata; changes nothing.
 */
import type { Meta } from '../../hyperliquid/wire/info-market.ts';

type MarginTable = NonNullable<Meta['marginTables']>[number][1];

/** Tables below this id are implicit: one tier whose maximum leverage is the id. */
const FIRST_NAMED_TABLE = 50;

/** Null for a table that does not exist. */
export function marginTable({ marginTables = [] }: Meta, id: number): MarginTable | null {
  const named = marginTables.find(([known]) => known === id)?.[1];
  if (named) return named;
  if (id < 1 || id >= FIRST_NAMED_TABLE) return null;
  return { description: '', marginTiers: [{ lowerBound: '0.0', maxLeverage: id }] };
}

/**
 * From this maximum leverage on, a market order may be worth this many USD.
 * Source: the venue's documentation, "Contract specifications".
 */
export const MAX_MARKET_ORDER_NTLS = [
  [1, '500000.0'],
  [10, '2000000.0'],
  [20, '5000000.0'],
  [25, '30000000.0'],
] as const;
