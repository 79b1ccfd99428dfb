import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  kernelBars,
  nadarayaWatson,
} from '../../../../domain/signals/indicators/kernel-regression.ts';
import { ema, sma, wma } from '../../../../domain/signals/indicators/means.ts';
import { macd, rsi, stochastic } from '../../../../domain/signals/indicators/momentum.ts';
import {
  adx,
  atr,
  donchian,
  highest,
  ichimoku,
  lowest,
  midRange,
  trueRange,
} from '../../../../domain/signals/indicators/ranges.ts';
import {
  logReturns,
  realisedVolatility,
  simpleReturns,
} from '../../../../domain/signals/indicators/returns.ts';
import {
  bollinger,
  correlation,
  percentRank,
  quantile,
  stdev,
  zscore,
} from '../../../../domain/signals/indicators/spread.ts';
import { obv, vwap } from '../../../../domain/signals/indicators/volume.ts';
import { sampleBars } from '../../market/samples.ts';

type Column = readonly (number | null)[];
const vectors = JSON.parse(readFileSync('test/fixtures/signals/talib-vectors.json', 'utf8')) as {
  readonly firstRow: number;
  readonly bars: number;
} & Record<string, Column>;

const bars = sampleBars(vectors.firstRow, vectors.bars);
const { high, low, close, volumeBase } = bars;
const shifted = close.map((price) => price - (close[0] ?? 0));
const barRange = high.map((top, i) => top + (low[i] ?? 0));
const macdLines = macd(close, 12, 26, 9);
const bands = bollinger(shifted, 20, 2);
const slow = stochastic(bars, 14, 3, 3);
const fast = stochastic(bars, 14, 1, 3);

/** Our array, and how large the numbers are that a rounding error is measured against. */
const TABLE: readonly (readonly [string, Float64Array, number?])[] = [
  ['sma20', sma(close, 20)],
  ['ema12', ema(close, 12)],
  ['ema26', ema(close, 26)],
  ['wma10', wma(close, 10)],
  ['rsi14', rsi(close, 14)],
  ['rsi2', rsi(close, 2), 100],
  ['atr14', atr(bars, 14)],
  ['trueRange', trueRange(bars)],
  ['adx14', adx(bars, 14)],
  ['stdev20', stdev(shifted, 20)],
  ['bandUpper', bands.upper, 100],
  ['bandMiddle', bands.middle, 100],
  ['bandLower', bands.lower, 100],
  // Differences of prices near 100,000: an error of 1e-9 is one of 1e-14 in the prices.
  ['macd', macdLines.macd, 100],
  ['macdSignal', macdLines.signal, 100],
  ['macdHistogram', macdLines.histogram, 100],
  ['slowK', slow.k, 100],
  ['slowD', slow.d, 100],
  ['fastK', fast.k, 100],
  ['fastD', fast.d, 100],
  ['max20', highest(high, 20)],
  ['min20', lowest(low, 20)],
  ['midPrice26', midRange(bars, 26)],
  ['obv', obv(close, volumeBase)],
  ['rocp5', simpleReturns(close, 5), 0.01],
  ['correl30', correlation(simpleReturns(close), simpleReturns(barRange), 30), 1],
];

