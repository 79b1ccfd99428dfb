import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  exitNumbers,
  exitNumbersOf,
  ruleNumbers,
} from '../../../domain/evolution/vector/exit-numbers.ts';
import { MarketNumbers } from '../../../domain/evolution/vector/market-numbers.ts';
import { decimal, decimalFromFloat, fraction, px } from '../../../domain/kernel/decimal.ts';
import { checkPrice, roundPrice } from '../../../domain/market/asset.ts';
import { toMicro } from '../../../domain/matching/state/fixed-point.ts';
import { readTerms, termsOf } from '../../../domain/matching/state/terms.ts';
import type { ExitRules } from '../../../domain/signals/exit-rules.ts';
import { exitTermsOf } from '../../../domain/sizing/exit-terms.ts';
import { marketOf } from '../evolution/backtest/made-market.ts';
import { BTC } from '../market/samples.ts';

const rules = (
  targets: readonly (readonly [string, string])[],
  stopAfterTarget: ExitRules['stopAfterTarget'] = 'entry',
): ExitRules => ({
  targets: targets.map(([distanceR, part]) => ({
    distanceR: fraction(distanceR),
    fraction: fraction(part),
  })),
  stopAfterTarget,
});

describe('targets in prices', () => {
  const both = rules([
    ['1.5', '0.4'],
    ['3', '0.6'],
  ]);

  test('are multiples of what the stop is away, rounded away from the entry', () => {
    // 60,000.5 to 59,000 are 1,000.5: 1.5 of it is 1,500.75, 3 of it 3,001.5.
    expect(exitTermsOf(both, BTC, true, px('60000.5'), px('59000'))).toEqual({
      side: 'sell',
      stopPx: '59000',
      targets: [
        { px: '61502', upToFraction: '0.4' },
        { px: '63002', upToFraction: '1' },
      ],
      stopAfterPx: '60000',
    });
    expect(exitTermsOf(both, BTC, false, px('60000.5'), px('61001'))).toEqual({
      side: 'buy',
      stopPx: '61001',
      targets: [
        { px: '58499', upToFraction: '0.4' },
        { px: '56999', upToFraction: '1' },
      ],
      stopAfterPx: '60001',
    });
  });

  test('that round to one price are one; those out of reach are none', () => {
    const near = rules([
      ['0.001', '0.5'],
      ['0.002', '0.25'],
    ]);
    const terms = exitTermsOf(near, BTC, true, px('60000'), px('59999'));
    expect(terms?.targets).toEqual([{ px: '60001', upToFraction: '0.75' }]);
    const far = rules([['20', '1']]);
    expect(exitTermsOf(far, BTC, true, px('100'), px('95'))).toBeUndefined();
    expect(exitTermsOf(far, BTC, false, px('100'), px('105'))).toBeUndefined();
    expect(exitTermsOf(far, BTC, true, px('100'), px('96'))?.targets).toHaveLength(1);
  });

  const { asset } = marketOf('ETH', [[100, 100, 100, 100]]);
  const venue = readTerms({ universe: [{ ...asset, index: 0 }], marginTables: {}, seed: 1 });
  const numbers = new MarketNumbers(
    marketOf('ETH', [[100, 100, 100, 100]]),
    termsOf(venue, 'ETH'),
    6,
  );

  test('are the same in whole numbers, on legal prices, on the winning side', () => {
    const thousandths = fc.integer({ min: 1, max: 20_000 });
    const mids = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 100_000, max: 999_999 }),
    );
    fc.assert(
      fc.property(
        mids,
        fc.double({ min: 1e-4, max: 0.9, noNaN: true }),
        fc.uniqueArray(thousandths, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.constantFrom('stays', 'entry'),
        ([exponent, digits], distance, multiples, isLong, moves) => {
          const mid = decimal(digits).div(decimal(10).pow(exponent));
          const away = decimalFromFloat(distance).toDecimalPlaces(6);
          const stop = mid.times(isLong ? decimal(1).minus(away) : decimal(1).plus(away));
          const stopPx = roundPrice(asset, stop, isLong ? 1 : 0);
          if (decimal(stopPx).lte(0)) return;
          const given = multiples
            .toSorted((one, other) => one - other)
            .map((each) => [decimal(each).div(1_000).toString(), '0.3'] as const);
          const asked = rules(given, moves as ExitRules['stopAfterTarget']);
          const terms = exitTermsOf(asked, asset, isLong, px(mid), stopPx);
          const found = exitNumbers(
            numbers,
            ruleNumbers(asked),
            isLong,
            toMicro(px(mid)),
            toMicro(stopPx),
          );
          expect(found).toEqual(terms === undefined ? null : exitNumbersOf(terms));
          for (const { px: targetPx } of terms?.targets ?? []) {
            expect(checkPrice(asset, targetPx)).toBeUndefined();
            expect(decimal(targetPx).gt(mid)).toBe(isLong);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
