/** The watchdog's process against a paper exchange, with no worker, Temporal or ledger running. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import { configuredEndpoints } from '../../../config/endpoints.ts';
import { openHeart } from '../../../config/heartbeat-files.ts';
import { loadSigningKey, type SigningKey } from '../../../config/keystore.ts';
import { loadConfig } from '../../../config/load.ts';
import { readWatchdog } from '../../../config/watchdog-state.ts';
import { WORKER_CONFIG_ENV } from '../../../config/worker-env.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { type Px, px, sizeBase, type Usd } from '../../../domain/kernel/decimal.ts';
import { type Cloid, deploymentTag, intentId } from '../../../domain/kernel/ids.ts';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import { createVenue } from '../../../gateways/hyperliquid/venue.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../gateways/paper-exchange/start.ts';
import { checkWatchdog } from '../../../workers/doctor/safety-checks.ts';

const NOBODY = '127.0.0.1:9';
const TAG = deploymentTag('default');
let folder: string;
let key: SigningKey;
let paper: RunningPaperExchange;
let venue: ReturnType<typeof createVenue>;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-'));
  key = loadSigningKey('paper', folder, {});
  paper = await startPaperExchange({
    speed: 'manual',
    log: createLog('silent'),
    fund: [{ account: key.address, usd: '100000' as Usd }],
  });
  const connection = connectVenue({ url: paper.url, wsUrl: paper.wsUrl, isMainnet: false });
  venue = createVenue(connection, privateKeyToAccount(key.reveal()), () => undefined);
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await paper.close();
  rmSync(folder, { recursive: true, force: true });
});

async function place(digit: string, changes: Partial<OrderIntent>): Promise<Cloid> {
  const cloid = `0x${TAG}${digit.repeat(24)}` as Cloid;
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
  const nonce = Date.now() + Number(digit);
  const outcome = await venue.send({
    ...intent,
    cloid,
    epoch: 0,
    workflowId: 'w',
    signer: key.address,
    nonce,
    expiresAfterMs: nonce + 60_000,
    action: venue.orderAction(intent, asset, cloid, mid as Px),
    sends: 1,
  });
  if (outcome.kind !== 'accepted') throw new Error(`${outcome.kind}: ${outcome.reason}`);
  return cloid;
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function startWatchdog(): Promise<ChildProcess> {
  const { config } = await loadConfig({
    cwd: folder,
    env: {
      PERPETUA_DATA_DIR: folder,
      PERPETUA_EXCHANGE_URL: paper.url,
      PERPETUA_WATCHDOG_SILENT_MS: '5000',
      TEMPORAL_ADDRESS: NOBODY,
      DATABASE_URL: `postgres://nobody@${NOBODY}/none`,
    },
  });
  const workerConfig = { config, endpoints: configuredEndpoints(config) };
  const env = { PATH: process.env.PATH ?? '', [WORKER_CONFIG_ENV]: JSON.stringify(workerConfig) };
  return spawn(process.execPath, ['workers/watchdog.ts'], { env, stdio: 'ignore' });
}

test('entries outlive the workers by the time that is set, stops stay', async () => {
  await place('1', {});
  const far = px('20000');
  const stop = await place('2', {
    side: 'sell',
    type: 'STOP_LOSS',
    reduceOnly: true,
    triggerPx: far,
  });
  const entry = await place('3', { type: 'LIMIT', limitPx: far });
  const open = async () => (await venue.openOrders(key.address)).map(({ cloid }) => cloid);
  const heart = openHeart(folder, 'worker-1');
  const beating = setInterval(() => heart.beat(), 200);
  try {
    child = await startWatchdog();
    await until(() => readWatchdog(folder) !== undefined, 'the watchdog says that it watches');
    expect(checkWatchdog(folder, 'expected').status).toBe('ok');
    expect(await open()).toContain(entry);
  } finally {
    clearInterval(beating);
  }
  await until(async () => !(await open()).includes(entry), 'the entry is cancelled');
  await until(() => readWatchdog(folder)?.lastAct !== undefined, 'the act is told');
  expect(await open()).toEqual([stop]);
  expect(readWatchdog(folder)).toMatchObject({
    status: 'silent',
    signer: key.address,
    lastAct: { cancelled: 1, left: 0 },
  });
  expect(checkWatchdog(folder, 'expected')).toMatchObject({ status: 'fail' });
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 120_000);
