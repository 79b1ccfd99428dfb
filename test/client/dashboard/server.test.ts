import { request } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Asset, loadAssets } from '../../../client/dashboard/assets.ts';
import { Feed } from '../../../client/dashboard/feed.ts';
import { type DashboardServer, startDashboard } from '../../../client/dashboard/server.ts';
import type { LedgerFacts } from '../../../client/dashboard/state.ts';
import { accountAddress } from '../../../domain/kernel/ids.ts';

const IDENTITY = { account: accountAddress(`0x${'a'.repeat(40)}`), network: 'paper' } as const;
const QUIET: LedgerFacts = {
  equity: [],
  notionalUsd: '0',
  fillCount: 0,
  feesUsd: '0',
  positions: [],
  openOrders: [],
  fills: [],
  sessions: [],
};

let assets: ReadonlyMap<string, Asset>;
let server: DashboardServer;
let facts: LedgerFacts;
let problem: Error | undefined;

beforeAll(async () => {
  assets = await loadAssets();
});

beforeEach(async () => {
  facts = QUIET;
  problem = undefined;
  const look = async (): Promise<LedgerFacts> => {
    if (problem) throw problem;
    const now = facts;
    facts = { ...facts, equity: [] };
    return now;
  };
  const feed = new Feed(IDENTITY, look, Date.now);
  const quality = async () => {
    if (problem) throw problem;
    return { all: { orders: 3 } };
  };
  const pace = { heartbeatMs: 50, lookEveryMs: 20 };
  server = await startDashboard({ feed, quality, assets, port: 0, ...pace });
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with any Host, which `fetch` would not allow. */
function ask(path: string, options: { method?: string; headers?: object } = {}): Promise<Answer> {
  const { hostname, port, host } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const headers = { host, ...options.headers };
    const sent = request(
      { hostname, port, path, method: options.method ?? 'GET', headers },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        const { statusCode: status = 0, headers: answered } = response;
        response.on('end', () => resolve({ status, headers: answered, body }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

interface Event {
  readonly event: string;
  readonly id?: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events until the condition holds. */
async function eventsUntil(
  enough: (events: readonly Event[]) => boolean,
  headers: Record<string, string> = {},
  onFirst: () => void = () => undefined,
): Promise<readonly Event[]> {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/api/events`, { headers, signal: abort.signal });
  const events: Event[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line): [string, string] => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      );
      const event = fields.get('event');
      if (event === undefined) continue;
      const id = fields.get('id');
      const data = JSON.parse(fields.get('data') ?? 'null') as Record<string, unknown>;
      events.push({ event, data, ...(id === undefined ? {} : { id }) });
      if (events.length === 1) onFirst();
    }
    if (enough(events)) break;
  }
  abort.abort();
  return events;
}

describe('who may ask what', () => {
  test.each([
    ['/', 'text/html'],
    ['/app.js', 'text/javascript'],
    ['/page.css', 'text/css'],
    ['/uplot.js', 'text/javascript'],
    ['/api/state', 'application/json'],
    ['/api/quality', 'application/json'],
    ['/healthz', 'application/json'],
  ])('%s is served as %s with the security headers', async (path, type) => {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain(type);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each(['evil.example', '127.0.0.1', 'localhost:1', 'evil.example:80'])(
    'a request for the Host "%s" is refused: a name that was rebound to us',
    async (host) => {
      expect((await ask('/api/state', { headers: { host } })).status).toBe(421);
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('%s is not allowed', async (method) => {
    const { status, headers } = await ask('/', { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET');
  });

  test('scripts of other sites are refused, a link from another site is not', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await ask('/api/state', { headers: foreign })).status).toBe(403);
    expect((await ask('/api/state', { headers: { origin: 'http://evil.example' } })).status).toBe(
      403,
    );
    expect((await ask('/', { headers: { ...foreign, 'sec-fetch-mode': 'navigate' } })).status).toBe(
      200,
    );
  });

  test.each(['/nope', '/../package.json', '/page/app.js', '/%2e%2e/main.ts'])(
    'there is nothing at %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  test('an unchanged file is not sent again', async () => {
    const { headers } = await ask('/app.js');
    const again = await ask('/app.js', { headers: { 'if-none-match': headers.etag } });
    expect(again).toMatchObject({ status: 304, body: '' });
  });
});

describe('the state', () => {
  test('it is the whole state as one document', async () => {
    facts = { ...QUIET, equity: [{ atMs: 1000, equityUsd: '10' }], fillCount: 3 };
    const state = JSON.parse((await ask('/api/state')).body) as Record<string, unknown>;
    expect(state).toMatchObject({
      identity: IDENTITY,
      figures: { equityUsd: '10', fills: 3 },
      equity: { timesMs: [1000], equityUsd: [10] },
      health: { ledger: 'reachable' },
    });
  });

  test('a ledger that was never reached is no state', async () => {
    problem = new Error('connection refused');
    const { status, body } = await ask('/api/state');
    expect(status).toBe(503);
    expect(body).toContain('connection refused');
  });
});

describe('events', () => {
  const hasChange = (events: readonly Event[]) => events.some(({ event }) => event === 'change');

  test('a snapshot comes first, then only the sections that changed', async () => {
    const events = await eventsUntil(hasChange, {}, () => {
      facts = { ...QUIET, fillCount: 1 };
    });
    expect(events[0]?.event).toBe('snapshot');
    const change = events.find(({ event }) => event === 'change');
    expect(Object.keys(change?.data ?? {}).sort()).toEqual(['figures', 'health']);
  });

  test('new points of the curve come alone', async () => {
    facts = { ...QUIET, equity: [{ atMs: 1000, equityUsd: '10' }] };
    const events = await eventsUntil(hasChange, {}, () => {
      facts = { ...QUIET, equity: [{ atMs: 2000, equityUsd: '11' }] };
    });
    expect(events.find(({ event }) => event === 'change')?.data.newEquity).toEqual({
      timesMs: [2000],
      equityUsd: [11],
    });
  });

  test('heartbeats come while nothing changes', async () => {
    const events = await eventsUntil((all) => all.length >= 4);
    expect(events.slice(1).map(({ event }) => event)).toEqual([
      'heartbeat',
      'heartbeat',
      'heartbeat',
    ]);
  });

  test('who reconnects gets what was missed, and no snapshot', async () => {
    const first = await eventsUntil((events) => events.length >= 1);
    facts = { ...QUIET, fillCount: 7 };
    const lastId = first[0]?.id ?? '';
    const again = await eventsUntil((all) => all.length >= 1, { 'last-event-id': lastId });
    expect(again[0]).toMatchObject({ event: 'change', data: { figures: { fills: 7 } } });
  });

  test('an id of another process gets a snapshot', async () => {
    const events = await eventsUntil((all) => all.length >= 1, { 'last-event-id': 'old-3' });
    expect(events[0]?.event).toBe('snapshot');
  });

  test('a ledger that goes away and comes back is told, and nothing else is lost', async () => {
    const states = (events: readonly Event[]) =>
      events.map(({ data }) => (data.health as { ledger?: string } | undefined)?.ledger);
    const events = await eventsUntil(
      (all) => {
        const away = all.some(({ event, data }) => {
          const health = event === 'change' ? (data.health as { ledger: string }) : undefined;
          return health?.ledger === 'unreachable';
        });
        if (away) problem = undefined;
        return away && states(all).at(-1) === 'reachable';
      },
      {},
      () => {
        problem = new Error('gone');
      },
    );
    expect(states(events)).toContain('unreachable');
  });

  test('more watchers than allowed are turned away', async () => {
    const abort = new AbortController();
    const open = () => fetch(`${server.url}/api/events`, { signal: abort.signal });
    const watching = await Promise.all(Array.from({ length: 20 }, open));
    expect(watching.every(({ status }) => status === 200)).toBe(true);
    expect((await open()).status).toBe(503);
    abort.abort();
  });
});

describe('the quality of orders', () => {
  test('is one JSON document', async () => {
    const { body } = await ask('/api/quality');
    expect(JSON.parse(body)).toEqual({ all: { orders: 3 } });
  });

  test('is unavailable, in words, while the ledger is', async () => {
    problem = new Error('connection refused');
    const { status, body } = await ask('/api/quality');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ error: 'the ledger cannot be read: connection refused' });
  });
});
