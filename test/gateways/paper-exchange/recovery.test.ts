import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import { createRng } from '../../../domain/kernel/rng.ts';
import type { ActionInput } from '../../../gateways/hyperliquid/wire/actions.ts';
import type { JournalEntry } from '../../../gateways/paper-exchange/exchange.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import { startPaperExchange } from '../../../gateways/paper-exchange/start.ts';
import { FSYNC_MODES } from '../../../gateways/paper-exchange/state/journal.ts';
import { readJournal } from '../../../gateways/paper-exchange/state/journal-file.ts';
import { readPortableText } from '../../../gateways/paper-exchange/state/portable.ts';
import { post, type ServerProcess, signedBody, startServer, USER } from './server-process.ts';
import { exchangeWith } from './state-runs.ts';
import { START_OFFSET_MINUTES, writeSmallTape } from './state-tape.ts';

/** How many real processes are killed; 200 before a release. */
const KILL_SEEDS = Number(process.env.KILL_SEEDS ?? 20);

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'paper-exchange-'));
  writeSmallTape(join(root, 'tape'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const argsFor = (dir: string): string[] => [
  ...['--state', dir, '--fund', `${USER}=100000`, '--tape', join(root, 'tape')],
  ...['--start-offset-minutes', String(START_OFFSET_MINUTES)],
];

const ackSchema = z.object({
  status: z.literal('ok'),
  response: z.object({
    data: z.object({ statuses: z.array(z.record(z.string(), z.object({ oid: z.int() }))) }),
  }),
});
const foundSchema = z.object({
  status: z.literal('order'),
  order: z.object({ order: z.object({ oid: z.int(), cloid: z.string() }) }),
});

const cloidOf = (seed: number, index: number): string =>
  `0xfeed${seed.toString(16).padStart(4, '0')}${index.toString(16).padStart(24, '0')}`;

/** A random order near the market: some rest, some fill. */
function randomOrder(rng: ReturnType<typeof createRng>, midPx: number, cloid: string): ActionInput {
  const isBuy = rng.int(2) === 0;
  const px = Math.round(midPx + (rng.int(400) - 200));
  const t = { limit: { tif: 'Gtc' as const } };
  const order = { a: 0, b: isBuy, p: String(px), s: '0.001', r: false, t, c: cloid };
  return { type: 'order', orders: [order], grouping: 'na' };
}

async function midOf(url: string): Promise<number> {
  const mids = z
    .record(z.string(), z.string())
    .parse(await post(`${url}/info`, { type: 'allMids' }));
  return Number(mids.BTC);
}

/** Everything that can be asked about the account and its market, without the time of asking. */
async function wholeState(url: string): Promise<unknown[]> {
  const questions = [
    { type: 'clearinghouseState', user: USER },
    { type: 'frontendOpenOrders', user: USER },
    { type: 'userFills', user: USER },
    { type: 'historicalOrders', user: USER },
    { type: 'userRateLimit', user: USER },
    { type: 'l2Book', coin: 'BTC' },
  ];
  return Promise.all(
    questions.map(async (question) => ({
      ...((await post(`${url}/info`, question)) as object),
      ...(question.type === 'clearinghouseState' ? { time: 0 } : {}),
    })),
  );
}

/** Sends orders on four lanes until `acks` are acknowledged, then kills with more in flight. */
async function burstAndKill(seed: number, dir: string) {
  const rng = createRng(seed);
  // Some runs keep their whole journal; in others the tape is so fast that snapshots are saved.
  const speed = seed % 2 === 0 ? '60' : '10000';
  const fsync = FSYNC_MODES[seed % FSYNC_MODES.length] ?? 'never';
  const server = await startServer([...argsFor(dir), '--speed', speed, '--fsync', fsync]);
  const midPx = await midOf(server.url);
  const acks = 20 + rng.int(40);
  const acknowledged = new Map<string, { oid: number; body: object }>();
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (server.child.exitCode === null && server.child.signalCode === null) {
      sent += 1;
      const cloid = cloidOf(seed, sent);
      const body = signedBody(randomOrder(rng, midPx, cloid), Date.now() + sent);
      const answer = await post(`${server.url}/exchange`, body).catch(() => undefined);
      if (answer === undefined) return; // cut by the kill: its fate is not known
      const [status = {}] = ackSchema.parse(answer).response.data.statuses;
      const [fact] = Object.values(status);
      if (fact) acknowledged.set(cloid, { oid: fact.oid, body });
      if (acknowledged.size === acks) server.child.kill('SIGKILL');
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  await server.stop('SIGKILL');
  return acknowledged;
}

/** What a run that was never stopped knows after the inputs of a whole journal. */
function neverStopped(entries: readonly JournalEntry[]): unknown {
  let atMs = entries[0]?.atMs ?? 0;
  const exchange = exchangeWith(() => atMs);
  for (const entry of entries.slice(1)) {
    atMs = entry.atMs;
    if (entry.kind === 'tick') exchange.advance();
    if (entry.kind === 'deposit') exchange.fund(entry.account as AccountAddress, entry.usd);
    if (entry.kind === 'action') {
      const { kind: _kind, atMs: _atMs, ...request } = entry;
      exchange.submit(request);
    }
  }
  return JSON.parse(JSON.stringify(exchange.snapshot()));
}

/** The whole state of a running server. */
async function stateOf({ admin }: ServerProcess): Promise<unknown> {
  const headers = { authorization: `Bearer ${admin.token}` };
  const answer = await fetch(`${admin.url}/snapshot`, { headers });
  return readPortableText(await answer.text(), 'the answer').state;
}

describe('after kill -9 in the middle of a burst', () => {
  test.each(Array.from({ length: KILL_SEEDS }, (_, index) => index + 1))(
    'no acknowledged order is lost and none is taken twice (seed %i)',
    async (seed) => {
      const dir = join(root, `burst-${seed}`);
      const acknowledged = await burstAndKill(seed, dir);
      expect(acknowledged.size).toBeGreaterThanOrEqual(20);

      const { snapshot, entries } = readJournal<JournalEntry>(dir);
      const args = [...argsFor(dir), '--speed', '0.001'];
      const second = await startServer(args);
      if (snapshot === undefined) expect(await stateOf(second)).toEqual(neverStopped(entries));
      for (const [cloid, { oid }] of acknowledged) {
        const question = { type: 'orderStatus', user: USER, oid: cloid };
        const found = foundSchema.parse(await post(`${second.url}/info`, question));
        expect(found.order.order).toMatchObject({ oid, cloid });
      }
      const [last] = [...acknowledged.values()].slice(-1);
      expect(await post(`${second.url}/exchange`, last?.body)).toMatchObject({
        status: 'err',
        response: expect.stringContaining('Invalid nonce: duplicate nonce'),
      });
      const before = await wholeState(second.url);
      await second.stop('SIGKILL');

      const third = await startServer(args);
      expect(await wholeState(third.url)).toEqual(before);
      expect(await third.stop('SIGTERM')).toBe(0);
    },
  );
});

describe('a state directory', () => {
  const quiet = { speed: 'manual', log: createLog('silent') } as const;
  const fund = [{ account: USER, usd: '50000' as Usd }];

  test('replays to exactly the state that its writer had', async () => {
    const dir = join(root, 'live');
    const copy = join(root, 'copy');
    const rng = createRng(7);
    const live = await startPaperExchange({ ...quiet, stateDir: dir, fund });
    const midPx = await midOf(live.url);
    for (let index = 0; index < 50; index += 1) {
      const action = randomOrder(rng, midPx, cloidOf(7, index));
      await post(`${live.url}/exchange`, signedBody(action, Date.now() + index));
      live.advance(rng.int(50)); // passes the number of entries that makes a snapshot
    }
    cpSync(dir, copy, { recursive: true });
    rmSync(join(copy, 'owner.pid'));
    await live.close();
    const replayed = await startPaperExchange({ ...quiet, stateDir: copy, fund });
    await replayed.close();
    const snapshot = (from: string) => readFileSync(join(from, 'snapshot.json'), 'utf8');
    expect(snapshot(copy)).toBe(snapshot(dir));
    expect(snapshot(dir)).toMatch(/"seq":\d{3,}/);
  });

  test('is funded once, whatever the amount of a later start', async () => {
    const dir = join(root, 'funded');
    for (const usd of ['50000', '70000']) {
      const running = await startPaperExchange({
        ...quiet,
        stateDir: dir,
        fund: [{ account: USER, usd: usd as Usd }],
      });
      const { marginSummary } = running.exchange.venue.accountSummary(USER);
      expect(marginSummary.accountValue).toBe('50000.0');
      await running.close();
    }
  });

  test('belongs to one process and to the seed that it began with', async () => {
    const dir = join(root, 'owned');
    const running = await startPaperExchange({ ...quiet, stateDir: dir });
    await running.close();
    await expect(startPaperExchange({ ...quiet, stateDir: dir, seed: 2 })).rejects.toThrow(
      /seed 2: must be 1, with which state .* began/,
    );
    const server = await startServer(['--state', dir]);
    await expect(startPaperExchange({ ...quiet, stateDir: dir })).rejects.toThrow(
      `in use by process ${server.child.pid}`,
    );
    await server.stop('SIGTERM');
  });
});
