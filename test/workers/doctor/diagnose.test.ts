import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadSigningKey, paperKeyFile } from '../../../config/keystore.ts';
import { loadConfig } from '../../../config/load.ts';
import { migrate } from '../../../gateways/ledger/migrate.ts';
import { failure, fine, unreachable, warning } from '../../../workers/doctor/check.ts';
import { diagnose, exitCodeOf } from '../../../workers/doctor/diagnose.ts';
import { checkRuntime } from '../../../workers/doctor/machine-checks.ts';
import { startEmptyLedger, type TestLedger } from '../../gateways/ledger/test-ledger.ts';
import { tempFolder } from '../up/children.ts';
import { exchange } from './answering-exchange.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await startEmptyLedger();
});
afterAll(() => ledger.close());

const NOBODY = 'http://127.0.0.1:9';

async function examine(folder: string, env: Record<string, string> = {}) {
  const full = { PERPETUA_DATA_DIR: folder, PATH: process.env.PATH ?? '', ...env };
  const loaded = await loadConfig({ cwd: folder, env: full });
  const { diagnosis, exitCode } = await diagnose(loaded, full);
  const checks = new Map(diagnosis.checks.map((check) => [check.name, check]));
  return { diagnosis, exitCode, checkOf: (name: string) => checks.get(name) };
}

const honest = { meta: () => ({ universe: [{ name: 'BTC' }] }) };

describe('doctor', () => {
  test('prints one document with the ledger’s URL and every port, also before a first start', async () => {
    const { diagnosis, checkOf } = await examine(tempFolder());
    expect(Object.keys(diagnosis).sort()).toEqual([
      'checks',
      'endpoints',
      'ledgerUrl',
      'ok',
      'ports',
    ]);
    expect(diagnosis.ledgerUrl).toBe('postgres://postgres:postgres@127.0.0.1:54329/postgres');
    expect(diagnosis.ports).toEqual({
      temporal: 7233,
      temporalUi: 8233,
      temporalHttp: 7243,
      ledger: 54_329,
      exchange: 3998,
      dashboard: 8088,
    });
    for (const name of ['stack', 'temporal', 'ledger', 'exchange', 'clock', 'account', 'keys']) {
      expect(checkOf(name)).toMatchObject({ status: 'warn', mend: expect.any(String) });
    }
    for (const name of ['runtime', 'disk']) expect(checkOf(name)?.status).toBe('ok');
  });

  test('finds parts that should answer and do not, with exit code 4', async () => {
    const { exitCode, checkOf, diagnosis } = await examine(tempFolder(), {
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      DATABASE_URL: 'postgres://me:secret@127.0.0.1:9/x',
      PERPETUA_EXCHANGE_URL: NOBODY,
      PERPETUA_DASHBOARD_PORT: '8099',
    });
    for (const name of ['temporal', 'ledger', 'exchange', 'clock']) {
      expect(checkOf(name)).toMatchObject({ status: 'fail', mend: expect.any(String) });
    }
    expect(checkOf('exchange')?.detail).toContain(NOBODY);
    expect(JSON.stringify(diagnosis.checks)).not.toContain('secret');
    expect(diagnosis.ok).toBe(false);
    expect(exitCode).toBe(4);
  });

  test('tells a healthy exchange and clock from ones that answer nonsense or lag', async () => {
    const good = await exchange({ ...honest, exchangeStatus: () => ({ time: Date.now() }) });
    const fineOne = await examine(tempFolder(), { PERPETUA_EXCHANGE_URL: good });
    expect(fineOne.checkOf('exchange')).toMatchObject({ status: 'ok' });
    expect(fineOne.checkOf('clock')).toMatchObject({ status: 'ok' });
    const late = { ...honest, exchangeStatus: () => ({ time: Date.now() - 3_600_000 }) };
    const lagging = await examine(tempFolder(), { PERPETUA_EXCHANGE_URL: await exchange(late) });
    expect(lagging.checkOf('clock')).toMatchObject({ status: 'fail', mend: expect.any(String) });
    const odd = await exchange({ meta: () => [], exchangeStatus: () => ({}) });
    const nonsense = await examine(tempFolder(), { PERPETUA_EXCHANGE_URL: odd });
    expect(nonsense.checkOf('exchange')?.status).toBe('fail');
    expect(nonsense.checkOf('clock')?.status).toBe('fail');
  });

  test('tells a ledger without schema from a ready one, and leaves no trace in it', async () => {
    const env = { DATABASE_URL: ledger.url };
    const before = await examine(tempFolder(), env);
    expect(before.checkOf('ledger')).toMatchObject({ status: 'fail', mend: 'perpetua up' });
    await migrate(ledger.pool);
    const after = await examine(tempFolder(), env);
    expect(after.checkOf('ledger')).toMatchObject({ status: 'ok' });
    expect((await ledger.pool.query('select * from watermarks')).rows).toEqual([]);
  });

  test('finds a key that others may read', async () => {
    const folder = tempFolder();
    loadSigningKey('paper', folder, {});
    expect((await examine(folder)).checkOf('keys')).toMatchObject({ status: 'ok' });
    chmodSync(paperKeyFile(folder), 0o640);
    expect((await examine(folder)).checkOf('keys')).toMatchObject({
      status: 'fail',
      mend: `chmod 600 ${paperKeyFile(folder)}`,
    });
  });

  test('finds a missing key of the test network', async () => {
    const env = { PERPETUA_NETWORK: 'testnet', PERPETUA_EXCHANGE_URL: NOBODY };
    const { checkOf, exitCode } = await examine(tempFolder(), env);
    expect(checkOf('keys')?.detail).toContain('PERPETUA_SIGNER_KEY');
    expect(exitCode).toBe(1);
  });

  test('finds a data folder that cannot be one', async () => {
    const folder = tempFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { checkOf } = await examine(folder, { PERPETUA_DATA_DIR: join(file, 'inside') });
    expect(checkOf('disk')).toMatchObject({ status: 'fail', mend: expect.any(String) });
  });

  test('names ports that somebody else uses', async () => {
    const url = await exchange(honest);
    const { port } = new URL(url);
    const folder = tempFolder();
    mkdirSync(join(folder, 'state'));
    const { checkOf } = await examine(folder, { PERPETUA_LEDGER_PORT: port });
    expect(checkOf('ports')).toMatchObject({ status: 'fail' });
    expect(checkOf('ports')?.detail).toContain(`port ${port} (ledger)`);
  });
});

describe('the verdict', () => {
  test('is 0 with warnings, 4 when only reachability fails, else 1', () => {
    const lost = unreachable('a', '', '');
    expect(exitCodeOf([fine('a', ''), warning('b', '', '')])).toBe(0);
    expect(exitCodeOf([fine('a', ''), lost])).toBe(4);
    expect(exitCodeOf([lost, failure('b', '', '')])).toBe(1);
  });

  test('on the runtime depends on its version', () => {
    expect(checkRuntime('24.1.0').status).toBe('ok');
    expect(checkRuntime('20.20.0')).toMatchObject({ status: 'fail', mend: expect.any(String) });
  });
});
