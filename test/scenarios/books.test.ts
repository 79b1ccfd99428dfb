/**
 * Failures that users of other systems report of books that no longer agree with the venue, played
 * against the real reconciliation and streams over ports in memory. Each test carries the issue's
 * number; see README.md beside it.
 */
import { describe, expect, test } from '@jest/globals';
import { createAccountActivities } from '../../activities/account.activities.ts';
import { catchUpFills, createFactsRouter } from '../../activities/account-stream.ts';
import type { OpenOrderRow } from '../../activities/ports/ledger.ts';
import { createSessionActivities } from '../../activities/session.activities.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { type Cloid, intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { positionOf, venueFill, venueOrder, venueStop } from '../activities/support/fake-venue.ts';
import { ACCOUNT, fakeWorld, SIGNER, TAG } from '../activities/support/fake-world.ts';

const cloid = (digit: string): Cloid => `0x${TAG}${digit.repeat(24)}` as Cloid;
const FOREIGN = `0x${'f'.repeat(32)}` as Cloid;

function intentOf(key: string, changes: Partial<OrderIntent> = {}): OrderIntent {
  return {
    network: 'paper',
    account: ACCOUNT,
    intentId: intentId(key),
    strategy: 'manual',
    leg: 'main',
    asset: 'BTC',
    side: 'buy',
    type: 'LIMIT',
    sizeBase: sizeBase('1'),
    limitPx: px('100'),
    reduceOnly: false,
    ...changes,
  };
}

function desk() {
  const world = fakeWorld();
  const { reconcileAccount } = createAccountActivities(world);
  /** The ledger knows the order: its envelope, and where it stands. */
  const know = (key: string, of: Cloid): OpenOrderRow => {
    const intent = intentOf(key);
    const workflowId = orderWorkflowId(ACCOUNT, intent.intentId);
    world.ledger.envelopes.set(of, {
      cloid: of,
      workflowId,
      account: ACCOUNT,
      intentId: intent.intentId,
      signer: SIGNER,
      network: 'paper',
      epoch: 0,
      nonce: 1,
      sends: 1,
      expiresAfterMs: 1,
      action: {},
    });
    return { intent, workflowId, cloid: of, status: 'SUBMITTED' };
  };
  return {
    ...world,
    world,
    know,
    reconcile: (trigger = 'start') => reconcileAccount({ account: ACCOUNT, trigger }),
  };
}

describe('fills', () => {
  test('NT-4991: an execution during a gap of the stream reaches ledger and order, once', async () => {
    const { world, know, venue, ledger, workflows } = desk();
    const row = know('a', cloid('1'));
    venue.fills = [venueFill(1, { cloid: cloid('1') })];
    for (const _connection of ['first', 'second', 'third']) {
      const { fills } = await catchUpFills(world, ACCOUNT);
      await createFactsRouter(world, ACCOUNT).route(fills);
    }
    expect(ledger.fills.size).toBe(1);
    expect(new Set(workflows.told.map(({ workflowId }) => workflowId))).toEqual(
      new Set([row.workflowId]),
    );
  });

  test('NT-4117: executions of one moment that arrive apart are all read', async () => {
    const { world, venue, ledger } = desk();
    const at = venueFill(1).timeMs;
    venue.fills = [venueFill(1)];
    await catchUpFills(world, ACCOUNT);
    venue.fills = [venueFill(1), venueFill(2, { timeMs: at }), venueFill(3, { timeMs: at - 900 })];
    await catchUpFills(world, ACCOUNT);
    expect(ledger.fills.size).toBe(3);
  });

  test('FT-13399: an execution of another order is attached to no order of ours', async () => {
    const { world, know, workflows } = desk();
    know('a', cloid('1'));
    const router = createFactsRouter(world, ACCOUNT);
    await router.route([venueFill(1, { cloid: FOREIGN }), venueFill(2)]);
    expect(workflows.told).toEqual([]);
  });
});

