/**
 * Sends to sockets and bounds what readers leave unread: a reader too far behind is dropped, and
 * when all together hold too much, the furthest behind are. It knows nothing of what is sent.
 */
import type { WebSocket } from 'ws';

/** A reader this far behind will not catch up. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

export interface OutboxLimits {
  /** What all sockets together may leave unread. */
  readonly maxTotalBytes: number;
  /** The total is measured whenever this much more was sent: it bounds how far it is passed. */
  readonly measureEveryBytes: number;
}

const DEFAULT_LIMITS: OutboxLimits = {
  maxTotalBytes: 64 * 1024 * 1024,
  measureEveryBytes: 4 * 1024 * 1024,
};

const TEXT = { binary: false } as const;

export class Outbox {
  readonly #sockets: Iterable<WebSocket>;
  readonly #limits: OutboxLimits;
  #sentSinceMeasured = 0;

  /** The sockets are all that are open, at any time. */
  constructor(sockets: Iterable<WebSocket>, limits: OutboxLimits = DEFAULT_LIMITS) {
    this.#sockets = sockets;
    this.#limits = limits;
  }

  /** Sends UTF-8 text, unless the socket is closing; false when nothing was sent. */
  send(socket: WebSocket, text: Buffer): boolean {
    if (socket.readyState !== socket.OPEN) return false;
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
      socket.terminate();
      return false;
    }
    socket.send(text, TEXT);
    this.#sentSinceMeasured += text.length;
    if (this.#sentSinceMeasured >= this.#limits.measureEveryBytes) this.#shed();
    return true;
  }

  #shed(): void {
    this.#sentSinceMeasured = 0;
    const behind = [...this.#sockets]
      .filter((socket) => socket.bufferedAmount > 0)
      .sort((a, b) => a.bufferedAmount - b.bufferedAmount);
    let total = behind.reduce((sum, socket) => sum + socket.bufferedAmount, 0);
    while (total > this.#limits.maxTotalBytes) {
      const furthest = behind.pop();
      if (furthest === undefined) return;
      total -= furthest.bufferedAmount;
      furthest.terminate();
    }
  }
}
