import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import {
  applyRate,
  averagePx,
  exact,
  mulDiv,
  notional,
  plainText,
  quotient,
  roundToStep,
  toMicro,
  truncateToMicro,
  wireText,
} from '../../../domain/matching/state/fixed-point.ts';

const micros = fc.maxSafeInteger();

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
      px: fc.integer({ min: 1, max: 10 ** 8 }),
      sz: fc.integer({ min: -(10 ** 6), max: 10 ** 6 }),
    });
    fc.assert(
      fc.property(legal, ({ szDecimals, px, sz }) => {
        const price = px * 10 ** szDecimals;
        const size = sz * 10 ** (6 - szDecimals);
        fc.pre(Math.abs(px * sz) < Number.MAX_SAFE_INTEGER);
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
    expect(toMicro('1.50000000')).toBe(1_500_000);
    expect(truncateToMicro('0.12345678')).toBe(123_456);
  });
});

describe('whole numbers', () => {
  const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

  test('are divided exactly and cut toward zero, and no result is minus zero', () => {
    fc.assert(
      fc.property(micros, positive, (a, b) => {
        expect(quotient(a, b)).toBe(Number(BigInt(a) / BigInt(b)));
      }),
    );
  });

  test('are multiplied and divided as if nothing could overflow, or refused', () => {
    fc.assert(
      fc.property(micros, micros, positive, (a, b, c) => {
        const whole = (BigInt(a) * BigInt(b)) / BigInt(c);
        if (Number.isSafeInteger(Number(whole))) expect(mulDiv(a, b, c)).toBe(Number(whole));
        else expect(() => mulDiv(a, b, c)).toThrow('must be a whole number within');
      }),
    );
  });

  test('of the size of fees and shares come out the same, whichever way is taken', () => {
    const amount = fc.integer({ min: -(10 ** 15), max: 10 ** 15 });
    const part = fc.oneof(fc.nat({ max: 10 ** 9 }), fc.integer({ min: 0, max: 10 ** 12 }));
    fc.assert(
      fc.property(amount, part, fc.constantFrom(7, 10 ** 6, 10 ** 12), (a, b, c) => {
        const whole = Number((BigInt(a) * BigInt(b)) / BigInt(c));
        fc.pre(Number.isSafeInteger(whole));
        expect(mulDiv(a, b, c)).toBe(whole);
      }),
    );
    fc.assert(
      fc.property(amount, fc.integer({ min: -(10 ** 9), max: 10 ** 12 }), (usd, rate) => {
        expect(applyRate(usd, rate)).toBe(Number((BigInt(usd) * BigInt(rate)) / 10n ** 12n));
      }),
      { numRuns: 500 },
    );
  });

  test('make a notional as if nothing could overflow, or one that is refused', () => {
    const size = fc.oneof(micros, fc.integer());
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.maxSafeNat()), size, (px, sz) => {
        const whole = (BigInt(px) * BigInt(sz)) / 1_000_000n;
        if (Number.isSafeInteger(Number(whole))) expect(notional(px, sz)).toBe(Number(whole));
        else expect(() => notional(px, sz)).toThrow('notional');
      }),
    );
  });

  test('beyond the safe integers are refused, as results and as text', () => {
    expect(() => exact(Number.MAX_SAFE_INTEGER + 1, 'cash')).toThrow('cash 9007199254740992');
    expect(() => toMicro('9007199254.740992', 'usd')).toThrow('must be at most 9007199254.740991');
    expect(toMicro('-9007199254.740991')).toBe(Number.MIN_SAFE_INTEGER);
  });
});

test('rounding to a step goes to the nearest multiple, halves away from zero', () => {
  expect([14, 15, -14, -15].map((value) => roundToStep(value, 10))).toEqual([10, 20, -10, -20]);
  expect(roundToStep(-4, 10)).toBe(0);
});

test('an average price has the decimals of the asset, and no size has no price', () => {
  expect(averagePx(toMicro('200'), toMicro('3'), 1)).toBe(toMicro('66.7'));
  expect(averagePx(0, 0, 1)).toBe(0);
});
