/**
 * The paper exchange as a process of its own, with its journal: signed orders over HTTP and over one
 * web socket, the time of a reply, and the fan-out of books. Orders are signed before the clock
 * starts. The references are a bare node server that answers a constant, and what nothing that
 * recovers signers can pass: the recoveries alone.
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
import { type KeyRecovery, keyRecovery } from '../../gateways/hyperliquid/wire/public-key.ts';
import { recoverAddress } from '../../gateways/hyperliquid/wire/recovery.ts';
import {
  addressOf,
  agentDigest,
  signDigest,
  signL1Action,
} from '../../gateways/hyperliquid/wire/signing.ts';
import { type Quantiles, quantiles, round } from '../statistics.ts';

const MAIN = fileURLToPath(new URL('../../gateways/paper-exchange/main.ts', import.meta.url));
const LANES = 16;
/** Requests of each lane: enough for the server's code to be compiled, and then to be measured. */
const WARM_UP = 200;
const MEASURED = 250;
const RECOVERIES = 2_000;
const SUBSCRIBERS = 100;
const LISTEN_MS = 10_000;

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly wsUrl: string;
}

async function startServer(dir: string): Promise<Server> {
  const funds = TRADERS.flatMap((key) => ['--fund', `${addressOf(key)}=1000000`]);
  const flags = ['--port', '0', '--limits', 'none', '--state', dir, ...funds];
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

/** One key for each lane: lanes overtake each other, and old nonces of one signer are refused. */
const TRADERS = Array.from(
  { length: LANES },
  (_, lane) => `0x${'0123456789abcdef'.repeat(4)}`.slice(0, -2) + (lane + 16).toString(16),
);

/** A lane's bodies: orders that rest far below the market and are cancelled at once, alternately. */
function signedOrders(privateKey: string, count: number, firstNonce: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const nonce = firstNonce + index;
    const pair = firstNonce + Math.floor(index / 2);
    const cloid = `0x${privateKey.slice(-16)}${pair.toString(16).padStart(16, '0')}`;
    const order = { a: 0, b: true, p: '30000', s: '0.001', r: false, c: cloid };
    const action =
      index % 2 === 0
        ? {
            type: 'order' as const,
            orders: [{ ...order, t: { limit: { tif: 'Gtc' as const } } }],
            grouping: 'na' as const,
          }
        : { type: 'cancelByCloid' as const, cancels: [{ asset: 0, cloid }] };
    const signature = signL1Action({ privateKey, action, nonce, isMainnet: false });
    return JSON.stringify({ action, nonce, signature });
  });
}

/** The bodies of all lanes. */
const signedLanes = (count: number, firstNonce: number): string[][] =>
  TRADERS.map((key) => signedOrders(key, count, firstNonce));

interface Rate {
  readonly perSecond: number;
  /** Per second of the server's own processor time: what one core could do. */
  readonly perCpuSecond?: number;
  readonly reply: Quantiles;
}

/** Sends the bodies of each lane in turn, all lanes at once. */
async function timed(
  lanes: readonly (readonly string[])[],
  send: (body: string) => Promise<unknown>,
  pid?: number,
): Promise<Rate> {
  const times: number[] = [];
  const cpuBefore = await cpuSeconds(pid);
  const startedAt = performance.now();
  const run = async (bodies: readonly string[]): Promise<void> => {
    for (const body of bodies) {
      const sentAt = performance.now();
      await send(body);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(lanes.map(run));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuAfter = await cpuSeconds(pid);
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
  return {
    perSecond: round(times.length / seconds, 0),
    ...(cpu === undefined ? {} : { perCpuSecond: round(times.length / cpu, 0) }),
    reply: quantiles(times),
  };
}

/** How many signers a second of processor time finds, and nothing else. */
function recoveriesPerCpuSecond(): number {
  const digest = agentDigest(new Uint8Array(32).fill(7), 'b');
  const signature = signDigest(digest, TRADERS[0] ?? '');
  const recoverMany = (): number => {
    const before = process.cpuUsage();
    for (let done = 0; done < RECOVERIES; done += 1) recoverAddress(digest, signature);
    const { user, system } = process.cpuUsage(before);
    return RECOVERIES / ((user + system) / 1_000_000);
  };
  recoverMany();
  return round(recoverMany(), 0);
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
  const [body = ''] = signedOrders(TRADERS[0] ?? '', 1, 1);
  const lane = new Array<string>(MEASURED).fill(body);
  const rate = await timed(new Array<string[]>(LANES).fill(lane), send);
  server.closeAllConnections();
  server.close();
  return rate;
}

async function overSocket(server: Server, lanes: readonly (readonly string[])[]): Promise<Rate> {
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
  const rate = await timed(lanes, send, server.child.pid);
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
  /** Which build of secp256k1 recovers signers: the server's too. */
  readonly recovery: KeyRecovery['build'];
  readonly recoveriesPerCpuSecond: number;
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
    await timed(signedLanes(WARM_UP, firstNonce), send);
    const overHttp = signedLanes(MEASURED, firstNonce + 10_000);
    const overOneSocket = signedLanes(MEASURED, firstNonce + 20_000);
    return {
      bareHttp: await bareHttp(),
      recovery: keyRecovery.build,
      recoveriesPerCpuSecond: recoveriesPerCpuSecond(),
      http: await timed(overHttp, send, server.child.pid),
      socket: await overSocket(server, overOneSocket),
      fanOut: await fanOut(server),
      aims: { httpPerSecond: 2_500, p99OverP50: 10 },
    };
  } finally {
    server.child.kill('SIGTERM');
    await once(server.child, 'close');
    rmSync(dir, { recursive: true, force: true });
  }
}
