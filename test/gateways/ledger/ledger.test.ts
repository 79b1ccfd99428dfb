import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionRecord, LedgerPort } from '../../../activities/ports/ledger.ts';
import type { VenueAccount } from '../../../activities/ports/venue.ts';
import { decimal, plain, px, sizeBase, usd, ZERO } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress, intentId } from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { createLedgerReader, type LedgerReader } from '../../../gateways/ledger/reader.ts';
import {
  ACCOUNT,
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
let reader: LedgerReader;
beforeAll(async () => {
  source = await startTestLedger();
  ledger = createLedger(source.pool);
  reader = createLedgerReader(source.pool);
});
afterAll(() => source.close());

let accounts = 0;
/** An account that no other test writes to. */
function freshAccount(): AccountAddress {
  accounts += 1;
  return accountAddress(`0x${accounts.toString(16).padStart(40, '0')}`);
}

const viewFor = (account: AccountAddress, key: string, overrides = {}) =>
  viewOf(key, { intent: { ...intentOf(key), account }, ...overrides });

describe('an order', () => {
  test('is shown as its newest version, whatever order the versions come in', async () => {
    const account = freshAccount();
    const filled = viewFor(account, 'v', { status: 'FILLED', filledBase: sizeBase('0.01') });
    await ledger.recordOrder(filled, 'wf', 7, [], NOW_MS + 7);
    await ledger.recordOrder(viewFor(account, 'v'), 'wf', 3, [], NOW_MS + 3);
    expect((await reader.orders({ account })).map((row) => row.view.status)).toEqual(['FILLED']);
    expect(await ledger.openOrders(account)).toEqual([]);
  });

  test('keeps every step of its story once, also those of late and repeated tellings', async () => {
    const account = freshAccount();
    const step = (atMs: number, what: string) => ({ atMs, what, detail: { n: atMs } });
    await ledger.recordOrder(viewFor(account, 's'), 'wf', 2, [step(2, 'sent')], NOW_MS);
    await ledger.recordOrder(viewFor(account, 's'), 'wf', 1, [step(1, 'prepared')], NOW_MS);
    const last = [step(2, 'sent'), step(3, 'filled')];
    await ledger.recordOrder(viewFor(account, 's'), 'wf', 3, last, NOW_MS);
    const story = await reader.order('s', account);
    expect(story?.steps.map((one) => one.what)).toEqual(['prepared', 'sent', 'filled']);
  });

  test('counts as open from its envelope on, before anything else was recorded of it', async () => {
    const account = freshAccount();
    const draft = draftOf('dead', { account, intent: { ...intentOf('dead'), account } });
    await ledger.prepareEnvelope(draft);
    expect(await ledger.openOrders(account)).toEqual([
      { intent: draft.intent, workflowId: draft.workflowId, cloid: draft.cloid, status: 'PENDING' },
    ]);
    const view = viewFor(account, 'dead');
    await ledger.recordOrder(view, draft.workflowId, 1, [], NOW_MS);
    expect(await ledger.openOrders(account)).toMatchObject([{ status: 'SUBMITTED' }]);
  });

  test('tells its whole story by intent key, cloid, venue id and workflow id alike', async () => {
    const account = freshAccount();
    const intent = { ...intentOf('why'), account, decisionId: 'd-why' };
    const draft = draftOf('why', { account, intent, workflowId: `order:${account}:why` });
    await ledger.prepareEnvelope(draft);
    await ledger.recordDecisions([decision('d-why', account)]);
    await ledger.recordFills(account, [venueFill(5, { oid: 123_456, cloid: draft.cloid })]);
    const view = viewOf('why', { intent, oid: 123_456, status: 'FILLED' });
    const steps = [{ atMs: NOW_MS, what: 'sent', detail: {} }];
    await ledger.recordOrder(view, draft.workflowId, 1, steps, NOW_MS);
    for (const reference of ['why', draft.cloid, '123456', draft.workflowId]) {
      expect(await reader.order(reference)).toMatchObject({
        intentId: 'why',
        view: { status: 'FILLED' },
        steps,
        envelopes: [{ cloid: draft.cloid }],
        fills: [{ tid: 5 }],
        decision: { decisionId: 'd-why' },
      });
    }
    expect(await reader.order('nobody')).toBeUndefined();
  });

  test('is found by status, session, asset and moment', async () => {
    const account = freshAccount();
    for (const [index, status] of (['FILLED', 'DENIED', 'SUBMITTED'] as const).entries()) {
      const view = viewFor(account, `f${index}`, { status });
      await ledger.recordOrder(view, 'wf', 1, [], NOW_MS + index);
    }
    const found = async (filter: object): Promise<string[]> =>
      (await reader.orders({ account, ...filter })).map((row) => row.intentId);
    expect(await found({})).toEqual(['f2', 'f1', 'f0']);
    expect(await found({ openOnly: true })).toEqual(['f2']);
    expect(await found({ status: 'DENIED' })).toEqual(['f1']);
    expect(await found({ beforeMs: NOW_MS + 1 })).toEqual(['f0']);
    expect(await found({ limit: 1 })).toEqual(['f2']);
    expect(await found({ session: 'other' })).toEqual([]);
  });
});

describe('fills', () => {
  test('are stored once each and come back exactly as the venue told them, oldest first', async () => {
    const account = freshAccount();
    const fills = [
      venueFill(2, { px: px('0.00001234'), cloid: cloidOf('x'), feeUsd: usd('-0.000001') }),
      venueFill(1, { tid: 2 ** 53 - 1, timeMs: NOW_MS, side: 'sell', crossed: false }),
    ];
    expect(await ledger.recordFills(account, fills)).toBe(2);
    expect(await ledger.recordFills(account, fills)).toBe(0);
    expect(await ledger.fillsOf(account, 0)).toEqual(fills.toReversed());
    expect(await ledger.fillsOf(account, NOW_MS + 1)).toEqual(fills.slice(0, 1));
    expect(await reader.fills(account, { limit: 1 })).toEqual(fills.slice(0, 1));
  });

  test('add up to the position to the last decimal, however they are split and repeated', async () => {
    const one = fc.record({
      asset: fc.constantFrom('BTC', 'ETH'),
      side: fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
      units: fc.bigInt({ min: 1n, max: 10n ** 15n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 30 }), async (plan) => {
        const account = freshAccount();
        const fills = plan.map(({ asset, side, units }, index) =>
          venueFill(index, {
            asset,
            side,
            sizeBase: sizeBase(plain(decimal(units.toString()).div('100000000'))),
          }),
        );
        await ledger.recordFills(account, fills.slice(0, 10));
        await ledger.recordFills(account, fills);
        const net = await ledger.netFills(account);
        for (const asset of ['BTC', 'ETH']) {
          const own = fills.filter((fill) => fill.asset === asset);
          const expected = own.reduce((sum, { side, sizeBase: size }) => {
            return side === 'buy' ? sum.plus(decimal(size)) : sum.minus(decimal(size));
          }, ZERO);
          expect(net.get(asset)).toBe(own.length === 0 ? undefined : plain(expected));
        }
      }),
      { numRuns: 20 },
    );
  });
});

const accountState = (asOfMs: number, assets: readonly string[], equity = '100'): VenueAccount => ({
  equityUsd: usd(equity),
  notionalUsd: usd('5'),
  marginUsedUsd: usd('1'),
  withdrawableUsd: usd('99'),
  asOfMs,
  positions: assets.map((asset) => ({
    asset,
    sizeBase: sizeBase('-0.5'),
    entryPx: px('10'),
    valueUsd: usd('5'),
    unrealizedPnlUsd: usd('-0.25'),
    marginUsedUsd: usd('1'),
    ...(asset === 'BTC' ? { liquidationPx: px('20') } : {}),
    leverage: 5,
  })),
});

describe('the account', () => {
  test('has the positions of its newest sample: closed ones go, late samples revive nothing', async () => {
    const account = freshAccount();
    const shown = async () => (await reader.positions(account)).map((row) => row.position.asset);
    await ledger.recordAccount(account, accountState(NOW_MS, ['BTC', 'ETH']));
    expect((await reader.positions(account))[0]).toEqual({
      asOfMs: NOW_MS,
      position: accountState(NOW_MS, ['BTC']).positions[0],
    });
    await ledger.recordAccount(account, accountState(NOW_MS + 2, ['ETH', 'SOL']));
    expect(await shown()).toEqual(['ETH', 'SOL']);
    await ledger.recordAccount(account, accountState(NOW_MS + 1, ['BTC']));
    expect(await shown()).toEqual(['ETH', 'SOL']);
    await ledger.recordAccount(account, accountState(NOW_MS + 3, []));
    expect(await shown()).toEqual([]);
  });

  test('had at a moment the equity of the first sample from then on', async () => {
    const account = freshAccount();
    await ledger.recordAccount(account, accountState(NOW_MS, [], '100.50'));
    await ledger.recordAccount(account, accountState(NOW_MS + 10, [], '101'));
    expect(await ledger.equityAt(account, NOW_MS - 5)).toBe('100.5');
    expect(await ledger.equityAt(account, NOW_MS + 1)).toBe('101');
    expect(await ledger.equityAt(account, NOW_MS + 11)).toBeUndefined();
  });

  test('has an equity curve of at most the points asked for, ending with the newest', async () => {
    const account = freshAccount();
    for (let index = 0; index < 25; index += 1) {
      await ledger.recordAccount(account, accountState(NOW_MS + index * 1_000, [], `${index}`));
    }
    const curve = await reader.equityCurve(account, 5);
    expect(curve.map((point) => point.equityUsd)).toEqual(['4', '9', '14', '19', '24']);
    expect(await reader.equityCurve(account, 100)).toHaveLength(25);
    expect(await reader.equityCurve(account, 100, NOW_MS + 23_000)).toHaveLength(2);
    expect(await reader.equityCurve(freshAccount(), 5)).toEqual([]);
  });

  test('is summed up from orders, fills, funding and equity', async () => {
    const account = freshAccount();
    await ledger.recordOrder(viewFor(account, 'sum', { status: 'FILLED' }), 'wf', 1, [], NOW_MS);
    await ledger.recordFills(account, [venueFill(1), venueFill(2)]);
    const payment = {
      timeMs: NOW_MS,
      asset: 'BTC',
      amountUsd: usd('-0.12'),
      sizeBase: sizeBase('0.02'),
      ratePerHour: '0.0000125',
    };
    expect(await ledger.recordFunding(account, [payment])).toBe(1);
    expect(await ledger.recordFunding(account, [payment])).toBe(0);
    expect(await reader.funding(account)).toEqual([payment]);
    await ledger.recordAccount(account, accountState(NOW_MS, [], '99.5'));
    expect(await reader.summary(account)).toMatchObject({
      ordersByStatus: { FILLED: 1 },
      fills: 2,
      feeUsd: '0.54',
      fundingUsd: '-0.12',
      equity: { equityUsd: '99.5' },
    });
  });
});

const decision = (
  decisionId: string,
  account: AccountAddress = ACCOUNT,
  asset = 'BTC',
): DecisionRecord => ({
  decisionId,
  account,
  session: 'demo',
  asset,
  barOpenTimeMs: NOW_MS,
  inputsHash: 'ff',
  decidedMs: NOW_MS,
  plan: { signal: { zeta: 1, alpha: [1, '2'] } },
});

describe('decisions', () => {
  test('are stored once: whoever comes later gets the first one, in the order asked for', async () => {
    const first = [decision('d1'), decision('d2', ACCOUNT, 'ETH')];
    expect(await ledger.recordDecisions(first)).toEqual(first);
    const other = { ...decision('d2', ACCOUNT, 'ETH'), inputsHash: 'changed' };
    expect(await ledger.recordDecisions([other, decision('d1')])).toEqual(first.toReversed());
    expect(await ledger.decision('d1')).toEqual(decision('d1'));
    expect(await ledger.decision('nobody')).toBeUndefined();
    const account = freshAccount();
    await ledger.recordDecisions([decision('d3', account)]);
    expect(await reader.decisions(account, 'demo')).toEqual([decision('d3', account)]);
  });
});

describe('sessions, reconciliations and watermarks', () => {
  test('a session is shown as it was last told, since its first telling', async () => {
    const account = freshAccount();
    const row = { account, name: 'demo', workflowId: 'w', config: { a: 1 } };
    await ledger.recordSession({ ...row, status: 'running', updatedMs: 5 });
    await ledger.recordSession({ ...row, status: 'stopped', updatedMs: 9 });
    await ledger.recordSession({ ...row, status: 'paused', updatedMs: 7 });
    expect(await reader.sessions(account)).toEqual([
      { ...row, status: 'stopped', startedMs: 5, updatedMs: 9 },
    ]);
  });

  test('the last reconciliation is the newest, however often it is told', async () => {
    const account = freshAccount();
    await ledger.recordReconciliation(account, 2, { ok: true });
    await ledger.recordReconciliation(account, 2, { ok: true });
    await ledger.recordReconciliation(account, 1, { ok: false });
    expect(await reader.lastReconciliation(account)).toEqual({ atMs: 2, statement: { ok: true } });
    expect(await reader.lastReconciliation(freshAccount())).toBeUndefined();
  });

  test('a watermark never moves back', async () => {
    const account = freshAccount();
    expect(await ledger.watermark(account, 'fills')).toBeUndefined();
    await Promise.all([5, 9, 7].map((toMs) => ledger.advanceWatermark(account, 'fills', toMs)));
    expect(await ledger.watermark(account, 'fills')).toBe(9);
  });

  test('an intent key that looks like SQL is only a key', async () => {
    const key = intentId("x/y:z@1'".slice(0, -1));
    expect(await reader.order(`${key}' or '1'='1`)).toBeUndefined();
  });
});
