import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import {
  averagePx,
  notional,
  plainText,
  roundToStep,
  toMicro,
  truncateToMicro,
  wireText,
} from '../../../domain/matching/fixed-point.ts';

const micros = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });

describe('millionths', () => {
  test('are read and written exactly, as decimals are', () => {
    fc.assert(
      fc.property(micros, (value) => {
        const text = plainText(value);
        expect(toMicro(text)).toBe(value);
        expect(text).toBe(plain(decimal(text)));
        expect(toMicro(wireText(value))).toBe(value);
        expect(wireText(value)).toContain('.');
      }),
    );
  });

  test('multiply like decimals for every legal price and size', () => {
    const legal = fc.record({
      szDecimals: fc.nat(5),
      px: fc.bigInt({ min: 1n, max: 10n ** 8n }),
      sz: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    });
    fc.assert(
      fc.property(legal, ({ szDecimals, px, sz }) => {
        const price = px * 10n ** BigInt(szDecimals);
        const size = sz * 10n ** BigInt(6 - szDecimals);
        const exact = decimal(plainText(price)).times(plainText(size));
        expect(plainText(notional(price, size))).toBe(plain(exact));
      }),
    );
  });

  test('refuse what is no plain decimal or too fine, by name', () => {
    for (const text of ['', '1e5', ' 1', '+1', '.5', '1.', 'NaN']) {
      expect(() => toMicro(text, 'px')).toThrow('px');
    }
    expect(() => toMicro('0.0000001', 'px')).toThrow('must have at most 6 decimals');
    expect(toMicro('1.50000000')).toBe(1_500_000n);
    expect(truncateToMicro('0.12345678')).toBe(123_456n);
  });
});

test('rounding to a step goes to the nearest multiple, halves away from zero', () => {
  expect([14n, 15n, -14n, -15n].map((value) => roundToStep(value, 10n))).toEqual([
    10n,
    20n,
    -10n,
    -20n,
  ]);
});

test('an average price has the decimals of the asset, and no size has no price', () => {
  expect(averagePx(toMicro('200'), toMicro('3'), 1)).toBe(toMicro('66.7'));
  expect(averagePx(0n, 0n, 1)).toBe(0n);
});
