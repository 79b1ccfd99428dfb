/**
 * Hostile clients against a real server: many requests over HTTP, frames over web sockets and raw
 * bytes. It says what happened and judges nothing.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { createRng, type Rng, seedOf } from '../../domain/kernel/rng.ts';
import {
  type HostileRequest,
  hostileBytes,
  hostileFrame,
  hostileRequest,
} from './hostile-inputs.ts';

const HTTP_LANES = 8;
const SOCKET_LANES = 4;
const FRAMES_AT_ONCE = 25;
const HALF_OPEN_SOCKETS = 100;
const ANSWER_WITHIN_MS = 20_000;

export interface StormPlan {
  readonly seed: number;
  /** Requests, frames and raw connections together. */
  readonly requests: number;
  /**
   * True puts the hostile and the honest on addresses of their own (Linux has all of 127.0.0.0/8),
   * for a server that limits addresses; false puts all on one, for a server without limits.
   */
  readonly apart: boolean;
}

const HOSTILE_ADDRESS = '127.0.1.1';

export interface StormOutcome {
  /** How often HTTP answered with each status; `cut` is a connection that ended without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How often a web socket was closed with each code. */
  readonly closes: Readonly<Record<string, number>>;
  readonly frames: number;
  readonly rawConnections: number;
  readonly tookMs: number;
}

/** Where to, and from which address; any by default. */
interface Target {
  readonly url: string;
  readonly wsUrl: string;
  readonly localAddress: string | undefined;
}

const fromOf = ({ localAddress }: Target): { localAddress?: string } =>
  localAddress === undefined ? {} : { localAddress };

class Tally {
  readonly counts: Record<string, number> = {};

  add(what: string | number): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/** The status of the answer, or `cut`. */
function sendRequest(url: string, agent: Agent, hostile: HostileRequest): Promise<string> {
  const { method, path, headers, body } = hostile;
  return new Promise((resolve, reject) => {
    const isChunked = 'transfer-encoding' in headers;
    const sized = isChunked ? headers : { ...headers, 'content-length': body.length };
    const sent = request(`${url}${path}`, { method, agent, headers: sized }, (response) => {
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('cut'));
      response.resume();
    });
    sent.setTimeout(ANSWER_WITHIN_MS, () => reject(new Error(`no answer to: ${hostile.kind}`)));
    sent.on('error', () => resolve('cut'));
    sent.end(body);
  });
}

async function httpLane(to: Target, rng: Rng, count: number, statuses: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...fromOf(to) });
  for (let sent = 0; sent < count; sent += 1) {
    statuses.add(await sendRequest(to.url, agent, hostileRequest(rng)));
  }
  agent.destroy();
}

const PONG = '{"channel":"pong"}';
const TOO_MANY = '{"channel":"error","data":"Cannot send more than 2000 messages per minute."}';

/** Resolves at the next pong, when pings are too many, or when the socket is closed. */
function pongOrEnd(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a ping had no pong')), ANSWER_WITHIN_MS);
    const done = (): void => {
      clearTimeout(late);
      socket.off('message', listen);
      socket.off('close', done);
      resolve();
    };
    const listen = (data: Buffer): void => {
      const isAnswer = data.length === PONG.length || data.length === TOO_MANY.length;
      if (isAnswer && [PONG, TOO_MANY].includes(data.toString())) done();
    };
    socket.on('message', listen);
    socket.on('close', done);
  });
}

/** An open socket, or undefined when the server refused it. */
async function openSocket(to: Target, closes: Tally): Promise<WebSocket | undefined> {
  const socket = new WebSocket(to.wsUrl, fromOf(to));
  socket.on('close', (code) => closes.add(code));
  return new Promise((resolve) => {
    socket.on('error', () => resolve(undefined));
    socket.on('open', () => resolve(socket));
  });
}

async function socketLane(to: Target, rng: Rng, count: number, closes: Tally): Promise<void> {
  let socket = await openSocket(to, closes);
  for (let sent = 0; sent < count; sent += FRAMES_AT_ONCE) {
    if (socket?.readyState !== WebSocket.OPEN) socket = await openSocket(to, closes);
    if (socket === undefined) continue;
    for (let index = 0; index < Math.min(FRAMES_AT_ONCE, count - sent); index += 1) {
      socket.send(hostileFrame(rng));
    }
    socket.send('{"method":"ping"}');
    await pongOrEnd(socket);
  }
  if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
  socket.close();
  await once(socket, 'close');
}

async function openRaw(to: Target): Promise<Socket> {
  const { hostname, port } = new URL(to.url);
  const socket = connect({ port: Number(port), host: hostname, ...fromOf(to) });
  socket.on('error', () => undefined); // cut off, as it should be
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes, waits for an answer or a moment, and goes away without a word. */
async function rawLane(to: Target, rng: Rng, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    const socket = await openRaw(to);
    socket.write(hostileBytes(rng));
    await new Promise((resolve) => {
      const moment = setTimeout(resolve, 20);
      socket.once('data', () => {
        clearTimeout(moment);
        resolve(undefined);
      });
    });
    if (rng.int(2) === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
}

/** Sends the whole plan from one seed; half-open sockets stand by until the end. */
export async function storm(url: string, wsUrl: string, plan: StormPlan): Promise<StormOutcome> {
  const { seed, requests } = plan;
  const target: Target = { url, wsUrl, localAddress: plan.apart ? HOSTILE_ADDRESS : undefined };
  const startedAt = performance.now();
  const rawConnections = Math.floor(requests / 100);
  const frames = Math.floor(requests * 0.7);
  const overHttp = requests - frames - rawConnections;
  const statuses = new Tally();
  const closes = new Tally();
  const halfOpen = await Promise.all(
    Array.from({ length: HALF_OPEN_SOCKETS }, () => openRaw(target)),
  );
  for (const socket of halfOpen) socket.write('POST /info HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const shareOf = (total: number, lanes: number, lane: number): number =>
    Math.floor(total / lanes) + (lane < total % lanes ? 1 : 0);
  await Promise.all([
    ...Array.from({ length: HTTP_LANES }, (_, lane) =>
      httpLane(
        target,
        createRng(seedOf(seed, 'http', lane)),
        shareOf(overHttp, HTTP_LANES, lane),
        statuses,
      ),
    ),
    ...Array.from({ length: SOCKET_LANES }, (_, lane) =>
      socketLane(
        target,
        createRng(seedOf(seed, 'ws', lane)),
        shareOf(frames, SOCKET_LANES, lane),
        closes,
      ),
    ),
    rawLane(target, createRng(seedOf(seed, 'raw')), rawConnections),
  ]);
  for (const socket of halfOpen) socket.destroy();
  return {
    statuses: statuses.counts,
    closes: closes.counts,
    frames,
    rawConnections,
    tookMs: performance.now() - startedAt,
  };
}
