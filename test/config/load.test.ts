import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { type LoadOptions, loadConfig } from '../../config/load.ts';
import { envNameOf } from '../../config/sources.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'perpetua-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (options: LoadOptions = {}) => loadConfig({ cwd, env: {}, ...options });
const file = (content: unknown, name = 'perpetua.config.json'): void =>
  writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));

async function violationsOf(options: LoadOptions = {}) {
  try {
    await load(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.violations;
    throw error;
  }
  throw new Error('was accepted');
}

describe('the sources', () => {
  test('without any, the defaults trade on paper in .perpetua of the working folder', async () => {
    const { config } = await load();
    expect(config.network).toBe('paper');
    expect(config.dataDir).toBe(join(cwd, '.perpetua'));
    expect(config.session).toMatchObject({ name: 'demo', strategy: 'ema-crossover' });
    expect(config.paper).toMatchObject({ port: 3998, speed: 60, seed: 1, fundUsd: '10000' });
  });

  test('each one overrides the one before: file, environment, flags', async () => {
    file({ paper: { speed: 2, seed: 2, fundUsd: '2' } });
    const { config, sourceOf } = await load({
      env: { PERPETUA_PAPER_SPEED: '3', PERPETUA_PAPER_SEED: '3' },
      flags: [{ key: 'paper.speed', value: '4', flag: '--speed' }],
    });
    expect(config.paper).toMatchObject({ speed: 4, seed: 3, fundUsd: '2', port: 3998 });
    expect(sourceOf('paper.speed')).toBe('flag --speed');
    expect(sourceOf('paper.seed')).toBe('environment PERPETUA_PAPER_SEED');
    expect(sourceOf('paper.fundUsd')).toBe(join(cwd, 'perpetua.config.json'));
    expect(sourceOf('paper.port')).toBeUndefined();
  });

  test('a TypeScript file counts as well, and two files are refused', async () => {
    file('export default { deployment: "typed" };', 'perpetua.config.ts');
    expect((await load()).config.deployment).toBe('typed');
    file({});
    expect((await violationsOf())[0]?.rule).toMatch(/keep one of the two/);
  });

  test('the environment names of Temporal and PostgreSQL tools count, ours win', async () => {
    const env = { TEMPORAL_ADDRESS: 'there:7233', DATABASE_URL: 'postgres://db/a' };
    expect((await load({ env })).config).toMatchObject({
      temporal: { address: 'there:7233' },
      ledger: { url: 'postgres://db/a' },
    });
    const ours = { ...env, PERPETUA_TEMPORAL_ADDRESS: 'here:1' };
    expect((await load({ env: ours })).config.temporal.address).toBe('here:1');
  });

  test('lists and objects can be given as text', async () => {
    const { config } = await load({
      env: {
        PERPETUA_SESSION_ASSETS: 'BTC, ETH',
        PERPETUA_SESSION_GENES: '{"fast":9}',
        PERPETUA_RISK: '{"maxExposureFraction":"0.5"}',
      },
    });
    expect(config.session.assets).toEqual(['BTC', 'ETH']);
    expect(config.session.genes).toEqual({ fast: 9 });
    expect(config.risk).toEqual({ maxExposureFraction: '0.5' });
  });

  test('a file may begin with a byte order mark', async () => {
    file(`\uFEFF${JSON.stringify({ deployment: 'marked' })}`);
    expect((await load()).config.deployment).toBe('marked');
  });

  test('environment names follow from the keys', () => {
    expect(envNameOf('exchange.wsUrl')).toBe('PERPETUA_EXCHANGE_WS_URL');
    expect(envNameOf('dataDir')).toBe('PERPETUA_DATA_DIR');
  });
});

describe('what cannot be used is refused with key, value, rule and source', () => {
  test.each([
    [{ paper: { speed: 'fast' } }, 'paper.speed', 'fast'],
    [{ dashboard: { host: '0.0.0.0' } }, 'dashboard.host', '0.0.0.0'],
    [{ temporal: { port: 70_000 } }, 'temporal.port', '70000'],
    [{ account: '0x12' }, 'account', '0x12'],
    [{ exchange: { url: 'ftp://x' } }, 'exchange.url', 'ftp://x'],
    [{ session: { assets: [] } }, 'session.assets', '[]'],
  ])('in a file: %j', async (content, field, value) => {
    file(content);
    expect(await violationsOf()).toEqual([
      { field, value, rule: expect.any(String), source: join(cwd, 'perpetua.config.json') },
    ]);
  });

  test('an unknown key of a file', async () => {
    file({ paper: { sped: 3 } });
    expect(await violationsOf()).toMatchObject([{ field: 'paper.sped', rule: 'is no setting' }]);
  });

  test('an unknown name of the environment, but not the reserved ones or other tools', async () => {
    expect(await violationsOf({ env: { PERPETUA_PAPER_SPED: '3' } })).toMatchObject([
      { field: 'PERPETUA_PAPER_SPED', rule: 'is no setting' },
    ]);
    await load({ env: { PERPETUA_SIGNER_KEY: 'x', PERPETUA_TEST_DATABASE_URL: 'y', HOME: 'z' } });
  });

  test('a number that is none, in the environment', async () => {
    for (const text of ['6e1', 'NaN', 'Infinity', '1,5']) {
      expect(await violationsOf({ env: { PERPETUA_PAPER_SPEED: text } })).toMatchObject([
        { field: 'paper.speed', value: text, source: 'environment PERPETUA_PAPER_SPEED' },
      ]);
    }
  });

  test('every violation at once, not only the first', async () => {
    file({ paper: { speed: -1, seed: -1 } });
    expect(await violationsOf()).toHaveLength(2);
  });

  test.each(['{', '[]', '"text"', 'null'])('a file that is no object: %s', async (content) => {
    file(content);
    expect(await violationsOf()).toMatchObject([{ source: expect.any(String) }]);
  });

  test('keys that reach into prototypes', async () => {
    const env = { PERPETUA_RISK: '{"constructor": 1}' };
    expect(await violationsOf({ env })).toMatchObject([{ value: 'constructor' }]);
    file('{"risk": {"__proto__": {"polluted": true}}}');
    expect(await violationsOf()).toMatchObject([{ value: '__proto__', rule: 'is no legal key' }]);
  });

  test('real money, whatever else is set', async () => {
    const env = { PERPETUA_NETWORK: 'mainnet' };
    expect(await violationsOf({ env })).toMatchObject([
      { field: 'network', value: 'mainnet', source: 'environment PERPETUA_NETWORK' },
    ]);
  });

  test('without showing the password of a URL', async () => {
    const env = { DATABASE_URL: 'mysql://me:secret@db/x' };
    const [violation] = await violationsOf({ env });
    expect(violation?.value).toBe('mysql://me:***@db/x');
  });
});
