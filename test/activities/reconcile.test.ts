import { describe, expect, test } from '@jest/globals';
import { createAccountActivities } from '../../activities/account.activities.ts';
import type { OpenOrderRow } from '../../activities/ports/ledger.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { positionOf, venueFill, venueOrder, venueStop } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, SIGNER, TAG } from './support/fake-world.ts';

/** A cloid with our tag. */
const CLOID = `0x${TAG}${'1'.repeat(24)}` as Cloid;
const FOREIGN = `0x${'f'.repeat(32)}` as Cloid;
const WORKFLOW = 'order:ours';

const intent: OrderIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('ours'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('1'),
  reduceOnly: false,
  limitPx: px('100'),
};

const row: OpenOrderRow = { intent, workflowId: WORKFLOW, cloid: CLOID, status: 'SUBMITTED' };

/** `between` happens between the two looks. */
function desk(between: (world: ReturnType<typeof fakeWorld>) => void = () => undefined) {
  const world = fakeWorld();
  const pauses: number[] = [];
  const activities = createAccountActivities({
    ...world,
    pause: async (ms) => {
      pauses.push(ms);
      between(world);
    },
  });
  return {
    ...world,
    pauses,
    reconcile: () => activities.reconcileAccount({ account: ACCOUNT, trigger: 'test' }),
    /** Stores the order's envelope. */
    remember: () =>
      world.ledger.envelopes.set(CLOID, {
        cloid: CLOID,
        workflowId: WORKFLOW,
        account: ACCOUNT,
        intentId: intent.intentId,
        signer: SIGNER,
        network: 'paper',
        epoch: 0,
        nonce: 1,
        sends: 1,
        expiresAfterMs: 1,
        action: {},
      }),
  };
}

describe('a reconciliation', () => {
  test('of three that agree is one look and a good statement', async () => {
    const { reconcile, remember, venue, ledger, workflows, pauses } = desk();
    remember();
    ledger.open = [row];
    workflows.alive.add(WORKFLOW);
    venue.orders = [venueOrder({ cloid: CLOID }), venueStop('1', '95')].map((order) => ({
      ...order,
      cloid: CLOID,
    }));
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1, { cloid: CLOID })];
    const statement = await reconcile();
    expect(statement).toMatchObject({
      ok: true,
      trigger: 'test',
      differences: [],
      openOrders: { venue: 2, ledger: 1, workflows: 1 },
      fills: { checked: 1, added: 1 },
      positions: [{ asset: 'BTC', venueBase: '1', ledgerBase: '1' }],
    });
    expect(pauses).toEqual([]);
    expect(ledger.statements).toEqual([statement]);
  });

  test('tells orders of executions that the stream has missed', async () => {
    const { reconcile, remember, venue, workflows } = desk();
    remember();
    venue.fills = [venueFill(1, { cloid: CLOID, side: 'sell' }), venueFill(2, { cloid: CLOID })];
    await reconcile();
    expect(workflows.told[0]).toMatchObject({
      workflowId: WORKFLOW,
      facts: { fills: [{ tid: 1 }, { tid: 2 }] },
    });
  });

  test('tells a waiting order whose end the stream has missed', async () => {
    const { reconcile, remember, venue, ledger, workflows } = desk();
    remember();
    ledger.open = [row];
    workflows.alive.add(WORKFLOW);
    const fact = {
      oid: 7,
      status: 'canceled',
      remainingBase: sizeBase('1'),
      statusTimestampMs: 1,
    };
    venue.statuses.set(CLOID, { cloid: CLOID, asset: 'BTC', fact });
    await reconcile();
    expect(workflows.told).toEqual([
      { workflowId: WORKFLOW, facts: { cloid: CLOID, statuses: [fact], fills: [] } },
    ]);
  });

  test('does not report what a second look no longer shows', async () => {
    const { reconcile, venue, pauses } = desk((world) => {
      world.venue.orders = [];
    });
    venue.orders = [venueOrder({ cloid: FOREIGN })];
    expect(await reconcile()).toMatchObject({ ok: true, differences: [] });
    expect(pauses).toEqual([1_500]);
  });

  test('does not report what only the second look shows', async () => {
    const { reconcile, venue } = desk((world) => {
      world.venue.orders = [venueOrder({ cloid: FOREIGN, oid: 78 })];
    });
    venue.orders = [venueOrder({ cloid: FOREIGN, oid: 77 })];
    expect(await reconcile()).toMatchObject({ ok: true, differences: [] });
  });

  test('fails without a statement when one of the three cannot be read', async () => {
    const { reconcile, ledger } = desk();
    ledger.away.add('netFills');
    await expect(reconcile()).rejects.toMatchObject({ type: 'StoreUnavailable' });
    expect(ledger.statements).toEqual([]);
  });
});

