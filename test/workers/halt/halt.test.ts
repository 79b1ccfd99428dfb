/** `perpetua halt` as a process against a paper exchange, with neither Temporal nor ledger running. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import type { VenueTwapPort } from '../../../activities/ports/venue-twap.ts';
import { readHalt } from '../../../config/halt-file.ts';
import { loadSigningKey, type SigningKey } from '../../../config/keystore.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { VenueTwapSpec } from '../../../domain/execution/parents/venue-twap.ts';
import { px, sizeBase, type Usd } from '../../../domain/kernel/decimal.ts';
import { type Cloid, deploymentTag, intentId } from '../../../domain/kernel/ids.ts';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import { createVenueTwaps } from '../../../gateways/hyperliquid/twap.ts';
import { createVenue } from '../../../gateways/hyperliquid/venue.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../gateways/paper-exchange/start.ts';

const TAG = deploymentTag('default');
const NOBODY = '127.0.0.1:9';
let folder: string;
let key: SigningKey;
let paper: RunningPaperExchange;
let venue: ReturnType<typeof createVenue>;
let twaps: VenueTwapPort;
let nonce = Date.now();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halt-process-'));
  key = loadSigningKey('paper', folder, {});
  paper = await startPaperExchange({
    speed: 'manual',
    log: createLog('silent'),
    fund: [{ account: key.address, usd: '100000' as Usd }],
  });
  const connection = connectVenue({ url: paper.url, wsUrl: paper.wsUrl, isMainnet: false });
  const wallet = privateKeyToAccount(key.reveal());
  venue = createVenue(connection, wallet, () => undefined);
  twaps = createVenueTwaps(connection, wallet);
});
afterAll(async () => {
  await paper.close();
  rmSync(folder, { recursive: true, force: true });
});

const cloidOf = (tag: string, digit: string): Cloid => `0x${tag}${digit.repeat(24)}` as Cloid;

/** Far enough from the market to rest, near enough to be taken. */
const FAR = px('20000');

async function place(cloid: Cloid, changes: Partial<OrderIntent>): Promise<void> {
  const intent: OrderIntent = {
    network: 'paper',
    account: key.address,
    intentId: intentId('t'),
    strategy: 'manual',
    leg: 'main',
    asset: 'BTC',
    side: 'buy',
    type: 'MARKET',
    sizeBase: sizeBase('0.01'),
    reduceOnly: false,
    ...changes,
  };
  const asset = (await venue.assets()).get('BTC');
  const mid = paper.exchange.venue.market('BTC')?.midPx;
  if (asset === undefined || !mid) throw new Error('no market of BTC');
  nonce += 1;
  const outcome = await venue.send({
    ...intent,
    cloid,
    epoch: 0,
    workflowId: 'w',
    signer: key.address,
    nonce,
    expiresAfterMs: nonce + 60_000,
    action: venue.orderAction(intent, asset, cloid, px(mid)),
    sends: 1,
  });
  if (outcome.kind !== 'accepted') throw new Error(`${outcome.kind}: ${outcome.reason}`);
}

/** A TWAP of the venue; there is no ledger to tell whose it is. */
async function startTwap(): Promise<number> {
  const spec: VenueTwapSpec = {
    kind: 'venueTwap',
    side: 'buy',
    sizeBase: sizeBase('0.1'),
    reduceOnly: false,
    durationMs: 300_000,
    randomize: false,
  };
  const asset = (await venue.assets()).get('BTC');
  if (asset === undefined) throw new Error('no market of BTC');
  nonce += 1;
  const outcome = await twaps.sendTwap({
    account: key.address,
    intentId: intentId('twap'),
    network: 'paper',
    cloid: cloidOf(TAG, '9'),
    epoch: 0,
    workflowId: 'w',
    signer: key.address,
    nonce,
    expiresAfterMs: nonce + 60_000,
    action: twaps.twapAction(asset, spec),
    sends: 1,
  });
  if (outcome.kind !== 'running') throw new Error(outcome.kind);
  return outcome.twapId;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['workers/halt.ts', ...args, '--data-dir', folder], {
    env: {
      PATH: process.env.PATH ?? '',
      TEMPORAL_ADDRESS: NOBODY,
      DATABASE_URL: `postgres://nobody@${NOBODY}/none`,
      PERPETUA_EXCHANGE_URL: paper.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (texts.stdout += chunk));
  child.stderr.on('data', (chunk) => (texts.stderr += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...texts })));
}

describe('perpetua halt', () => {
  test('halts, cancels our entries and keeps the stop, with Temporal and ledger down', async () => {
    await place(cloidOf(TAG, '1'), {});
    await place(cloidOf(TAG, '2'), {
      side: 'sell',
      type: 'STOP_LOSS',
      reduceOnly: true,
      triggerPx: FAR,
    });
    await place(cloidOf(TAG, '3'), { type: 'LIMIT', limitPx: FAR });
    await place(cloidOf('ffffffff', '4'), { type: 'LIMIT', limitPx: FAR });
    const { code, stdout, stderr } = await run(
      'halt',
      '--cancel-entries',
      '--reason',
      'drill',
      '--json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      halted: true,
      halt: { reason: 'drill', by: 'command line' },
      entries: { cancelled: 1, left: [] },
    });
    const open = await venue.openOrders(key.address);
    expect(open.map(({ cloid }) => cloid).sort()).toEqual(
      [cloidOf(TAG, '2'), cloidOf('ffffffff', '4')].sort(),
    );
    expect((await venue.account(key.address)).positions).toHaveLength(1);
  }, 60_000);

  test('flattens only when that is agreed to, and stays in force until resume', async () => {
    const refused = await run('halt', '--flatten');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('agree to it by --yes');
    expect((await venue.account(key.address)).positions).toHaveLength(1);
    const twapId = await startTwap();
    const guarded = await run('halt', '--cancel-entries', '--json');
    expect(guarded.code).toBe(1);
    expect(JSON.parse(guarded.stdout)).toMatchObject({
      twaps: { cancelled: 0, unknown: [twapId] },
    });
    const { code, stdout } = await run('halt', '--flatten', '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      twaps: { cancelled: 1, left: [] },
      positions: { orders: [{ asset: 'BTC', outcome: 'accepted' }], left: [] },
    });
    expect((await venue.account(key.address)).positions).toEqual([]);
    expect(await twaps.runningTwaps(key.address)).toEqual([]);
    expect(readHalt(folder)).toMatchObject({ reason: 'drill' });
    const resumed = await run('resume', '--json');
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      halted: false,
      lifted: { reason: 'drill' },
    });
    expect(readHalt(folder)).toBeUndefined();
  }, 60_000);

  test('is in force even when the exchange cannot be reached', async () => {
    const { url } = paper;
    Object.assign(paper, { url: `http://${NOBODY}` });
    const { code, stdout } = await run('halt', '--cancel-entries', '--json');
    Object.assign(paper, { url });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ halted: true, isUnreachable: true });
    expect(readHalt(folder)).toMatchObject({ reason: 'by hand' });
  }, 60_000);

  test.each([
    ['an unknown flag', ['halt', '--now']],
    ['no command', []],
    ['two commands', ['halt', 'resume']],
  ])(
    '%s is a usage error',
    async (_what, args) => {
      expect((await run(...args)).code).toBe(2);
    },
    60_000,
  );
});
