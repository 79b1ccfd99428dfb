import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import type { ActionInput } from '../../../gateways/hyperliquid/wire/actions.ts';
import type { FaultInput } from '../../../gateways/paper-exchange/faults/fault.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../gateways/paper-exchange/start.ts';
import { signedBody, USER } from './server-process.ts';
import { START_OFFSET_MINUTES, writeSmallTape } from './state-tape.ts';

let dir: string;
let venue: RunningPaperExchange;
let nonce = Date.now();

beforeAll(() => {
  dir = writeSmallTape(mkdtempSync(join(tmpdir(), 'faults-')));
});

afterAll(() => rmSync(dir, { recursive: true }));

beforeEach(async () => {
  venue = await startPaperExchange({
    speed: 'manual',
    tapeDir: dir,
    startOffsetMinutes: START_OFFSET_MINUTES,
    log: createLog('silent'),
    fund: [{ account: USER, usd: '100000' as Usd }],
  });
});

afterEach(() => venue.close());

async function admin(path: string, body?: unknown, method = body ? 'POST' : 'GET') {
  const answer = await fetch(`${venue.admin.url}/${path}`, {
    method,
    headers: { authorization: `Bearer ${venue.admin.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

async function inject(...faults: readonly FaultInput[]): Promise<void> {
  expect(await admin('faults', faults)).toMatchObject({ ids: expect.any(Array) });
}

const statusesSchema = z.object({ faults: z.array(z.looseObject({ injected: z.int() })) });
async function injected(): Promise<number[]> {
  return statusesSchema.parse(await admin('faults')).faults.map((fault) => fault.injected);
}

/** Status and body of an answer, or `cut` when the connection ended without one. */
async function ask(path: string, body: unknown): Promise<{ status: number; text: string } | 'cut'> {
  try {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${venue.url}${path}`, init);
    return { status: answer.status, text: await answer.text() };
  } catch {
    return 'cut';
  }
}

const MIDS = { type: 'allMids' };
const bidOf = (): number => Number(venue.exchange.venue.market('BTC')?.bids[0]?.px);
const askOf = (): number => Number(venue.exchange.venue.market('BTC')?.asks[0]?.px);
const resting = (): number => venue.exchange.venue.openOrders(USER).length;

function orderAt(p: number, tif: 'Gtc' | 'Ioc' | 'Alo', s = '0.01'): ActionInput {
  const order = { a: 0, b: true, p: String(p), s, r: false, t: { limit: { tif } } };
  return { type: 'order', orders: [order], grouping: 'na' };
}

const send = (action: ActionInput) => {
  nonce += 1;
  return ask('/exchange', signedBody(action, nonce));
};
const sendResting = () => send(orderAt(Math.round(bidOf() * 0.95), 'Gtc'));

/** A subscriber and the frames of its channel, without the one it begins with. */
async function subscribe(subscription: object, channel: string) {
  const socket = new WebSocket(venue.wsUrl);
  const frames: unknown[] = [];
  let isClosed = false;
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as { channel: string; data: unknown };
    if (frame.channel === channel) frames.push(frame.data);
  });
  socket.on('close', () => {
    isClosed = true;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ method: 'subscribe', subscription }));
  await until(() => frames.length > 0, 'the first frame');
  frames.length = 0;
  return { socket, frames, isClosed: () => isClosed };
}

const bookOf = () => subscribe({ type: 'l2Book', coin: 'BTC' }, 'l2Book');
const timesOf = (frames: readonly unknown[]): number[] =>
  frames.map((frame) => (frame as { time: number }).time);

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a socket has been sent everything so far: its pong comes last. */
async function drained(socket: WebSocket): Promise<void> {
  const pong = new Promise<void>((resolve) => {
    socket.on('message', (data) => data.toString().includes('"pong"') && resolve());
  });
  socket.send('{"method":"ping"}');
  await pong;
}

describe('without faults', () => {
  test('requests take effect once and are answered, and each step makes one frame', async () => {
    const { socket, frames } = await bookOf();
    expect(await sendResting()).toMatchObject({ status: 200 });
    expect(resting()).toBe(1);
    await drained(socket);
    frames.length = 0;
    venue.advance(3);
    await drained(socket);
    expect(timesOf(frames)).toEqual([1, 2, 3].map((step) => venue.exchange.feed.timeMs(step + 1)));
    expect(await admin('metrics')).toMatchObject({ exchange: 1, injected: {} });
    socket.close();
  });
});

