import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decimal,
  ROUND_CEIL,
  ROUND_DOWN,
  ROUND_FLOOR,
  ROUND_HALF_EVEN,
  ROUND_UP,
} from '../../../domain/kernel/decimal.ts';
import {
  checkNotional,
  checkPrice,
  checkSize,
  maxPriceDecimals,
  roundPrice,
  roundSizeDown,
} from '../../../domain/market/asset.ts';
import { BTC } from './samples.ts';

interface Listed {
  readonly name: string;
  readonly szDecimals: number;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(`test/fixtures/market/${name}`, 'utf8'));
const meta = read('meta.2025-08-22.json') as { response: { universe: Listed[] } };
const universe = meta.response.universe;
const venueCases = read('price-validity.json') as {
  cases: { px: string; szDecimals: number; valid: boolean }[];
};

/** Positive decimals over fourteen orders of magnitude, with up to nine significant figures. */
const price = fc
  .tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: -12, max: 0 }))
  .map(([digits, exponent]) => decimal(digits).times(decimal(10).pow(exponent)));

/** The distance of neighbouring legal prices: 5 significant figures, the asset's decimals, or 1. */
function tickAt(asset: Listed, value: ReturnType<typeof decimal>) {
  const bySignificance = value.e - 4;
  return decimal(10).pow(Math.min(0, Math.max(bySignificance, -maxPriceDecimals(asset))));
}

describe('the tick rule', () => {
  test.each(venueCases.cases)('says $valid for $px at $szDecimals size decimals', (each) => {
    const violation = checkPrice({ name: 'X', szDecimals: each.szDecimals }, each.px);
    expect(violation === undefined).toBe(each.valid);
  });

  test('the recorded universe is the whole one', () => {
    expect(universe.length).toBeGreaterThan(190);
    expect(universe[0]).toMatchObject({ name: 'BTC', szDecimals: 5 });
  });

  test('a rounded price is legal and less than a tick away, for every asset and direction', () => {
    for (const asset of universe) {
      const least = decimal(10).pow(-maxPriceDecimals(asset));
      fc.assert(
        fc.property(price, (value) => {
          fc.pre(value.gte(least));
          for (const rounding of [ROUND_UP, ROUND_DOWN, ROUND_CEIL, ROUND_FLOOR, ROUND_HALF_EVEN]) {
            const rounded = roundPrice(asset, value, rounding);
            expect(checkPrice(asset, rounded)).toBeUndefined();
            expect(decimal(rounded).minus(value).abs().lt(tickAt(asset, value))).toBe(true);
          }
        }),
        { numRuns: 15 },
      );
    }
  });

  test('rounding goes the way it was told and leaves legal prices alone', () => {
    fc.assert(
      fc.property(price, fc.constantFrom(...universe), (value, asset) => {
        fc.pre(value.gte(decimal(10).pow(-maxPriceDecimals(asset))));
        const down = decimal(roundPrice(asset, value, ROUND_DOWN));
        const up = decimal(roundPrice(asset, value, ROUND_UP));
        expect(down.lte(value)).toBe(true);
        expect(up.gte(value)).toBe(true);
        expect(roundPrice(asset, down, ROUND_UP)).toBe(roundPrice(asset, down, ROUND_DOWN));
      }),
    );
  });

  test('a price of 0 or less is refused, and cannot be rounded', () => {
    expect(checkPrice(BTC, '0')).toEqual({
      field: 'price',
      value: '0',
      rule: 'must be greater than 0',
    });
    expect(() => roundPrice(BTC, '-1')).toThrow('must be greater than 0');
  });
});

describe('the lot rule', () => {
  test('a size rounded down is never larger, less than a lot away, and legal unless 0', () => {
    fc.assert(
      fc.property(price, fc.constantFrom(...universe), (value, asset) => {
        const lots = roundSizeDown(asset, value);
        const rest = value.minus(decimal(lots));
        expect(rest.gte(0) && rest.lt(decimal(10).pow(-asset.szDecimals))).toBe(true);
        if (lots !== '0') expect(checkSize(asset, lots)).toBeUndefined();
      }),
    );
  });

  test('a size with too many decimals names the lot', () => {
    expect(checkSize(BTC, '0.000001')).toEqual({
      field: 'size',
      value: '0.000001',
      rule: 'must be a multiple of the BTC lot 0.00001',
    });
  });
});

describe('the least order value', () => {
  test('is 10 USD, inclusive, except for reduce-only orders', () => {
    expect(checkNotional('100', '0.1', false)).toBeUndefined();
    expect(checkNotional('100', '0.09999', false)?.value).toBe('9.999 USD');
    expect(checkNotional('100', '0.00001', true)).toBeUndefined();
  });
});
