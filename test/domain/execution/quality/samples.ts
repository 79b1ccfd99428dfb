/** Evidence of executed orders for tests of their quality. */
import type { Arrival } from '../../../../domain/execution/quality/arrival.ts';
import type { Markout } from '../../../../domain/execution/quality/markout.ts';
import type {
  MarkedFill,
  OrderEvidence,
} from '../../../../domain/execution/quality/order-quality.ts';
import { px, sizeBase, usd } from '../../../../domain/kernel/decimal.ts';

export const AT_MS = 1_760_000_000_000;

/** Mid 100.05, spread 0.1; the book would have given 2 units at 100.2. */
export const arrivalOf = (changes: Partial<Arrival> = {}): Arrival => ({
  atMs: AT_MS,
  midPx: px('100.05'),
  bidPx: px('100'),
  askPx: px('100.1'),
  quoteAgeMs: 12,
  book: { px: px('100.2'), sizeBase: sizeBase('2'), ageMs: 80 },
  ...changes,
});

/** A fill 40 ms after arrival, with a fee of 4.5 bps. */
export function fillOf(price: string, size: string, changes: Partial<MarkedFill> = {}): MarkedFill {
  const feeUsd = usd(String(Number((Number(price) * Number(size) * 0.00045).toFixed(6))));
  return {
    tid: 1,
    oid: 7,
    timeMs: AT_MS + 40,
    px: px(price),
    sizeBase: sizeBase(size),
    feeUsd,
    closedPnlUsd: usd('0'),
    crossed: true,
    markouts: [],
    ...changes,
  };
}

/** A mid taken `offMs` after its moment, of a fill at `AT_MS + 40`. */
export const markoutOf = (horizonMs: Markout['horizonMs'], price: string, offMs = 3): Markout => ({
  horizonMs,
  source: 'mid',
  px: px(price),
  priceMs: AT_MS + 40 + horizonMs + offMs,
  takenMs: AT_MS + 40 + horizonMs + offMs,
});

/** Buys 2 units, decided at 100, arrived at 100.05, and filled whole at 100.1 and 100.3. */
export const evidenceOf = (changes: Partial<OrderEvidence> = {}): OrderEvidence => ({
  side: 'buy',
  type: 'MARKET',
  sizeBase: sizeBase('2'),
  hasEnded: true,
  decisionPx: px('100'),
  arrival: arrivalOf(),
  fills: [fillOf('100.1', '1'), fillOf('100.3', '1', { tid: 2, timeMs: AT_MS + 55 })],
  ackMs: 31.4,
  ...changes,
});
