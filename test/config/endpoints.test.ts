import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { configuredEndpoints, resolveEndpoints, wsUrlOf } from '../../config/endpoints.ts';
import { loadConfig } from '../../config/load.ts';
import { identify, isAlive, isStillRunning } from '../../config/process-probe.ts';
import {
  type RuntimeState,
  readRuntime,
  removeRuntime,
  writeRuntime,
} from '../../config/runtime-state.ts';
import { readWorkerConfig, WORKER_CONFIG_ENV, workerEnv } from '../../config/worker-env.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'perpetua-runtime-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (env: Record<string, string> = {}) =>
  loadConfig({ cwd: dataDir, env: { PERPETUA_DATA_DIR: dataDir, ...env } });

const stateOf = (overrides: Partial<RuntimeState> = {}): RuntimeState => ({
  ...identify(process.pid),
  startedMs: 1,
  phase: 'ready',
  network: 'paper',
  deployment: 'default',
  account: `0x${'a'.repeat(40)}`,
  temporalAddress: '127.0.0.1:11111',
  namespace: 'default',
  taskQueue: 'perpetua',
  temporalUiUrl: 'http://127.0.0.1:22222',
  ledgerUrl: 'postgres://postgres:postgres@127.0.0.1:33333/postgres',
  exchangeUrl: 'http://127.0.0.1:44444',
  exchangeWsUrl: 'ws://127.0.0.1:44444/ws',
  dashboardUrl: 'http://127.0.0.1:55555',
  ports: { temporal: 11_111 },
  processes: [],
  ...overrides,
});

describe('endpoints', () => {
  test('follow from the settings when no stack runs', async () => {
    const { endpoints, runtime } = resolveEndpoints(await load());
    expect(runtime.kind).toBe('absent');
    expect(endpoints).toMatchObject({
      temporalAddress: '127.0.0.1:7233',
      temporalUiUrl: 'http://127.0.0.1:8233',
      exchangeUrl: 'http://127.0.0.1:3998',
      exchangeWsUrl: 'ws://127.0.0.1:3998/ws',
      dashboardUrl: 'http://127.0.0.1:8088',
    });
  });

  test('are those of the running stack where nothing was set', async () => {
    writeRuntime(dataDir, stateOf());
    const { endpoints } = resolveEndpoints(await load());
    expect(endpoints).toMatchObject({
      temporalAddress: '127.0.0.1:11111',
      ledgerUrl: stateOf().ledgerUrl,
      exchangeWsUrl: 'ws://127.0.0.1:44444/ws',
      account: stateOf().account,
    });
  });

  test('are the ones that were set, also beside a running stack', async () => {
    writeRuntime(dataDir, stateOf());
    const env = { PERPETUA_EXCHANGE_URL: 'http://127.0.0.1:9/', TEMPORAL_ADDRESS: 'there:1' };
    const { endpoints } = resolveEndpoints(await load(env));
    expect(endpoints).toMatchObject({
      exchangeUrl: 'http://127.0.0.1:9/',
      exchangeWsUrl: 'ws://127.0.0.1:9/ws',
      temporalAddress: 'there:1',
      dashboardUrl: 'http://127.0.0.1:55555',
    });
  });

  test('of a Temporal server that is not ours include no Web UI', async () => {
    const { config } = await load({ TEMPORAL_ADDRESS: 'there:1' });
    expect(configuredEndpoints(config).temporalUiUrl).toBeUndefined();
  });

  test('of the test network are the venue’s own', async () => {
    const { config } = await load({ PERPETUA_NETWORK: 'testnet' });
    expect(configuredEndpoints(config)).toMatchObject({
      exchangeUrl: 'https://api.hyperliquid-testnet.xyz',
      exchangeWsUrl: 'wss://api.hyperliquid-testnet.xyz/ws',
    });
  });

  test('of a WebSocket keep the base path', () => {
    expect(wsUrlOf('https://proxy.example/venue/')).toBe('wss://proxy.example/venue/ws');
  });
});

describe('the runtime file', () => {
  test('is read back as it was written, by its owner only', () => {
    writeRuntime(dataDir, stateOf());
    expect(readRuntime(dataDir)).toEqual({ kind: 'running', state: stateOf() });
    expect(statSync(join(dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
    removeRuntime(dataDir);
    expect(readRuntime(dataDir).kind).toBe('absent');
  });

  test('of a supervisor that is gone is stale, also when its pid lives on as something else', () => {
    writeRuntime(dataDir, stateOf({ commandLine: 'another program' }));
    expect(readRuntime(dataDir)).toMatchObject({ kind: 'stale' });
    writeRuntime(dataDir, stateOf({ pid: 4_000_000 }));
    expect(readRuntime(dataDir)).toMatchObject({ kind: 'stale' });
  });

  test.each(['', '{', '{"pid": 1}', 'null'])('with damaged content %j counts as absent', (text) => {
    writeFileSync(join(dataDir, 'runtime.json'), text);
    expect(readRuntime(dataDir)).toMatchObject({ kind: 'absent' });
  });
});

describe('a process', () => {
  test('is recognised by pid and command line together', () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isStillRunning(identify(process.pid))).toBe(true);
    expect(isStillRunning({ pid: process.pid, commandLine: 'something else' })).toBe(false);
    expect(isStillRunning({ pid: process.pid, commandLine: '' })).toBe(false);
    expect(isAlive(4_000_000)).toBe(false);
  });
});

describe('what a worker is told', () => {
  test('arrives as it was sent and holds no key', async () => {
    const { config } = await load({ PERPETUA_SIGNER_KEY: `0x${'7'.repeat(64)}` });
    const worker = { config, endpoints: { ...configuredEndpoints(config), account: '0xabc' } };
    const env = workerEnv(worker);
    expect(await readWorkerConfig(env)).toEqual(worker);
    expect(env[WORKER_CONFIG_ENV]).not.toContain('7'.repeat(64));
  });

  test('is refused when it is damaged', async () => {
    await expect(readWorkerConfig({ [WORKER_CONFIG_ENV]: '{' })).rejects.toThrow(WORKER_CONFIG_ENV);
    const partial = { [WORKER_CONFIG_ENV]: '{"config":{}}' };
    await expect(readWorkerConfig(partial)).rejects.toThrow(/endpoints/);
  });

  test('comes from the settings when a worker is started by hand', async () => {
    const env = { PERPETUA_DATA_DIR: dataDir, PERPETUA_DEPLOYMENT: 'by-hand' };
    expect((await readWorkerConfig(env)).endpoints.deployment).toBe('by-hand');
    expect(() => readFileSync(join(dataDir, 'runtime.json'))).toThrow();
  });
});
