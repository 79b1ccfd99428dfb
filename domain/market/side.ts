/** The two directions of an order. Positions are signed sizes instead: positive is long. */
export const SIDES = ['buy', 'sell'] as const;
export type Side = (typeof SIDES)[number];

/** What a side does to a signed size: a buy adds, a sell takes away. */
export const signOf = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1);
