import { describe, expect, test } from '@jest/globals';
import { barArrays } from '../../../domain/market/bar-arrays.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import { HOUR_MS, type TimedSeries } from '../../../domain/market/side-series.ts';
import { seedByName, withFilters } from '../../../domain/signals/registry.ts';
import type { StrategySeed } from '../../../domain/signals/seed.ts';
import { barsFromCloses, MINUTE_MS } from '../market/samples.ts';
import { answering, genesOf, judgeLast } from './samples.ts';

const BARS = 400;

function filtered(name: string, told: Parameters<typeof answering>[0] = {}): StrategySeed {
  const seed = withFilters(answering(told), [name]);
  if (!seed.ok) throw new Error(seed.error.rule);
  return seed.value;
}

/** Prices whose steps are of a size of their own at the end. */
function market(seed: number, calm: number, wild: number, drift = 0): CandleSeries {
  let price = 1_000;
  const closes = Array.from({ length: BARS }, (_, i) => {
    const size = i < BARS - 30 ? calm : wild;
    price *= 1 + size * Math.sin(seed * i * i + i) + (i < BARS - 60 ? 0 : drift);
    return price;
  });
  return barsFromCloses(closes, 1);
}

describe('the volatility filter', () => {
  const seed = filtered('volatility-regime');
  const genes = genesOf(seed, { regimeMin: 0.5, regimeMax: 2 });

  test('lets entries pass while volatility is as usual', () => {
    expect(judgeLast(seed, market(1, 0.001, 0.001), genes)).toMatchObject({ mayOpen: true });
  });

  test.each([
    ['wild', 0.006],
    ['dead', 0.00001],
  ])('holds entries back in a %s market, exits never', (_what, size) => {
    const verdict = judgeLast(seed, market(1, 0.001, size), genes);
    expect(verdict).toMatchObject({ stance: 'long', mayOpen: false });
    expect(verdict.reason).toMatch(/held back by volatility-regime: volatility [\d.]+ of usual/);
    const flat = filtered('volatility-regime', { stance: 'flat', mayOpen: false });
    expect(judgeLast(flat, market(1, 0.001, size), genes)).toMatchObject({ stance: 'flat' });
  });
});

describe('the sentiment filter', () => {
  const bars = market(1, 0.001, 0.001);
  const closeMs = (bars.openTimeMs.at(-1) ?? 0) + MINUTE_MS;
  const index = (value: number, timeMs = closeMs): TimedSeries => ({
    timeMs: Float64Array.of(timeMs),
    value: Float64Array.of(value),
  });
  const judge = (
    stance: 'long' | 'short',
    sentiment: TimedSeries | undefined,
    sentimentRule = 'contrarian',
  ) => {
    const seed = filtered('sentiment', { stance });
    const genes = genesOf(seed, { sentimentRule });
    return judgeLast(seed, bars, genes, sentiment === undefined ? {} : { sentiment }).mayOpen;
  };

  test('fades extremes: no longs in greed, no shorts in fear', () => {
    expect([judge('long', index(80)), judge('short', index(80))]).toEqual([false, true]);
    expect([judge('long', index(20)), judge('short', index(20))]).toEqual([true, false]);
    expect([judge('long', index(50)), judge('short', index(50))]).toEqual([true, true]);
  });

  test('follows them when its gene says so', () => {
    expect(judge('long', index(80), 'momentum')).toBe(true);
    expect(judge('short', index(80), 'momentum')).toBe(false);
    expect(judge('long', index(20), 'momentum')).toBe(false);
  });

  test('opens nothing without an index, with an old one, and before one is published', () => {
    expect(judge('long', undefined)).toBe(false);
    expect(judge('long', index(50, closeMs - 73 * HOUR_MS))).toBe(false);
    expect(judge('long', index(50, closeMs - 72 * HOUR_MS))).toBe(true);
    expect(judge('long', index(50, closeMs + 1))).toBe(false);
    expect(judge('long', index(50, closeMs))).toBe(true);
  });

  test('says how old the newest reading is, how old it may be, and how to mend it', () => {
    const seed = filtered('sentiment', { stance: 'long' });
    const reason = (sentiment: TimedSeries | undefined): string =>
      judgeLast(seed, bars, genesOf(seed), sentiment === undefined ? {} : { sentiment }).reason;
    expect(reason(undefined)).toMatch(/no reading of it is stored, must be at most 72 /);
    const old = reason(index(50, closeMs - 100 * HOUR_MS));
    expect(old).toMatch(/newest reading is 100 hours old.*perpetua data sync --source fear-greed/);
  });
});

describe('the correlation filter', () => {
  const own = { ...market(3, 0.001, 0.001, 0.0005), asset: 'SOL' };
  const together = { ...own, asset: 'BTC' };
  const apart = { ...market(7.7, 0.001, 0.001), asset: 'BTC' };
  const judge = (
    stance: 'long' | 'short',
    btc: CandleSeries | undefined,
    correlationRule = 'agree',
    series = own,
  ) => {
    const seed = filtered('correlation', { stance });
    const genes = genesOf(seed, { correlationRule, correlationAsset: 'BTC' });
    const others = btc === undefined ? {} : { others: { BTC: barArrays(btc) } };
    return judgeLast(seed, series, genes, others);
  };

  test('reads the other asset: the same bars of one market, another verdict by the other', () => {
    expect(judge('short', apart).mayOpen).toBe(true);
    expect(judge('short', together).mayOpen).toBe(false);
    expect(judge('long', together).mayOpen).toBe(true);
  });

  test('alone means not at all while the two move together', () => {
    expect(judge('long', together, 'alone').mayOpen).toBe(false);
    expect(judge('long', apart, 'alone').mayOpen).toBe(true);
  });

  test('opens nothing while bars of the other are missing, and says so', () => {
    const verdict = judge('long', undefined);
    expect(verdict.mayOpen).toBe(false);
    expect(verdict.reason).toMatch(
      /held back by correlation: bars of BTC are missing among the last 60/,
    );
    const hole = (i: number) => i !== BARS - 10;
    const cut = (values: readonly number[]) => values.filter((_, i) => hole(i));
    const holed = {
      ...apart,
      openTimeMs: cut(apart.openTimeMs),
      open: cut(apart.open),
      high: cut(apart.high),
      low: cut(apart.low),
      close: cut(apart.close),
      volumeBase: cut(apart.volumeBase),
    };
    expect(judge('long', holed).mayOpen).toBe(false);
  });

  test('lets the reference itself pass', () => {
    expect(judge('short', undefined, 'agree', { ...own, asset: 'BTC' }).mayOpen).toBe(true);
  });
});

describe('names with filters', () => {
  test('add the genes and needs of each filter once', () => {
    const seed = seedByName('funding-carry+correlation+sentiment');
    if (!seed.ok) throw new Error(seed.error.rule);
    const genes = genesOf(seed.value, { correlationAsset: 'SOL' });
    expect(seed.value.name).toBe('funding-carry+correlation+sentiment');
    expect(seed.value.needs?.(genes)).toMatchObject({
      fundingHours: expect.any(Number),
      others: ['SOL'],
      sentiment: true,
    });
    expect(genesOf(seed.value)).toMatchObject({ thresholdPerHour: 0.00002, sentimentFear: 25 });
  });

  test.each(['ema-crossover+nope', 'ema-crossover+sentiment+sentiment', 'ema-crossover+'])(
    '%s is refused with the filters that there are',
    (name) => {
      const found = seedByName(name);
      expect(!found.ok && found.error.rule).toBe(
        'may be followed by +NAME, each once, of: volatility-regime, sentiment, correlation',
      );
    },
  );
});
