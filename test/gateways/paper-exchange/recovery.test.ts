import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import { createRng } from '../../../domain/kernel/rng.ts';
import type { ActionInput } from '../../../gateways/hyperliquid/wire/actions.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import { startPaperExchange } from '../../../gateways/paper-exchange/start.ts';
import { post, signedBody, startServer, USER } from './server-process.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'paper-exchange-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

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
  const server = await startServer(['--state', dir, '--fund', `${USER}=100000`]);
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

describe('after kill -9 in the middle of a burst', () => {
  test.each([1, 2, 3])(
    'no acknowledged order is lost and none is taken twice (seed %i)',
    async (seed) => {
      const dir = join(root, `burst-${seed}`);
      const acknowledged = await burstAndKill(seed, dir);
      expect(acknowledged.size).toBeGreaterThanOrEqual(20);

      const args = ['--state', dir, '--fund', `${USER}=100000`, '--speed', '0.001'];
      const second = await startServer(args);
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

      const fourth = await startServer(args);
      expect(await wholeState(fourth.url)).toEqual(before);
      await fourth.stop('SIGTERM');
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
    expect(JSON.parse(snapshot(dir)).seq).toBeGreaterThan(900);
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
