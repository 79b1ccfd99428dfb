import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import { parseFlags } from '../../../../gateways/paper-exchange/options.ts';
import {
  type PaperExchangeOptions,
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../../gateways/paper-exchange/start.ts';
import { post, signedBody, USER } from '../server-process.ts';
import { HYPERLIQUID_LOG, open, soon } from './tapes.ts';

const root = mkdtempSync(join(tmpdir(), 'clock-'));
const running: RunningPaperExchange[] = [];

afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(options: PaperExchangeOptions): Promise<RunningPaperExchange> {
  const started = await startPaperExchange({ log: createLog('silent'), ...options });
  running.push(started);
  return started;
}

const timeOf = async ({ url }: RunningPaperExchange): Promise<number> =>
  ((await post(`${url}/info`, { type: 'exchangeStatus' })) as { time: number }).time;

const tape = open(HYPERLIQUID_LOG);
const recorded = { tapeDir: HYPERLIQUID_LOG, speed: 'manual' as const };

test('on the wall clock the exchange stamps the present, whatever time the tape is at', async () => {
  const exchange = await start(recorded);
  expect(Math.abs((await timeOf(exchange)) - Date.now())).toBeLessThan(60_000);
});

test("on the tape's clock a client that takes its nonces from the exchange lives in tape time", async () => {
  const exchange = await start({
    ...recorded,
    clock: 'tape',
    fund: [{ account: USER, usd: '1000' as never }],
  });
  expect(await timeOf(exchange)).toBe(tape.timeMs(1));
  exchange.advance(4);
  const time = await timeOf(exchange);
  expect(time).toBe(tape.timeMs(5));
  const send = (nonce: number) =>
    post(`${exchange.url}/exchange`, signedBody({ type: 'noop' }, nonce));
  expect(await send(time)).toMatchObject({ status: 'ok' });
  expect(await send(Date.now())).toMatchObject({ status: 'err' });
});

test('between two steps the tape time passes, and never beyond the next step', async () => {
  const exchange = await start({ tapeDir: HYPERLIQUID_LOG, clock: 'tape', speed: 0.01 });
  const seen = new Set<number>();
  const nextMs = tape.timeMs(2);
  await soon(async () => {
    seen.add(await timeOf(exchange));
    expect(seen.size).toBeGreaterThan(1);
  });
  for (const time of seen) expect(time).toBeLessThanOrEqual(nextMs);
  const times = [...seen];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('as fast as possible, it plays to the end and still answers everybody on the way', async () => {
  const exchange = await start({ speed: 'max', startOffsetMinutes: 43_100 });
  let answers = 0;
  await soon(async () => {
    await timeOf(exchange);
    answers += 1;
    expect(exchange.exchange.haltReason).toBe('the tape has ended');
  }, 60_000);
  expect(answers).toBeGreaterThan(1);
}, 90_000);

test.each([
  [['--speed', 'max'], { speed: 'max' }],
  [['--speed', '1000'], { speed: 1000 }],
  [['--clock', 'tape'], { clock: 'tape' }],
  [['--symbol', 'XBTUSD=BTC'], { symbol: [['XBTUSD', 'BTC']] }],
  [
    ['--live', 'https://api.hyperliquid.xyz', '--live-coins', 'BTC,ETH,BTC'],
    { 'live-coins': ['BTC', 'ETH'] },
  ],
])('the flags %j are understood', (args, options) => {
  expect(parseFlags(args)).toMatchObject({ ok: true, value: options });
});

test.each([
  [['--speed', 'fast'], 'must be a number above 0, at most 10000, or max'],
  [['--clock', 'sundial'], 'must be wall or tape'],
  [['--symbol', 'BTCUSDT'], 'must be SYMBOL=COIN'],
  [['--live', 'mainnet'], 'must be a URL'],
])('the flags %j are refused with their rule', (args, rule) => {
  expect(parseFlags(args)).toMatchObject({
    ok: false,
    error: { rule: expect.stringContaining(rule) },
  });
});

test('a recorded tape goes on after a restart where it stopped, as if it had run through', async () => {
  const stateDir = join(root, 'resumed');
  const first = await start({ ...recorded, stateDir });
  first.advance(20);
  await running.pop()?.close();
  const second = await start({ ...recorded, stateDir });
  expect(second.exchange.step).toBe(21);
  second.advance(10);
  const whole = await start(recorded);
  whole.advance(30);
  expect(second.exchange.venue.market('BTC')).toEqual({
    ...whole.exchange.venue.market('BTC'),
    atMs: expect.any(Number),
  });
});
