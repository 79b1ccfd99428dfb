import { afterAll, expect, test } from '@jest/globals';
import { fundingRateFor, premiumFor } from '../../../../domain/matching/margin/funding-rate.ts';
import { open, tapeFolder } from './tapes.ts';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2025, 0, 1);
const folder = tapeFolder();
const candles = [
  'time_ms,open,high,low,close,volume',
  ...[0, 1, 2, 3].map((hour) => `${T0 + hour * HOUR_MS},100,110,90,105,7`),
].join('\n');

afterAll(() => folder.remove());

const feed = open(
  folder.with({
    'SOL.1h.csv': candles,
    // The venue pays a few ms after the hour.
    'SOL.funding.csv': `time_ms,rate\n${T0 + HOUR_MS + 47},0.0000721\n${T0 + 3 * HOUR_MS},-1.5e-05\n`,
  }),
  { startOffsetMinutes: 0 },
);

test('an hour pays what was recorded for it, and by the formula where nothing was', () => {
  const paid = [6, 12, 18, 24].flatMap((step) => feed.moment(step).fundings);
  expect(paid.map(({ timeMs }) => (timeMs - T0) / HOUR_MS)).toEqual([1, 2, 3, 4]);
  expect(paid.map(({ rates }) => rates[0]?.rate)).toEqual([
    '0.0000721',
    '0.0000125',
    '-0.000015',
    '0.0000125',
  ]);
});

test('the history has a row for each hour that has passed, none ahead of the tape', () => {
  const rows = (step: number) => feed.fundingHistory('SOL', 0, Number.MAX_SAFE_INTEGER, step);
  expect(rows(5).map(({ timeMs }) => (timeMs - T0) / HOUR_MS)).toEqual([0]);
  expect(rows(12).map(({ rate }) => rate)).toEqual(['0.0000125', '0.0000721', '0.0000125']);
  expect(feed.fundingHistory('BTC', 0, Number.MAX_SAFE_INTEGER, 12)).toEqual([]);
});

test('the rate that is shown during an hour is the last one known, not the one to come', () => {
  expect(feed.fundingRate('SOL', 5)).toBe('0.0000125');
  expect(feed.fundingRate('SOL', 6)).toBe('0.0000721');
  expect(feed.fundingRate('SOL', 11)).toBe('0.0000721');
});

test.each(['0.0000721', '-0.0000721', '0.0000125', '0.001'])(
  'the premium of a row gives its rate %s again',
  (rate) => {
    expect(fundingRateFor(premiumFor(rate))).toBe(rate);
  },
);

test('a wrong row is refused by file and line', () => {
  const dir = folder.with({ 'SOL.1h.csv': candles, 'SOL.funding.csv': 'time_ms,rate\nx,0.1\n' });
  expect(() => open(dir)).toThrow(
    /SOL.funding.csv line 2 "x,0.1": must be a time in ms and a rate/,
  );
});
