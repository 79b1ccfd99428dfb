/**
 * The WebSocket to a real venue: subscribes, keeps itself alive, and comes back after every loss,
 * waiting longer each time. It hands on frames and does not know what they say.
 */
import { WebSocket } from 'ws';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** The venue hangs up on a client that is silent for a minute. */
const PING_MS = 20_000;
/** A socket that brings nothing for this long is dead, whatever TCP thinks. */
const SILENCE_MS = 15_000;
const CHECK_MS = 1_000;

export interface LiveSocketParts {
  readonly wsUrl: string;
  readonly subscriptions: readonly object[];
  readonly onFrame: (frame: unknown) => void;
  /** The socket stands and has been told what we want to hear. */
  readonly onUp: () => void;
  readonly onDown: (problem: string) => void;
}

export class LiveSocket {
  readonly #parts: LiveSocketParts;
  #socket: WebSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #lastFrameMs = 0;
  #lastPingMs = 0;
  readonly #watch: NodeJS.Timeout;
  #isClosed = false;

  constructor(parts: LiveSocketParts) {
    this.#parts = parts;
    this.#watch = setInterval(() => this.#check(), CHECK_MS);
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#socket?.terminate();
  }

  #connect(): void {
    const socket = new WebSocket(this.#parts.wsUrl);
    this.#socket = socket;
    this.#lastFrameMs = performance.now();
    this.#lastPingMs = performance.now();
    let problem = 'closed';
    socket.on('open', () => {
      for (const subscription of this.#parts.subscriptions) {
        socket.send(JSON.stringify({ method: 'subscribe', subscription }));
      }
      this.#parts.onUp();
    });
    socket.on('message', (data) => {
      this.#lastFrameMs = performance.now();
      this.#failures = 0;
      this.#parts.onFrame(parseFrame(String(data)));
    });
    socket.on('error', (error) => {
      problem = error.message;
    });
    socket.on('close', () => {
      if (this.#isClosed) return;
      this.#parts.onDown(problem);
      const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#connect(), waitMs);
    });
  }

  #check(): void {
    const nowMs = performance.now();
    const socket = this.#socket;
    if (nowMs - this.#lastFrameMs > SILENCE_MS) socket?.terminate();
    else if (nowMs - this.#lastPingMs > PING_MS && socket?.readyState === WebSocket.OPEN) {
      this.#lastPingMs = nowMs;
      socket.send('{"method":"ping"}');
    }
  }
}

/** What is no JSON is handed on as undefined: whoever reads frames refuses it as unreadable. */
function parseFrame(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
