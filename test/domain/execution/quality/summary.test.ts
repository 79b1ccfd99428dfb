import { describe, expect, test } from '@jest/globals';
import { orderQuality } from '../../../../domain/execution/quality/order-quality.ts';
import {
  plainReason,
  type QualityRow,
  summarize,
  summarizeBy,
} from '../../../../domain/execution/quality/summary.ts';
import { px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import { evidenceOf, fillOf, markoutOf } from './samples.ts';

const row = (intentId: string, changes: Partial<QualityRow> = {}): QualityRow => ({
  intentId,
  strategy: 'ema',
  asset: 'BTC',
  status: 'FILLED',
  quality: orderQuality(evidenceOf()),
  ...changes,
});

/** Bought `size` at `price`, with a mid of 100.05 at arrival. */
const bought = (price: string, size: string) =>
  orderQuality(
    evidenceOf({
      sizeBase: sizeBase(size),
      fills: [fillOf(price, size, { markouts: [markoutOf(1_000, price)] })],
    }),
  );

describe('the summary of a group', () => {
  test('has median, mean, and the mean by notional', () => {
    const rows = ['100.05', '100.15', '100.65'].map((price, index) =>
      row(`i${index}`, { quality: bought(price, '1') }),
    );
    // 0, 0.1 and 0.6 of 100.05
    const { slippageMidBps } = summarize(rows);
    expect(slippageMidBps).toMatchObject({ orders: 3, median: '9.995002', mean: '23.321672' });
    const heavy = [
      row('a', { quality: bought('100.05', '9') }),
      row('b', { quality: bought('100.15', '1') }),
    ];
    const weighted = Number(summarize(heavy).slippageMidBps.weighted);
    expect(weighted).toBeCloseTo((9.995002 * 100.15) / (9 * 100.05 + 100.15), 5);
  });

  test('counts why orders were turned down, without what differs from order to order', () => {
    const unsent = orderQuality(evidenceOf({ fills: [] }));
    const refused = (id: string, status: QualityRow['status'], reason: string) =>
      row(id, { status, reason, quality: unsent });
    const summary = summarize([
      row('filled'),
      refused(
        'a',
        'REJECTED',
        'Order could not immediately match against any resting orders. asset=0',
      ),
      refused(
        'b',
        'REJECTED',
        'Order could not immediately match against any resting orders. asset=12',
      ),
      refused(
        'c',
        'DENIED',
        'positionSize "4725.125 USD": must be at most maxPositionFraction (0.25)',
      ),
      refused('d', 'CANCELLED', 'cancelled by request'),
    ]);
    expect(summary.refusals).toEqual({
      'REJECTED: Order could not immediately match against any resting orders.': 2,
      'DENIED: positionSize "# USD": must be at most maxPositionFraction (#)': 1,
    });
    expect(plainReason(`cloid 0x${'ab'.repeat(16)} 7`)).toBe('cloid … #');
  });

  test('counts an order that was denied neither as sent nor into the fill ratio', () => {
    const denied = row('d', { status: 'DENIED', quality: orderQuality(evidenceOf({ fills: [] })) });
    expect(summarize([row('a'), denied]).fillRatio).toMatchObject({ orders: 1, mean: '1' });
  });

  test('of nothing claims nothing', () => {
    const summary = summarize([]);
    expect(summary).toMatchObject({ orders: 0, notionalUsd: '0', shortfallBps: { orders: 0 } });
    expect(summary.shortfallBps).not.toHaveProperty('median');
  });

  test('leaves late markouts out of its figures, and counts them', () => {
    const fills = [fillOf('100', '2', { markouts: [markoutOf(1_000, '90', 5_000)] })];
    const summary = summarize([row('late', { quality: orderQuality(evidenceOf({ fills })) })]);
    expect(summary.markouts).toEqual({ fills: 0, late: 1, missing: 0 });
    expect(summary.markoutBps['1000']).toEqual({ orders: 0 });
  });

  test('groups by name, in the order of names', () => {
    const rows = [
      row('1', { asset: 'SOL' }),
      row('2', { asset: 'BTC' }),
      row('3', { asset: 'SOL' }),
    ];
    const groups = summarizeBy(rows, ({ asset }) => asset);
    expect(groups.map(({ name, summary }) => [name, summary.orders])).toEqual([
      ['BTC', 1],
      ['SOL', 2],
    ]);
  });

  test('the shares of maker volume add up by notional', () => {
    const maker = orderQuality(
      evidenceOf({ sizeBase: sizeBase('3'), fills: [fillOf('100', '3', { crossed: false })] }),
    );
    const taker = orderQuality(
      evidenceOf({ sizeBase: sizeBase('1'), fills: [fillOf('100', '1')] }),
    );
    const summary = summarize([row('m', { quality: maker }), row('t', { quality: taker })]);
    expect(summary.makerShare).toBe('0.75');
    expect(px(summary.notionalUsd)).toBe('400');
  });
});
