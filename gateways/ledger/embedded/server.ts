/**
 * Serves one PGlite database to many ordinary PostgreSQL clients on loopback. All clients share one
 * backend: transactions are strictly serial, and temporary tables are shared, so clients of the
 * ledger use none. Named prepared statements are kept apart (`statement-names.ts`).
 *
 * `@electric-sql/pglite-socket` 0.2.17 is not used: it takes turns by message instead of by query, so
 * that with several client processes one query's Bind meets another's Parse (measured: 3 processes of
 * 10 connections got hundreds of wrong answers and errors in 9,000 statements).
 */
import { createServer, type Server, type Socket } from 'node:net';
import { LedgerConnection, type ProtocolBackend } from './connection.ts';
import { fatalError } from './frames.ts';
import { Turns } from './turns.ts';

export interface LedgerServerOptions {
  readonly backend: ProtocolBackend;
  /** 0 picks a free port. */
  readonly port: number;
  readonly serverVersion: string;
  readonly onBackendFailure: (error: unknown) => void;
  readonly connectionsMax?: number;
  readonly holdTimeoutMs?: number;
}

export interface LedgerServer {
  readonly port: number;
  /** Stops accepting, lets running queries end (at most `graceMs`), then disconnects everybody. */
  close(graceMs?: number): Promise<void>;
}

const CONNECTIONS_MAX = 200;
const HOLD_TIMEOUT_MS = 15_000;
const HOST = '127.0.0.1';

/** @throws when the port cannot be listened on (EADDRINUSE, EACCES) */
export async function serveLedger(options: LedgerServerOptions): Promise<LedgerServer> {
  const turns = new Turns();
  const connections = new Set<LedgerConnection>();
  const sockets = new Set<Socket>();
  let lastId = 0;
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (connections.size >= (options.connectionsMax ?? CONNECTIONS_MAX)) {
      socket.on('error', () => {});
      socket.end(fatalError('53300', 'too many connections'));
      return;
    }
    lastId += 1;
    const connection = new LedgerConnection(socket, {
      id: lastId,
      backend: options.backend,
      turns,
      serverVersion: options.serverVersion,
      holdTimeoutMs: options.holdTimeoutMs ?? HOLD_TIMEOUT_MS,
      onBackendFailure: options.onBackendFailure,
    });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  };
  const server = createServer(accept);
  await listen(server, options.port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    close: (graceMs = 2_000) => close(server, connections, sockets, graceMs),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

async function close(
  server: Server,
  connections: ReadonlySet<LedgerConnection>,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadlineMs = Date.now() + graceMs;
  while ([...connections].some((one) => one.isBusy) && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const connection of connections) connection.dismiss();
  for (const socket of sockets) socket.destroy();
  await closed;
}