describe('indicators agree with TA-Lib on real bars, the first value included', () => {
  test.each(TABLE)('%s', (name, ours, scale = 0) => {
    const theirs = vectors[name] ?? [];
    expect(ours.length).toBe(theirs.length);
    for (const [index, expected] of theirs.entries()) {
      const value = ours[index] ?? Number.NaN;
      if (expected === null) expect(value).toBeNaN();
      else {
        const tolerance = 1e-9 * Math.max(scale, Math.abs(expected));
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  test('but for a market without any range: neutral, where TA-Lib says oversold', () => {
    const still = { high: Array(40).fill(7), low: Array(40).fill(7), close: Array(40).fill(7) };
    expect(rsi(still.close, 5)[39]).toBe(50);
    expect(stochastic(still, 5, 3, 3).k[39]).toBe(50);
    // TA-Lib takes a variance below 1e-8 for none: at prices of a cent that is every market.
    expect(stdev([0.00001, 0.00003], 2)[1]).toBeCloseTo(0.00001, 15);
  });
});

const prices = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { maxLength: 80 });
const period = fc.integer({ min: 1, max: 30 });

/** Indicators by one period, each over a series that is high, low and close at once. */
const same = (values: readonly number[]) => ({ high: values, low: values, close: values });
const OTHERS: readonly ((values: number[], n: number) => Float64Array)[] = [
  sma,
  wma,
  highest,
  lowest,
  zscore,
  percentRank,
  (values, n) => quantile(values, n, 0.3),
  (values, n) => adx(same(values), n),
  (values, n) => donchian(same(values), n).upper,
  (values, n) => ichimoku(same(values), n, n + 1, n + 2, n).spanB,
  (values, n) => macd(values, n, n + 3, 2).signal,
  (values, n) => stochastic(same(values), n, 2, 3).d,
  (values, n) => bollinger(values, n, 2).upper,
  (values, n) => correlation(values, logReturns(values), n),
  (values, n) => realisedVolatility(values, n),
  (values, n) => vwap({ ...same(values), volumeBase: values }, n).deviation,
  (values, n) => nadarayaWatson(values, n % 2 ? 'gaussian' : 'epanechnikov', n),
];

describe('indicators', () => {
  test('never change when later bars arrive', () => {
    fc.assert(
      fc.property(prices, prices, period, (past, future, n) => {
        const all = [...past, ...future];
        for (const of of [
          (values: number[]) => ema(values, n),
          (values: number[]) => rsi(values, n),
          (values: number[]) => stdev(values, n),
          (values: number[]) => atr({ high: values, low: values, close: values }, n),
          (values: number[]) => simpleReturns(values),
          ...OTHERS.map((of) => (values: number[]) => of(values, n)),
        ]) {
          expect(of(all).slice(0, past.length)).toEqual(of(past));
        }
      }),
    );
  });

  test('are finite on every bar after the warm-up, also on a flat market', () => {
    const flat = new Array<number>(40).fill(7);
    const flatRsi = rsi(flat, 5).slice(5);
    expect([...flatRsi]).toEqual(flatRsi.length > 0 ? [...flatRsi].map(() => 50) : []);
    fc.assert(
      fc.property(fc.oneof(prices, fc.constant(flat)), period, (values, n) => {
        const finite = (result: Float64Array, from: number) =>
          expect(result.slice(from).every(Number.isFinite)).toBe(true);
        finite(ema(values, n), n - 1);
        finite(rsi(values, n), n);
        finite(stdev(values, n), n - 1);
        finite(atr({ high: values, low: values, close: values }, n), n);
        finite(simpleReturns(values), 1);
      }),
    );
  });

  test('stay in their range: RSI from 0 to 100, ATR and deviation at least 0', () => {
    fc.assert(
      fc.property(prices, period, (values, n) => {
        for (const value of rsi(values, n).slice(n)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(100);
        }
        for (const value of stdev(values, n).slice(n - 1)) expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('of a market that only rises or only falls put RSI at its ends', () => {
    const up = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(rsi(up, 5).at(-1)).toBe(100);
    expect(rsi(up.reverse(), 5).at(-1)).toBe(0);
  });

  test('hold hand-computed values', () => {
    expect([...ema([1, 2, 3, 5], 3)]).toEqual([Number.NaN, Number.NaN, 2, 3.5]);
    expect([...stdev([2, 4, 4, 4, 5, 5, 7, 9], 8)].at(-1)).toBe(2);
    expect([...simpleReturns([2, 3])]).toEqual([Number.NaN, 0.5]);
    // True ranges of bars 1 and 2: max(12-9, 12-8, 8-9) = 4, max(11-7, 11-11, 11-7) = 4; then 6.
    const ranged = { high: [9, 12, 11, 17], low: [7, 9, 7, 11], close: [8, 11, 11, 12] };
    expect([...atr(ranged, 2)].slice(2)).toEqual([4, 5]);
  });

  test('hold what a plain definition gives, on every bar', () => {
    const window = fc.integer({ min: 2, max: 12 });
    fc.assert(
      fc.property(
        prices,
        window,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, n, share) => {
          const results = {
            sma: sma(values, n),
            high: highest(values, n),
            low: lowest(values, n),
            rank: percentRank(values, n),
            quantile: quantile(values, n, share),
            spread: stdev(values, n),
          };
          for (let i = n - 1; i < values.length; i += 1) {
            const part = values.slice(i - n + 1, i + 1);
            const sorted = [...part].sort((a, b) => a - b);
            const mean = part.reduce((sum, value) => sum + value, 0) / n;
            const spread = Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
            const largest = sorted.at(-1) ?? 0;
            const [below, equal] = [
              part.filter((value) => value < (values[i] ?? 0)).length,
              part.filter((value) => value === values[i]).length,
            ];
            const place = share * (n - 1);
            const under = sorted[Math.floor(place)] ?? 0;
            const over = sorted[Math.min(Math.floor(place) + 1, n - 1)] ?? 0;
            expect(Math.abs((results.sma[i] ?? 0) - mean)).toBeLessThanOrEqual(1e-9 * 1e6);
            expect(results.high[i]).toBe(largest);
            expect(results.low[i]).toBe(sorted[0]);
            expect(results.rank[i]).toBe((below + equal / 2) / n);
            expect(results.quantile[i]).toBe(under + (place - Math.floor(place)) * (over - under));
            expect(Math.abs((results.spread[i] ?? 0) - spread)).toBeLessThanOrEqual(
              1e-9 * Math.max(spread, Math.abs(mean) * 1e-3),
            );
          }
        },
      ),
    );
  });

  test('see no deviation where nothing moves, also right after a crash', () => {
    const after = [1e6, 3, 5e5, ...new Array<number>(60).fill(4.2)];
    expect([...stdev(after, 20).slice(22)]).toEqual(new Array<number>(41).fill(0));
    expect([...zscore(after, 20).slice(30)].every((value) => value === 0)).toBe(true);
    expect(sma(after, 20).at(-1)).toBeCloseTo(4.2, 14);
    expect([...realisedVolatility(after, 20).slice(25)].every((value) => value === 0)).toBe(true);
  });

  test('weigh by volume, and alike where nothing was traded', () => {
    const two = { high: [1, 5], low: [1, 5], close: [1, 5] };
    expect(vwap({ ...two, volumeBase: [3, 1] }, 2).vwap[1]).toBe(2);
    expect(vwap({ ...two, volumeBase: [3, 1] }, 2).deviation[1]).toBeCloseTo(Math.sqrt(3), 12);
    expect(vwap({ ...two, volumeBase: [0, 0] }, 2).vwap[1]).toBe(3);
  });

  test('draw the channel from the bars before, and the cloud from the past', () => {
    const values = [1, 2, 3, 4, 5, 6];
    expect(donchian(same(values), 2).upper[3]).toBe(3);
    const lines = ichimoku(same(values), 1, 2, 3, 2);
    expect(lines.tenkan[5]).toBe(6);
    expect(lines.spanB[5]).toBe(3);
    expect(lines.spanA[5]).toBe((4 + 3.5) / 2);
  });

  test('smooth by a kernel whose weights are one: a straight market is its own estimate', () => {
    const flat = new Array<number>(200).fill(9);
    for (const kernel of ['gaussian', 'epanechnikov'] as const) {
      expect(nadarayaWatson(flat, kernel, 10)[kernelBars(kernel, 10)]).toBe(9);
    }
    // Epanechnikov of 2: weights 1 and 3/4 of the newest two values.
    expect(nadarayaWatson([1, 8], 'epanechnikov', 2)[1]).toBeCloseTo((8 + 0.75) / 1.75, 12);
  });
});
