/**
 * The dashboard's HTTP server: one page, its state as JSON, and changes as server-sent events.
 * Read-only: it has no route that changes anything, and refuses every method but GET.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asset } from './assets.ts';
import { streamEvents } from './events.ts';
import type { Feed } from './feed.ts';
import { refusalOf, SECURITY_HEADERS } from './guard.ts';

export interface DashboardServerOptions {
  readonly feed: Feed;
  /** How well orders were executed: the document of `/api/quality`. */
  readonly quality: () => Promise<unknown>;
  readonly assets: ReadonlyMap<string, Asset>;
  /** A loopback address; 127.0.0.1 when absent. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly heartbeatMs: number;
  readonly lookEveryMs: number;
}

export interface DashboardServer {
  readonly url: string;
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;

/** Starts serving on loopback. @throws the listening error, e.g. EADDRINUSE */
export async function startDashboard(options: DashboardServerOptions): Promise<DashboardServer> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: 16_384 });
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, port, options).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  // Nobody watching means no load on the ledger.
  const timer = setInterval(() => {
    if (options.feed.watchers > 0) void options.feed.refresh();
  }, options.lookEveryMs);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  options: DashboardServerOptions,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const refusal = refusalOf(request, port);
  if (refusal !== undefined) {
    if (refusal.status === 405) response.setHeader('Allow', 'GET');
    return sendJson(response, refusal.status, { error: refusal.message });
  }
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  switch (path) {
    case '/healthz':
      return sendJson(response, 200, { ok: true });
    case '/api/state':
      return sendState(response, options.feed);
    case '/api/quality':
      return sendQuality(response, options);
    case '/api/events':
      return streamEvents(request, response, options.feed, options.heartbeatMs);
    default:
      return sendAsset(request, response, options.assets.get(path), path);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

async function sendState(response: ServerResponse, feed: Feed): Promise<void> {
  await feed.refresh();
  const snapshot = feed.snapshot();
  if (snapshot === undefined) return sendJson(response, 503, { health: feed.health });
  return sendJson(response, 200, snapshot.state);
}

async function sendQuality(
  response: ServerResponse,
  { quality }: DashboardServerOptions,
): Promise<void> {
  try {
    sendJson(response, 200, await quality());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    sendJson(response, 503, { error: `the ledger cannot be read: ${reason}` });
  }
}

function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset | undefined,
  path: string,
): void {
  if (asset === undefined) {
    sendJson(response, 404, { error: `no page at ${path}` });
    return;
  }
  const headers = { ETag: asset.etag, 'Cache-Control': 'no-cache' };
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': asset.type });
  response.end(asset.body);
}
