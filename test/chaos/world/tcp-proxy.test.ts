import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

const HOST = '127.0.0.1';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

/** A server that says everything back, behind a proxy. */
async function echoBehindProxy(): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  const proxy = await startProxy(typeof address === 'object' ? (address?.port ?? 0) : 0);
  open.push(proxy);
  return proxy;
}

async function dial(proxy: TcpProxy): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: HOST });
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

async function echoed(socket: Socket, text: string): Promise<string> {
  const heard = once(socket, 'data');
  socket.write(text);
  const [data] = (await heard) as [Buffer];
  return data.toString();
}

describe('a link', () => {
  test('carries bytes both ways', async () => {
    const proxy = await echoBehindProxy();
    const socket = await dial(proxy);
    expect(await echoed(socket, 'hello')).toBe('hello');
    expect(proxy.connections).toBe(1);
  });

  test('that is dropped or reset ends every connection and counts it', async () => {
    for (const fault of ['drop', 'reset'] as const) {
      const proxy = await echoBehindProxy();
      const socket = await dial(proxy);
      await echoed(socket, 'hello');
      // A reset is an error too, which is not what is waited for.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      expect(await proxy.fail(fault, 0, 0)).toBe(1);
      await closed;
    }
  });

  test('that is slow delivers late and in order', async () => {
    const proxy = await echoBehindProxy();
    const socket = await dial(proxy);
    await echoed(socket, 'first');
    const over = proxy.fail('slow', 300, 0);
    let heard = '';
    socket.on('data', (data: Buffer) => {
      heard += data.toString();
    });
    for (const text of ['a', 'b', 'c']) socket.write(text);
    expect(await over).toBe(1);
    while (heard.length < 3) await once(socket, 'data');
    expect(heard).toBe('abc');
  });

  test('that loses replies takes requests and ends without an answer', async () => {
    const proxy = await echoBehindProxy();
    const socket = await dial(proxy);
    await echoed(socket, 'hello');
    let heard = '';
    socket.on('data', (data: Buffer) => {
      heard += data.toString();
    });
    const closed = once(socket, 'close');
    const over = proxy.fail('loseReplies', 100, 0);
    socket.write('lost');
    await over;
    await closed;
    expect(heard).toBe('');
  });

  test('in a black hole is silent, and goes on or ends afterwards', async () => {
    for (const [draw, goesOn] of [
      [0.9, true],
      [0.1, false],
    ] as const) {
      const proxy = await echoBehindProxy();
      const socket = await dial(proxy);
      await echoed(socket, 'hello');
      let heard = '';
      socket.on('data', (data: Buffer) => {
        heard += data.toString();
      });
      const after = goesOn ? once(socket, 'data') : once(socket, 'close');
      const over = proxy.fail('blackHole', 100, draw);
      socket.write('late');
      await over;
      await after;
      expect(heard).toBe(goesOn ? 'late' : '');
    }
  });

  test('that is closed by half still says what it has heard', async () => {
    const proxy = await echoBehindProxy();
    const socket = await dial(proxy);
    await echoed(socket, 'hello');
    const ended = once(socket, 'end');
    expect(await proxy.fail('halfClose', 0, 0)).toBe(1);
    await ended;
  });
});
