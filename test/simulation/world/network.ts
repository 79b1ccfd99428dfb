/**
 * The wire between the workers and the venue: requests and answers take time, get lost, come twice,
 * late, or as something else; sockets are cut and frames go astray. Judges every order action at the
 * moment it leaves: without a stored envelope it must not.
 */
import { ORIGIN } from '../temporal/server.ts';
import type { Owner, Scheduler } from '../time/scheduler.ts';
import { trace } from '../time/trace.ts';
import type { Faults } from './faults.ts';
import type { Body, Frame, VenueDesk } from './venue-desk.ts';
import type { Processes } from './worker.ts';

/** The client's own patience, as in `gateways/hyperliquid/connection.ts`. */
const CLIENT_TIMEOUT_MS = 5_000;
const LATENCY_MS = { least: 2, most: 40 } as const;

export interface Reply {
  /** 0: no answer at all. */
  readonly status: number;
  readonly body: Body;
}

const textOf = (body: Body): string => (typeof body === 'string' ? body : JSON.stringify(body));

const TOO_MANY: Reply = { status: 429, body: 'Too Many Requests' };
const UNAVAILABLE: Reply = { status: 503, body: 'Service Unavailable' };

export interface NetworkParts {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly desk: VenueDesk;
  readonly processes: Processes;
  /** Told of each order action as it leaves. */
  readonly onOrderSent: (origin: string, text: string) => void;
}

let present: Network | undefined;

/** The network of the current seed. */
export function network(): Network {
  if (present === undefined) throw new Error('there is no network');
  return present;
}

function boundaryOf(text: string): string {
  const type = /"type":"(\w+)"/.exec(text)?.[1] ?? '';
  return `wire.${type}`;
}

/** Answers that are no legal answers. */
function garble(text: string, kind: number): string {
  const numbers = /("(?:oid|time|tid|timestamp)":)\d+/;
  const decimals = /("(?:sz|px|limitPx|totalSz|BTC|ETH)":)"[^"]*"/;
  if (kind === 0 && numbers.test(text)) return text.replace(numbers, '$19007199254740993');
  if (kind === 1 && numbers.test(text)) return text.replace(numbers, '$1null');
  if (kind <= 2 && decimals.test(text)) return text.replace(decimals, '$1"NaN"');
  return kind % 2 === 0 ? '{}' : '{"status":"ok","response":{"type":"surprise"}}';
}

/** A frame's data as JSON would bring it; nobody who hears of it can change it for the others. */
function messageOf(data: unknown): unknown {
  if (data === null || typeof data !== 'object') return data;
  if (Array.isArray(data)) return Object.freeze(data.map(messageOf));
  const copy: Record<string, unknown> = {};
  for (const key in data) {
    const value = (data as Record<string, unknown>)[key];
    if (value !== undefined) copy[key] = messageOf(value);
  }
  return Object.freeze(copy);
}

export class Socket {
  readonly owner: Owner | undefined;
  readonly onOpen: (() => void)[] = [];
  readonly listeners = new Map<
    string,
    { channel: string; coin: string | undefined; hear: (detail: unknown) => void }
  >();
  isOpen = true;
  isClosed = false;
  private lastMs = 0;
  private readonly net: Network;

  constructor(net: Network, owner: Owner | undefined) {
    this.net = net;
    this.owner = owner;
    net.parts.scheduler.after(20, () => this.opened());
  }

  private opened(): void {
    for (const listener of this.onOpen) listener();
  }

  subscribe(
    channel: string,
    coin: string | undefined,
    hear: (detail: unknown) => void,
  ): Promise<void> {
    this.listeners.set(`${channel}:${coin ?? ''}`, { channel, coin, hear });
    return new Promise((resolve) => {
      this.net.parts.scheduler.after(this.net.latency() * 2, () => {
        resolve();
        this.greet(channel, coin);
      });
    });
  }

  /** The first frame of a subscription. */
  private greet(channel: string, coin: string | undefined): void {
    const { desk } = this.net.parts;
    if (channel === 'userFills') {
      const data = desk.snapshotOfFills();
      this.push({ channel, data }, () => messageOf(data));
    }
    const tell = (data: unknown): void => this.deliver(channel, coin, messageOf(data), 5);
    if (channel === 'bbo') tell(desk.quote(coin ?? ''));
    if (channel === 'activeAssetCtx') tell(desk.context(coin ?? ''));
  }

