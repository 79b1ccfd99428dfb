/**
 * The paper exchange as a process of its own, with its journal: signed orders over HTTP and over one
 * web socket, the time of a reply, and the fan-out of books. Orders are signed before the clock
 * starts. The reference over HTTP is a bare node server that answers a constant.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { addressOf, signL1Action } from '../../gateways/hyperliquid/wire/signing.ts';
import { type Quantiles, quantiles, round } from '../statistics.ts';

const MAIN = fileURLToPath(new URL('../../gateways/paper-exchange/main.ts', import.meta.url));
const KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const ORDERS = 2_000;
const LANES = 16;
const SUBSCRIBERS = 100;
const LISTEN_MS = 10_000;

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly wsUrl: string;
}

async function startServer(dir: string): Promise<Server> {
  const fund = `${addressOf(KEY)}=100000000`;
  const flags = ['--port', '0', '--limits', 'none', '--state', dir, '--fund', fund];
  const more = ['--speed', '10', '--log-level', 'error'];
  const child = spawn(process.execPath, [MAIN, ...flags, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const { url, wsUrl } = JSON.parse(line.toString()) as { url: string; wsUrl: string };
  return { child, url, wsUrl };
}

/** CPU seconds that a process has used so far, or undefined where /proc is not. */
async function cpuSeconds(pid: number | undefined): Promise<number | undefined> {
  const { readFile } = await import('node:fs/promises');
  try {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** Bodies of orders that rest far below the market and are cancelled at once, alternately. */
function signedOrders(count: number, firstNonce: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const nonce = firstNonce + index;
    const cloid = `0x${(0xabcd_0000_0000n + BigInt(Math.floor(index / 2) + firstNonce)).toString(16).padStart(32, 'f')}`;
    const order = { a: 0, b: true, p: '30000', s: '0.001', r: false, c: cloid };
    const action =
      index % 2 === 0
        ? {
            type: 'order' as const,
            orders: [{ ...order, t: { limit: { tif: 'Gtc' as const } } }],
            grouping: 'na' as const,
          }
        : { type: 'cancelByCloid' as const, cancels: [{ asset: 0, cloid }] };
    const signature = signL1Action({ privateKey: KEY, action, nonce, isMainnet: false });
    return JSON.stringify({ action, nonce, signature });
  });
}

interface Rate {
  readonly perSecond: number;
  /** Per second of the server's own processor time: what one core could do. */
  readonly perCpuSecond?: number;
  readonly reply: Quantiles;
}

/** Sends each body in turn over a few lanes; order and cancel of a pair stay in one lane. */
async function timed(
  bodies: readonly string[],
  send: (body: string) => Promise<unknown>,
  pid?: number,
): Promise<Rate> {
  const times: number[] = [];
  const pairs = bodies.flatMap((body, index) =>
    index % 2 === 0 ? [[body, bodies[index + 1]]] : [],
  );
  const cpuBefore = await cpuSeconds(pid);
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    for (let pair = pairs.shift(); pair !== undefined; pair = pairs.shift()) {
      for (const body of pair) {
        if (body === undefined) continue;
        const sentAt = performance.now();
        await send(body);
        times.push(performance.now() - sentAt);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuAfter = await cpuSeconds(pid);
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
  return {
    perSecond: round(bodies.length / seconds, 0),
    ...(cpu === undefined ? {} : { perCpuSecond: round(bodies.length / cpu, 0) }),
    reply: quantiles(times),
  };
}

function poster(url: string): (body: string) => Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${url}/exchange`, { method: 'POST', agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve(text));
      });
      call.on('error', reject);
      call.end(body);
    });
}

const insist = (text: string): void => {
  if (text.includes('"error"') || !text.includes('"ok"')) throw new Error(`refused: ${text}`);
};

async function bareHttp(): Promise<Rate> {
  const server = createServer((call, answer) => {
    call.resume().on('end', () => answer.end('{"status":"ok"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const send = poster(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const body = signedOrders(1, 1)[0] ?? '';
  const rate = await timed(
    Array.from({ length: ORDERS }, () => body),
    send,
  );
  server.closeAllConnections();
  server.close();
  return rate;
}

async function overSocket(server: Server, bodies: readonly string[]): Promise<Rate> {
  const socket = new WebSocket(server.wsUrl);
  await once(socket, 'open');
  const waiting = new Map<number, (text: string) => void>();
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as { channel: string; data: { id: number } };
    if (frame.channel === 'post') waiting.get(frame.data.id)?.(JSON.stringify(frame.data));
  });
  let id = 0;
  const send = async (body: string): Promise<void> => {
    id += 1;
    const own = id;
    const answered = new Promise<string>((resolve) => waiting.set(own, resolve));
    socket.send(`{"method":"post","id":${own},"request":{"type":"action","payload":${body}}}`);
    insist(await answered);
    waiting.delete(own);
  };
  const rate = await timed(bodies, send, server.child.pid);
  socket.close();
  return rate;
}

interface FanOut {
  readonly subscribers: number;
  readonly framesPerSecond: number;
  /** Share of one core that the server used meanwhile. */
  readonly cpuShare?: number;
}

/** Books of one coin to many sockets, at the pace of a tape ten times as fast as the market. */
async function fanOut({ wsUrl, child }: Server): Promise<FanOut> {
  let frames = 0;
  const sockets = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, async () => {
      const socket = new WebSocket(wsUrl);
      await once(socket, 'open');
      socket.on('message', () => {
        frames += 1;
      });
      socket.send('{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}');
      return socket;
    }),
  );
  const cpuBefore = await cpuSeconds(child.pid);
  frames = 0;
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuAfter = await cpuSeconds(child.pid);
  for (const socket of sockets) socket.close();
  return {
    subscribers: SUBSCRIBERS,
    framesPerSecond: round(frames / seconds, 0),
    ...(cpuBefore === undefined || cpuAfter === undefined
      ? {}
      : { cpuShare: round((cpuAfter - cpuBefore) / seconds, 3) }),
  };
}

export interface ServerResult {
  readonly bareHttp: Rate;
  readonly http: Rate;
  readonly socket: Rate;
  readonly fanOut: FanOut;
  readonly aims: { readonly httpPerSecond: number; readonly p99OverP50: number };
}

export async function measureServer(): Promise<ServerResult> {
  const dir = mkdtempSync(join(tmpdir(), 'perpetua-bench-paper-'));
  const server = await startServer(dir);
  try {
    const post = poster(server.url);
    const send = async (body: string): Promise<void> => insist(await post(body));
    const firstNonce = Date.now();
    await timed(signedOrders(400, firstNonce), send);
    const bodies = signedOrders(ORDERS, firstNonce + 10_000);
    const socketBodies = signedOrders(ORDERS, firstNonce + 20_000);
    return {
      bareHttp: await bareHttp(),
      http: await timed(bodies, send, server.child.pid),
      socket: await overSocket(server, socketBodies),
      fanOut: await fanOut(server),
      aims: { httpPerSecond: 2_500, p99OverP50: 10 },
    };
  } finally {
    server.child.kill('SIGTERM');
    await once(server.child, 'close');
    rmSync(dir, { recursive: true, force: true });
  }
}
