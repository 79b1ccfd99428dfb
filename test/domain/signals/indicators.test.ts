import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atr, ema, rsi, simpleReturns, stdev } from '../../../domain/signals/indicators.ts';

type Column = readonly (number | null)[];
const vectors = JSON.parse(
  readFileSync('test/fixtures/signals/talib-vectors.json', 'utf8'),
) as Record<'high' | 'low' | 'close', number[]> &
  Record<'ema12' | 'ema26' | 'rsi14' | 'atr14' | 'stddev20', Column>;

/** Equal to 1e-9 of the value, and undefined on the same bars. */
function expectClose(ours: Float64Array, theirs: Column, relative = 1e-9): void {
  expect(ours.length).toBe(theirs.length);
  for (const [index, expected] of theirs.entries()) {
    const value = ours[index] ?? Number.NaN;
    if (expected === null) expect(value).toBeNaN();
    else expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
  }
}

const { high, low, close } = vectors;
const prices = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { maxLength: 80 });
const period = fc.integer({ min: 1, max: 30 });

describe('indicators agree with TA-Lib on real bars', () => {
  test('EMA', () => {
    expectClose(ema(close, 12), vectors.ema12);
    expectClose(ema(close, 26), vectors.ema26);
  });
  test('RSI', () => expectClose(rsi(close, 14), vectors.rsi14));
  test('ATR', () => expectClose(atr(high, low, close, 14), vectors.atr14));
  // TA-Lib's one-pass variance keeps about six digits of the deviation at prices near 100,000.
  test('standard deviation', () => expectClose(stdev(close, 20), vectors.stddev20, 1e-5));
});

describe('indicators', () => {
  test('never change when later bars arrive', () => {
    fc.assert(
      fc.property(prices, prices, period, (past, future, n) => {
        const all = [...past, ...future];
        for (const of of [
          (values: number[]) => ema(values, n),
          (values: number[]) => rsi(values, n),
          (values: number[]) => stdev(values, n),
          (values: number[]) => atr(values, values, values, n),
          simpleReturns,
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
        finite(atr(values, values, values, n), n);
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
    expect([...atr([9, 12, 11, 17], [7, 9, 7, 11], [8, 11, 11, 12], 2)].slice(2)).toEqual([4, 5]);
  });
});
