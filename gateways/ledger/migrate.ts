/**
 * Brings the ledger's schema up to date: numbered SQL files, each applied once, in order, all in one
 * transaction. It refuses a ledger whose applied files differ from ours or are newer than ours.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Pool, PoolClient } from 'pg';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Lower-case hex SHA-256 of the file's text. */
  readonly checksum: string;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** An arbitrary key that all migrating processes share. */
const LOCK_KEY = 720_351_844;
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
const FOLDER = new URL('./migrations/', import.meta.url);

/** Our migrations in order. @throws MigrationError when numbers are missing, doubled or misspelt */
export async function ownMigrations(folder: URL = FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(FILE_NAME.exec(name)?.[1]);
      if (version !== index + 1) {
        throw new MigrationError(`migration file "${name}": must be numbered ${index + 1}`);
      }
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Applies what is missing and returns the schema's version. Any number of processes may call it at
 * once: one applies, the others wait and find nothing to do.
 * @throws MigrationError when the ledger was migrated by other files than ours
 */
export async function migrate(pool: Pool, migrations?: readonly Migration[]): Promise<number> {
  const own = migrations ?? (await ownMigrations());
  const client = await pool.connect();
  try {
    await client.query('begin');
    // The embedded ledger serialises transactions by itself; PostgreSQL needs the lock.
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await applyMissing(client, own);
    await client.query('commit');
    client.release();
    return own.length;
  } catch (error) {
    // The connection is thrown away: whatever it left open ends with it.
    client.release(true);
    throw error;
  }
}

async function applyMissing(client: PoolClient, own: readonly Migration[]): Promise<void> {
  await client.query(`create table if not exists schema_migrations (
    version integer primary key, name text not null, checksum text not null,
    applied_at timestamptz not null default now())`);
  const { rows } = await client.query<{ version: number; name: string; checksum: string }>(
    'select version, name, checksum from schema_migrations order by version',
  );
  for (const row of rows) {
    const ours = own[row.version - 1];
    if (ours === undefined) {
      throw new MigrationError(
        `ledger schema ${row.version} ("${row.name}"): is newer than this program, which knows ` +
          `${own.length}; use the newer version of the program`,
      );
    }
    if (ours.checksum !== row.checksum) {
      throw new MigrationError(
        `migration "${ours.name}": was changed after it had been applied to this ledger; ` +
          'restore the file and put the change into a new one',
      );
    }
  }
  for (const migration of own.slice(rows.length)) {
    await client.query(migration.sql);
    await client.query(
      'insert into schema_migrations (version, name, checksum) values ($1, $2, $3)',
      [migration.version, migration.name, migration.checksum],
    );
  }
}

/** The version of the ledger's schema; 0 when it was never migrated. */
export async function schemaVersion(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ present: boolean }>(
    `select to_regclass('schema_migrations') is not null as present`,
  );
  if (rows[0]?.present !== true) return 0;
  const found = await pool.query<{ version: number }>(
    'select coalesce(max(version), 0)::integer as version from schema_migrations',
  );
  return found.rows[0]?.version ?? 0;
}
