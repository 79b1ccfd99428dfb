import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPrice, checkSize } from '../../../domain/market/asset.ts';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import { CandleBook, type SeenMarket } from '../../../gateways/paper-exchange/feeds/candles.ts';
import { MarketFeed } from '../../../gateways/paper-exchange/feeds/market-feed.ts';
import { loadTape } from '../../../gateways/paper-exchange/feeds/tape.ts';
import { SAMPLE_TAPE_DIR } from '../../../gateways/paper-exchange/options.ts';

const tape = loadTape(SAMPLE_TAPE_DIR);
const assets = tape.meta.universe.map((asset, index) => ({
  name: asset.name,
  index,
  szDecimals: asset.szDecimals,
  maxLeverage: asset.maxLeverage,
  isDelisted: asset.isDelisted ?? false,
}));
const options = { seed: 1, stepsPerBar: 6, startMinute: 2880 };
const feed = new MarketFeed(tape, assets, options);
const specOf = (coin: string) => {
  const asset = assets.find(({ name }) => name === coin);
  if (!asset) throw new Error(`${coin} is not in meta`);
  return asset;
};
const aStep = fc.integer({ min: 1, max: feed.lastStep });

describe('the market of the tape', () => {
  test('is a pure function of the step: going there directly or step by step is the same', () => {
    fc.assert(
      fc.property(aStep, (step) => {
        const other = new MarketFeed(tape, assets, options);
        other.updates(Math.max(1, step - 1));
        expect(other.updates(step)).toEqual(feed.updates(step));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps every price and size on the venue ticks and lots, and never crosses itself', () => {
    fc.assert(
      fc.property(aStep, (step) => {
        for (const update of feed.updates(step)) {
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

  test('keeps its clock inside the bar, always forward, and pays funding once an hour', () => {
    let hours = 0;
    for (let step = 2; step <= 6 * 180; step += 1) {
      expect(feed.timeMs(step)).toBeGreaterThan(feed.timeMs(step - 1));
      const openMs = tape.startMs + feed.minute(step) * tape.barMs;
      expect(feed.timeMs(step)).toBeGreaterThanOrEqual(openMs);
      expect(feed.timeMs(step)).toBeLessThan(openMs + tape.barMs);
      if (feed.endsHour(step)) hours += 1;
    }
    expect(hours).toBe(3);
  });

  test('forms each bar to the high, low and close of the tape', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2880, max: tape.bars - 1 }), (minute) => {
        const step = (minute - options.startMinute + 1) * options.stepsPerBar;
        for (const coin of tape.series.keys()) {
          const book = new CandleBook(tape);
          const market = (at: number): SeenMarket => ({
            asset: specOf(coin),
            series: tape.series.get(coin) as never,
            stepsPerMinute: options.stepsPerBar,
            minute: at,
            underWay: feed.barUnderWay(coin, step),
          });
          const formed = book.current(market(minute), '1m');
          const closed = book.between(market(minute + 1), '1m', formed?.t ?? 0, formed?.t ?? 0)[0];
          expect([formed?.o, formed?.h, formed?.l, formed?.c]).toEqual([
            closed?.o,
            closed?.h,
            closed?.l,
            closed?.c,
          ]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('candles', () => {
  const intervals = Object.keys(INTERVALS_MS) as Interval[];

  test('never show a minute that the tape has not reached', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 21_000, max: 40_000 }), // two weeks in: even the longest bar is whole
        fc.constantFrom(...intervals),
        (minute, interval) => {
          const market: SeenMarket = {
            asset: specOf('ETH'),
            series: tape.series.get('ETH') as never,
            stepsPerMinute: 6,
            minute,
            underWay: undefined,
          };
          const candles = new CandleBook(tape).between(
            market,
            interval,
            0,
            Number.MAX_SAFE_INTEGER,
          );
          const lastClose = tape.series.get('ETH')?.close[minute - 1] ?? Number.NaN;
          const rounding = Math.abs(Number(candles.at(-1)?.c) - lastClose);
          expect(rounding).toBeLessThanOrEqual(0.0501); // half a tick
          for (const { t } of candles) expect(t % INTERVALS_MS[interval]).toBe(0);
          expect(candles[0]?.t).toBeGreaterThanOrEqual(tape.startMs);
        },
      ),
      { numRuns: 12 },
    );
  });
});
