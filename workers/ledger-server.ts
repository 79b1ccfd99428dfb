/**
 * The embedded ledger as a process: PGlite on a folder, served to ordinary PostgreSQL clients on
 * loopback. Prints one JSON ready line on stdout and logs on stderr; SIGTERM and SIGINT close it
 * cleanly; after kill -9 the next start recovers every acknowledged row.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { pino } from 'pino';
import { serveLedger } from '../gateways/ledger/embedded/server.ts';
import { lockFolder } from './up/folder-lock.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const DEFAULT_PORT = 54_329;

const log = pino({ name: 'ledger' }, pino.destination({ dest: 2, sync: true }));

function fail(message: string, exitCode: number): never {
  log.fatal(message);
  process.exit(exitCode);
}

function readFlags(): { folder: string; port: number } {
  try {
    const { values } = parseArgs({
      options: { 'data-dir': { type: 'string' }, port: { type: 'string' } },
    });
    const port = Number(values.port ?? DEFAULT_PORT);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return fail(`port "${values.port}": must be 0 to 65535 (from flag --port)`, EXIT_USAGE);
    }
    return { folder: resolve(values['data-dir'] ?? '.perpetua'), port };
  } catch (error) {
    return fail((error as Error).message, EXIT_USAGE);
  }
}

/** A first start works beside the final folder: killed half-way, it leaves nothing to trip over. */
async function createDatabaseFolder(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) return;
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  const database = await PGlite.create({ dataDir: draft });
  await database.close();
  renameSync(draft, dataDir);
}

async function openDatabase(folder: string): Promise<{ database: PGlite; version: string }> {
  const dataDir = join(folder, 'ledger');
  await createDatabaseFolder(dataDir);
  const database = await PGlite.create({ dataDir });
  const { rows } = await database.query<{ server_version: string }>('show server_version');
  return { database, version: rows[0]?.server_version ?? 'unknown' };
}

function explain(error: unknown, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `port ${port}: already in use; choose another with --port or PERPETUA_LEDGER_PORT`;
  }
  return message;
}

async function serve(): Promise<void> {
  const { folder, port } = readFlags();
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder, 'ledger');
  if (lock.kind === 'taken') {
    fail(`the ledger in ${folder} is already served by pid ${lock.holder.pid}`, EXIT_FAILED);
  }
  const { database, version } = await openDatabase(folder);
  const server = await serveLedger({
    backend: database,
    port,
    serverVersion: version,
    onBackendFailure: (error) => {
      // Its memory can no longer be trusted; the files can, so whoever supervises starts us again.
      log.fatal({ err: error }, 'the database failed');
      process.exit(EXIT_FAILED);
    },
  }).catch((error: unknown) => fail(explain(error, port), EXIT_FAILED));
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    server
      .close()
      .then(() => database.close())
      .then(() => lock.release())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(`could not close cleanly: ${String(error)}`, EXIT_FAILED),
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const url = `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`;
  process.stdout.write(`${JSON.stringify({ ready: true, url, port: server.port })}\n`);
}

serve().catch((error: unknown) => fail(String((error as Error).stack ?? error), EXIT_FAILED));
