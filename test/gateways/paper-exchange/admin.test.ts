import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import { readAccess, readTokenFile } from '../../../gateways/paper-exchange/admin/token.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import {
  type RunningPaperExchange,
  startPaperExchange,
} from '../../../gateways/paper-exchange/start.ts';
import { readPortableText } from '../../../gateways/paper-exchange/state/portable.ts';
import { USER } from './server-process.ts';
import { START_OFFSET_MINUTES, writeSmallTape } from './state-tape.ts';

const STRANGER = `0x${'5'.repeat(40)}`;

let dir: string;
let venue: RunningPaperExchange;

const start = () =>
  startPaperExchange({
    speed: 'manual',
    log: createLog('silent'),
    stateDir: join(dir, 'state'),
    tapeDir: join(dir, 'tape'),
    startOffsetMinutes: START_OFFSET_MINUTES,
    fund: [{ account: USER, usd: '1000' as Usd }],
    faucetUsd: '50' as Usd,
  });

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'admin-'));
  writeSmallTape(join(dir, 'tape'));
  venue = await start();
});

afterEach(async () => {
  await venue.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method, body, headers }: Asked = {}) {
  const answer = await fetch(`${venue.admin.url}/${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { authorization: `Bearer ${venue.admin.token}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

const equityOf = (account: string): string =>
  venue.exchange.venue.accountSummary(account).marginSummary.accountValue;

describe('the admin interface lets in', () => {
  test.each([
    ['no token', { authorization: '' }, 401],
    ['a wrong token', { authorization: `Bearer ${'0'.repeat(64)}` }, 401],
    ['a page of a browser', { origin: 'http://localhost:3000' }, 403],
    ['a page that hides its origin', { 'sec-fetch-site': 'same-origin' }, 403],
  ])('nobody with %s', async (_who, headers, status) => {
    const answer = await ask('fund', { body: { account: STRANGER, usd: '1' }, headers });
    expect(answer.status).toBe(status);
    expect(venue.exchange.isKnown(STRANGER)).toBe(false);
  });

  test('whoever can read the state directory, which only its owner can', async () => {
    expect(readAccess(join(dir, 'state'))).toEqual(venue.admin);
    expect(statSync(join(dir, 'state', 'admin.json')).mode & 0o777).toBe(0o600);
  });

  test('nobody with the token of an earlier start', async () => {
    const { token } = venue.admin;
    await venue.close();
    venue = await start();
    const answer = await ask('status', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  });

  test('a token file must hold one long word', () => {
    const path = join(dir, 'token');
    writeFileSync(path, 'short\n');
    expect(() => readTokenFile(path)).toThrow(/must hold one word of at least 16 characters/);
    writeFileSync(path, 'a-long-enough-token\n');
    expect(readTokenFile(path)).toBe('a-long-enough-token');
    expect(() => readTokenFile(join(dir, 'none'))).toThrow(/cannot be read \(ENOENT\)/);
  });
});

describe('an admin request that breaks a rule is refused by field, value and rule', () => {
  test.each([
    ['fund', { account: '0x12', usd: '5' }, 'body.account', '0x12'],
    ['fund', { account: STRANGER, usd: '-5' }, 'body.usd', '-5'],
    ['accounts', { account: USER, latencyMs: [80, 20] }, 'body.latencyMs', '[80,20]'],
    ['accounts', { account: USER, feeTier: 9 }, 'body.feeTier', '9'],
    ['accounts', { account: STRANGER, latencyMs: [1, 2] }, 'body.account', STRANGER],
    ['faults', { kind: 'delay', ms: 'x' }, 'faults[0].ms', 'x'],
    ['tape', { do: 'rewind' }, 'body.do', 'rewind'],
    ['tape', { do: 'seek', toMs: 1 }, 'body.toMs', '1'],
    ['spike', { coin: 'BTC', fraction: '-2' }, 'body.fraction', '-2'],
  ])('%s %j', async (path, body, field, value) => {
    const before = JSON.stringify(venue.exchange.snapshot());
    const answer = await ask(path, { body });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      error: { field, value, rule: expect.any(String), message: expect.stringContaining(field) },
    });
    expect(JSON.stringify(venue.exchange.snapshot())).toBe(before);
  });

  test('a route that is not there is named with those that are', async () => {
    const answer = await ask('nowhere');
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('GET /status');
  });
});

describe('an operator', () => {
  test('pays into any account, again and again', async () => {
    await ask('fund', { body: { account: STRANGER, usd: '70' } });
    const answer = await ask('fund', { body: { account: STRANGER, usd: '7.5' } });
    expect(answer.json()).toEqual({ account: STRANGER, usd: '7.5', equityUsd: '77.5' });
    const listed = (await ask('accounts')).json();
    expect(listed).toMatchObject({
      accounts: [
        { account: USER, equityUsd: '1000.0', openOrders: 0, positions: 0, latencyMs: null },
        { account: STRANGER, equityUsd: '77.5' },
      ],
    });
  });

  test('pauses the tape, moves it by steps and ahead to a time', async () => {
    const { exchange } = venue;
    expect((await ask('tape', { body: { do: 'pause' } })).json()).toMatchObject({ isPaused: true });
    const moved = await ask('tape', { body: { do: 'step', steps: 5 } });
    expect(moved.json()).toMatchObject({ steps: 5, step: 6 });
    const toMs = exchange.feed.timeMs(100);
    const ahead = await ask('tape', { body: { do: 'seek', toMs } });
    expect(ahead.json()).toMatchObject({ step: 100, tapeTimeMs: toMs, isPaused: true });
    await ask('tape', { body: { do: 'resume' } });
    expect((await ask('status')).json()).toMatchObject({ isPaused: false, step: 100, accounts: 1 });
  });

  test('takes a snapshot of the running exchange that is its whole state', async () => {
    venue.advance(10);
    const { text } = await ask('snapshot');
    const { state, entries } = readPortableText(text, 'answer');
    expect(entries).toEqual([]);
    expect(state).toEqual(JSON.parse(JSON.stringify(venue.exchange.snapshot())));
  });

  test('sets the latency of an account, which a restart remembers', async () => {
    await ask('accounts', { body: { account: USER, latencyMs: [1, 3] } });
    await venue.close();
    venue = await start();
    expect(venue.exchange.rules.latencyOf(USER)).toEqual([1, 3]);
    await ask('accounts', { body: { account: USER, latencyMs: [0, 0] } });
    expect(venue.exchange.rules.hasLatency).toBe(false);
  });

  test('moves a market away for a while', async () => {
    const body = { coin: 'BTC', fraction: '0.5', forMs: 86_400_000 };
    const mark = () => Number(venue.exchange.venue.market('BTC')?.markPx);
    const calm = mark();
    await ask('spike', { body });
    venue.advance(1);
    expect(mark() / calm).toBeCloseTo(1.5, 1);
  });

  test('a spike does not outlive the process that was asked for it', async () => {
    await ask('spike', { body: { coin: 'BTC', fraction: '0.5', forMs: 86_400_000 } });
    await venue.close();
    venue = await start();
    expect(venue.exchange.rules.distortions).toEqual([]);
  });

  test('reads in the journal whatever was asked', async () => {
    await ask('fund', { body: { account: STRANGER, usd: '70' } });
    const text = readFileSync(join(dir, 'state', 'journal-000000000001.jsonl'), 'utf8');
    expect(text).toContain(STRANGER);
  });
});

describe('the faucet', () => {
  const faucet = async (user: unknown) => {
    const init = { method: 'POST', body: JSON.stringify({ user }) };
    const answer = await fetch(`${venue.url}/faucet`, init);
    return { status: answer.status, json: await answer.json() };
  };

  test('pays any address once', async () => {
    expect(await faucet(STRANGER)).toEqual({
      status: 200,
      json: { status: 'ok', user: STRANGER, usd: '50' },
    });
    expect(await faucet(STRANGER)).toMatchObject({ status: 409 });
    expect(equityOf(STRANGER)).toBe('50.0');
  });

  test('pays nobody who is no address', async () => {
    expect(await faucet('me')).toMatchObject({
      status: 400,
      json: { response: expect.stringContaining('body.user "me": must be an address') },
    });
  });

  test('is not there unless it was asked for', async () => {
    await venue.close();
    venue = await startPaperExchange({
      speed: 'manual',
      log: createLog('silent'),
      tapeDir: join(dir, 'tape'),
      startOffsetMinutes: START_OFFSET_MINUTES,
    });
    const answer = await fetch(`${venue.url}/faucet`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
  });
});
