/** The index of fear and greed from a local server that speaks as alternative.me does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createFearGreed } from '../../../gateways/sentiment/fear-greed.ts';

const HOUR_MS = 3_600_000;
const answer = (days: readonly (readonly [seconds: number, value: string])[]): string =>
  JSON.stringify({
    name: 'Fear and Greed Index',
    data: days.map(([timestamp, value]) => ({
      value,
      value_classification: 'Fear',
      timestamp: `${timestamp}`,
    })),
    metadata: { error: null },
  });

let told: { status: number; text: string };
let asked: string[];
let url: string;
let folder: string;
let nowMs: number;
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(told.status).end(told.text);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fng/`;
});
afterAll(() => void server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpetua-fng-'));
  asked = [];
  nowMs = 1_760_000_000_000;
  told = {
    status: 200,
    text: answer([
      [1_741_219_200, '40'],
      [1_741_132_800, '20'],
    ]),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process with the same cache. */
const opened = () => createFearGreed(url, join(folder, 'cache', 'fng.json'), () => nowMs);

describe('the index of fear and greed', () => {
  test('is asked for all of its days, which come oldest first', async () => {
    const { days, isStale, fetchedMs } = await opened().fearGreed();
    expect(asked).toEqual(['/fng/?limit=0&format=json']);
    expect(days).toEqual([
      { timeMs: 1_741_132_800_000, value: 20 },
      { timeMs: 1_741_219_200_000, value: 40 },
    ]);
    expect([isStale, fetchedMs]).toEqual([false, nowMs]);
  });

  test('is believed for an hour by the time it was fetched, across processes', async () => {
    await opened().fearGreed();
    nowMs += HOUR_MS - 1;
    await opened().fearGreed();
    expect(asked).toHaveLength(1);
    nowMs += 1;
    await opened().fearGreed();
    expect(asked).toHaveLength(2);
    nowMs -= 5 * HOUR_MS;
    await opened().fearGreed();
    expect(asked).toHaveLength(3);
  });

  test.each([
    ['cannot be reached', { status: 500, text: '' }, /HTTP 500/],
    ['answers with text', { status: 200, text: '<html>' }, /is no JSON/],
    [
      'answers with a value that is none',
      { status: 200, text: answer([[1_741_132_800, '101']]) },
      /data\.0\.value/,
    ],
    [
      'answers with an error',
      {
        status: 200,
        text: JSON.stringify({
          data: [{ value: '1', timestamp: '1741132800' }],
          metadata: { error: 'sorry' },
        }),
      },
      /sorry/,
    ],
  ])('is stale, and says why, when its source %s', async (_name, then, says) => {
    const first = await opened().fearGreed();
    told = then;
    nowMs += 3 * HOUR_MS;
    const later = await opened().fearGreed();
    expect(later).toMatchObject({ days: first.days, fetchedMs: first.fetchedMs, isStale: true });
    expect(later.problem).toMatch(says);
  });

  test('is an error where nothing was ever fetched', async () => {
    told = { status: 503, text: '' };
    await expect(opened().fearGreed()).rejects.toThrow(/HTTP 503/);
  });
});
