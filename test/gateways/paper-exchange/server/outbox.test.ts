import { describe, expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Outbox } from '../../../../gateways/paper-exchange/server/outbox.ts';

const MB = 1024 * 1024;

/** A socket whose reader takes nothing. */
class DeafSocket {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];

  send(text: Buffer): void {
    this.sent.push(text.toString());
    this.bufferedAmount += text.length;
  }

  terminate(): void {
    this.readyState = 3;
    this.bufferedAmount = 0;
  }

  asSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
}

const asSockets = (sockets: DeafSocket[]) => sockets.map((socket) => socket.asSocket());

describe('a reader', () => {
  test('that leaves more than 8 MB unread is dropped', () => {
    const socket = new DeafSocket();
    const outbox = new Outbox(asSockets([socket]));
    for (let index = 0; index < 9; index += 1) outbox.send(socket.asSocket(), Buffer.alloc(MB));
    expect(socket.readyState).toBe(1);
    expect(outbox.send(socket.asSocket(), Buffer.from('one more'))).toBe(false);
    expect(socket.readyState).toBe(3);
  });

  test('that is gone is sent nothing', () => {
    const socket = new DeafSocket();
    socket.terminate();
    expect(new Outbox([]).send(socket.asSocket(), Buffer.from('text'))).toBe(false);
    expect(socket.sent).toEqual([]);
  });
});

test('when all together leave too much unread, those furthest behind are dropped', () => {
  const [near, far, further] = [new DeafSocket(), new DeafSocket(), new DeafSocket()];
  const limits = { maxTotalBytes: 10 * MB, measureEveryBytes: MB };
  const outbox = new Outbox(asSockets([near, far, further]), limits);
  near.bufferedAmount = MB;
  far.bufferedAmount = 4 * MB;
  further.bufferedAmount = 6 * MB;
  outbox.send(near.asSocket(), Buffer.alloc(MB));
  expect([near, far, further].map(({ readyState }) => readyState)).toEqual([1, 1, 3]);
  expect(near.sent.length).toBe(1);
});
