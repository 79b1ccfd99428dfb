import { describe, expect, test } from '@jest/globals';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { decimal, plain, sizeBase } from '../../../domain/kernel/decimal.ts';

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 12 });
const plainText = fc
  .tuple(fc.boolean(), digits, fc.option(digits))
  .map(
    ([isMinus, whole, part]) => `${isMinus ? '-' : ''}${whole}${part === null ? '' : `.${part}`}`,
  );

describe('decimal texts', () => {
  test('the shortest text is the same whether it was already short or not', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        const value = new Decimal(text);
        const shortest = value.isZero() ? '0' : value.toFixed();
        expect(sizeBase(text)).toBe(shortest);
        expect(sizeBase(shortest)).toBe(shortest);
        expect(plain(decimal(text))).toBe(shortest);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a text that was read before is refused or read as the first time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6 }), (text) => {
        const read = (): string => {
          try {
            return plain(decimal(text));
          } catch (fault) {
            return String(fault);
          }
        };
        expect(read()).toBe(read());
      }),
    );
  });
});
