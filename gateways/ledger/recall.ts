/**
 * An order's view from its envelopes and what the venue still shows, for an order whose history is
 * gone. What neither of them tells stays in doubt; nothing is inferred from silence.
 */

import { askedBase, askedChange, type Envelope } from '../../activities/ports/envelope.ts';
import type { VenueFill, VenueOrderStatus } from '../../activities/ports/venue.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { resumedIntent } from '../../domain/execution/order-epochs.ts';
import type { OrderEvent, OrderFacts } from '../../domain/execution/order-facts.ts';
import { advance, fillFact, newOrderFacts } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { viewOrder } from '../../domain/execution/order-view.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';

/** What the venue shows of one epoch. */
export interface Shown {
  readonly status?: VenueOrderStatus;
  readonly fills: readonly VenueFill[];
}

function epochFacts(intent: OrderIntent, envelope: Envelope, shown: Shown): OrderFacts {
  const { cloid, epoch, sends } = envelope;
  const events: OrderEvent[] = [{ type: 'prepared', cloid, epoch }];
  for (let send = 0; send < Math.max(1, sends); send += 1) events.push({ type: 'sent' });
  events.push({ type: 'outcomeUnknown', reason: 'its history is gone' });
  if (shown.status !== undefined) events.push({ type: 'venueStatus', fact: shown.status.fact });
  for (const fill of shown.fills) events.push({ type: 'fill', fill: fillFact(fill) });
  const start = { ...newOrderFacts(askedBase(envelope) ?? intent.sizeBase), epoch };
  return events.reduce<OrderFacts>((facts, event) => {
    const next = advance(facts, event);
    assertInvariant(next.ok, `order ${intent.intentId}: ${event.type} must be legal`);
    return next.value;
  }, start);
}

/** @param envelopes of the intent, oldest epoch first; at least one */
export function recallOrder(
  intent: OrderIntent,
  envelopes: readonly Envelope[],
  shown: ReadonlyMap<Cloid, Shown>,
): OrderView {
  const facts = envelopes.map((envelope) =>
    epochFacts(intent, envelope, shown.get(envelope.cloid) ?? { fills: [] }),
  );
  const [current, last] = [facts.at(-1), envelopes.at(-1)];
  assertInvariant(
    current !== undefined && last !== undefined,
    `order ${intent.intentId}: must have an envelope`,
  );
  const past = facts.slice(0, -1);
  if (past.length === 0) return viewOrder(intent, current);
  const change = askedChange(last, intent);
  const standing = { facts: current, ...(change === undefined ? {} : { change }) };
  const present = resumedIntent(intent, past, standing);
  return { ...viewOrder(present, current, past), placedAs: intent };
}
