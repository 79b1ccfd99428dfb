/**
 * The WebSocket `/ws`: subscriptions with normalised acknowledgements, pings, posts. Each frame is
 * serialised once for all who listen. A socket that does not read, or that was sent nothing for a
 * minute, is closed; nothing that is sent here ends the process.
 */
import type { Server } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { infoRequestSchema } from '../../hyperliquid/wire/info-requests.ts';
import {
  type ClientFrame,
  clientFrameSchema,
  type Subscription,
} from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';
import type { Log } from '../log.ts';
import type { AnswerAction } from '../protocol/actions.ts';
import type { Channels, Frame } from '../protocol/channels.ts';
import type { Answer } from '../protocol/info.ts';
import { MALFORMED } from './http.ts';

const MAX_FRAME_BYTES = 256 * 1024;
/** A reader this far behind will not catch up. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** The venue closes a connection that it has sent nothing for a minute. */
const IDLE_MS = 60_000;
const IDLE_CHECK_MS = 10_000;

interface Client {
  readonly socket: WebSocket;
  readonly topics: Set<string>;
  lastSentMs: number;
}

interface Topic {
  readonly subscription: Subscription;
  readonly clients: Set<Client>;
}

export interface SocketParts {
  readonly channels: Channels;
  readonly info: Answer;
  readonly exchange: AnswerAction;
  readonly log: Log;
}

/** All sockets of one server. */
export class SocketHub {
  readonly #parts: SocketParts;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<Client>();
  readonly #topics = new Map<string, Topic>();
  readonly #idleCheck: NodeJS.Timeout;

  constructor(server: Server, parts: SocketParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({ server, path: '/ws', maxPayload: MAX_FRAME_BYTES });
    this.#server.on('connection', (socket) => this.#welcome(socket));
    // The HTTP server's own errors come here as well; its owner reports them.
    this.#server.on('error', (error) => parts.log.debug({ err: error }, 'websocket server'));
    this.#idleCheck = setInterval(() => this.#closeIdle(), IDLE_CHECK_MS);
    this.#idleCheck.unref();
  }

  /** Tells every subscriber what concerns him. */
  publish(change: Change): void {
    for (const { subscription, clients } of this.#topics.values()) {
      for (const frame of this.#parts.channels.next(subscription, change)) {
        const text = JSON.stringify(frame);
        for (const client of clients) this.#sendText(client, text);
      }
    }
  }

  close(): void {
    clearInterval(this.#idleCheck);
    for (const { socket } of this.#clients) socket.terminate();
    this.#server.close();
  }

  #welcome(socket: WebSocket): void {
    const client: Client = { socket, topics: new Set(), lastSentMs: performance.now() };
    this.#clients.add(client);
    socket.on('message', (data) => this.#receive(client, data));
    socket.on('error', (error) => this.#parts.log.debug({ err: error }, 'websocket'));
    socket.on('close', () => {
      this.#clients.delete(client);
      for (const key of client.topics) this.#leave(client, key);
    });
  }

  #receive(client: Client, data: RawData): void {
    const text = data.toString();
    try {
      const frame = clientFrameSchema.safeParse(JSON.parse(text));
      if (frame.success && this.#obey(client, frame.data)) return;
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        this.#parts.log.error({ err: error }, 'a websocket frame failed');
      }
    }
    const words = `Error parsing JSON into valid websocket request: ${text}`;
    this.#send(client, { channel: 'error', data: words });
  }

  /** Does what a frame asks for; false when it asks for nothing that can be done. */
  #obey(client: Client, frame: ClientFrame): boolean {
    switch (frame.method) {
      case 'ping':
        this.#sendText(client, '{"channel":"pong"}');
        return true;
      case 'subscribe':
        this.#subscribe(client, frame.subscription);
        return true;
      case 'unsubscribe':
        this.#unsubscribe(client, frame.subscription);
        return true;
      case 'post':
        return this.#post(client, frame);
    }
  }

  #subscribe(client: Client, subscription: Subscription): void {
    const key = JSON.stringify(subscription);
    if (client.topics.has(key)) {
      this.#send(client, { channel: 'error', data: `Already subscribed: ${key}` });
      return;
    }
    const topic = this.#topics.get(key) ?? { subscription, clients: new Set<Client>() };
    this.#topics.set(key, topic);
    topic.clients.add(client);
    client.topics.add(key);
    this.#acknowledge(client, 'subscribe', subscription);
    for (const frame of this.#parts.channels.first(subscription)) this.#send(client, frame);
  }

  #unsubscribe(client: Client, subscription: Subscription): void {
    const key = JSON.stringify(subscription);
    if (!client.topics.delete(key)) {
      this.#send(client, { channel: 'error', data: `Already unsubscribed: ${key}` });
      return;
    }
    this.#leave(client, key);
    this.#acknowledge(client, 'unsubscribe', subscription);
  }

  #acknowledge(client: Client, method: string, subscription: Subscription): void {
    this.#send(client, { channel: 'subscriptionResponse', data: { method, subscription } });
  }

  #leave(client: Client, key: string): void {
    const topic = this.#topics.get(key);
    topic?.clients.delete(client);
    if (topic?.clients.size === 0) this.#topics.delete(key);
  }

  #post(client: Client, { id, request }: Extract<ClientFrame, { method: 'post' }>): boolean {
    const reply = (response: object): void =>
      this.#send(client, { channel: 'post', data: { id, response } });
    if (request.type === 'action') {
      const answer = this.#answerAction(request.payload);
      reply(
        typeof answer === 'string'
          ? { type: 'error', payload: answer }
          : { type: 'action', payload: answer },
      );
      return true;
    }
    const question = infoRequestSchema.safeParse(request.payload);
    if (!question.success) return false;
    const { type } = question.data;
    reply({ type: 'info', payload: { type, data: this.#parts.info(question.data) } });
    return true;
  }

  /** The answer, or the status and text that HTTP would have had. */
  #answerAction(payload: unknown): object | string {
    try {
      const answer = this.#parts.exchange(payload);
      return answer === 'malformed' ? `422 ${MALFORMED}` : answer;
    } catch (error) {
      this.#parts.log.error({ err: error }, 'a posted action failed');
      return '500 Internal Server Error';
    }
  }

  #send(client: Client, frame: Frame): void {
    this.#sendText(client, JSON.stringify(frame));
  }

  #sendText(client: Client, text: string): void {
    if (client.socket.readyState !== client.socket.OPEN) return;
    if (client.socket.bufferedAmount > MAX_UNREAD_BYTES) {
      client.socket.terminate();
      return;
    }
    client.socket.send(text);
    client.lastSentMs = performance.now();
  }

  #closeIdle(): void {
    const oldest = performance.now() - IDLE_MS;
    for (const { socket, lastSentMs } of this.#clients) {
      if (lastSentMs < oldest) socket.close(1000, 'Inactive');
    }
  }
}
