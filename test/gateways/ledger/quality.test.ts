import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LedgerPort } from '../../../activities/ports/ledger.ts';
import type { QualityPort } from '../../../activities/ports/quality.ts';
import type { Arrival } from '../../../domain/execution/quality/arrival.ts';
import type { FillKey, Markout } from '../../../domain/execution/quality/markout.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress, intentId } from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { createQualityStore } from '../../../gateways/ledger/quality.ts';
import { createLedgerReader, type LedgerReader } from '../../../gateways/ledger/reader.ts';
import {
  cloidOf,
  draftOf,
  intentOf,
  NOW_MS,
  startTestLedger,
  type TestLedger,
  venueFill,
  viewOf,
} from './test-ledger.ts';

let source: TestLedger;
let ledger: LedgerPort;
let quality: QualityPort;
let reader: LedgerReader;
beforeAll(async () => {
  source = await startTestLedger();
  ledger = createLedger(source.pool);
  quality = createQualityStore(source.pool);
  reader = createLedgerReader(source.pool);
});
afterAll(() => source.close());

let accounts = 0x500;
const freshAccount = (): AccountAddress => {
  accounts += 1;
  return accountAddress(`0x${accounts.toString(16).padStart(40, '0')}`);
};

const ARRIVAL: Arrival = {
  atMs: NOW_MS,
  midPx: px('59990'),
  bidPx: px('59989'),
  askPx: px('59991'),
};
const markout = (horizonMs: Markout['horizonMs'], price: string): Markout => ({
  horizonMs,
  source: 'mid',
  px: px(price),
  priceMs: NOW_MS + horizonMs,
  takenMs: NOW_MS + horizonMs,
});

/** An order of its own account, with an envelope, filled at 60000. */
async function filledOrder(key: string, arrival?: Arrival) {
  const account = freshAccount();
  const intent = { ...intentOf(key), account, decisionPx: px('59980') };
  const cloid = cloidOf(`${key}-${account}`);
  await ledger.prepareEnvelope({
    ...draftOf(key),
    cloid,
    account,
    intent,
    ...(arrival === undefined ? {} : { arrival }),
  });
  const fill = { ...venueFill(1), cloid, px: px('60000'), timeMs: NOW_MS };
  await ledger.recordFills(account, [fill]);
  const { asset, timeMs, tid, oid } = fill;
  const fact = { ...fill, sizeBase: intent.sizeBase };
  const view = viewOf(key, {
    intent,
    cloid,
    status: 'FILLED',
    filledBase: intent.sizeBase,
    fills: [fact],
  });
  const fillKey: FillKey = { asset, timeMs, tid, oid };
  return { account, intent, view, fillKey, cloid };
}

const first = async (account: AccountAddress) => (await reader.quality({ account }))[0];

describe('the market at an order’s arrival', () => {
  test('is kept with its envelope, and the one that was stored first stands', async () => {
    const { account, view, intent, cloid } = await filledOrder('first', ARRIVAL);
    const again = {
      ...draftOf('first'),
      cloid,
      account,
      intent,
      arrival: { ...ARRIVAL, midPx: px('1') },
    };
    const { envelope } = await ledger.prepareEnvelope(again);
    expect(envelope.arrival).toEqual(ARRIVAL);
    await ledger.recordOrder(view, 'wf', 1, [], NOW_MS);
    expect(await first(account)).toMatchObject({
      arrival: ARRIVAL,
      quality: { benchmark: 'decision', benchmarkPx: '59980', arrivalPx: '59990' },
    });
  });

  test('comes from the order’s steps, which histories rebuild, when the envelope is lost', async () => {
    const { account, view } = await filledOrder('lost');
    const steps = [
      { atMs: NOW_MS, what: 'prepared', detail: { nonce: 1, arrival: ARRIVAL } },
      { atMs: NOW_MS + 1, what: 'sent', detail: { sends: 1, ackMs: 8.5 } },
    ];
    await ledger.recordOrder(view, 'wf', 1, steps, NOW_MS);
    expect(await first(account)).toMatchObject({ arrival: ARRIVAL, quality: { ackMs: 8.5 } });
  });

  test('that nobody kept is absent, and what rests on it too', async () => {
    const { account, view } = await filledOrder('older');
    await ledger.recordOrder(view, 'wf', 1, [], NOW_MS);
    const order = await first(account);
    expect(order).not.toHaveProperty('arrival');
    expect(order?.quality).not.toHaveProperty('slippageMidBps');
    expect(order?.quality.shortfallUsd).toBeDefined();
  });
});

