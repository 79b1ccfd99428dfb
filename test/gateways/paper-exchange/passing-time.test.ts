import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import type { JournalEntry, PaperExchange } from '../../../gateways/paper-exchange/exchange.ts';
import { openJournal } from '../../../gateways/paper-exchange/state/journal.ts';
import { exchangeWith } from './state-runs.ts';

const ACCOUNT = accountAddress(`0x${'1'.repeat(40)}`);
const START_MS = 1_750_000_000_000;
const CANCEL_MS = START_MS + 10_000;

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** With one order that a scheduled cancel will end. */
function withScheduledCancel(exchange: PaperExchange): void {
  exchange.fund(ACCOUNT, '50000');
  const { markPx = '0' } = exchange.venue.market(exchange.feed.coins[0] ?? '') ?? {};
  const p = String(Math.round(Number(markPx) * 0.9));
  const order = { a: 0, b: true, p, s: '0.01', r: false, t: { limit: { tif: 'Gtc' } } } as const;
  const send = (nonce: number, action: Parameters<PaperExchange['submit']>[0]['action']) =>
    expect(exchange.submit({ signer: ACCOUNT, nonce, action })).toHaveProperty('status', 'ok');
  send(START_MS + 1, { type: 'order', orders: [order], grouping: 'na' });
  send(START_MS + 2, { type: 'scheduleCancel', time: CANCEL_MS });
}

test('what is due happens while the market stands still, and again after a restart', () => {
  const dir = mkdtempSync(join(tmpdir(), 'passing-time-'));
  dirs.push(dir);
  let nowMs = START_MS;
  const clock = (): number => nowMs;
  const exchange = exchangeWith(clock, openJournal<JournalEntry>(dir));
  withScheduledCancel(exchange);
  let told = 0;
  exchange.onChange(({ events }) => {
    told += events.length;
  });
  nowMs = CANCEL_MS - 1;
  exchange.passTime();
  expect(exchange.venue.openOrders(ACCOUNT)).toHaveLength(1);
  expect(told).toBe(0);
  nowMs = CANCEL_MS;
  exchange.passTime();
  exchange.passTime();
  expect(told).toBe(1);
  expect(exchange.venue.openOrders(ACCOUNT)).toEqual([]);
  const restarted = exchangeWith(clock, openJournal<JournalEntry>(dir));
  expect(restarted.snapshot()).toEqual(exchange.snapshot());
});