  /** Loses the connection and opens it again later; what happens meanwhile is not heard. */
  cut(ms: number): void {
    const { scheduler } = this.net.parts;
    this.isOpen = false;
    const reopen = (): void => {
      if (this.isClosed) return;
      this.isOpen = true;
      this.opened();
      for (const { channel, coin } of this.listeners.values()) this.greet(channel, coin);
    };
    scheduler.at(scheduler.nowMs + ms, reopen, this.owner);
  }

  /**
   * Passes a frame on, unless it goes astray.
   * @param message what it carries, made for the first socket that hears it
   */
  push(frame: Frame, message: () => unknown): void {
    const { channel } = frame;
    if (!this.isOpen || this.isClosed || this.owner?.alive === false) return;
    const coin = channel === 'bbo' ? (frame.data as { coin: string }).coin : undefined;
    if (!this.listeners.has(`${channel}:${coin ?? ''}`)) return;
    const data = message();
    const { faults, processes } = this.net.parts;
    const fault = faults.at(`frame.${channel}`);
    const delayMs = this.net.latency();
    switch (fault) {
      case 'dropFrame':
        return;
      case 'staleFeed':
      case 'cutSocket':
        this.cut(faults.between(500, 30_000));
        return;
      case 'duplicateFrame':
        this.deliver(channel, coin, data, delayMs);
        this.deliver(channel, coin, data, faults.between(0, 3_000), false);
        return;
      case 'lateFrame':
        this.deliver(channel, coin, data, faults.between(200, 8_000), false);
        return;
      case 'malformedFrame': {
        const text = garble(JSON.stringify(data), Math.floor(faults.between(0, 4)));
        this.deliver(channel, coin, JSON.parse(text), delayMs);
        return;
      }
      case 'killBefore':
        processes.kill(this.owner);
        return;
      default:
        this.deliver(channel, coin, data, delayMs);
    }
  }

  private deliver(
    channel: string,
    coin: string | undefined,
    data: unknown,
    delayMs: number,
    inOrder = true,
  ): void {
    const { scheduler } = this.net.parts;
    const soonMs = scheduler.nowMs + delayMs;
    const atMs = inOrder ? Math.max(soonMs, this.lastMs + 0.01) : soonMs;
    if (inOrder) this.lastMs = atMs;
    const arrive = (): void => {
      if (this.isClosed || !this.isOpen) return;
      this.listeners.get(`${channel}:${coin ?? ''}`)?.hear(data);
    };
    scheduler.at(atMs, arrive, this.owner);
  }

  close(): void {
    this.isClosed = true;
    this.net.sockets.delete(this);
  }
}

export class Network {
  readonly parts: NetworkParts;
  readonly sockets = new Set<Socket>();
  requests = 0;
  /** The venue answers nothing but 503 until then. */
  maintenanceUntilMs = 0;

  constructor(parts: NetworkParts) {
    this.parts = parts;
  }

  use(): void {
    present = this;
  }

  latency(): number {
    return this.parts.faults.between(LATENCY_MS.least, LATENCY_MS.most);
  }

  connect(): Socket {
    const socket = new Socket(this, this.parts.scheduler.owner);
    this.sockets.add(socket);
    return socket;
  }

  /** Tells subscribers what has happened at the venue. */
  broadcast(): void {
    for (const frame of this.parts.desk.takeFrames()) {
      let made: unknown;
      const message = (): unknown => {
        made ??= messageOf(frame.data);
        return made;
      };
      for (const socket of [...this.sockets]) {
        if (socket.owner?.alive === false) this.sockets.delete(socket);
        else socket.push(frame, message);
      }
    }
  }

  request(path: string, text: string): Promise<Reply> {
    const { scheduler, faults, processes } = this.parts;
    const { owner } = scheduler;
    const origin = ORIGIN.getStore() ?? '';
    const boundary = boundaryOf(text);
    const fault = faults.at(boundary);
    this.requests += 1;
    scheduler.note(boundary);
    trace(origin, () => `${boundary} ${fault ?? ''} ${text}`);
    return new Promise((resolve) => {
      if (fault === 'killBefore') {
        processes.kill(owner);
        return;
      }
      const timedOut = (): void => resolve({ status: 0, body: 'timed out' });
      const deadline = scheduler.after(CLIENT_TIMEOUT_MS, timedOut);
      const answer = (reply: Reply, backMs: number): void => {
        const arrived = (): void => {
          deadline.run = undefined;
          resolve(reply);
        };
        scheduler.at(scheduler.nowMs + backMs, arrived, owner);
      };
      const leave = (): void => {
        if (boundary === 'wire.order') this.parts.onOrderSent(origin, text);
        this.travel({ path, text, origin, owner, fault, boundary }, answer);
      };
      if (fault === 'freezeBefore') {
        processes.freeze(owner, faults.between(2_000, 25_000));
        scheduler.after(0, leave);
      } else leave();
    });
  }

