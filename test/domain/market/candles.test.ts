import { describe, expect, test } from '@jest/globals';
import {
  candleSeries,
  checkSeries,
  gapsOf,
  lastBars,
  sliceBars,
} from '../../../domain/market/candles.ts';
import { parseInterval } from '../../../domain/market/interval.ts';
import { barsFromCloses, candleAt, MINUTE_MS, sampleBars } from './samples.ts';

describe('a candle series', () => {
  test('leaves out the bar that is still open', () => {
    const candles = [candleAt(0, 10), candleAt(MINUTE_MS, 11), candleAt(2 * MINUTE_MS, 12)];
    const before = candleSeries('BTC', MINUTE_MS, candles, 3 * MINUTE_MS - 1);
    const after = candleSeries('BTC', MINUTE_MS, candles, 3 * MINUTE_MS);
    expect(before.ok && before.value.close).toEqual([10, 11]);
    expect(after.ok && after.value.close).toEqual([10, 11, 12]);
  });

  test('of real bars is legal and without gaps', () => {
    const series = sampleBars(0, 3000);
    expect(checkSeries(series)).toBeUndefined();
    expect(gapsOf(series)).toEqual([]);
  });

  test.each([
    ['an unsorted bar', [candleAt(MINUTE_MS, 1), candleAt(0, 1)], 'openTimeMs[1]'],
    ['a repeated bar', [candleAt(0, 1), candleAt(0, 1)], 'openTimeMs[1]'],
    ['a bar off the grid', [candleAt(0, 1), candleAt(MINUTE_MS + 1, 1)], 'openTimeMs[1]'],
    ['a price of 0', [candleAt(0, 0)], 'bar at 0'],
    ['a price that is no number', [candleAt(0, Number.NaN)], 'bar at 0'],
    ['an infinite price', [candleAt(0, Number.POSITIVE_INFINITY)], 'bar at 0'],
    ['a high below the close', [{ ...candleAt(0, 5), high: 4 }], 'bar at 0'],
    ['a negative volume', [{ ...candleAt(0, 5), volumeBase: -1 }], 'bar at 0: volume'],
  ])('refuses %s and names it', (_what, candles, field) => {
    const made = candleSeries('BTC', MINUTE_MS, candles, 10 * MINUTE_MS);
    expect(!made.ok && made.error.field).toBe(field);
  });

  test('refuses columns of different length', () => {
    const series = { ...barsFromCloses([1, 2]), low: [1] };
    expect(checkSeries(series)?.field).toBe('low');
  });

  test('refuses an interval that is no whole number above 0', () => {
    expect(checkSeries({ ...barsFromCloses([1]), intervalMs: 0 })?.field).toBe('intervalMs');
  });

  test('reports each gap with the bar before it and the number of missing bars', () => {
    const series = barsFromCloses([1, 2, 3, 4]);
    const openTimeMs = [0, 3, 4, 6].map((index) => index * MINUTE_MS);
    expect(gapsOf({ ...series, openTimeMs })).toEqual([
      { afterOpenTimeMs: 0, missingBars: 2 },
      { afterOpenTimeMs: 4 * MINUTE_MS, missingBars: 1 },
    ]);
  });

  test('gives its newest bars, or all when it has fewer', () => {
    const series = barsFromCloses([1, 2, 3]);
    expect(lastBars(series, 2).close).toEqual([2, 3]);
    expect(lastBars(series, 9)).toEqual(series);
    expect(lastBars(series, 0).close).toEqual([]);
    expect(sliceBars(series, 0, 1).openTimeMs).toEqual([0]);
  });
});

describe('an interval', () => {
  test('is known by the venue name', () => {
    expect(parseInterval('15m')).toEqual({ ok: true, value: '15m' });
  });

  test('without a fixed length, or unknown, is refused with the list', () => {
    for (const name of ['1M', '7m', '', 'toString']) {
      const read = parseInterval(name);
      expect(!read.ok && read.error.rule).toContain('1m, 3m, 5m');
    }
  });
});
