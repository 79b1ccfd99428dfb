/**
 * The WebSocket `/ws`: subscriptions with normalised acknowledgements, pings, posts, under the
 * limits of the client's address. Each frame is serialised once for all who listen. A socket that
 * does not read, or that was sent nothing for a minute, is closed; one that goes on sending what is
 * no frame waits in the slow lane. Nothing that is sent here ends the process.
 */
import type { IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import {
  type ClientFrame,
  clientFrameSchema,
  type Subscription,
} from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';
import { type Interference, NO_INTERFERENCE, type Reply } from '../faults/interference.ts';
import type { Log } from '../log.ts';
import type { Channels, Frame } from '../protocol/channels.ts';
import { claimedType, type Desk } from './desk.ts';
import { ipOf } from './http.ts';
import { type Allowance, type IpLimits, REFUSAL_AFTER_MS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { type Conduct, SlowLane } from './slow-lane.ts';
import { namedBy, type Topic, Topics } from './topics.ts';

const PATH = '/ws';
const MAX_FRAME_BYTES = 256 * 1024;
/** The venue closes a connection that it has sent nothing for a minute. */
const IDLE_MS = 60_000;
const IDLE_CHECK_MS = 10_000;
/** How late at most a message is that came too soon after the last of its channel. */
const OVERDUE_CHECK_MS = 100;
const UNSUPPORTED_DATA = 1003;
const PONG = Buffer.from('{"channel":"pong"}');

interface Client {
  readonly socket: WebSocket;
  readonly allowance: Allowance;
  readonly conduct: Conduct;
  readonly topics: Map<string, Topic<Client>>;
  lastSentMs: number;
}

type Post = Extract<ClientFrame, { method: 'post' }>;

export interface SocketParts {
  readonly channels: Channels;
  readonly desk: Desk;
  readonly ips: IpLimits;
  readonly log: Log;
  readonly lane?: SlowLane;
  readonly interference?: Interference | undefined;
}

const textOf = (frame: Frame): Buffer => Buffer.from(JSON.stringify(frame));

/** What HTTP would have answered, as a post is answered. */
function postResponse({ request }: Post, { status, text, json }: Reply): object {
  if (status !== 200) {
    return { type: 'error', payload: `${status} ${text ?? JSON.stringify(json)}` };
  }
  if (request.type === 'action') return { type: 'action', payload: json };
  return { type: 'info', payload: { type: claimedType(request.payload), data: json } };
}

/** All sockets of one server. */
export class SocketHub {
  readonly #parts: SocketParts;
  readonly #interference: Interference;
  readonly #lane: SlowLane;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<Client>();
  readonly #topics = new Topics<Client>();
  readonly #outbox: Outbox;
  readonly #idleCheck: NodeJS.Timeout;
  readonly #overdueCheck: NodeJS.Timeout;

  constructor(server: Server, parts: SocketParts) {
    this.#parts = parts;
    this.#interference = parts.interference ?? NO_INTERFERENCE;
    this.#lane = parts.lane ?? new SlowLane();
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME_BYTES,
      // One frame of each socket in turn: a flood on one does not keep the others waiting.
      allowSynchronousEvents: false,
      verifyClient: ({ req }, done) => this.#admit(req, done),
    });
    this.#outbox = new Outbox(this.#server.clients);
    server.on('upgrade', (request, socket, head) => {
      this.#server.handleUpgrade(request, socket, head, (accepted) =>
        this.#welcome(accepted, parts.ips.of(ipOf(request))),
      );
    });
    this.#idleCheck = setInterval(() => this.#closeIdle(), IDLE_CHECK_MS);
    this.#idleCheck.unref();
    this.#overdueCheck = setInterval(() => this.#tellOverdue(), OVERDUE_CHECK_MS);
    this.#overdueCheck.unref();
  }

  /** Sockets that are open. */
  get size(): number {
    return this.#clients.size;
  }

  /** Tells every subscriber what concerns him. */
  publish(change: Change): void {
    if (this.#topics.size === 0) return;
    for (const topic of this.#topics.concernedBy(change)) {
      this.#tell(topic, this.#parts.channels.next(topic.subscription, change));
    }
  }

  close(): void {
    clearInterval(this.#idleCheck);
    clearInterval(this.#overdueCheck);
    for (const { socket } of this.#clients) socket.terminate();
    this.#server.close();
  }

  #admit(
    request: IncomingMessage,
    done: (ok: boolean, status?: number, body?: string, headers?: OutgoingHttpHeaders) => void,
  ): void {
    if (request.url?.split('?', 1)[0] !== PATH) {
      done(false, 404, 'Not Found', { 'content-type': 'text/plain; charset=utf-8' });
      return;
    }
    const allowance = this.#parts.ips.of(ipOf(request));
    const waitSeconds = allowance.connect();
    if (waitSeconds !== undefined) {
      const headers = { 'content-type': 'application/json', 'retry-after': String(waitSeconds) };
      done(false, 429, 'null', headers);
      return;
    }
    // Not the web socket's own event: the client may be gone before there is one.
    request.socket.once('close', () => allowance.disconnect());
    done(true);
  }

  #welcome(socket: WebSocket, allowance: Allowance): void {
    const client: Client = {
      socket,
      allowance,
      conduct: this.#lane.watch(),
      topics: new Map(),
      lastSentMs: performance.now(),
    };
    this.#clients.add(client);
    socket.on('message', (data, isBinary) => this.#receive(client, data, isBinary));
    socket.on('error', (error) => this.#parts.log.debug({ err: error }, 'websocket'));
    socket.on('close', () => {
      this.#clients.delete(client);
      for (const topic of client.topics.values()) this.#leave(client, topic);
    });
  }

  #receive(client: Client, data: RawData, isBinary: boolean): void {
    if (isBinary) {
      client.socket.close(UNSUPPORTED_DATA, 'frames must be text');
      return;
    }
    const refused = client.allowance.message();
    if (refused !== undefined) {
      this.#refuse(client, refused);
      client.socket.pause();
      setTimeout(() => client.socket.resume(), REFUSAL_AFTER_MS).unref();
      return;
    }
    const wait = client.conduct.turn();
    if (wait === undefined) this.#read(client, data.toString());
    else if (client.conduct.isFlood) client.socket.terminate();
    else this.#readInTurn(client, data.toString(), wait);
  }

  /** Takes nothing more from the socket meanwhile; what it holds already waits behind. */
  async #readInTurn(client: Client, text: string, wait: Promise<void>): Promise<void> {
    const { socket, conduct } = client;
    socket.pause();
    await wait;
    if (conduct.waiting === 0) socket.resume();
    if (socket.readyState === socket.OPEN) this.#read(client, text);
  }

  #read(client: Client, text: string): void {
    try {
      const frame = clientFrameSchema.safeParse(JSON.parse(text));
      if (frame.success) this.#obey(client, frame.data, text);
      else this.#refuseUnread(client, text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        this.#parts.log.error({ err: error }, 'a websocket frame failed');
      }
      this.#refuseUnread(client, text);
    }
  }

  #obey(client: Client, frame: ClientFrame, text: string): void {
    switch (frame.method) {
      case 'ping':
        this.#sendText(client, PONG);
        return;
      case 'subscribe':
        this.#subscribe(client, frame.subscription);
        return;
      case 'unsubscribe':
        this.#unsubscribe(client, frame.subscription);
        return;
      case 'post':
        this.#post(client, frame, text).catch((error: unknown) => {
          this.#parts.log.error({ err: error }, 'a post could not be answered');
          client.socket.terminate();
        });
    }
  }

  #subscribe(client: Client, subscription: Subscription): void {
    const key = JSON.stringify(subscription);
    if (client.topics.has(key)) {
      this.#refuse(client, `Already subscribed: ${key}`);
      return;
    }
    const refused = client.allowance.subscribe(namedBy(subscription).user);
    if (refused !== undefined) {
      this.#refuse(client, refused);
      return;
    }
    client.topics.set(key, this.#topics.join(key, subscription, client));
    this.#acknowledge(client, 'subscribe', subscription);
    for (const frame of this.#parts.channels.first(subscription)) {
      this.#push(client, subscription, frame, textOf(frame));
    }
  }

  #unsubscribe(client: Client, subscription: Subscription): void {
    const key = JSON.stringify(subscription);
    const topic = client.topics.get(key);
    if (topic === undefined) {
      this.#refuse(client, `Already unsubscribed: ${key}`);
      return;
    }
    client.topics.delete(key);
    this.#leave(client, topic);
    this.#acknowledge(client, 'unsubscribe', subscription);
  }

  #leave(client: Client, topic: Topic<Client>): void {
    this.#topics.leave(topic, client);
    client.allowance.unsubscribe(namedBy(topic.subscription).user);
  }

  async #post(client: Client, post: Post, text: string): Promise<void> {
    const { id, request } = post;
    const refused = client.allowance.beginPost(id);
    if (refused !== undefined) {
      this.#refuse(client, refused);
      return;
    }
    try {
      const path = request.type === 'info' ? '/info' : '/exchange';
      const body = request.payload;
      const reply = await this.#parts.desk({ transport: 'websocket', path, body });
      if (reply === undefined) client.socket.terminate();
      else if (reply.status === 422 && request.type === 'info') this.#refuseUnread(client, text);
      else {
        if (reply.status === 422) client.conduct.fault();
        this.#send(client, { channel: 'post', data: { id, response: postResponse(post, reply) } });
      }
    } finally {
      client.allowance.endPost();
    }
  }

  #acknowledge(client: Client, method: string, subscription: Subscription): void {
    this.#send(client, { channel: 'subscriptionResponse', data: { method, subscription } });
  }

  #refuse(client: Client, words: string): void {
    this.#send(client, { channel: 'error', data: words });
  }

  #refuseUnread(client: Client, text: string): void {
    client.conduct.fault();
    this.#refuse(client, `Error parsing JSON into valid websocket request: ${text}`);
  }

  #tell({ subscription, listeners }: Topic<Client>, frames: readonly Frame[]): void {
    for (const frame of frames) {
      const text = textOf(frame);
      for (const client of listeners) this.#push(client, subscription, frame, text);
    }
  }

  #tellOverdue(): void {
    try {
      for (const { subscription, frames } of this.#parts.channels.overdue()) {
        const topic = this.#topics.of(JSON.stringify(subscription));
        if (topic) this.#tell(topic, frames);
      }
    } catch (error) {
      this.#parts.log.error({ err: error }, 'telling what was overdue failed');
    }
  }

  /** A frame of a subscription, which may be held up on its way. */
  #push(client: Client, subscription: Subscription, { channel }: Frame, text: Buffer): void {
    const seen = { channel, ...namedBy(subscription) };
    this.#interference.beforeFrame(client.socket, seen, () => this.#sendText(client, text));
  }

  #send(client: Client, frame: Frame): void {
    this.#sendText(client, textOf(frame));
  }

  #sendText(client: Client, text: Buffer): void {
    if (this.#outbox.send(client.socket, text)) client.lastSentMs = performance.now();
  }

  #closeIdle(): void {
    const oldest = performance.now() - IDLE_MS;
    for (const { socket, lastSentMs } of this.#clients) {
      if (lastSentMs < oldest) socket.close(1000, 'Inactive');
    }
  }
}
