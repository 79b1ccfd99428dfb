import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import {
  type PaperExchangeOptions,
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../../gateways/paper-exchange/start.ts';
import { post } from '../server-process.ts';
import { soon } from './tapes.ts';

/** A paper exchange stands for the real venue: it speaks the same protocol. */
let venue: RunningPaperExchange;
const log = createLog('silent');
const root = mkdtempSync(join(tmpdir(), 'live-'));
const open: RunningPaperExchange[] = [];

beforeEach(async () => {
  venue = await startPaperExchange({ speed: 'manual', log });
});

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await venue.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function relay(options: PaperExchangeOptions = {}): Promise<RunningPaperExchange> {
  const live = { url: venue.url, coins: ['BTC', 'ETH'] };
  const started = await startPaperExchange({ live, log, ...options });
  open.push(started);
  return started;
}

const ask = ({ url }: { url: string }, question: object) => post(`${url}/info`, question);
const mids = z.record(z.string(), z.string());
const status = z.object({ specialStatuses: z.string().nullable() });

async function expectSameMarket(live: RunningPaperExchange): Promise<void> {
  const [real, ours] = [
    mids.parse(await ask(venue, { type: 'allMids' })),
    mids.parse(await ask(live, { type: 'allMids' })),
  ];
  expect(ours).toEqual({ BTC: real.BTC, ETH: real.ETH });
}

test('relays books, prices, trades, candles and funding of the coins that were asked for', async () => {
  const live = await relay();
  for (let round = 0; round < 3; round += 1) {
    venue.advance(7);
    await soon(() => expectSameMarket(live));
  }
  const bars = { coin: 'BTC', interval: '1m', startTime: 0, endTime: null };
  const candles = (exchange: RunningPaperExchange) =>
    ask(exchange, { type: 'candleSnapshot', req: bars }) as Promise<{ t: number; c: string }[]>;
  const [real, ours] = [await candles(venue), await candles(live)];
  expect(ours.at(-1)).toMatchObject({ t: real.at(-1)?.t, c: real.at(-1)?.c });
  expect(ours.length).toBeGreaterThan(1000);
  const trades = (await ask(live, { type: 'recentTrades', coin: 'ETH' })) as unknown[];
  expect(trades.length).toBeGreaterThan(3);
  const funding = { type: 'fundingHistory', coin: 'BTC', startTime: 0 };
  expect(await ask(live, funding)).toEqual(await ask(venue, funding));
});

test('halts trading while the venue is away, and goes on with its first books afterwards', async () => {
  const port = Number(new URL(venue.url).port);
  const live = await relay();
  expect(status.parse(await ask(live, { type: 'exchangeStatus' })).specialStatuses).toBeNull();
  await venue.close();
  await soon(() => {
    expect(live.exchange.haltReason).toBe('the live feed is disconnected');
  });
  expect(status.parse(await ask(live, { type: 'exchangeStatus' })).specialStatuses).toContain(
    'the live feed is disconnected',
  );
  venue = await startPaperExchange({ speed: 'manual', log, port });
  venue.advance(30);
  await soon(() => {
    expect(live.exchange.haltReason).toBeUndefined();
    return expectSameMarket(live);
  });
});

test('journals what it heard: a restart from the journal alone has the same market', async () => {
  const stateDir = join(root, 'state');
  const first = await relay({ stateDir });
  venue.advance(5);
  await soon(() => expectSameMarket(first));
  const copy = join(root, 'copy');
  cpSync(stateDir, copy, { recursive: true }); // as after kill -9: no snapshot was saved
  rmSync(join(copy, 'owner.pid'), { force: true });
  const market = first.exchange.venue.market('BTC');
  const step = first.exchange.step;
  const second = await relay({ stateDir: copy, speed: 'manual' });
  expect(second.exchange.step).toBe(step);
  expect(second.exchange.venue.market('BTC')).toEqual(market);
});

test('a coin that the venue does not know, or no venue at all, is refused by name', async () => {
  const live = { url: venue.url, coins: ['NOPE'] };
  await expect(startPaperExchange({ live, log })).rejects.toThrow('knows no coin NOPE');
  const gone = { url: 'http://127.0.0.1:9', coins: ['BTC'] };
  await expect(startPaperExchange({ live: gone, log })).rejects.toThrow(
    'live http://127.0.0.1:9: no answer to meta',
  );
});
