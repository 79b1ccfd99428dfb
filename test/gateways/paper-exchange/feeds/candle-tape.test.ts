import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPrice, checkSize } from '../../../../domain/market/asset.ts';
import { INTERVALS_MS, type Interval } from '../../../../domain/market/interval.ts';
import { CandleBook } from '../../../../gateways/paper-exchange/feeds/candles.ts';
import { assetsOf, SAMPLE_TAPE_DIR } from '../../../../gateways/paper-exchange/feeds/meta.ts';
import { open, tapeFolder } from './tapes.ts';

const MINUTE_MS = 60_000;
const STEPS = 6;
const options = { seed: 1, stepsPerBar: STEPS, startOffsetMinutes: 2880 };
const feed = open(SAMPLE_TAPE_DIR, options);
const assets = assetsOf(feed.meta);
const folder = tapeFolder();
const aStep = fc.integer({ min: 1, max: feed.lastStep });
const HEADER = 'time_ms,open,high,low,close,volume';
const T0 = Date.UTC(2025, 0, 1);
const specOf = (coin: string) => {
  const asset = assets.find(({ name }) => name === coin);
  if (!asset) throw new Error(`${coin} is not in meta`);
  return asset;
};

afterAll(() => folder.remove());

describe('a tape of candles', () => {
  test('is a pure function of the step: going there directly or step by step is the same', () => {
    const other = open(SAMPLE_TAPE_DIR, options);
    fc.assert(
      fc.property(aStep, (step) => {
        other.moment(Math.max(1, step - 1));
        expect(other.moment(step)).toEqual(feed.moment(step));
      }),
      { numRuns: 40 },
    );
  });

  test('keeps every price and size on the venue ticks and lots, and never crosses itself', () => {
    fc.assert(
      fc.property(aStep, (step) => {
        for (const update of feed.moment(step).updates) {
          const asset = specOf(update.coin);
          for (const { px, sz } of [...update.bids, ...update.asks, ...update.trades]) {
            expect([checkPrice(asset, px), checkSize(asset, sz)]).toEqual([undefined, undefined]);
          }
          expect(Number(update.bids[0]?.px)).toBeLessThan(Number(update.asks[0]?.px));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('moves its clock forward inside each bar and pays funding once an hour', () => {
    let hours = 0;
    for (let step = 2; step <= STEPS * 180; step += 1) {
      expect(feed.timeMs(step)).toBeGreaterThan(feed.timeMs(step - 1));
      const bars = feed.bars('BTC', step);
      expect(bars?.last).toBe(2880 + Math.floor((step - 1) / STEPS));
      hours += feed.moment(step).fundings.length;
    }
    expect(hours).toBe(3);
  });

  test('forms each bar to the open, high, low and close of the file', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2880, max: 43_190 }), (minute) => {
        const lastStep = (minute - 2880 + 1) * STEPS;
        for (const coin of feed.coins) {
          const openMs = (feed.bars(coin, 1)?.startMs ?? 0) + minute * MINUTE_MS;
          const formed = new CandleBook(feed, assets).current(coin, '1m', lastStep);
          const [closed] = new CandleBook(feed, assets).between(
            coin,
            '1m',
            openMs,
            openMs,
            lastStep + 1,
          );
          expect(formed?.t).toBe(openMs);
          expect([formed?.o, formed?.h, formed?.l, formed?.c]).toEqual([
            closed?.o,
            closed?.h,
            closed?.l,
            closed?.c,
          ]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('takes bars of other lengths: steps and candles follow, shorter intervals are empty', () => {
    const row = (hour: number) => `${T0 + hour * 3_600_000},100,110,90,105,7`;
    const dir = folder.with({ 'SOL.1h.csv': [HEADER, row(0), row(1), row(2), ''].join('\n') });
    const hourly = open(dir, { startOffsetMinutes: 0 });
    expect(hourly.lastStep).toBe(3 * STEPS);
    expect(hourly.timeMs(1)).toBe(T0 + 600_000 - 1);
    const book = new CandleBook(hourly, assets);
    expect(book.between('SOL', '1m', 0, T0 * 2, 18)).toEqual([]);
    expect(book.between('SOL', '1h', 0, T0 * 2, 18).map(({ t }) => t)).toEqual(
      [0, 1, 2].map((hour) => T0 + hour * 3_600_000),
    );
    const paid = [1, 2, 3].map((hour) => hourly.moment(hour * STEPS).fundings.length);
    expect(paid).toEqual([1, 1, 1]);
  });

  test('holds the market over a gap, prints nothing there, and shows no candle for it', () => {
    const row = (minute: number, px: number) =>
      `${T0 + minute * MINUTE_MS},${px},${px},${px},${px},5`;
    const dir = folder.with({ 'SOL.1m.csv': [HEADER, row(0, 100), row(3, 120), ''].join('\n') });
    const holed = open(dir, { startOffsetMinutes: 0 });
    expect(holed.notes.join()).toContain('SOL.1m.csv: 2 bars are missing: the market is held');
    for (let step = STEPS + 1; step <= 3 * STEPS; step += 1) {
      const [update] = holed.moment(step).updates;
      expect([update?.markPx, update?.trades]).toEqual(['100', []]);
    }
    const candles = new CandleBook(holed, assets).between('SOL', '1m', 0, T0 * 2, 4 * STEPS);
    expect(candles.map(({ t }) => (t - T0) / MINUTE_MS)).toEqual([0, 3]);
  });

  test.each([
    ['a torn row', `${HEADER}\n${T0},100,110,90`, 'line 2'],
    ['a row without volume', `${HEADER}\n${T0},100,110,90,105,`, 'must be a candle'],
    ['a high below the low', `${HEADER}\n${T0},100,80,90,105,1`, 'must be a candle'],
    ['a row back in time', `${HEADER}\n${T0},1,1,1,1,1\n${T0},1,1,1,1,1`, 'line 3'],
    ['a row off the grid', `${HEADER}\n${T0 + 1},1,1,1,1,1`, 'must open on a multiple of 60000 ms'],
    ['a header alone', `${HEADER}\n`, 'must hold at least one candle'],
    ['another header', 'time_ms,open,close\n1,2,3', 'must be a header with high, low, volume'],
    ['nothing', '', 'is empty'],
    ['something else', 'hello\n', 'must be candles, funding, books, trades or a socket log'],
  ])('refuses %s by file and line', (_what, text, rule) => {
    const dir = folder.with({ 'SOL.1m.csv': text });
    expect(() => open(dir)).toThrow(rule);
    expect(() => open(dir)).toThrow('SOL.1m.csv');
  });

  test('refuses a start behind its end and a coin that meta does not name', () => {
    expect(() => open(SAMPLE_TAPE_DIR, { startOffsetMinutes: 50_000 })).toThrow(
      "startOffsetMinutes 50000: must be less than the tape's 43196 minutes",
    );
    const dir = folder.with({ 'NOPE.1m.csv': `${HEADER}\n${T0},1,1,1,1,1\n` });
    expect(() => open(dir)).toThrow('NOPE must be in meta.json');
  });
});

describe('candles', () => {
  const intervals = Object.keys(INTERVALS_MS) as Interval[];

  test('never show a bar that the feed has not reached', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: STEPS * 18_000, max: STEPS * 40_000 }), // even the longest is whole
        fc.constantFrom(...intervals),
        (step, interval) => {
          const candles = new CandleBook(feed, assets).between(
            'ETH',
            interval,
            0,
            Number.MAX_SAFE_INTEGER,
            step,
          );
          const [mark] = feed.moment(step).updates.filter(({ coin }) => coin === 'ETH');
          expect(Number(candles.at(-1)?.c)).toBe(Number(mark?.markPx));
          expect(candles.at(-1)?.t).toBeLessThanOrEqual(feed.timeMs(step));
          for (const { t } of candles) expect(t % INTERVALS_MS[interval]).toBe(0);
          expect(candles[0]?.t).toBeGreaterThanOrEqual(feed.bars('ETH', 1)?.startMs ?? 0);
        },
      ),
      { numRuns: 12 },
    );
  });
});
