/**
 * Longer recordings that may not be shipped, from the folder that `PERPETUA_RECORDED_DATA` names: its
 * `book/hyperliquid`, `book/binance-usdm`, `funding/hyperliquid` and `candles/hyperliquid`.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CandleBook } from '../../../../gateways/paper-exchange/feeds/candles.ts';
import { assetsOf } from '../../../../gateways/paper-exchange/feeds/meta.ts';
import { expectSound, open } from './tapes.ts';

const data = process.env.PERPETUA_RECORDED_DATA ?? '';
const isPresent = existsSync(join(data, 'book/hyperliquid'));
const whenPresent = isPresent ? describe : describe.skip;
const reason = isPresent ? '' : ' (PERPETUA_RECORDED_DATA names no folder of recordings)';
const root = mkdtempSync(join(tmpdir(), 'recorded-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

function tapeOf(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  for (const [to, from] of Object.entries(files)) copyFileSync(join(data, from), join(dir, to));
  return dir;
}

const sampled = (lastStep: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 + Math.floor((index * (lastStep - 1)) / count));

whenPresent(`real recordings${reason}`, () => {
  test.each([
    ['an hour of archive books', 'book/hyperliquid/l2book_BTC_20240101_12.jsonl.gz', 5587],
    ['a socket log', 'book/hyperliquid/ws_BTC_20250126.log.gz', 53],
    ['a socket log of Binance', 'book/binance-usdm/ws_BTCUSDT_20240808.log.gz', 40_155],
  ])('%s: played twice and at leaps it is the same, sound and forward', (_what, file, steps) => {
    const [once, again] = [open(join(data, file)), open(join(data, file))];
    expect(once.lastStep).toBe(steps);
    expectSound(once, sampled(once.lastStep, 500));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: steps }), (step) => {
        expect(again.moment(step)).toEqual(once.moment(step));
      }),
      { numRuns: 100 },
    );
  });

  test("a collector's books, prices and trades of two markets make one market", () => {
    const names = ['orderbooks', 'prices', 'trades'].flatMap((kind) =>
      ['BTC', 'SOL'].map((coin) => `${kind}_${coin}_20250904.csv.gz`),
    );
    const dir = tapeOf(
      'collector',
      Object.fromEntries(names.map((name) => [name, `book/hyperliquid/${name}`])),
    );
    const feed = open(dir);
    expect([...feed.coins].sort()).toEqual(['BTC', 'SOL']);
    expectSound(feed, sampled(feed.lastStep, 1000));
    const candles = new CandleBook(feed, assetsOf(feed.meta)).between(
      'BTC',
      '1m',
      0,
      Number.MAX_SAFE_INTEGER,
      feed.lastStep,
    );
    expect(candles.length).toBeGreaterThan(30);
    expect(feed.notes.join()).not.toContain('unreadable');
  });

  test('candles and funding of the venue itself: recorded rates are paid', () => {
    const dir = tapeOf('funded', {
      'BTC.1h.csv.gz': 'candles/hyperliquid/1h/BTC.csv.gz',
      'BTC.funding.csv.gz': 'funding/hyperliquid/BTC.csv.gz',
    });
    const feed = open(dir);
    const rows = feed.fundingHistory('BTC', 0, Number.MAX_SAFE_INTEGER, feed.lastStep);
    expect(new Set(rows.map(({ rate }) => rate)).size).toBeGreaterThan(100);
    const paid = sampled(feed.lastStep, 200).flatMap((step) => feed.moment(step).fundings);
    for (const { timeMs, rates } of paid) {
      expect(rates[0]?.rate).toBe(rows.find((row) => row.timeMs === timeMs)?.rate);
    }
    expect(paid.length).toBeGreaterThan(10);
  });
});
