import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalFromFloat, ROUND_HALF_UP } from '../../../../domain/kernel/decimal.ts';
import { type AssetSpec, roundPrice } from '../../../../domain/market/asset.ts';
import { wireDecimal } from '../../../../gateways/hyperliquid/wire/scalars.ts';
import { shownPrice } from '../../../../gateways/paper-exchange/feeds/candles.ts';

const assetOf = (szDecimals: number): AssetSpec => ({
  index: 0,
  name: 'X',
  szDecimals,
  maxLeverage: 10,
  isDelisted: false,
});

test('a price of a candle is the legal price nearest to what was recorded, halves going up', () => {
  expect(shownPrice(assetOf(0), 99_999.5)).toBe('100000.0');
  expect(shownPrice(assetOf(0), 9_999.95)).toBe('10000.0');
  expect(shownPrice(assetOf(5), 1.25)).toBe('1.3');
  const recorded = fc
    .tuple(fc.double({ min: -4, max: 11, noNaN: true }), fc.nat(8))
    .map(([exponent, decimals]) => Number((10 ** exponent).toFixed(decimals)))
    .filter((value) => value > 0);
  fc.assert(
    fc.property(recorded, fc.nat(5), (value, szDecimals) => {
      const asset = assetOf(szDecimals);
      const rounded = roundPrice(asset, decimalFromFloat(value), ROUND_HALF_UP);
      expect(shownPrice(asset, value)).toBe(wireDecimal(rounded));
    }),
    { numRuns: 2_000 },
  );
});
