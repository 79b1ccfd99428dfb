/**
 * The embedded Temporal: the command that runs it on a file, and how to tell that it is ready. It
 * listens on loopback only. Its HTTP API has no authentication: for paper trading alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

export interface DevServerOptions {
  /** Path of the `temporal` binary. */
  readonly binary: string;
  /** Folder of the database file. */
  readonly dataDir: string;
  readonly port: number;
  readonly uiPort: number;
  readonly httpPort: number;
  readonly namespace: string;
}

const HOST = '127.0.0.1';
const CONNECT_TIMEOUT_MS = 2_000;
const POLL_EVERY_MS = 150;
/** Of `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPE_KEYWORD = 2;

/** Workflows that the server keeps in memory; others it reads from its file. By itself it keeps all. */
const CACHED_WORKFLOWS = 500;
/** A workflow whose task fails so often in a row is told as stuck; by itself the server waits for five. */
const STUCK_AFTER = 2;
const CONFIG: Readonly<Record<string, number>> = {
  'history.hostLevelCacheMaxSize': CACHED_WORKFLOWS,
  'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': STUCK_AFTER,
};

/** The arguments of `temporal`. WAL with NORMAL survives a killed process, not a power failure. */
export function devServerArgs(options: DevServerOptions): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', HOST, '--log-level', 'warn'],
    ...['--db-filename', join(options.dataDir, 'temporal.db')],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(CONFIG).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
    ...['--port', String(options.port), '--ui-port', String(options.uiPort)],
    ...['--http-port', String(options.httpPort), '--namespace', options.namespace],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/**
 * Waits until the server answers for the namespace and knows our search attributes. It tries at
 * least once.
 * @throws when the signal aborts before that, with the last reason
 */
export async function awaitTemporal(
  address: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await ensureSearchAttributes(address, namespace);
      return;
    } catch (error) {
      if (signal.aborted) {
        const reason = (error as Error).message;
        throw new Error(`Temporal at ${address}, namespace ${namespace}: not ready (${reason})`);
      }
    }
    await sleep(POLL_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Registers what is missing; a server that somebody else runs may not know our attributes. */
async function ensureSearchAttributes(address: string, namespace: string): Promise<void> {
  // Lazy, because a failed `connect` would leave its channel behind, trying on and on.
  const connection = Connection.lazy({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      const known = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in known.customAttributes));
      if (missing.length === 0) return;
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(
          missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]),
        ),
      });
    });
  } finally {
    await connection.close();
  }
}

export interface DevServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly process: ChildProcess;
  /** Ends the server and waits for its end. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts a server of its own and waits until it is ready; for tests and single tools. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const child = spawn(options.binary, devServerArgs(options), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = `${lastWords}${chunk.toString()}`.slice(-500);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const address = `${HOST}:${options.port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const giveUp = AbortSignal.timeout(START_TIMEOUT_MS);
  const died = new AbortController();
  void ended.then(() => died.abort());
  try {
    const signal = AbortSignal.any([giveUp, died.signal]);
    await awaitTemporal(address, options.namespace, signal);
    if (died.signal.aborted) throw new Error('ended at once');
  } catch (error) {
    await stop();
    const words = lastWords.trim() || (error as Error).message;
    throw new Error(`Temporal server on ${address}: could not start: ${words}`);
  }
  return { address, uiUrl: `http://${HOST}:${options.uiPort}`, process: child, stop };
}
