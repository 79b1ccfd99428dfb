import { describe, expect, test } from '@jest/globals';
import { Decimal as Shared } from 'decimal.js';
import fc from 'fast-check';
import {
  decimal,
  decimalFromFloat,
  fraction,
  isDecimalText,
  plain,
  px,
  ROUND_DOWN,
  sizeBase,
  usd,
} from '../../../domain/kernel/decimal.ts';

const plainText = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 0, max: 20 }))
  .map(([negative, digits, places]) => {
    const text = digits.toString().padStart(places + 1, '0');
    const point = text.length - places;
    const whole = places === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`;
    return negative ? `-${whole}` : whole;
  });

describe('a decimal', () => {
  test.each(['', ' 1', '1 ', '1e5', '.5', '5.', '+1', '0x10', 'NaN', 'Infinity', '1,000', '--1'])(
    'is not read from %j',
    (text) => {
      expect(isDecimalText(text)).toBe(false);
      expect(() => decimal(text)).toThrow(RangeError);
    },
  );

  test.each([0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'is not read from the number %p, which has lost digits',
    (value) => expect(() => decimal(value)).toThrow('no safe integer'),
  );

  test('keeps every digit of plain text, without exponent and trailing zeros', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        const written = plain(decimal(text));
        expect(isDecimalText(written)).toBe(true);
        expect(decimal(written).eq(decimal(text))).toBe(true);
        expect(written).not.toMatch(/\.\d*0$|^-0$|e/i);
      }),
    );
  });

  test('adds and subtracts without loss', () => {
    fc.assert(
      fc.property(plainText, plainText, (a, b) => {
        expect(decimal(a).plus(decimal(b)).minus(decimal(b)).eq(decimal(a))).toBe(true);
      }),
    );
    expect(plain(decimal('0.1').plus(decimal('0.2')))).toBe('0.3');
  });

  test('does not follow settings that others make on the shared library', () => {
    const before = Shared.precision;
    Shared.set({ precision: 3, rounding: ROUND_DOWN });
    try {
      expect(plain(decimal(2).div(3))).toHaveLength('0.'.length + 60);
    } finally {
      Shared.set({ precision: before, rounding: Shared.ROUND_HALF_UP });
    }
  });
});

describe('a float', () => {
  test('is read at fifteen digits, so that a typed decimal comes back as typed', () => {
    expect(plain(decimalFromFloat(0.1 + 0.2))).toBe('0.3');
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(5), (digits, places) => {
        const text = plain(decimal(digits).div(decimal(10).pow(places)));
        expect(plain(decimalFromFloat(Number(text)))).toBe(text);
      }),
    );
  });

  test('that is not finite is refused', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => decimalFromFloat(value)).toThrow('not a finite number');
    }
  });
});

test('branded decimals are the shortest plain text of their value', () => {
  expect([px('1.50'), sizeBase('-0'), usd(7), fraction('00.10')]).toEqual(['1.5', '0', '7', '0.1']);
});
