import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPrice, checkSize } from '../../../../domain/market/asset.ts';
import { CandleBook } from '../../../../gateways/paper-exchange/feeds/candles.ts';
import { assetsOf } from '../../../../gateways/paper-exchange/feeds/meta.ts';
import {
  BINANCE_LOG,
  everyStep,
  expectSound,
  HYPERLIQUID_LOG,
  linesOf,
  open,
  tapeFolder,
} from './tapes.ts';

const folder = tapeFolder();
const lines = linesOf(HYPERLIQUID_LOG);
const feed = open(HYPERLIQUID_LOG);
const asLog = (texts: readonly string[]): string => folder.with({ 'ws.log': texts.join('\n') });
const T0 = 1_757_015_216_000;

afterAll(() => folder.remove());

describe.each([
  ['Hyperliquid', HYPERLIQUID_LOG],
  ['Binance', BINANCE_LOG],
])('a socket log of %s', (_venue, path) => {
  const log = open(path);

  test('goes forward in time, with whole books that never cross, on legal ticks and lots', () => {
    expectSound(log, everyStep(log));
    const [asset] = assetsOf(log.meta);
    if (asset?.name !== 'BTC') throw new Error('the first asset is BTC');
    const { updates } = log.moment(log.lastStep);
    for (const { px, sz } of updates.flatMap(({ bids, asks, trades }) => [
      ...bids,
      ...asks,
      ...trades,
    ])) {
      expect([checkPrice(asset, px), checkSize(asset, sz)]).toEqual([undefined, undefined]);
    }
  });

  test('brings the same when it is played again, and when a step is reached at a leap', () => {
    const again = open(path);
    expect(again.fingerprint).toBe(log.fingerprint);
    const played = everyStep(log).map((step) => log.moment(step));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: log.lastStep }), (step) => {
        expect(again.moment(step)).toEqual(played[step - 1]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a socket log', () => {
  test('says what it skipped: repetitions, and trades that came before the first book', () => {
    expect(feed.coins).toEqual(['BTC']);
    expect(feed.notes.join()).toContain('skipped 1 duplicate (first in line 2)');
    expect(feed.notes.join()).toContain('23 before the first book');
  });

  test('tells every recorded trade after the first book once, and the volume of its minute', () => {
    const trades = everyStep(feed).flatMap((step) =>
      feed.moment(step).updates.flatMap((u) => u.trades),
    );
    const frames = lines.map((line) => JSON.parse(line.slice(line.indexOf(' '))));
    const recorded = frames
      .filter(({ channel }) => channel === 'trades')
      .flatMap(({ data }) => data)
      .filter(({ time }) => time >= feed.timeMs(1));
    expect(trades).toHaveLength(recorded.length);
    const volume = recorded.reduce((sum, { sz }) => sum + Number(sz), 0);
    const candle = new CandleBook(feed, assetsOf(feed.meta)).current('BTC', '1m', feed.lastStep);
    expect(Number(candle?.v)).toBeCloseTo(volume, 9);
    expect(candle?.n).toBe(recorded.length);
  });

  test('shows the last recorded book at its end', () => {
    const last = JSON.parse(lines.at(-1)?.replace(/^\d+ /, '') ?? '').data.levels;
    const [update] = feed.moment(feed.lastStep).updates;
    const shown = [update?.bids, update?.asks].map((side) =>
      side?.map(({ px, sz }) => [Number(px), Number(sz)]),
    );
    const numbers = ({ px, sz }: { px: string; sz: string }) => [Number(px), Number(sz)];
    expect(shown).toEqual([last[0].map(numbers), last[1].map(numbers)]);
  });

  test('takes from the book what has traded since it was recorded', () => {
    const book = `1737918843893903000 {"channel":"l2Book","data":{"coin":"BTC","time":${T0},"levels":[[{"px":"100.0","sz":"1.0","n":1}],[{"px":"101.0","sz":"1.0","n":1},{"px":"102.0","sz":"2.0","n":1}]]}}`;
    const trade = `1737918843893904000 {"channel":"trades","data":[{"coin":"BTC","side":"B","px":"102.0","sz":"0.5","time":${T0 + 5},"tid":1}]}`;
    const [update] = open(asLog([book, trade])).moment(2).updates;
    expect(update?.asks).toEqual(
      [{ px: '102.00', sz: '1.50000', n: 1 }].map(({ sz, n }) => ({ px: '102.0', sz, n })),
    );
    expect(update?.trades).toEqual([{ px: '102.0', sz: '0.50000', side: 'B' }]);
    expect(Number(update?.markPx)).toBe(101);
  });

  test('skips torn, foreign and garbled lines with a count, and plays the rest alike', () => {
    const garbled = lines.flatMap((line, index) =>
      index % 10 === 5 ? ['', 'garbage', line.slice(0, line.length / 2), line] : [line],
    );
    const foreign = lines[0]?.replace('"coin":"BTC"', '"coin":"NOPE"') ?? '';
    const torn = open(asLog([...garbled, foreign, lines[3]?.slice(0, 50) ?? '']));
    expect(torn.notes.join()).toMatch(/skipped .*11 unreadable \(first in line 7\)/);
    expect(torn.notes.join()).toContain('1 of no known market');
    expect(everyStep(torn).map((step) => torn.moment(step))).toEqual(
      everyStep(feed).map((step) => feed.moment(step)),
    );
  });

  test('a line that goes back in time is skipped and counted', () => {
    const late = lines[10] ?? '';
    const shuffled = open(asLog([...lines, late.replace('105055', '105054')]));
    expect(shuffled.notes.join()).toContain('1 out of order (first in line 56)');
    expect(shuffled.lastStep).toBe(feed.lastStep);
  });

  test('gzip that was cut off is read as far as it goes', () => {
    const packed = gzipSync(lines.join('\n'));
    const cut = open(folder.with({ 'ws.log.gz': packed.subarray(0, packed.length * 0.7) }));
    expect(cut.lastStep).toBeGreaterThan(5);
    expect(cut.lastStep).toBeLessThan(feed.lastStep);
    expectSound(cut, everyStep(cut));
  });

  test('without a single book nothing can be played, and the error says what was skipped', () => {
    const trades = lines.filter((line) => line.includes('"channel":"trades"'));
    expect(() => open(asLog(trades))).toThrow(
      /no market has anything to play .*before the first book/,
    );
    expect(() => open(asLog(['1737918843893903000 {']))).toThrow(
      /1 unreadable \(first in line 1\)/,
    );
  });

  test('random damage never breaks it: whatever is left is sound, or the error is a TapeError', () => {
    const text = lines.slice(0, 20).join('\n');
    const damage = fc.array(
      fc.tuple(fc.nat(text.length - 1), fc.constantFrom('', '\n', '}', '"', '9', 'x')),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(damage, (edits) => {
        const chars = [...text];
        for (const [at, char] of edits) chars[at] = char;
        const path = asLog([chars.join('')]);
        try {
          const damaged = open(path);
          expectSound(damaged, everyStep(damaged));
        } catch (error) {
          expect((error as Error).name).toBe('TapeError');
        }
      }),
      { numRuns: 60 },
    );
  });

  test("another venue's symbol is the coin that it is told to be", () => {
    const text = linesOf(BINANCE_LOG).join('\n').replaceAll('BTCUSDT', 'XBTPERP');
    const dir = folder.with({ 'ws.log': text });
    expect(() => open(dir)).toThrow('of no known market');
    expect(open(dir, { symbols: new Map([['XBTPERP', 'BTC']]) }).coins).toEqual(['BTC']);
  });
});

describe("a collector's files and archive lines", () => {
  const columns = Array.from(
    { length: 20 },
    (_, n) => `bid_price_${n},bid_size_${n},ask_price_${n},ask_size_${n}`,
  ).join(',');
  const cells = (bid: number) =>
    Array.from({ length: 20 }, (_, n) => `${bid - n},1.5,${bid + 1 + n},2.5`).join(',');
  const books = [
    `timestamp,sequence,exchange_timestamp,${columns}`,
    `1.0,1,${T0},${cells(100_000)}`,
    `1.0,1,${T0 + 1000},${cells(100_010)}`,
    `1.0,1,${T0 + 2000},1,2`,
  ].join('\n');
  const trades = [
    'timestamp,price,size,side,trade_id,exchange_timestamp',
    `1.0,100001,1e-05,buy,7,${T0 + 500}`,
    `1.0,100001,0.5,buy,8,${T0 + 500}`,
    `1.0,100001,0.5,buy,8,${T0 + 500}`,
  ].join('\n');
  const prices = [
    'timestamp,price,size,side,exchange_timestamp',
    `1.0,99998,3,bid,${T0 + 700}`,
    `1.0,99999,4,ask,${T0 + 700}`,
  ].join('\n');

  test('are joined by the exchange clock: a book, its trades, the best prices, the next book', () => {
    const dir = folder.with({
      'orderbooks_BTC_x.csv': books,
      'trades_BTC_x.csv': trades,
      'prices_BTC_x.csv': prices,
    });
    const joined = open(dir);
    expect(everyStep(joined).map((step) => joined.timeMs(step) - T0)).toEqual([0, 500, 700, 1000]);
    const moments = everyStep(joined).map((step) => joined.moment(step).updates[0]);
    expect(moments[1]?.trades.map(({ sz }) => sz)).toEqual(['0.00001', '0.50000']);
    expect(Number(moments[1]?.asks[0]?.sz)).toBeCloseTo(2.5 - 0.50001, 9);
    expect([moments[2]?.bids[0], moments[2]?.asks[0]]).toEqual([
      { px: '99998', sz: '3.00000', n: 1 },
      { px: '99999', sz: '4.00000', n: 1 },
    ]);
    expect(Number(moments[3]?.markPx)).toBe(100_010.5);
    expect(joined.notes.join()).toContain('orderbooks_BTC_x.csv: skipped 1 unreadable');
    expect(joined.notes.join()).toContain('trades_BTC_x.csv: skipped 1 duplicate');
  });

  test('a header without the columns that are needed is refused by file and line', () => {
    const dir = folder.with({ 'trades_BTC.csv': 'timestamp,price,trade_id\n' });
    expect(() => open(dir)).toThrow(/trades_BTC.csv line 1 .*must be a header with size, side/);
  });

  test('candles beside books are the history before them; other candles are modelled meanwhile', () => {
    const start = Math.floor(T0 / 60_000) * 60_000;
    const row = (minute: number) => `${start + minute * 60_000},50,60,40,55,7`;
    const candles = [
      'time_ms,open,high,low,close,volume',
      row(-3),
      row(-2),
      row(-1),
      row(0),
      row(1),
    ];
    const dir = folder.with({
      'orderbooks_BTC.csv': books,
      'BTC.1m.csv': candles.join('\n'),
      'ETH.1m.csv': candles.join('\n'),
    });
    const both = open(dir);
    expect([...both.coins].sort()).toEqual(['BTC', 'ETH']);
    const shown = new CandleBook(both, assetsOf(both.meta)).between('BTC', '1m', 0, T0 * 2, 1);
    expect(shown.map(({ o }) => Number(o))).toEqual([50, 50, 50, 100_001]);
  });

  test('archive lines are books, each at its exchange time', () => {
    const line = (timeMs: number, px: number) =>
      JSON.stringify({
        time: 'x',
        ver_num: 1,
        raw: {
          channel: 'l2Book',
          data: {
            coin: 'BTC',
            time: timeMs,
            levels: [
              [{ px: `${px}.0`, sz: '1.0', n: 2 }],
              [{ px: `${px + 1}.0`, sz: '1.0', n: 3 }],
            ],
          },
        },
      });
    const dir = folder.with({
      'l2book_BTC.jsonl': [line(T0, 100), line(T0 + 600, 200)].join('\n'),
    });
    const archive = open(dir);
    expect([archive.timeMs(1), archive.timeMs(2), archive.lastStep]).toEqual([T0, T0 + 600, 2]);
    expect(archive.moment(2).updates[0]?.bids).toEqual([{ px: '200.0', sz: '1.00000', n: 2 }]);
    expect(archive.haltReason(1)).toBeUndefined();
    expect(archive.haltReason(2)).toBe('the tape has ended');
  });
});
