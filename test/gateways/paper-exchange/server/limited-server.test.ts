import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Usd } from '../../../../domain/kernel/decimal.ts';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../../gateways/paper-exchange/start.ts';
import { post, signedBody, USER } from '../server-process.ts';

let running: RunningPaperExchange;

afterEach(() => running.close());

let nowMs = Date.now();

async function start(stateDir?: string): Promise<void> {
  running = await startPaperExchange({
    speed: 'manual',
    clock: () => nowMs,
    limits: 'venue',
    log: createLog('silent'),
    fund: [{ account: USER, usd: '100000' as Usd }],
    ...(stateDir === undefined ? {} : { stateDir }),
  });
}

const ask = (question: object) =>
  fetch(`${running.url}/info`, { method: 'POST', body: JSON.stringify(question) });

async function connected(): Promise<WebSocket> {
  const socket = new WebSocket(running.wsUrl);
  await once(socket, 'open');
  return socket;
}

/** Sends texts and a ping; returns what came before the pong. */
async function talk(socket: WebSocket, texts: readonly string[]): Promise<string[]> {
  const heard: string[] = [];
  const listen = (data: Buffer): void => {
    heard.push(data.toString());
  };
  socket.on('message', listen);
  for (const text of texts) socket.send(text);
  socket.send('{"method":"ping"}');
  while (heard.at(-1) !== '{"channel":"pong"}') await once(socket, 'message');
  socket.off('message', listen);
  return heard.slice(0, -1);
}

const subscribe = (subscription: object) => JSON.stringify({ method: 'subscribe', subscription });
const errorsIn = (frames: string[]) =>
  frames.filter((frame) => frame.includes('"channel":"error"'));

describe('an address that has spent its weight', () => {
  test('gets 429 with a JSON null and the seconds to wait, for questions and actions', async () => {
    await start();
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      statuses.push((await ask({ type: 'userRole', user: USER })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await ask({ type: 'allMids' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.text()).toBe('null');
    const noop = JSON.stringify(signedBody({ type: 'noop' }, Date.now()));
    const action = await fetch(`${running.url}/exchange`, { method: 'POST', body: noop });
    expect(action.status).toBe(429);
  });

  test('pays for what it was told, and for what nobody could read', async () => {
    await start();
    const req = { coin: 'BTC', interval: '1m', startTime: 0 };
    expect((await ask({ type: 'candleSnapshot', req })).status).toBe(200);
    // 20 for asking, 48 for 2880 candles; then 56 times 20 make 1188.
    const statuses: number[] = [];
    for (let index = 0; index < 57; index += 1) statuses.push((await ask({ type: 'nope' })).status);
    expect(statuses.slice(0, 56)).toEqual(new Array(56).fill(422));
    expect(statuses.at(-1)).toBe(429);
    expect((await ask({ type: 'allMids' })).status).toBe(200);
  });
});

describe('web sockets of one address', () => {
  test('are ten; the eleventh is refused with 429 until one is closed', async () => {
    await start();
    const sockets = await Promise.all(Array.from({ length: 10 }, connected));
    const eleventh = new WebSocket(running.wsUrl);
    const [, response] = await once(eleventh, 'unexpected-response');
    expect([response.statusCode, response.headers['retry-after']]).toEqual([429, '1']);
    sockets[0]?.close();
    await once(sockets[0] as WebSocket, 'close');
    const again = await connected();
    expect(again.readyState).toBe(WebSocket.OPEN);
  });

  test('share 1000 subscriptions and 10 users, which come back when a socket closes', async () => {
    await start();
    const first = await connected();
    const many = Array.from({ length: 995 }, (_, index) =>
      subscribe({ type: 'trades', coin: `COIN${index}` }),
    );
    expect(errorsIn(await talk(first, many))).toEqual([]);
    const second = await connected();
    const user = (index: number) => `0x${String(index).padStart(40, '0')}`;
    const users = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) =>
        subscribe({ type: 'orderUpdates', user: user(from + index) }),
      );
    const tooMany = await talk(second, users(0, 6));
    expect(errorsIn(tooMany)).toEqual([
      '{"channel":"error","data":"Cannot subscribe to more than 1000 channels."}',
    ]);
    first.close();
    await once(first, 'close');
    expect(errorsIn(await talk(second, users(5, 6)))).toEqual([
      '{"channel":"error","data":"Cannot track more than 10 total users."}',
    ]);
  });

  test('may send 2000 messages a minute, and are told of each one too many', async () => {
    await start();
    const socket = await connected();
    const pings = new Array(1999).fill('{"method":"ping"}');
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(data.toString()));
    for (const text of [...pings, '{"method":"ping"}', '{"method":"ping"}', 'x']) socket.send(text);
    while (heard.length < 2002) await once(socket, 'message');
    expect(heard.filter((text) => text === '{"channel":"pong"}').length).toBe(2000);
    expect(heard.slice(2000)).toEqual(
      new Array(2).fill(
        '{"channel":"error","data":"Cannot send more than 2000 messages per minute."}',
      ),
    );
  });
});

describe('an account that has used up its requests', () => {
  const CANCELS = Array.from({ length: 4000 }, (_, index) => ({ a: 0, o: 1_000_000 + index }));
  const t = { limit: { tif: 'Gtc' as const } };
  const order = { a: 0, b: true, p: '50000', s: '0.01', r: false, t };
  let nonce = Date.now();
  const send = (action: Parameters<typeof signedBody>[0]) => {
    nonce += 1;
    return post(`${running.url}/exchange`, signedBody(action, nonce));
  };

  const dir = mkdtempSync(join(tmpdir(), 'paper-exchange-'));

  afterAll(() => rmSync(dir, { recursive: true }));

  test('may cancel and not order, also after a restart, until it trades', async () => {
    await start(dir);
    for (let batch = 0; batch < 3; batch += 1) {
      expect(await send({ type: 'cancel', cancels: CANCELS })).toMatchObject({ status: 'ok' });
    }
    const refusal = {
      status: 'err',
      response:
        'Too many cumulative requests sent (12000 > 9999) for cumulative volume traded $0.00. ' +
        'Place taker orders to free up 1 request per USDC traded.',
    };
    const one = { type: 'order' as const, orders: [order], grouping: 'na' as const };
    expect(await send(one)).toEqual(refusal);
    await running.close();
    await start(dir);
    expect(await send(one)).toEqual(refusal);
    expect(await send({ type: 'cancel', cancels: [{ a: 0, o: 1 }] })).toMatchObject({
      status: 'ok',
    });
    const standing = await post(`${running.url}/info`, { type: 'userRateLimit', user: USER });
    expect(standing).toEqual({
      cumVlm: '0.0',
      nRequestsUsed: 12_001,
      nRequestsCap: 10_000,
      nRequestsSurplus: 0,
    });
    nowMs += 10_000;
    const taker = { ...order, b: false, t: { limit: { tif: 'Ioc' as const } }, s: '0.1' };
    expect(await send({ ...one, orders: [taker] })).toMatchObject({
      status: 'ok',
      response: { data: { statuses: [{ filled: { totalSz: '0.1' } }] } },
    });
    expect(await send(one)).toMatchObject({
      status: 'ok',
      response: { data: { statuses: [{ resting: {} }] } },
    });
  });
});

test('without limits nobody is refused', async () => {
  running = await startPaperExchange({ speed: 'manual', log: createLog('silent') });
  const statuses: number[] = [];
  for (let index = 0; index < 100; index += 1) {
    statuses.push((await ask({ type: 'userRole', user: USER })).status);
  }
  expect(new Set(statuses)).toEqual(new Set([200]));
});