describe('faults of requests', () => {
  test('dropRequest: it has no effect and no answer', async () => {
    await inject({ kind: 'dropRequest', count: 1, match: { type: 'order', coin: 'BTC' } });
    expect(await sendResting()).toBe('cut');
    expect([resting(), await injected()]).toEqual([0, [1]]);
    expect(await sendResting()).toMatchObject({ status: 200 });
    expect(resting()).toBe(1);
  });

  test('dropReply: it has its effect and no answer', async () => {
    await inject({ kind: 'dropReply', count: 1, match: { account: USER, path: '/exchange' } });
    expect(await sendResting()).toBe('cut');
    expect([resting(), await injected()]).toEqual([1, [1]]);
  });

  test('duplicateRequest: it arrives twice, and its nonce lets only the first in', async () => {
    await inject({ kind: 'duplicateRequest', match: { path: '/exchange' } });
    const answer = await sendResting();
    expect(answer).toMatchObject({ text: expect.stringContaining('resting') });
    expect(resting()).toBe(1);
    expect(venue.exchange.requestStanding(USER).used).toBe(2);
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('tooManyRequests %s its effect: 429 and %i orders', async (effect, orders) => {
    await inject({ kind: 'tooManyRequests', effect, match: { path: '/exchange' } });
    expect(await sendResting()).toEqual({ status: 429, text: 'null' });
    expect(resting()).toBe(orders);
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('serverError %s its effect: 503 and %i orders', async (effect, orders) => {
    await inject({ kind: 'serverError', status: 503, effect, match: { type: 'order' } });
    expect(await sendResting()).toMatchObject({ status: 503 });
    expect(resting()).toBe(orders);
    expect(await ask('/info', MIDS)).toMatchObject({ status: 200 });
  });

  test('postOnly: only orders that take nothing pass', async () => {
    await inject({ kind: 'postOnly' });
    expect(await sendResting()).toEqual({
      status: 200,
      text: '{"status":"err","response":"Only post-only orders allowed immediately after a network upgrade"}',
    });
    expect(resting()).toBe(0);
    await send(orderAt(Math.round(bidOf() * 0.95), 'Alo'));
    expect(resting()).toBe(1);
  });

  test('delay: the request waits before its effect, the reply after it', async () => {
    await inject({ kind: 'delay', id: 'slow', ms: 86_400_000, match: { path: '/exchange' } });
    const stuck = sendResting();
    await until(() => venue.exchange.requestStanding(USER).used === 0, 'nothing has arrived');
    await admin('faults', undefined, 'DELETE');
    await inject({ kind: 'delay', ms: 86_400_000, where: 'reply', match: { path: '/exchange' } });
    const unanswered = sendResting();
    await until(() => resting() === 1, 'the second order rests');
    const first = await Promise.race([stuck, unanswered, ask('/info', MIDS)]);
    expect(first).toMatchObject({ text: expect.stringContaining('BTC') });
    await venue.close();
    expect(await Promise.all([stuck, unanswered])).toEqual(['cut', 'cut']);
    expect(resting()).toBe(1);
  });

  test('they hit posts over the web socket too', async () => {
    await inject({ kind: 'dropReply', match: { transport: 'websocket', path: '/exchange' } });
    const { socket, isClosed } = await bookOf();
    nonce += 1;
    const payload = signedBody(orderAt(Math.round(bidOf() * 0.95), 'Gtc'), nonce);
    socket.send(JSON.stringify({ method: 'post', id: 1, request: { type: 'action', payload } }));
    await until(isClosed, 'the socket is cut');
    expect(resting()).toBe(1);
  });
});

describe('faults of streams', () => {
  const step = (count: number) => venue.exchange.feed.timeMs(venue.exchange.step + count);

  test('duplicateEvents: every frame comes twice', async () => {
    const { socket, frames } = await bookOf();
    await inject({ kind: 'duplicateEvents', match: { channel: 'l2Book', coin: 'BTC' } });
    const time = step(1);
    venue.advance(1);
    await drained(socket);
    expect(timesOf(frames)).toEqual([time, time]);
    socket.close();
  });

  test('reorderEvents: a frame is overtaken by the next', async () => {
    const { socket, frames } = await bookOf();
    await inject({ kind: 'reorderEvents', count: 1, match: { channel: 'l2Book' } });
    const times = [step(1), step(2), step(3)];
    venue.advance(3);
    await drained(socket);
    expect(timesOf(frames)).toEqual([times[1], times[0], times[2]]);
    socket.close();
  });

  test('reorderEvents: a last frame comes late, not never', async () => {
    const { socket, frames } = await bookOf();
    await inject({ kind: 'reorderEvents', count: 1, match: { channel: 'l2Book' } });
    const time = step(1);
    venue.advance(1);
    await drained(socket);
    expect(frames).toEqual([]);
    await until(() => frames.length > 0, 'it comes after all');
    expect(timesOf(frames)).toEqual([time]);
    socket.close();
  });

  test('delayEvents: a frame comes after those that were sent later', async () => {
    const { socket, frames } = await bookOf();
    await inject({ kind: 'delayEvents', ms: 100, count: 1, match: { channel: 'l2Book' } });
    const times = [step(1), step(2)];
    venue.advance(2);
    await until(() => frames.length === 2, 'both have come');
    expect(timesOf(frames)).toEqual([times[1], times[0]]);
    socket.close();
  });

  test('gap: frames are lost while the socket stays open', async () => {
    const { socket, frames, isClosed } = await bookOf();
    await inject({ kind: 'gap', id: 'gap', match: { channel: 'l2Book' } });
    venue.advance(3);
    await admin('faults/gap', undefined, 'DELETE');
    const time = step(1);
    venue.advance(1);
    await drained(socket);
    expect([timesOf(frames), isClosed()]).toEqual([[time], false]);
    socket.close();
  });

  test('disconnect: every socket is cut, once each time', async () => {
    const [one, two] = [await bookOf(), await bookOf()];
    await inject({ kind: 'disconnect' });
    await until(() => one.isClosed() && two.isClosed(), 'both are cut');
    const three = await bookOf();
    await drained(three.socket);
    expect([three.isClosed(), await injected()]).toEqual([false, [1]]);
    three.socket.close();
  });

  test('disconnect about a channel: only who would have been sent its frame', async () => {
    const [books, mids] = [await bookOf(), await subscribe(MIDS, 'allMids')];
    await inject({ kind: 'disconnect', match: { channel: 'l2Book' } });
    venue.advance(1);
    await until(books.isClosed, 'the book reader is cut');
    await drained(mids.socket);
    expect([mids.isClosed(), mids.frames.length]).toEqual([false, 1]);
    mids.socket.close();
  });

  test('staleFeed: no new frames, and questions get the old answer', async () => {
    const { socket, frames } = await bookOf();
    await inject({ kind: 'staleFeed', id: 'stale' });
    const question = { type: 'l2Book', coin: 'BTC' };
    const before = await ask('/info', question);
    venue.advance(30);
    expect(await ask('/info', question)).toEqual(before);
    await drained(socket);
    expect(frames).toEqual([]);
    await admin('faults/stale', undefined, 'DELETE');
    expect(await ask('/info', question)).not.toEqual(before);
    socket.close();
  });
});

describe('faults of the venue', () => {
  test('maintenance: everything is refused with 502, sockets are cut and none is let in', async () => {
    const { isClosed } = await bookOf();
    await inject({ kind: 'maintenance', id: 'down' });
    await until(isClosed, 'the socket is cut');
    expect(await ask('/info', MIDS)).toMatchObject({ status: 502 });
    expect(await sendResting()).toMatchObject({ status: 502 });
    const refused = new WebSocket(venue.wsUrl);
    await once(refused, 'error');
    expect(resting()).toBe(0);
    await admin('faults/down', undefined, 'DELETE');
    expect(await sendResting()).toMatchObject({ status: 200 });
  });

  test('freeze: orders wait for its end, and so does the tape', async () => {
    await inject({ kind: 'freeze', id: 'ice' });
    const sent = sendResting();
    expect(await ask('/info', MIDS)).toMatchObject({ status: 200 });
    expect(await admin('status')).toMatchObject({ isFrozen: true });
    expect(resting()).toBe(0);
    await admin('faults/ice', undefined, 'DELETE');
    expect(await sent).toMatchObject({ text: expect.stringContaining('resting') });
    expect(await admin('status')).toMatchObject({ isFrozen: false });
  });

  test('clockSkew: the venue is ahead by it', async () => {
    await inject({ kind: 'clockSkew', ms: 3_600_000 });
    const answer = await ask('/info', { type: 'exchangeStatus' });
    const { time } = z
      .object({ time: z.int() })
      .parse(JSON.parse((answer as { text: string }).text));
    expect(time - Date.now()).toBeGreaterThan(3_500_000);
  });

  test('partialFills: a taker gets no more than the cap', async () => {
    await inject({ kind: 'partialFills', capBase: '0.003', match: { coin: 'BTC' } });
    venue.advance(1);
    const answer = await send(orderAt(Math.round(askOf() * 1.02), 'Ioc', '0.05'));
    expect(answer).toMatchObject({ text: expect.stringContaining('"totalSz":"0.003"') });
  });

  test('priceSpike: the market moves away and comes back', async () => {
    const calm = bidOf();
    await inject({ kind: 'priceSpike', id: 'spike', fraction: '-0.2', match: { coin: 'BTC' } });
    venue.advance(1);
    expect(bidOf() / calm).toBeCloseTo(0.8, 1);
    await admin('faults/spike', undefined, 'DELETE');
    venue.advance(1);
    expect(bidOf() / calm).toBeCloseTo(1, 1);
  });
});

describe('the terms of an account', () => {
  test('latency delays its requests and replies, and nobody else', async () => {
    await admin('accounts', { account: USER, latencyMs: [60_000, 60_000] });
    const slow = sendResting();
    expect(await ask('/info', MIDS)).toMatchObject({ status: 200 });
    expect(resting()).toBe(0);
    await venue.close();
    expect([await slow, resting()]).toEqual(['cut', 0]);
  });

  test('a fee tier decides what a fill costs', async () => {
    const buy = async (): Promise<string> => {
      await send(orderAt(Math.round(askOf() * 1.02), 'Ioc'));
      const [fill] = venue.exchange.venue.fills(USER);
      return (Number(fill?.fee) / (Number(fill?.px) * Number(fill?.sz))).toFixed(6);
    };
    expect(await buy()).toBe('0.000450');
    await admin('accounts', { account: USER, feeTier: 2 });
    expect(await buy()).toBe('0.000350');
  });
});
