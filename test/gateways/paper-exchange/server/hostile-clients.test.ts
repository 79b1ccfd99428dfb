import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import { createHttp, createHttpServer } from '../../../../gateways/paper-exchange/server/http.ts';
import { IpLimits, NO_LIMITS } from '../../../../gateways/paper-exchange/server/limits.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../../gateways/paper-exchange/start.ts';

let running: RunningPaperExchange;

beforeAll(async () => {
  running = await startPaperExchange({ speed: 'manual', log: createLog('silent') });
});

afterAll(() => running.close());

const MIDS = '{"type":"allMids"}';

async function post(body: Buffer | string, headers: Record<string, string> = {}) {
  const sent = request(`${running.url}/info`, { method: 'POST', headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode as number;
}

/** Sends bytes on a connection of their own; returns all that comes until the server ends it. */
async function untilClosed(bytes: Buffer | string, port = portOf()): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  socket.on('error', () => undefined); // a reset is an end as well
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(heard).toString('latin1');
}

const portOf = (): number => Number(new URL(running.url).port);

describe('a body', () => {
  test('in an encoding is refused, whether or not it is what it says', async () => {
    expect(await post(gzipSync(MIDS), { 'content-encoding': 'gzip' })).toBe(415);
    expect(await post(MIDS, { 'content-encoding': 'br' })).toBe(415);
    expect(await post(MIDS, { 'content-encoding': 'Identity' })).toBe(200);
    expect(await post(gzipSync(MIDS))).toBe(422);
  });

  test('that is no UTF-8 is not guessed at', async () => {
    const body = Buffer.from('{"type":"l2Book","coin":"B\u00ffC"}', 'latin1');
    expect(await post(body)).toBe(422);
    expect(await post(Buffer.from(MIDS, 'utf16le'))).toBe(422);
    expect(await post(`\ufeff${MIDS}`)).toBe(422);
  });

  test('in many pieces is read whole, and refused as soon as it is too long', async () => {
    const sent = request(`${running.url}/info`, { method: 'POST' });
    for (const char of MIDS) sent.write(char);
    sent.end();
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    const endless = request(`${running.url}/info`, { method: 'POST' });
    endless.on('error', () => undefined); // cut after the refusal
    for (let index = 0; index < 5; index += 1) endless.write('['.repeat(64 * 1024));
    const [refused] = await once(endless, 'response');
    expect(refused.statusCode).toBe(413);
    endless.destroy();
  });

  test('nested a hundred thousand deep is a body like any other', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(await post(deep)).toBe(422);
    expect(await post(`{"type":"allMids","deep":${deep}}`)).toBe(200);
  });

  test('with keys of prototypes changes nothing', async () => {
    const keys = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    expect(await post(`{"type":"allMids",${keys}}`)).toBe(200);
    expect(await post(`{"__proto__":{"type":"allMids"}}`)).toBe(422);
    expect(await post('{"type":"l2Book","coin":"__proto__"}')).toBe(200);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('that says a key twice counts with the last', async () => {
    expect(await post('{"type":"nope","type":"allMids"}')).toBe(200);
    expect(await post('{"type":"allMids","type":"nope"}')).toBe(422);
  });
});

describe('a connection', () => {
  const patience = {
    keepAliveMs: 1000,
    silentMs: 1000,
    headersWithinMs: 100,
    requestWithinMs: 200,
    checkEveryMs: 20,
  };
  const log = createLog('silent');
  const desk = () => Promise.resolve({ status: 200, json: 'x'.repeat(20_000_000) });
  const server = createHttpServer(patience);
  server.on('request', createHttp(desk, new IpLimits(NO_LIMITS), log));
  const port = () => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['says nothing', ''],
    ['never ends its headers', 'POST /info HTTP/1.1\r\nHost: x\r\nX-Slow: a'],
    ['never ends its body', 'POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'],
    [
      'never ends its last chunk',
      'POST /info HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"',
    ],
  ])('that %s is closed in time', async (_what, bytes) => {
    const heard = await untilClosed(bytes, port());
    expect(heard).toMatch(/^($|HTTP\/1\.1 408 )/);
  });

  test('whose reader stops in the middle of an answer is closed in time', async () => {
    const socket: Socket = connect(port(), '127.0.0.1');
    const closed = new Promise((resolve) => {
      server.once('connection', (accepted) => accepted.once('close', resolve));
    });
    socket.on('error', () => undefined); // it is reset
    await once(socket, 'connect');
    socket.pause();
    socket.write('POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
    await closed;
    socket.destroy();
  });
});

describe('an upgrade', () => {
  const handshake = [
    'GET /ws HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n');

  test.each([
    ['by another method', handshake.replace('GET', 'POST'), '405'],
    ['at another path', handshake.replace('/ws', '/elsewhere'), '404'],
    ['of another version', handshake.replace('13', '7'), '400'],
    ['without a key', handshake.replace(/Sec-WebSocket-Key.*\r\n/, ''), '400'],
  ])('%s is refused: %#', async (_what, bytes, status) => {
    expect(await untilClosed(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('to another protocol is passed over, and the request answered', async () => {
    const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
    expect(await post(MIDS, offer)).toBe(200);
  });

  test.each([
    ['is not masked', Buffer.of(0x81, 0x01, 0x41), 1002],
    ['is of a reserved kind', Buffer.of(0x83, 0x80, 0, 0, 0, 0), 1002],
    ['goes on with nothing', Buffer.of(0x80, 0x80, 0, 0, 0, 0), 1002],
    ['is no UTF-8', Buffer.of(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff), 1007],
    ['is too long', Buffer.of(0x81, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0), 1009],
    ['is binary', Buffer.of(0x82, 0x81, 0, 0, 0, 0, 0x41), 1003],
  ])('is followed by a close with its code when a frame %s', async (_what, frame, code) => {
    const close = Buffer.of(0x88, 0x80, 0, 0, 0, 0);
    const heard = await untilClosed(Buffer.concat([Buffer.from(handshake), frame, close]));
    const frames = Buffer.from(heard.slice(heard.indexOf('\r\n\r\n') + 4), 'latin1');
    expect([frames[0], frames.readUInt16BE(2)]).toEqual([0x88, code]);
  });
});

describe('a web socket', () => {
  async function connected(): Promise<WebSocket> {
    const socket = new WebSocket(running.wsUrl);
    await once(socket, 'open');
    return socket;
  }

  test('may send a frame in fragments', async () => {
    const socket = await connected();
    socket.send('{"method":', { fin: false });
    socket.send('"pi', { fin: false });
    socket.send('ng"}', { fin: true });
    const [data] = await once(socket, 'message');
    expect(data.toString()).toBe('{"channel":"pong"}');
    socket.close();
  });

  test('that subscribes and unsubscribes thousands of times leaves nothing behind', async () => {
    const socket = await connected();
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(data.toString().slice(0, 60)));
    for (let index = 0; index < 3000; index += 1) {
      const subscription = { type: 'trades', coin: `COIN${index}` };
      socket.send(JSON.stringify({ method: 'subscribe', subscription }));
      socket.send(JSON.stringify({ method: 'unsubscribe', subscription }));
    }
    socket.send('{"method":"ping"}');
    while (heard.at(-1) !== '{"channel":"pong"}') await once(socket, 'message');
    expect(heard.filter((text) => text.includes('"error"'))).toEqual([]);
    const before = heard.length;
    running.advance(3);
    socket.send('{"method":"ping"}');
    while (heard.at(-1) !== '{"channel":"pong"}' || heard.length === before) {
      await once(socket, 'message');
    }
    expect(heard.length).toBe(before + 1);
    socket.close();
  });

  test('that sends many things that are no frames is told of each, in their order', async () => {
    const socket = await connected();
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(data.toString()));
    const sent = Array.from({ length: 60 }, (_, index) => `{"no frame":${index}}`);
    for (const text of sent) socket.send(text);
    socket.send('{"method":"ping"}');
    while (heard.at(-1) !== '{"channel":"pong"}') await once(socket, 'message');
    const words = 'Error parsing JSON into valid websocket request: ';
    const errors = sent.map((text) => ({ channel: 'error', data: `${words}${text}` }));
    expect(heard.slice(0, -1).map((text) => JSON.parse(text))).toEqual(errors);
    socket.close();
  });

  test('that floods with what is no frame is cut off, and others are served', async () => {
    const socket = await connected();
    socket.on('error', () => undefined); // reset while it still sends
    const closed = once(socket, 'close');
    for (let index = 0; index < 10_000; index += 1) socket.send('x');
    expect(await post(MIDS)).toBe(200);
    expect((await closed)[0]).toBe(1006);
  });

  test('that breaks off while it is owed answers harms nobody', async () => {
    const socket = await connected();
    for (let id = 0; id < 200; id += 1) {
      const request = { type: 'info', payload: { type: 'metaAndAssetCtxs' } };
      socket.send(JSON.stringify({ method: 'post', id, request }));
    }
    socket.terminate();
    expect(await post(MIDS)).toBe(200);
  });
});
