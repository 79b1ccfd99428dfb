import { describe, expect, test } from '@jest/globals';
import type { OrderFacts } from '../../../domain/execution/order-facts.ts';
import { isTerminal, newOrderFacts } from '../../../domain/execution/order-facts.ts';
import { TERMINAL_STATUSES, viewOrder } from '../../../domain/execution/order-view.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import {
  adding,
  CLOID,
  EVENTS,
  factsAfter,
  filled,
  fillOf,
  intentOf,
  statusOf,
  venueSays,
} from './samples.ts';

const { prepared, sent, outcomeUnknown } = EVENTS;
const view = (facts: OrderFacts) => viewOrder(intentOf(), facts);

describe('what people see of an order', () => {
  test.each<[string, OrderFacts, string | undefined]>([
    ['PENDING', newOrderFacts(sizeBase('1')), undefined],
    ['PENDING', factsAfter(prepared, sent), undefined],
    ['IN_DOUBT', factsAfter(prepared, sent, outcomeUnknown), 'HTTP 502'],
    ['SUBMITTED', factsAfter(prepared, sent, venueSays(statusOf('open'))), undefined],
    ['PARTIALLY_FILLED', factsAfter(prepared, sent, filled(fillOf('0.4'))), undefined],
    ['FILLED', factsAfter(prepared, sent, filled(fillOf('1'))), undefined],
    ['CANCELLED', factsAfter(venueSays(statusOf('selfTradeCanceled'))), 'selfTradeCanceled'],
    ['CANCELLED', factsAfter(EVENTS.withdrawn), 'changed my mind'],
    ['REJECTED', factsAfter(prepared, sent, EVENTS.rejected), 'Insufficient margin'],
    ['REJECTED', factsAfter(venueSays(statusOf('tickRejected'))), 'tickRejected'],
    ['EXPIRED', factsAfter(prepared, sent, outcomeUnknown, EVENTS.provenAbsent), 'NOT_PLACED'],
    ['DENIED', factsAfter(EVENTS.denied), 'notional "1 USD": must be at least 10 USD'],
  ])('%s, with the reason where there is one', (status, facts, reason) => {
    const seen = view(facts);
    expect(seen.status).toBe(status);
    expect(seen.reason).toBe(reason);
    expect(TERMINAL_STATUSES.includes(seen.status)).toBe(isTerminal(facts));
  });

  test('money is summed exactly and fills are listed by time', () => {
    const facts = factsAfter(
      prepared,
      filled(fillOf('0.2', 2, { px: px('200'), feeUsd: usd('0.2'), closedPnlUsd: usd('-3') })),
      filled(fillOf('0.1', 1, { px: px('100'), feeUsd: usd('0.1'), closedPnlUsd: usd('1.5') })),
    );
    expect(view(facts)).toMatchObject({
      cloid: CLOID,
      oid: 77,
      filledBase: '0.3',
      feeUsd: '0.3',
      closedPnlUsd: '-1.5',
      foundLate: false,
    });
    expect(view(facts).averagePx).toMatch(/^166\.66666666666666/);
    expect(view(facts).fills.map((fill) => fill.tid)).toEqual([1, 2]);
  });

  test('what is not known is left out, not empty', () => {
    const seen = view(newOrderFacts(sizeBase('1')));
    for (const field of ['cloid', 'oid', 'averagePx', 'reason', 'denial']) {
      expect(seen).not.toHaveProperty(field);
    }
  });

  test('the order id is the one of the venue, even when an execution came first', () => {
    const first = factsAfter(prepared, filled(fillOf('0.1', 1, { oid: 5 })));
    expect(view(first).oid).toBe(5);
    expect(view(adding(first, venueSays(statusOf('open')))).oid).toBe(77);
  });

  test('it is plain JSON', () => {
    const seen = view(factsAfter(prepared, sent, filled(fillOf('1'))));
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});
