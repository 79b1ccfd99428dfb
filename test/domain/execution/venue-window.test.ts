import { describe, expect, test } from '@jest/globals';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { newOrderFacts, type OrderFacts } from '../../../domain/execution/order-facts.ts';
import {
  NOT_WAITED,
  type WindowWait,
  windowWaitMs,
} from '../../../domain/execution/venue-window.ts';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId } from '../../../domain/kernel/ids.ts';
import { intent } from '../../workflows/support/scripted-venue.ts';

const STARTED_MS = 1_000_000;
const REFUSED: OrderFacts = {
  ...newOrderFacts(sizeBase('0.02')),
  sends: 1,
  rejected: 'Only post-only orders allowed immediately after network upgrade',
};

/** All waits of an order that is refused again and again, ms. */
function waitsOf(fields: Partial<OrderIntent>, facts = REFUSED): readonly number[] {
  const waits: number[] = [];
  let waited: WindowWait = NOT_WAITED;
  for (;;) {
    const waitMs = windowWaitMs(intent('window', fields), facts, STARTED_MS, waited);
    if (waitMs === undefined) return waits;
    waits.push(waitMs);
    waited = { tries: waited.tries + 1, waitedMs: waited.waitedMs + waitMs };
  }
}

const sum = (waits: readonly number[]): number => waits.reduce((total, each) => total + each, 0);

describe('an order that meets the post-only window', () => {
  test('tries again soon at first, then every ten seconds, for ten minutes at the most', () => {
    const waits = waitsOf({});
    expect(waits.slice(0, 5)).toEqual([1_000, 2_000, 5_000, 10_000, 10_000]);
    expect(sum(waits)).toBeGreaterThan(585_000);
    expect(sum(waits)).toBeLessThan(600_000);
  });

  test.each<[string, Partial<OrderIntent>]>([
    ['at the market', { type: 'MARKET' }],
    ['at once or not at all', { timeInForce: 'IOC' }],
  ])('waits a minute at the most when it takes %s', (_what, fields) => {
    expect(sum(waitsOf(fields))).toBeGreaterThan(45_000);
    expect(sum(waitsOf(fields))).toBeLessThan(60_000);
  });

  test.each(['cancelAtMs', 'validUntilMs'] as const)('does not outlive its %s', (field) => {
    expect(waitsOf({ [field]: STARTED_MS + 9_000 })).toEqual([1_000, 2_000, 5_000]);
    expect(waitsOf({ [field]: STARTED_MS + 1_000 })).toEqual([]);
  });

  test.each<[string, Partial<OrderIntent>]>([
    ['an exit', { reduceOnly: true }],
    ['a stop', { type: 'STOP_LOSS' }],
    ['a leg of a parent', { parent: intentId('parent') }],
  ])('%s does not wait: whoever started it decides', (_what, fields) => {
    expect(waitsOf(fields)).toEqual([]);
  });

  test('no other refusal is waited out, nor an order that was not refused', () => {
    expect(waitsOf({}, { ...REFUSED, rejected: 'Insufficient margin' })).toEqual([]);
    const { rejected: _said, ...sent } = REFUSED;
    expect(waitsOf({}, sent)).toEqual([]);
    const cancelled = { oid: 1, status: 'canceled', remainingBase: sizeBase('0.02') };
    expect(
      waitsOf({}, { ...REFUSED, venue: { ...cancelled, statusTimestampMs: STARTED_MS } }),
    ).toEqual([]);
  });
});