describe('a restart', () => {
  test('NT-4736: a warm restart touches neither position nor order that was there', async () => {
    const { know, reconcile, venue, ledger, workflows } = desk();
    ledger.open = [know('a', cloid('1'))];
    workflows.alive.add(ledger.open[0]?.workflowId ?? '');
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1)];
    venue.orders = [venueOrder({ cloid: cloid('1') }), { ...venueStop('1', '95'), oid: 5 }];
    const first = await reconcile();
    const second = await reconcile();
    expect(second.differences).toEqual(first.differences);
    expect([venue.cancels, workflows.started, workflows.cancelled]).toEqual([[], [], []]);
  });

  test('NT-3878: two reconciliations of the same facts find the same', async () => {
    const { reconcile, venue } = desk();
    venue.orders = [venueOrder({ cloid: FOREIGN })];
    const [first, second] = [await reconcile(), await reconcile()];
    expect(second.differences).toEqual(first.differences);
  });

  test('hummingbot-api-243: orders whose process is gone go on, and positions keep a stop', async () => {
    const { know, reconcile, venue, ledger, recovery, workflows } = desk();
    ledger.open = [know('a', cloid('1'))];
    venue.orders = [venueOrder({ cloid: cloid('1') })];
    venue.positions = [positionOf('ETH', '2')];
    venue.fills = [venueFill(1, { asset: 'ETH', sizeBase: sizeBase('2') })];
    const session = { name: 'demo', workflowId: 'session:demo', status: 'running' as const };
    recovery.known = [{ ...session, assets: ['ETH'] }];
    await reconcile();
    expect(workflows.started.map(({ intent, revive }) => [intent.intentId, revive])).toEqual([
      ['a', true],
      [expect.stringMatching(/^guard\/ETH\//), false],
    ]);
    expect(venue.cancels).toEqual([]);
  });

  test('FT-10403: with Temporal and ledger gone nothing is guessed, and what is held gets a stop', async () => {
    const { reconcile, venue, recovery, workflows } = desk();
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1, { cloid: cloid('1') })];
    recovery.forgotten = ['BTC'];
    venue.orders = [
      venueOrder({ cloid: cloid('2'), oid: 1 }),
      venueOrder({ cloid: FOREIGN, oid: 2 }),
    ];
    const { differences } = await reconcile();
    expect(differences.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'orphanOrder cancelled',
      'foreignOrder reported',
      'unprotectedPosition protected',
    ]);
    expect(venue.cancels).toEqual([cloid('2')]);
    expect(workflows.started.map(({ intent }) => intent.strategy)).toEqual(['guard']);
  });

  test('FT-7882: after the ledger was lost the executions come back from the venue', async () => {
    const { reconcile, venue, ledger } = desk();
    venue.positions = [positionOf('BTC', '3')];
    venue.fills = [venueFill(1), venueFill(2), venueFill(3)];
    const { fills, positions } = await reconcile();
    expect(fills).toEqual({ checked: 3, added: 3 });
    expect(positions).toEqual([{ asset: 'BTC', venueBase: '3', ledgerBase: '3' }]);
    expect(ledger.fills.size).toBe(3);
  });
});

describe('orders that nobody wants any more', () => {
  test('HB-7032: an order of ours that outlived its workflow is cancelled', async () => {
    const { know, reconcile, venue } = desk();
    know('a', cloid('1'));
    venue.orders = [venueOrder({ cloid: cloid('1') })];
    await reconcile();
    expect(venue.cancels).toEqual([cloid('1')]);
  });

  test('HB-7055: one whose cancel has no answer is reported until it is gone', async () => {
    const { reconcile, venue } = desk();
    venue.orders = [venueOrder({ cloid: cloid('1') })];
    venue.cancelOutcome = { kind: 'unknown', reason: 'HTTP 502' };
    expect((await reconcile()).ok).toBe(false);
    venue.cancelOutcome = { kind: 'cancelled' };
    expect((await reconcile()).ok).toBe(true);
    expect(venue.cancels).toHaveLength(2);
  });

  test('NT-4043: the leg of an OCO whose parent has ended is cancelled, its workflow gone or not', async () => {
    const { know, reconcile, venue, ledger, workflows } = desk();
    const row = know('oco/target', cloid('1'));
    ledger.open = [{ ...row, intent: { ...row.intent, parent: intentId('oco') } }];
    const parent = { intent: { intentId: 'oco' }, status: 'STOPPED' };
    ledger.parents = [
      { view: parent as never, workflowId: 'parent:oco', createdMs: 1, updatedMs: 1 },
    ];
    venue.orders = [venueOrder({ cloid: cloid('1') })];
    await reconcile();
    expect(workflows.cancelled).toEqual([row.workflowId]);
  });

  test('FT-12528: a stop is not placed again once its position is closed', async () => {
    const world = fakeWorld();
    const { protectPositions } = createSessionActivities(world);
    const session = { account: ACCOUNT, network: 'paper' as const, name: 'demo', startedMs: 1 };
    const stop = {
      intentId: 'demo/BTC/protect/0',
      asset: 'BTC',
      leg: 'protect' as const,
      side: 'sell' as const,
      sizeBase: sizeBase('1'),
      resting: true,
    };
    const { started, open } = await protectPositions({
      session,
      strategy: 'ema-crossover',
      assets: ['BTC'],
      stopPx: { BTC: px('95') },
      orders: [stop],
      nextNumber: 1,
    });
    expect([started, open, world.workflows.started]).toEqual([[], [], []]);
    expect(world.workflows.cancelled).toEqual([
      orderWorkflowId(ACCOUNT, intentId('demo/BTC/protect/0')),
    ]);
  });

  test('FT-11494: what another program placed on the account is never adopted or cancelled', async () => {
    const { reconcile, venue, workflows } = desk();
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1, { cloid: FOREIGN })];
    venue.orders = [venueOrder({ cloid: FOREIGN, oid: 1 }), venueOrder({ oid: 2 })];
    const { ok, differences } = await reconcile();
    expect(ok).toBe(false);
    expect(new Set(differences.map(({ action }) => action))).toEqual(new Set(['reported']));
    expect([venue.cancels, workflows.started, workflows.cancelled]).toEqual([[], [], []]);
  });
});
