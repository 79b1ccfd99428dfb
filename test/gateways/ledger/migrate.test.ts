import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Migration,
  migrate,
  ownMigrations,
  schemaVersion,
} from '../../../gateways/ledger/migrate.ts';
import { openLedgerPool, withoutPassword } from '../../../gateways/ledger/pool.ts';
import { startEmptyLedger, type TestLedger } from './test-ledger.ts';

let source: TestLedger;
beforeAll(async () => {
  source = await startEmptyLedger();
});
beforeEach(() => source.reset());
afterAll(() => source.close());

const migration = (version: number, sql: string): Migration => ({
  version,
  name: `${version}.sql`,
  sql,
  checksum: sql,
});

describe('migrations', () => {
  test('are applied once by ten processes that start together', async () => {
    const pools = Array.from({ length: 10 }, () => openLedgerPool(source.url, { max: 1 }));
    const own = await ownMigrations();
    const versions = await Promise.all(pools.map((pool) => migrate(pool)));
    await Promise.all(pools.map((pool) => pool.end()));
    expect(versions).toEqual(pools.map(() => own.length));
    expect(await schemaVersion(source.pool)).toBe(own.length);
  });

  test('go on from where an older program left off', async () => {
    const one = migration(1, 'create table a (x integer)');
    const two = migration(2, 'alter table a add column y integer');
    expect(await schemaVersion(source.pool)).toBe(0);
    await migrate(source.pool, [one]);
    await migrate(source.pool, [one, two]);
    await source.pool.query('insert into a (x, y) values (1, 2)');
    expect(await schemaVersion(source.pool)).toBe(2);
  });

  test('leave nothing behind when one of them fails', async () => {
    const one = migration(1, 'create table b (x integer)');
    await expect(migrate(source.pool, [one, migration(2, 'no sql')])).rejects.toThrow(/syntax/);
    expect(await schemaVersion(source.pool)).toBe(0);
    expect(await migrate(source.pool, [one])).toBe(1);
  });

  test('refuse a ledger whose files were changed after they had been applied', async () => {
    await migrate(source.pool, [migration(1, 'create table c (x integer)')]);
    const changed = migration(1, 'create table c (x bigint)');
    await expect(migrate(source.pool, [changed])).rejects.toThrow(/"1.sql": was changed/);
  });

  test('refuse a ledger that is newer than the program', async () => {
    const both = [migration(1, 'select 1'), migration(2, 'select 2')];
    await migrate(source.pool, both);
    await expect(migrate(source.pool, both.slice(0, 1))).rejects.toThrow(/is newer/);
  });
});

test('a URL is shown without its password', () => {
  expect(withoutPassword('postgres://me:secret@db:5432/x')).toBe('postgres://me:***@db:5432/x');
  expect(withoutPassword('postgres://db/x')).toBe('postgres://db/x');
  expect(withoutPassword('secret')).not.toContain('secret');
});
