/** Scanning the paper exchange's markets over its real wire, fifteen days into the sample tape. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import { createMarketScan } from '../../../gateways/hyperliquid/market-scan.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../gateways/paper-exchange/start.ts';

const DAY_MINUTES = 1_440;
let running: RunningPaperExchange;
beforeAll(async () => {
  running = await startPaperExchange({
    speed: 'manual',
    startOffsetMinutes: 16 * DAY_MINUTES,
    log: createLog('silent'),
  });
});
afterAll(() => running.close());

test('a market is told by its book, its days, its interest and its funding, as of the market’s clock', async () => {
  const { exchange, url, wsUrl } = running;
  const scan = createMarketScan(connectVenue({ url, wsUrl, isMainnet: false }), 'paper');
  const heard: string[] = [];
  const { atMs, facts, passedOver } = await scan.scan(3, (asset) => heard.push(asset));
  expect(atMs).toBe(exchange.feed.timeMs(exchange.step));
  expect(facts.map(({ asset }) => asset)).toEqual(heard);
  expect([facts.length, passedOver]).toEqual([3, 1]);
  const btc = facts.find(({ asset }) => asset === 'BTC');
  const market = exchange.venue.market('BTC');
  const best = (side: readonly { px: string; sz: string }[] = []): number =>
    side.slice(0, 5).reduce((sum, { px, sz }) => sum + Number(px) * Number(sz), 0);
  expect(btc?.depthUsd).toBeCloseTo(best(market?.bids) + best(market?.asks), 4);
  expect(btc?.spreadFraction).toBeGreaterThan(0);
  expect(btc?.openInterestUsd).toBeGreaterThanOrEqual(0);
  expect(btc?.maxLeverage).toBe(40);
  // The tape pays the base rate of every hour where nothing is recorded.
  expect(btc?.fundingPerDay).toBeCloseTo(24 * 0.0000125, 12);
  const days = btc?.daily.openTimeMs ?? [];
  expect(days.length).toBeGreaterThan(14);
  expect(days.at(-1)).toBeLessThanOrEqual(atMs);
  expect(Math.min(...(btc?.daily.volumeUsd ?? []))).toBeGreaterThan(1e9);
});
