/**
 * Connections to the ledger: PostgreSQL or the embedded one, by URL. A lost connection is no event:
 * the pool opens another one for the next statement. Passwords never reach an error or a log.
 */
import pg from 'pg';

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 15_000;

export interface PoolOptions {
  /** Connections at most; the embedded ledger executes one statement at a time anyway. */
  readonly max?: number;
  /** Told when an idle connection breaks, e.g. because the ledger restarts. */
  readonly onConnectionLost?: (message: string) => void;
}

/** A pool of connections; call `end()` when done. */
export function openLedgerPool(url: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 8,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'perpetua',
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => options.onConnectionLost?.(error.message));
  return pool;
}

/** The URL as it may be shown: without its password. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '<no valid URL>';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.toString();
}