describe('prices after a fill', () => {
  test('are asked for until all three are there', async () => {
    const { account, fillKey } = await filledOrder('three');
    const unmarked = () => quality.unmarkedFills(account, 0, 10);
    expect(await unmarked()).toEqual([{ fill: fillKey, known: [] }]);
    await quality.recordMarkouts(account, [
      { fill: fillKey, markout: markout(1_000, '60010') },
      { fill: fillKey, markout: markout(10_000, '60020') },
    ]);
    expect((await unmarked())[0]?.known.toSorted()).toEqual([1_000, 10_000]);
    expect(await quality.unmarkedFills(account, NOW_MS + 1, 10)).toEqual([]);
    const none = { horizonMs: 60_000, source: 'none', takenMs: NOW_MS } as const;
    await quality.recordMarkouts(account, [{ fill: fillKey, markout: none }]);
    expect(await unmarked()).toEqual([]);
  });

  test('that were stored first stand, and reach the order’s quality', async () => {
    const { account, view, fillKey } = await filledOrder('stand', ARRIVAL);
    await ledger.recordOrder(view, 'wf', 1, [], NOW_MS);
    for (const price of ['59940', '1']) {
      await quality.recordMarkouts(account, [{ fill: fillKey, markout: markout(1_000, price) }]);
    }
    // Bought at 60000; the mid was 60 lower a second later.
    expect((await first(account))?.quality.markouts[0]).toMatchObject({ bps: '10', fills: 1 });
  });
});

describe('the price at an order’s end', () => {
  test('is wanted of one that was sent and left something unfilled, until it is known', async () => {
    const { account, view, intent } = await filledOrder('half', ARRIVAL);
    const half = { ...view, status: 'CANCELLED' as const, filledBase: sizeBase('0.001') };
    await ledger.recordOrder(half, 'wf', 1, [], NOW_MS);
    const unmarked = () => quality.unmarkedEnds(account, 0, 10);
    expect(await unmarked()).toEqual([
      { intentId: intentId('half'), asset: intent.asset, endedMs: NOW_MS },
    ]);
    const mark = { source: 'mid', px: px('60100'), priceMs: NOW_MS, takenMs: NOW_MS } as const;
    await quality.recordEnd(account, intentId('half'), mark);
    await quality.recordEnd(account, intentId('half'), { ...mark, px: px('1') });
    expect(await unmarked()).toEqual([]);
    expect((await first(account))?.end).toEqual(mark);
  });

  test.each([
    ['filled whole', { status: 'FILLED' as const }],
    ['is open', { status: 'SUBMITTED' as const, filledBase: sizeBase('0') }],
    ['was never sent', { status: 'DENIED' as const, filledBase: sizeBase('0'), cloid: undefined }],
  ])('is not wanted of one that %s', async (what, changes) => {
    const { account, view } = await filledOrder(what.replaceAll(' ', '-'));
    await ledger.recordOrder({ ...view, ...changes } as never, 'wf', 1, [], NOW_MS);
    expect(await quality.unmarkedEnds(account, 0, 10)).toEqual([]);
  });
});

describe('the orders that are measured', () => {
  test('are those that the filter names, the newest first', async () => {
    const account = freshAccount();
    const record = (key: string, changes: object, atMs: number) =>
      ledger.recordOrder(
        viewOf(key, { intent: { ...intentOf(key), account, ...changes } }),
        'wf',
        1,
        [],
        atMs,
      );
    await record('a', { strategy: 'ema' }, NOW_MS);
    await record('b', { strategy: 'rsi', asset: 'ETH' }, NOW_MS + 1);
    await record('c', { strategy: 'rsi', parent: intentId('p') }, NOW_MS + 2);
    const keys = async (filter: object) =>
      (await reader.quality({ account, ...filter })).map((order) => order.intentId);
    expect(await keys({})).toEqual(['c', 'b', 'a']);
    expect(await keys({ strategy: 'rsi' })).toEqual(['c', 'b']);
    expect(await keys({ asset: 'ETH' })).toEqual(['b']);
    expect(await keys({ parent: intentId('p') })).toEqual(['c']);
    expect(await keys({ intentId: intentId('a') })).toEqual(['a']);
    expect(await keys({ sinceMs: NOW_MS + 1, limit: 1 })).toEqual(['c']);
  });
});
