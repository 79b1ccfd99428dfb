import { describe, expect, test } from '@jest/globals';
import { decimal, fraction, px, sizeBase, usd, ZERO } from '../../../domain/kernel/decimal.ts';
import type { AssetStanding, ExposureClaim } from '../../../domain/risk/reservation.ts';
import {
  breachOf,
  ceilingsOf,
  claimPx,
  describeBreach,
  positionAfter,
} from '../../../domain/risk/reservation.ts';
import { limitsOf } from './samples.ts';

const CEILINGS = { assetUsd: usd(1_000), grossUsd: usd(1_500), assets: 2 };

const claimed = (changes: Partial<ExposureClaim> = {}): ExposureClaim => ({
  asset: 'BTC',
  side: 'buy',
  sizeBase: sizeBase('1'),
  px: px('101'),
  markPx: px('100'),
  ceilings: CEILINGS,
  ...changes,
});

const standing = (asset: string, held: string, changes: Partial<AssetStanding> = {}) => ({
  asset,
  leastBase: decimal(held),
  mostBase: decimal(held),
  markPx: decimal('100'),
  buysBase: ZERO,
  buysUsd: ZERO,
  sellsBase: ZERO,
  sellsUsd: ZERO,
  ...changes,
});

const buying = (base: string, value: string) => ({
  buysBase: decimal(base),
  buysUsd: decimal(value),
});

describe('an order beside what is held and on its way', () => {
  test('fits up to the limit of its asset, at the worst price that is sent', () => {
    const held = standing('BTC', '3', buying('2', '200'));
    expect(breachOf(claimed({ sizeBase: sizeBase('4') }), [held])).toBeUndefined();
    expect(breachOf(claimed({ sizeBase: sizeBase('5') }), [held])).toEqual({
      check: 'positionSize',
      value: '1005',
    });
  });

  test('is not set off against the other side, which may fill later or never', () => {
    const held = standing('BTC', '-9', buying('5', '505'));
    expect(breachOf(claimed({ sizeBase: sizeBase('5') }), [held])).toMatchObject({
      value: '1010',
    });
  });

  test('may always close the position, but no more than that together with its like', () => {
    const beyond = standing('BTC', '-30', buying('10', '1010'));
    expect(breachOf(claimed({ sizeBase: sizeBase('20') }), [beyond])).toBeUndefined();
    expect(breachOf(claimed({ sizeBase: sizeBase('21') }), [beyond])).toMatchObject({
      check: 'positionSize',
    });
  });

  test('is added to the larger side of every other asset', () => {
    const others = [standing('ETH', '-8'), standing('BTC', '0', buying('2', '202'))];
    const order = claimed({ sizeBase: sizeBase('5') });
    expect(breachOf(order, others)).toEqual({ check: 'grossExposure', value: '1507' });
  });

  test('may be the last asset that is allowed, and not one more', () => {
    const [one, two] = [standing('ETH', '1'), standing('SOL', '0', buying('1', '1'))];
    expect(breachOf(claimed(), [one])).toBeUndefined();
    expect(breachOf(claimed(), [one, two])).toEqual({ check: 'openPositions', value: '3' });
    expect(breachOf(claimed(), [one, standing('SOL', '0')])).toBeUndefined();
  });

  test('without ceilings it reserves, and is not judged', () => {
    const { ceilings: _ceilings, ...claim } = claimed({ sizeBase: sizeBase('99') });
    expect(breachOf(claim, [])).toBeUndefined();
  });

  test('a refusal names field, value and rule', () => {
    expect(describeBreach({ check: 'grossExposure', value: '1507' }, CEILINGS)).toEqual({
      field: 'grossExposure',
      value: '1507 USD',
      rule: 'with all orders on their way, must be at most 1500 USD',
    });
    expect(describeBreach({ check: 'openPositions', value: '3' }, CEILINGS)).toMatchObject({
      value: '3',
      rule: 'with all orders on their way, must be at most 2 assets',
    });
  });
});

describe('the limits as amounts', () => {
  test('are shares of the equity; the leverage bounds all assets together', () => {
    const limits = limitsOf({
      maxPositionFraction: 0.25,
      maxGrossExposureFraction: 5,
      maxLeverage: 3,
    });
    expect(ceilingsOf(limits, usd(10_000))).toEqual({
      assetUsd: '2500',
      grossUsd: '30000',
      assets: limits.maxOpenPositions,
    });
    expect(ceilingsOf(limits, usd(10_000), fraction('0.01'))).toMatchObject({ assetUsd: '2525' });
  });

  test('a seller is valued at the mid at least, a buyer at what he may pay', () => {
    expect(claimPx('sell', px('99'), px('100'))).toBe('100');
    expect(claimPx('sell', px('120'), px('100'))).toBe('120');
    expect(claimPx('buy', px('101'), px('100'))).toBe('101');
    expect(claimPx('buy', px('90'), px('100'))).toBe('90');
  });
});

describe('the position after executions of one moment', () => {
  const step = (side: 'buy' | 'sell', size: string, start: string) => ({
    side,
    sizeBase: sizeBase(size),
    startPositionBase: sizeBase(start),
  });
  const shown = (...steps: readonly ReturnType<typeof step>[]) => {
    const { leastBase, mostBase } = positionAfter(steps);
    return [leastBase.toString(), mostBase.toString()];
  };

  test('is that after the one which no other followed, in whatever order they are told', () => {
    expect(shown(step('sell', '4', '4'), step('sell', '3', '10'), step('sell', '3', '7'))).toEqual([
      '0',
      '0',
    ]);
    expect(shown(step('buy', '2', '1'), step('sell', '5', '3'))).toEqual(['-2', '-2']);
  });

  test('is one of several when they lead in a circle, and nothing when there was none', () => {
    expect(shown(step('buy', '1', '0'), step('sell', '1', '1'))).toEqual(['0', '1']);
    expect(shown()).toEqual(['0', '0']);
  });
});
