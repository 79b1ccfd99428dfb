/**
 * HTTP of the paper exchange: `POST /info` and `POST /exchange` with the venue's status codes. A
 * body that means nothing gets 422 in plain text, an address that asks too much gets 429; nothing
 * that is sent here, or is not sent, ends the process or holds a connection for ever.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { actionWeight, answerWeight, questionWeight } from '../../hyperliquid/wire/weights.ts';
import type { Reply, SeenRequest } from '../faults/interference.ts';
import type { Log } from '../log.ts';
import { readBody } from './body.ts';
import { claimedType, type Desk } from './desk.ts';
import { type Allowance, type IpLimits, REFUSAL_AFTER_MS } from './limits.ts';
import { type Conduct, SlowLane } from './slow-lane.ts';

/** How long the server waits for what a client does not do. */
export interface Patience {
  /** Longer than clients keep idle connections, so that none is cut while it is taken into use. */
  readonly keepAliveMs: number;
  /** Also the most that a reader may pause while an answer is written to him. */
  readonly silentMs: number;
  readonly headersWithinMs: number;
  readonly requestWithinMs: number;
  readonly checkEveryMs: number;
}

const PATIENCE: Patience = {
  keepAliveMs: 65_000,
  silentMs: 65_000,
  headersWithinMs: 10_000,
  requestWithinMs: 30_000,
  checkEveryMs: 5_000,
};
/** All sockets, web sockets included: bounds what any number of addresses can hold open. */
const MAX_CONNECTIONS = 2048;

/** A server that is not listening yet and answers nothing yet. */
export function createHttpServer(patience: Patience = PATIENCE): Server {
  const server = createServer({
    keepAliveTimeout: patience.keepAliveMs,
    headersTimeout: patience.headersWithinMs,
    requestTimeout: patience.requestWithinMs,
    connectionsCheckingInterval: patience.checkEveryMs,
    // Some HTTP clients offer HTTP/2 with each request; that is no reason to hang up on them.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.timeout = patience.silentMs;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** The address that limits count by. */
export const ipOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';

/** What an address that has asked too much is told; the venue's body is JSON's null. */
export const tooMany = (waitSeconds: number): Reply => ({
  status: 429,
  json: null,
  headers: { 'retry-after': String(waitSeconds) },
});

const REFUSED: Readonly<Record<'too long' | 'encoded', Reply>> = {
  'too long': { status: 413, text: 'Payload Too Large', headers: { connection: 'close' } },
  encoded: { status: 415, text: 'Unsupported Media Type', headers: { connection: 'close' } },
};

function send(response: ServerResponse, { status, text, json, headers }: Reply): void {
  const body = text ?? JSON.stringify(json);
  response.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

const weightOf = ({ path, body }: SeenRequest): number =>
  path === '/info' ? questionWeight(claimedType(body)) : actionWeight(body);

async function refuseSlowly(waitSeconds: number): Promise<Reply> {
  await pause(REFUSAL_AFTER_MS, undefined, { ref: false });
  return tooMany(waitSeconds);
}

/** What a client is told that sent no request, or one of another form than any that is answered. */
const isFault = ({ status }: Reply): boolean => status >= 400 && status < 429;

/** Remembers how each connection behaves. */
function conductsOf(lane: SlowLane): (socket: Socket) => Conduct {
  const conducts = new WeakMap<Socket, Conduct>();
  return (socket) => {
    const known = conducts.get(socket);
    if (known !== undefined) return known;
    const conduct = lane.watch();
    conducts.set(socket, conduct);
    return conduct;
  };
}

/** Why a request is refused whose body need not be read, else where it goes. */
function pathOf({ url, method }: IncomingMessage): SeenRequest['path'] | Reply {
  const path = url?.split('?', 1)[0];
  if (path !== '/info' && path !== '/exchange') return { status: 404, text: 'Not Found' };
  if (method === 'POST') return path;
  return { status: 405, text: 'Method Not Allowed', headers: { allow: 'POST' } };
}

/** Joins the desk, the limits and the slow lane to a listener of node's HTTP server. */
export function createHttp(
  desk: Desk,
  ips: IpLimits,
  log: Log,
  lane: SlowLane = new SlowLane(),
): RequestListener {
  const conductOf = conductsOf(lane);

  const paid = async (request: SeenRequest, allowance: Allowance): Promise<Reply | undefined> => {
    const waitSeconds = allowance.pay(weightOf(request));
    if (waitSeconds !== undefined) return refuseSlowly(waitSeconds);
    const reply = await desk(request);
    const type = request.path === '/info' ? claimedType(request.body) : undefined;
    if (type !== undefined) allowance.owe(answerWeight(type, reply?.json));
    return reply;
  };

  const judge = async (request: IncomingMessage, conduct: Conduct): Promise<Reply | undefined> => {
    const path = pathOf(request);
    if (typeof path !== 'string') {
      await conduct.turn();
      return path;
    }
    const allowance = ips.of(ipOf(request));
    const waitSeconds = allowance.mustWait();
    // Before the body is read: who asks too much costs the others as little as can be.
    if (waitSeconds !== undefined) return refuseSlowly(waitSeconds);
    const body = await readBody(request);
    if (body === 'cut off') return undefined;
    const wait = conduct.turn();
    if (wait !== undefined) await wait;
    if (request.socket.destroyed) return undefined;
    if (typeof body === 'string') return REFUSED[body];
    return paid({ transport: 'http', path, body: body.json }, allowance);
  };

  const answer = async (request: IncomingMessage): Promise<Reply | undefined> => {
    const conduct = conductOf(request.socket);
    if (conduct.isFlood) return undefined;
    const reply = await judge(request, conduct);
    if (reply !== undefined && isFault(reply)) conduct.fault();
    return reply;
  };

  return (request, response) => {
    answer(request)
      .then((reply) => (reply === undefined ? request.socket.destroy() : send(response, reply)))
      .catch((error: unknown) => {
        log.error({ err: error, url: request.url }, 'a request could not be answered');
        request.socket.destroy();
      });
  };
}