describe('differences of orders', () => {
  test.each([
    ['no client id', {}],
    ['the client id of somebody else', { cloid: FOREIGN }],
  ])('a foreign order, with %s, is reported and never touched', async (_what, changes) => {
    const { reconcile, venue, workflows } = desk();
    venue.orders = [venueOrder(changes)];
    const statement = await reconcile();
    expect(statement.ok).toBe(false);
    expect(statement.differences).toEqual([
      {
        kind: 'foreignOrder',
        subject: '77',
        detail: 'buy 1 BTC at 100: not placed by us',
        action: 'reported',
      },
    ]);
    expect(venue.cancels).toEqual([]);
    expect(workflows.cancelled).toEqual([]);
  });

  test('an order of ours without an envelope is cancelled', async () => {
    const { reconcile, venue } = desk();
    venue.orders = [venueOrder({ cloid: CLOID })];
    const statement = await reconcile();
    expect(statement.differences).toMatchObject([
      { kind: 'orphanOrder', subject: CLOID, action: 'cancelled' },
    ]);
    expect(statement.ok).toBe(true);
    expect(venue.cancels).toEqual([CLOID]);
  });

  test('an order that came to rest after its workflow had ended is cancelled', async () => {
    const { reconcile, remember, venue } = desk();
    remember();
    venue.orders = [venueOrder({ cloid: CLOID })];
    const statement = await reconcile();
    expect(statement.differences).toMatchObject([
      {
        kind: 'orphanOrder',
        subject: CLOID,
        action: 'cancelled',
        detail: expect.stringContaining('has ended'),
      },
    ]);
  });

  test('an orphan that protects what is held is reported, and stays', async () => {
    const { reconcile, venue } = desk();
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1)];
    venue.orders = [{ ...venueStop('1', '95'), cloid: CLOID }];
    const { ok, differences } = await reconcile();
    expect([ok, differences.map(({ action }) => action)]).toEqual([false, ['reported']]);
    expect(venue.cancels).toEqual([]);
  });

  test.each([
    ['a stop of nothing', venueStop('1', '95')],
    ['a limit order', venueOrder({ side: 'sell', reduceOnly: true })],
  ])(
    'an orphan that only reduces, but protects nothing, is cancelled: %s',
    async (_what, order) => {
      const { reconcile, venue } = desk();
      venue.orders = [{ ...order, cloid: CLOID }];
      expect((await reconcile()).ok).toBe(true);
      expect(venue.cancels).toEqual([CLOID]);
    },
  );

  test('an orphan whose cancel has no proof stays reported', async () => {
    const { reconcile, venue } = desk();
    venue.orders = [venueOrder({ cloid: CLOID })];
    venue.cancelOutcome = { kind: 'unknown', reason: 'HTTP 502' };
    expect((await reconcile()).ok).toBe(false);
  });

  test('an order whose workflow is gone is started again, not cancelled', async () => {
    const { reconcile, remember, venue, ledger, workflows } = desk();
    remember();
    ledger.open = [row];
    venue.orders = [venueOrder({ cloid: CLOID })];
    const statement = await reconcile();
    expect(statement.ok).toBe(true);
    expect(statement.differences).toMatchObject([
      { kind: 'workflowMissing', subject: 'ours', action: 'revived' },
    ]);
    expect(workflows.started).toEqual([{ intent, revive: true }]);
    expect(venue.cancels).toEqual([]);
  });
});

describe('differences of positions', () => {
  test.each([
    ['more at the venue than was recorded', '2', 1],
    ['a position without a fill', '1', 0],
    ['fills without a position', undefined, 1],
  ])('%s is reported', async (_what, size, fills) => {
    const { reconcile, venue } = desk();
    venue.positions = size === undefined ? [] : [positionOf('BTC', size)];
    venue.orders = [venueStop('9', '95')].map((order) => ({ ...order, cloid: FOREIGN }));
    venue.fills = fills === 0 ? [] : [venueFill(1)];
    const { differences } = await reconcile();
    expect(differences).toContainEqual({
      kind: 'positionMismatch',
      subject: 'BTC',
      detail: `venue ${size ?? '0'}, sum of recorded fills ${fills}`,
      action: 'reported',
    });
  });

  const unprotected = async (size: string, orders: Parameters<typeof venueOrder>[0][]) => {
    const { reconcile, venue } = desk();
    venue.positions = [positionOf('BTC', size)];
    venue.fills = [
      venueFill(1, { sizeBase: sizeBase('2'), side: size.startsWith('-') ? 'sell' : 'buy' }),
    ];
    venue.orders = orders.map((order) => venueOrder({ ...order, cloid: FOREIGN }));
    const { differences } = await reconcile();
    return differences.filter(({ kind }) => kind === 'unprotectedPosition');
  };

  test('a position is protected by stops that cover it together', async () => {
    expect(await unprotected('2', [venueStop('1', '95'), venueStop('1', '90')])).toEqual([]);
    const buys = { side: 'buy' as const, triggerPx: px('105') };
    expect(await unprotected('-2', [{ ...venueStop('2', '95'), ...buys }])).toEqual([]);
  });

  test.each<[string, Parameters<typeof venueOrder>[0][], string]>([
    ['no stop', [], '0'],
    ['stops for a part of it', [venueStop('1', '95')], '1'],
    ['a take profit only', [venueStop('2', '105')], '0'],
    ['a stop on the other side', [{ ...venueStop('2', '95'), side: 'buy' }], '0'],
    ['a stop of another asset', [{ ...venueStop('2', '95'), asset: 'ETH' }], '0'],
    ['a trigger that may open', [{ ...venueStop('2', '95'), reduceOnly: false }], '0'],
    ['a limit order', [{ side: 'sell', reduceOnly: true, remainingBase: sizeBase('2') }], '0'],
  ])('a position with %s is reported', async (_what, orders, covered) => {
    expect(await unprotected('2', orders)).toEqual([
      {
        kind: 'unprotectedPosition',
        subject: 'BTC',
        detail: `2 held, stops rest for ${covered}`,
        action: 'reported',
      },
    ]);
  });
});
