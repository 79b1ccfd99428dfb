/** The stored index as decisions read it: what is added is seen at once, what is not there is missing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { makeRows } from '../../../domain/market/history/rows.ts';
import { FEAR_AND_GREED } from '../../../gateways/candle-store/fear-and-greed.ts';
import { createSentimentFeed } from '../../../gateways/candle-store/sentiment-feed.ts';
import { CandleStore } from '../../../gateways/candle-store/store.ts';

const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'perpetua-sentiment-'));
const store = new CandleStore(root);
afterAll(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

async function keep(day: number, value: number): Promise<void> {
  const rows = makeRows(1, 1);
  rows.timeMs[0] = day * DAY_MS;
  rows.values[0]?.fill(value);
  await store.append({ key: FEAR_AND_GREED, rows, source: 'http://index' });
}

test('readings are those of the time asked for, also when they were stored a moment ago', async () => {
  const feed = createSentimentFeed(() => Promise.resolve(store));
  const read = async (fromDay: number, toDay: number) => {
    const { timeMs, value } = await feed(fromDay * DAY_MS, toDay * DAY_MS);
    return [...timeMs].map((time, at) => [time / DAY_MS, value[at]]);
  };
  expect(await read(20_000, 20_009)).toEqual([]);
  await keep(20_001, 25);
  await keep(20_002, 60);
  expect(await read(20_000, 20_009)).toEqual([
    [20_001, 25],
    [20_002, 60],
  ]);
  await keep(20_003, 75);
  expect(await read(20_002, 20_003)).toEqual([
    [20_002, 60],
    [20_003, 75],
  ]);
  expect(await read(20_003.5, 20_009)).toEqual([]);
});
