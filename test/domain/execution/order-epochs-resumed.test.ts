import { describe, expect, test } from '@jest/globals';
import { epochOf, wholeBase, withHeard } from '../../../domain/execution/order-epochs.ts';
import { newOrderFacts, type OrderFacts } from '../../../domain/execution/order-facts.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';

const cloid = (number: number): Cloid => `0x${String(number).repeat(32)}` as Cloid;
const fill = (tid: number, oid: number, size: string) => ({
  tid,
  oid,
  timeMs: 1_000 + tid,
  px: px('100'),
  sizeBase: sizeBase(size),
  feeUsd: usd('0'),
  closedPnlUsd: usd('0'),
  crossed: true,
});
const epoch = (number: number, size: string, changes: Partial<OrderFacts> = {}): OrderFacts => ({
  ...newOrderFacts(sizeBase(size)),
  epoch: number,
  cloid: cloid(number),
  sends: 1,
  ...changes,
});

describe('an order that goes on from an epoch which an earlier run had opened', () => {
  test('is as large as what was executed before and what is asked for now', () => {
    const past = [epoch(0, '5', { fills: { a: fill(1, 7, '2') } })];
    expect(wholeBase(past, epoch(1, '4'))).toBe('6');
  });

  test('keeps every execution that either run has heard of, once', () => {
    const told = fill(1, 7, '2');
    const known = epoch(0, '5', { fills: { a: told, b: fill(2, 7, '1') } });
    const [merged] = withHeard([epoch(0, '5', { fills: { a: told } })], [known, epoch(3, '1')]);
    expect(Object.keys(merged?.fills ?? {})).toEqual(['a', 'b']);
  });

  test('takes news for the epoch that they name, though the venue’s id was never heard of', () => {
    const past = [epoch(0, '5', { absent: 'it expired' })];
    const event = { type: 'fill', fill: fill(1, 7, '2') } as const;
    expect(epochOf(past, event, cloid(0))).toBe(0);
    expect(epochOf(past, event, cloid(1))).toBeUndefined();
    expect(epochOf(past, event)).toBeUndefined();
  });
});