  private travel(
    sent: {
      readonly path: string;
      readonly text: string;
      readonly origin: string;
      readonly owner: Owner | undefined;
      readonly fault: string | undefined;
      readonly boundary: string;
    },
    answer: (reply: Reply, backMs: number) => void,
  ): void {
    const { scheduler, faults, processes } = this.parts;
    const { fault, owner } = sent;
    if (fault === 'dropRequest') return;
    const outMs = fault === 'delayRequest' ? this.longDelay() : this.latency();
    const arrive = (): void => {
      const backMs = this.latency();
      const isClosed = fault === 'refuse503' || scheduler.nowMs < this.maintenanceUntilMs;
      if (fault === 'refuse429' || isClosed) {
        answer(fault === 'refuse429' ? TOO_MANY : UNAVAILABLE, backMs);
        return;
      }
      if (fault === 'killOnReceipt') processes.kill(owner);
      const body = this.serve(sent);
      if (fault === 'killAfter') processes.kill(owner);
      if (fault === 'killOnPartialFill' && textOf(body).includes('"filled"')) processes.kill(owner);
      if (fault === 'freezeAfter') processes.freeze(owner, faults.between(2_000, 25_000));
      this.reply(fault, body, backMs, answer);
    };
    scheduler.at(scheduler.nowMs + outMs, arrive, undefined);
    if (fault === 'duplicate') {
      const again = (): void => void this.serve(sent);
      const laterMs = outMs + faults.between(0, 20_000);
      scheduler.at(scheduler.nowMs + laterMs, again, undefined);
    }
  }

  private serve({
    path,
    text,
    origin,
    fault,
  }: {
    readonly path: string;
    readonly text: string;
    readonly origin: string;
    readonly fault: string | undefined;
  }): Body {
    const { scheduler, desk, faults } = this.parts;
    const atMs = Math.floor(scheduler.nowMs);
    if (fault === 'nonceCollision') desk.collide(text, atMs);
    if (fault === 'postOnlyWindow') {
      desk.isPostOnly = true;
      scheduler.outside(faults.between(500, 10_000), () => {
        desk.isPostOnly = false;
      });
    }
    const lagMs = fault === 'readLag' ? Math.floor(faults.between(100, 8_000)) : 0;
    const answer = desk.post(path, text, origin, atMs, lagMs);
    trace(origin, () => `the venue answers ${textOf(answer)}`);
    this.broadcast();
    return answer;
  }

  private reply(
    fault: string | undefined,
    body: Body,
    backMs: number,
    answer: (reply: Reply, backMs: number) => void,
  ): void {
    const { faults } = this.parts;
    switch (fault) {
      case 'dropReply':
        return;
      case 'resetReply':
        answer({ status: 0, body: 'read ECONNRESET' }, backMs);
        return;
      case 'delayReply':
        answer({ status: 200, body }, faults.between(1_000, 9_000));
        return;
      case 'accept429':
        answer(TOO_MANY, backMs);
        return;
      case 'accept503':
        answer({ status: 502, body: 'Bad Gateway' }, backMs);
        return;
      case 'nonJson':
        answer({ status: 200, body: '<html>upstream</html>' }, backMs);
        return;
      case 'malformed':
        answer({ status: 200, body: this.garbled(body) }, backMs);
        return;
      default:
        answer({ status: 200, body }, backMs);
    }
  }

  private garbled(body: Body): string {
    return garble(textOf(body), Math.floor(this.parts.faults.between(0, 5)));
  }

  private longDelay(): number {
    const { faults } = this.parts;
    const which = faults.between(0, 3);
    if (which < 1) return faults.between(300, 4_000);
    return which < 2 ? faults.between(4_000, 12_000) : faults.between(12_000, 90_000);
  }
}
