/** Intents, fills and venue statuses for tests of orders. */
import fc from 'fast-check';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type {
  FillFact,
  OrderEvent,
  OrderFacts,
  VenueStatusFact,
} from '../../../domain/execution/order-facts.ts';
import { advance, newOrderFacts } from '../../../domain/execution/order-facts.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import { accountAddress, intentId } from '../../../domain/kernel/ids.ts';

export const CLOID = `0x${'ab'.repeat(16)}` as Cloid;
export const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);

/** Buys 1 BTC at 60,000 USD, good till cancelled. */
export const intentOf = (changes: Partial<OrderIntent> = {}): OrderIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('demo/BTC/1'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('1'),
  reduceOnly: false,
  limitPx: px('60000'),
  ...changes,
});

/** The view of an order that has ended without an execution, unless the changes say otherwise. */
export const endedAs = (
  intent: OrderIntent,
  status: OrderView['status'],
  changes: Partial<OrderView> = {},
): OrderView => ({
  intent,
  status,
  filledBase: sizeBase('0'),
  feeUsd: usd(0),
  closedPnlUsd: usd(0),
  fills: [],
  foundLate: false,
  ...changes,
});

/** The intent without some of its fields. */
export function without(intent: OrderIntent, ...fields: (keyof OrderIntent)[]): OrderIntent {
  const kept = Object.entries(intent).filter(([name]) => !fields.some((field) => field === name));
  return Object.fromEntries(kept) as unknown as OrderIntent;
}

export const fillOf = (size: string, tid = 1, changes: Partial<FillFact> = {}): FillFact => ({
  tid,
  oid: 77,
  timeMs: 1_000 + tid,
  px: px('60000'),
  sizeBase: sizeBase(size),
  feeUsd: usd('0.5'),
  closedPnlUsd: usd('0'),
  crossed: true,
  ...changes,
});

export const statusOf = (
  status: string,
  remaining = '1',
  statusTimestampMs = 2_000,
): VenueStatusFact => ({ oid: 77, status, remainingBase: sizeBase(remaining), statusTimestampMs });

export const EVENTS = {
  prepared: { type: 'prepared', cloid: CLOID, epoch: 0 },
  denied: {
    type: 'denied',
    denial: { kind: 'risk', field: 'notional', value: '1 USD', rule: 'must be at least 10 USD' },
  },
  withdrawn: { type: 'withdrawn', reason: 'changed my mind' },
  sent: { type: 'sent' },
  rejected: { type: 'rejected', reason: 'Insufficient margin' },
  outcomeUnknown: { type: 'outcomeUnknown', reason: 'HTTP 502' },
  provenAbsent: { type: 'provenAbsent', reason: 'NOT_PLACED' },
  provenGone: { type: 'provenGone', reason: 'GONE' },
  venueStatus: { type: 'venueStatus', fact: statusOf('open') },
  fill: { type: 'fill', fill: fillOf('0.4') },
} as const satisfies Readonly<Record<OrderEvent['type'], OrderEvent>>;

/** Adds events that must all be legal. */
export function adding(facts: OrderFacts, ...events: readonly OrderEvent[]): OrderFacts {
  return events.reduce((before, event) => {
    const next = advance(before, event);
    if (!next.ok) throw new Error(`${next.error.event} in ${next.error.phase}: ${next.error.rule}`);
    return next.value;
  }, facts);
}

/** Facts of an order for 1 BTC after some events. */
export const factsAfter = (...events: readonly OrderEvent[]): OrderFacts =>
  adding(newOrderFacts(sizeBase('1')), ...events);

export const venueSays = (fact: VenueStatusFact): OrderEvent => ({ type: 'venueStatus', fact });
export const filled = (fill: FillFact): OrderEvent => ({ type: 'fill', fill });

/** Own events that bring an order to where the venue may speak of it. */
const PREFIXES: readonly (readonly OrderEvent[])[] = [
  [],
  [EVENTS.prepared, EVENTS.sent],
  [EVENTS.prepared, EVENTS.sent, EVENTS.outcomeUnknown],
  [EVENTS.prepared, EVENTS.sent, EVENTS.outcomeUnknown, EVENTS.sent],
  [EVENTS.prepared, EVENTS.sent, EVENTS.outcomeUnknown, EVENTS.provenAbsent],
];
export const anyPrefix = fc.constantFrom(...PREFIXES);

const STATUS_WORDS = [
  'open',
  'triggered',
  'filled',
  'canceled',
  'marginCanceled',
  'reduceOnlyCanceled',
  'scheduledCancel',
  'rejected',
  'tickRejected',
  'aWordOfTomorrow',
] as const;

const anySize = fc.integer({ min: 0, max: 10 }).map((tenths) => `${tenths / 10}`);

/** Any word of the venue about one order: contradictory ones included. */
export const anyStatus = fc
  .record({
    status: fc.constantFrom(...STATUS_WORDS),
    remaining: anySize,
    atMs: fc.integer({ min: 0, max: 5 }),
    oid: fc.constantFrom(77, 78),
  })
  .map(({ status, remaining, atMs, oid }) => ({ ...statusOf(status, remaining, atMs), oid }));

/** A fill whose content follows from its identity, as the venue's do. */
export const anyFill = fc
  .record({ tid: fc.integer({ min: 1, max: 6 }), timeMs: fc.integer({ min: 0, max: 2 }) })
  .map(({ tid, timeMs }) =>
    fillOf(`0.${1 + ((tid * 3 + timeMs) % 4)}`, tid, {
      timeMs,
      oid: 70 + (tid % 2),
      px: px(`${60_000 + tid * 10 + timeMs}`),
    }),
  );

export const anyVenueEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
  anyStatus.map(venueSays),
  anyFill.map(filled),
);
