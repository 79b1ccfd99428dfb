import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, ZERO } from '../../../../domain/kernel/decimal.ts';
import {
  aggregateFills,
  type Combinable,
} from '../../../../gateways/paper-exchange/protocol/aggregate-fills.ts';

const fill: Combinable = {
  coin: 'BTC',
  oid: 1,
  time: 1000,
  px: '100.0',
  crossed: true,
  dir: 'Open Long',
  sz: '1.0',
  closedPnl: '0.0',
  fee: '0.045',
};

const total = (fills: readonly Combinable[], key: 'sz' | 'closedPnl' | 'fee') =>
  fills.reduce((sum, one) => sum.plus(one[key]), ZERO);

const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((units) => {
  const text = decimal(units).div(1000).toFixed();
  return text.includes('.') ? text : `${text}.0`;
});

const anyFill = fc.record({
  coin: fc.constantFrom('BTC', 'ETH'),
  oid: fc.integer({ min: 1, max: 3 }),
  time: fc.integer({ min: 1, max: 3 }),
  px: fc.constantFrom('100.0', '101.5'),
  crossed: fc.boolean(),
  dir: fc.constantFrom('Open Long', 'Close Short'),
  sz: amount,
  closedPnl: amount,
  fee: amount,
});

describe('combined fills', () => {
  test('keep every total to the last digit', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 30 }), (fills) => {
        const combined = aggregateFills(fills);
        for (const key of ['sz', 'closedPnl', 'fee'] as const) {
          expect(total(combined, key).eq(total(fills, key))).toBe(true);
        }
        expect(combined.length).toBeLessThanOrEqual(fills.length);
      }),
    );
  });

  test('stay apart when order, time, price or direction differ', () => {
    const others = [
      { ...fill, oid: 2 },
      { ...fill, time: 1001 },
      { ...fill, px: '100.5' },
      { ...fill, dir: 'Close Short' },
      { ...fill, coin: 'ETH' },
    ];
    expect(aggregateFills([fill, ...others])).toEqual([fill, ...others]);
  });

  test("sum a builder's share only where there is one", () => {
    const [plain] = aggregateFills([fill, fill]);
    expect(plain).toEqual({ ...fill, sz: '2.0', fee: '0.09' });
    const [shared] = aggregateFills([{ ...fill, builderFee: '0.01' }, fill]);
    expect(shared?.builderFee).toBe('0.01');
  });
});
