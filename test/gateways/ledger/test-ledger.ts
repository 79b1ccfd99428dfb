/**
 * A migrated, empty ledger for one test file: the embedded one in memory, or a fresh schema of the
 * PostgreSQL that PERPETUA_TEST_DATABASE_URL names.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { EnvelopeDraft } from '../../../activities/ports/ledger.ts';
import type { VenueFill } from '../../../activities/ports/venue.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, intentId, sha256Hex } from '../../../domain/kernel/ids.ts';
import { serveLedger } from '../../../gateways/ledger/embedded/server.ts';
import { migrate } from '../../../gateways/ledger/migrate.ts';
import { openLedgerPool } from '../../../gateways/ledger/pool.ts';

export interface TestLedger {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Forgets everything, the schema as well. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function startEmptyLedger(): Promise<TestLedger> {
  const given = process.env.PERPETUA_TEST_DATABASE_URL;
  return given === undefined ? startEmbedded() : startInSchema(given);
}

const NODE_MODULES = fileURLToPath(new URL('../../../node_modules/', import.meta.url));

/**
 * An empty database as a file, made once for an installed version: to make one takes several times as
 * long as to load it (measured: 9.9 against 3.3 s on a busy machine).
 */
async function readTemplate(): Promise<Blob> {
  const about = readFileSync(join(NODE_MODULES, '@electric-sql/pglite/package.json'), 'utf8');
  const { version } = JSON.parse(about) as { version: string };
  const folder = join(NODE_MODULES, '.cache/perpetua');
  const file = join(folder, `empty-ledger-${version}.tar`);
  if (!existsSync(file)) {
    const database = await PGlite.create('memory://');
    const dump = await database.dumpDataDir('none');
    await database.close();
    mkdirSync(folder, { recursive: true });
    // Test files run side by side: whoever is last replaces the file by an equal one.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
    renameSync(draft, file);
  }
  return new Blob([readFileSync(file)]);
}

/** An empty database in memory. */
export const openEmptyDatabase = async (): Promise<PGlite> =>
  PGlite.create({ loadDataDir: await readTemplate() });

async function startEmbedded(): Promise<TestLedger> {
  const database = await openEmptyDatabase();
  const server = await serveLedger({
    backend: database,
    port: 0,
    serverVersion: '18.0',
    onBackendFailure: (error) => {
      throw error;
    },
  });
  const url = `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`;
  const pool = openLedgerPool(url, { max: 20 });
  const close = async (): Promise<void> => {
    await pool.end();
    await server.close();
    await database.close();
  };
  const reset = async (): Promise<void> => {
    await pool.query('drop schema public cascade; create schema public');
  };
  return { url, pool, reset, close };
}

async function startInSchema(given: string): Promise<TestLedger> {
  const schema = `perpetua_test_${sha256Hex(`${process.pid}|${Math.random()}`).slice(0, 12)}`;
  const admin = new pg.Client({ connectionString: given });
  await admin.connect();
  await admin.query(`create schema ${schema}`);
  const url = new URL(given);
  url.searchParams.set('options', `-c search_path=${schema}`);
  const pool = openLedgerPool(url.toString(), { max: 20 });
  const close = async (): Promise<void> => {
    await pool.end();
    await admin.query(`drop schema ${schema} cascade`);
    await admin.end();
  };
  const reset = async (): Promise<void> => {
    await admin.query(`drop schema ${schema} cascade; create schema ${schema}`);
  };
  return { url: url.toString(), pool, reset, close };
}

export async function startTestLedger(): Promise<TestLedger> {
  const ledger = await startEmptyLedger();
  await migrate(ledger.pool);
  return ledger;
}

export const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);
export const SIGNER = accountAddress(`0x${'b'.repeat(40)}`);
export const NOW_MS = 1_760_000_000_000;

export const cloidOf = (key: string): Cloid => `0x${sha256Hex(key).slice(0, 32)}` as Cloid;

export function intentOf(key: string): OrderIntent {
  return {
    network: 'paper',
    account: ACCOUNT,
    intentId: intentId(key),
    strategy: 'ema-crossover',
    leg: 'entry',
    asset: 'BTC',
    side: 'buy',
    type: 'LIMIT',
    sizeBase: sizeBase('0.01'),
    reduceOnly: false,
    limitPx: px('60000'),
    session: 'demo',
    decisionId: `decision-of-${key}`,
  };
}

export function draftOf(key: string, overrides: Partial<EnvelopeDraft> = {}): EnvelopeDraft {
  return {
    cloid: cloidOf(key),
    account: ACCOUNT,
    intentId: intentId(key),
    network: 'paper',
    epoch: 0,
    workflowId: `order:${ACCOUNT}:${key}`,
    signer: SIGNER,
    expiresAfterMs: NOW_MS + 8_000,
    action: { type: 'order', orders: [{ a: 0, b: true, p: '60000', s: '0.01' }], grouping: 'na' },
    nowMs: NOW_MS,
    intent: intentOf(key),
    ...overrides,
  };
}

export function viewOf(key: string, overrides: Partial<OrderView> = {}): OrderView {
  return {
    intent: intentOf(key),
    status: 'SUBMITTED',
    cloid: cloidOf(key),
    oid: 77,
    filledBase: sizeBase('0'),
    feeUsd: usd('0'),
    closedPnlUsd: usd('0'),
    fills: [],
    foundLate: false,
    ...overrides,
  };
}

export function venueFill(tid: number, overrides: Partial<VenueFill> = {}): VenueFill {
  return {
    tid,
    oid: 77,
    timeMs: NOW_MS + tid,
    px: px('60000.5'),
    sizeBase: sizeBase('0.01'),
    feeUsd: usd('0.27'),
    closedPnlUsd: usd('0'),
    crossed: true,
    asset: 'BTC',
    side: 'buy',
    direction: 'Open Long',
    startPositionBase: sizeBase('0'),
    feeToken: 'USDC',
    hash: '0x00',
    ...overrides,
  };
}
