import { describe, expect, test } from '@jest/globals';
import { createAccountActivities } from '../../activities/account.activities.ts';
import { cloidOf } from '../../activities/order-envelope.ts';
import type { OpenOrderRow } from '../../activities/ports/ledger.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { phaseOf } from '../../domain/execution/order-facts.ts';
import { viewOrder } from '../../domain/execution/order-view.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import { canonicalJson, intentId, sha256Hex } from '../../domain/kernel/ids.ts';
import { NOW_MS, positionOf, venueFill, venueOrder, venueStop } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, SIGNER, TAG } from './support/fake-world.ts';

const CLOID = `0x${TAG}${'1'.repeat(24)}` as Cloid;

function desk() {
  const world = fakeWorld();
  const reconcile = () =>
    createAccountActivities(world).reconcileAccount({ account: ACCOUNT, trigger: 'test' });
  return { ...world, world, reconcile };
}

const session = (status: 'running' | 'stopped') => ({
  name: 'demo',
  workflowId: 'session:demo',
  status,
  assets: ['BTC', 'ETH'],
});

/** A long position in BTC, all of it bought by recorded fills, without a stop. */
function bare() {
  const all = desk();
  all.venue.positions = [positionOf('BTC', '1')];
  all.venue.fills = [venueFill(1, { cloid: CLOID })];
  return all;
}

describe('a position that nobody protects', () => {
  test('gets a reduce-only stop when its session was lost', async () => {
    const { reconcile, recovery, workflows } = bare();
    recovery.known = [session('running')];
    const { differences } = await reconcile();
    expect(differences.map(({ kind, action }) => [kind, action])).toEqual([
      ['sessionMissing', 'reported'],
      ['unprotectedPosition', 'protected'],
    ]);
    expect(workflows.started).toHaveLength(1);
    expect(workflows.started[0]?.intent).toMatchObject({
      strategy: 'guard',
      leg: 'protect',
      asset: 'BTC',
      side: 'sell',
      type: 'STOP_LOSS',
      sizeBase: '1',
      triggerPx: '95',
      reduceOnly: true,
    });
  });

  test('gets one when the ledger has forgotten who opened it', async () => {
    const { reconcile, recovery, workflows } = bare();
    recovery.forgotten = ['BTC'];
    await reconcile();
    expect(workflows.started).toHaveLength(1);
  });

  test('of a short gets one above the market, for the part that no stop covers', async () => {
    const { reconcile, recovery, venue, workflows } = desk();
    venue.positions = [positionOf('BTC', '-2')];
    venue.fills = [venueFill(1, { side: 'sell', sizeBase: sizeBase('2') })];
    venue.orders = [{ ...venueStop('0.5', '104'), side: 'buy' }];
    recovery.forgotten = ['BTC'];
    await reconcile();
    expect(workflows.started[0]?.intent).toMatchObject({
      side: 'buy',
      sizeBase: '1.5',
      triggerPx: '105',
    });
  });

  test('gets its stop from the mark when that has passed the stop of its entry', async () => {
    const { reconcile, recovery, venue, workflows } = bare();
    venue.positions = [positionOf('BTC', '1', '90')];
    recovery.forgotten = ['BTC'];
    await reconcile();
    expect(workflows.started[0]?.intent).toMatchObject({ type: 'STOP_LOSS', triggerPx: '85.5' });
  });

  test('is found again within the minute under the same name', async () => {
    const { reconcile, recovery, workflows } = bare();
    recovery.forgotten = ['BTC'];
    await reconcile();
    await reconcile();
    const [first, second] = workflows.started;
    expect(second?.intent.intentId).toBe(first?.intent.intentId);
  });

  test.each<[string, (all: ReturnType<typeof bare>) => void]>([
    ['a foreign one', () => undefined],
    [
      'one of a session that runs',
      ({ recovery, workflows }) => {
        recovery.known = [session('running')];
        workflows.alive.add('session:demo');
      },
    ],
    [
      'one of a session that was stopped',
      ({ recovery }) => {
        recovery.known = [session('stopped')];
      },
    ],
    [
      'one whose stop is on its way',
      ({ recovery, ledger, workflows }) => {
        recovery.forgotten = ['BTC'];
        ledger.open = [guardRow];
        workflows.alive.add(guardRow.workflowId);
      },
    ],
    [
      'any, when the policy says none',
      ({ recovery, world }) => {
        recovery.forgotten = ['BTC'];
        world.protect = 'none';
      },
    ],
  ])('is only reported: %s', async (_what, change) => {
    const all = bare();
    change(all);
    const { ok, differences } = await all.reconcile();
    expect(ok).toBe(false);
    expect(differences).toContainEqual({
      kind: 'unprotectedPosition',
      subject: 'BTC',
      detail: '1 held, stops rest for 0',
      action: 'reported',
    });
    expect(all.workflows.started).toEqual([]);
  });

  test('gets one whoever opened it, when the policy says all', async () => {
    const { reconcile, world, workflows } = bare();
    world.protect = 'all';
    await reconcile();
    expect(workflows.started).toHaveLength(1);
  });
});

const guardIntent: OrderIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('guard/BTC/x'),
  strategy: 'guard',
  leg: 'protect',
  asset: 'BTC',
  side: 'sell',
  type: 'STOP_LOSS',
  sizeBase: sizeBase('1'),
  reduceOnly: true,
  triggerPx: px('95'),
};
const guardRow: OpenOrderRow = {
  intent: guardIntent,
  workflowId: 'order:guard',
  cloid: CLOID,
  status: 'SUBMITTED',
};

describe('a guard', () => {
  const guarded = () => {
    const all = bare();
    all.ledger.open = [guardRow];
    all.workflows.alive.add('order:guard');
    all.venue.orders = [{ ...venueStop('1', '95'), cloid: CLOID }];
    return all;
  };

  test('stays while it alone protects the position', async () => {
    const { reconcile, workflows } = guarded();
    await reconcile();
    expect(workflows.cancelled).toEqual([]);
  });

  test('is cancelled when nothing is held any more', async () => {
    const { reconcile, venue, workflows } = guarded();
    venue.positions = [];
    await reconcile();
    expect(workflows.cancelled).toEqual(['order:guard']);
  });

  test('is cancelled when the position has turned round', async () => {
    const { reconcile, venue, workflows } = guarded();
    venue.positions = [positionOf('BTC', '-1')];
    await reconcile();
    expect(workflows.cancelled).toEqual(['order:guard']);
  });

  test('is cancelled when another stop covers the position', async () => {
    const { reconcile, venue, workflows } = guarded();
    venue.orders = [...venue.orders, venueStop('1', '97')];
    await reconcile();
    expect(workflows.cancelled).toEqual(['order:guard']);
  });
});

describe.each([
  ['target', { leg: 'target', type: 'TAKE_PROFIT', triggerPx: px('110') }],
  ['stop', { leg: 'protect', type: 'STOP_LOSS', triggerPx: px('95') }],
] as const)("a session's %s that was left behind", (what, kind) => {
  const intent: OrderIntent = {
    ...guardIntent,
    ...kind,
    intentId: intentId('demo-1/BTC/exit/4'),
    strategy: 'ema-crossover',
    session: 'demo',
  };
  const workflowId = `order:${what}`;
  const left = () => {
    const all = bare();
    all.ledger.open = [{ ...guardRow, intent, workflowId }];
    all.workflows.alive.add(workflowId);
    all.recovery.known = [session('stopped')];
    all.venue.orders = [
      { ...venueStop('1', kind.triggerPx), cloid: CLOID },
      { ...venueStop('1', '95'), oid: 9 },
    ];
    return all;
  };

  test('stays while there is a position for it', async () => {
    const { reconcile, workflows } = left();
    await reconcile();
    expect(workflows.cancelled).toEqual([]);
  });

  test.each([
    ['nothing is held any more', []],
    ['the position has turned round', [positionOf('BTC', '-1')]],
  ])('is cancelled when %s', async (_when, positions) => {
    const { reconcile, venue, workflows } = left();
    venue.positions = positions;
    await reconcile();
    expect(workflows.cancelled).toEqual([workflowId]);
  });

  test('stays when the positions that were read are older than it', async () => {
    const { reconcile, venue, workflows } = left();
    const { account } = venue;
    // Both looks are: the fills show a position that the account does not, which takes a second one.
    let looks = 2;
    venue.account = async (address) => {
      const now = await account(address);
      looks -= 1;
      return looks >= 0 ? { ...now, positions: [] } : now;
    };
    await reconcile();
    expect(workflows.cancelled).toEqual([]);
  });

  test('is left to its session, if that runs', async () => {
    const { reconcile, recovery, venue, workflows } = left();
    recovery.known = [session('running')];
    workflows.alive.add('session:demo');
    venue.positions = [];
    await reconcile();
    expect(workflows.cancelled).toEqual([]);
  });
});

test.each([
  ["that is no session's: its owner may mean the next one", {}],
  ['of a session that the ledger does not know: it may run', { session: 'lost' }],
])('a stop stays without a position %s', async (_whose, owner) => {
  const { reconcile, ledger, recovery, venue, workflows } = bare();
  recovery.known = [session('stopped')];
  ledger.open = [{ ...guardRow, intent: { ...guardIntent, strategy: 'manual', ...owner } }];
  workflows.alive.add('order:guard');
  venue.positions = [];
  venue.orders = [{ ...venueStop('1', '95'), cloid: CLOID }];
  await reconcile();
  expect(workflows.cancelled).toEqual([]);
});

describe('a leg whose parent has ended', () => {
  const leg = (changes: Partial<OrderIntent> = {}): OpenOrderRow => {
    const { triggerPx: _none, ...rest } = guardIntent;
    const intent: OrderIntent = {
      ...rest,
      intentId: intentId('oco/entry'),
      strategy: 'manual',
      parent: intentId('oco'),
      leg: 'entry',
      type: 'LIMIT',
      limitPx: px('90'),
      reduceOnly: false,
      side: 'buy',
      ...changes,
    };
    return { intent, workflowId: 'order:leg', cloid: CLOID, status: 'SUBMITTED' };
  };
  const parent = (status: ParentView['status']) => ({
    view: {
      intent: {
        network: 'paper' as const,
        account: ACCOUNT,
        intentId: intentId('oco'),
        strategy: 'manual',
        asset: 'BTC',
        spec: { kind: 'closePosition' as const },
      } as ParentView['intent'],
      status,
      startedMs: 1,
      legs: [],
      filledBase: sizeBase('0'),
    },
    workflowId: 'parent:oco',
    createdMs: 1,
    updatedMs: 1,
  });
  const left = (row: OpenOrderRow, status: ParentView['status'] | undefined) => {
    const all = desk();
    all.ledger.open = [row];
    all.ledger.parents = status === undefined ? [] : [parent(status)];
    all.venue.orders = [venueOrder({ cloid: CLOID })];
    all.ledger.workflowsOf = async () => new Map([[CLOID, row.workflowId]]);
    return all;
  };

  test('is asked to cancel, by its own workflow', async () => {
    const { reconcile, workflows } = left(leg(), 'STOPPED');
    workflows.alive.add('order:leg');
    const { ok, differences } = await reconcile();
    expect([ok, differences.map(({ kind, action }) => [kind, action])]).toEqual([
      true,
      [['orphanLeg', 'cancelled']],
    ]);
    expect([workflows.started, workflows.cancelled]).toEqual([[], ['order:leg']]);
  });

  test('is brought back first when its workflow is lost, so that its end is proven', async () => {
    const { reconcile, workflows } = left(leg(), 'DONE');
    await reconcile();
    expect(workflows.started.map(({ revive }) => revive)).toEqual([true]);
    expect(workflows.cancelled).toEqual(['order:leg']);
  });

  test.each([['WORKING'], [undefined]] as const)(
    'is left alone when the parent is %s',
    async (status) => {
      const { reconcile, workflows } = left(leg(), status);
      workflows.alive.add('order:leg');
      await reconcile();
      expect(workflows.cancelled).toEqual([]);
    },
  );

  test('waits for its parent, which is started again when its workflow is lost', async () => {
    const { reconcile, parents, workflows } = left(leg(), 'WORKING');
    workflows.alive.add('order:leg');
    const { ok, differences } = await reconcile();
    expect([ok, differences.map(({ kind, action }) => [kind, action])]).toEqual([
      true,
      [['parentMissing', 'revived']],
    ]);
    expect([parents.revived, workflows.cancelled]).toEqual([['oco'], []]);
  });

  test('a parent that was lost while it ended is asked once more to end', async () => {
    const { reconcile, ledger, parents, workflows } = left(leg(), 'WORKING');
    workflows.alive.add('order:leg');
    const [row] = ledger.parents;
    if (row === undefined) throw new Error('no parent was planned');
    ledger.parents = [{ ...row, view: { ...row.view, cancelRequested: 'enough' } }];
    await reconcile();
    expect([parents.revived, workflows.cancelled]).toEqual([['oco'], ['parent:oco']]);
  });

  test('stays when it is the stop of what is held', async () => {
    const { leg: _leg, ...changes } = guardIntent;
    const { reconcile, venue, workflows } = left(
      leg({ ...changes, intentId: intentId('oco/stop'), parent: intentId('oco') }),
      'STOPPED',
    );
    workflows.alive.add('order:leg');
    venue.positions = [positionOf('BTC', '1')];
    venue.fills = [venueFill(1)];
    venue.orders = [{ ...venueStop('1', '95'), cloid: CLOID }];
    await reconcile();
    expect(workflows.cancelled).toEqual([]);
  });
});

describe('the statement', () => {
  test('carries the hash of what it states', async () => {
    const { digest, ...stated } = await desk().reconcile();
    expect(digest).toBe(sha256Hex(canonicalJson(stated)));
  });

  test('counts as cash what does not move with the price', async () => {
    const { reconcile, venue } = bare();
    venue.equityUsd = '10007';
    venue.positions = [{ ...positionOf('BTC', '1'), unrealizedPnlUsd: usd('7') }];
    expect((await reconcile()).balance).toEqual({ cashUsd: '10000', flowsUsd: '0' });
  });

  test('explains money by executions and funding, to a cent', async () => {
    const { reconcile, recovery, venue } = desk();
    recovery.before = { cashUsd: '10000', flowsUsd: '-2' };
    recovery.flowsUsd = '-7.5';
    venue.equityUsd = '9994.503';
    expect(await reconcile()).toMatchObject({ ok: true, balance: { unexplainedUsd: '0.003' } });
  });

  test('names money that nothing explains', async () => {
    const { reconcile, recovery, venue } = desk();
    recovery.before = { cashUsd: '10000', flowsUsd: '0' };
    venue.equityUsd = '9900';
    const { ok, differences } = await reconcile();
    expect(ok).toBe(false);
    expect(differences).toMatchObject([{ kind: 'balanceMismatch', subject: '-100.00 USD' }]);
  });

  test('names a mark of what was read that lies after all that could be read', async () => {
    const { reconcile, ledger } = desk();
    ledger.marks.set('fills', NOW_MS + 3_600_000);
    expect((await reconcile()).differences).toMatchObject([{ kind: 'watermarkAhead' }]);
  });

  test('names an order that the ledger has open and the venue has not', async () => {
    const { reconcile, ledger, workflows } = desk();
    ledger.open = [{ ...guardRow, intent: { ...guardIntent, strategy: 'manual' } }];
    workflows.alive.add('order:guard');
    const { differences } = await reconcile();
    expect(differences).toMatchObject([{ kind: 'orderNotOpen', subject: 'guard/BTC/x' }]);
  });
});

describe('an amended order whose workflow is lost', () => {
  const wanted: OrderIntent = {
    network: 'paper',
    account: ACCOUNT,
    intentId: intentId('amended'),
    strategy: 'manual',
    leg: 'main',
    asset: 'BTC',
    side: 'buy',
    type: 'LIMIT',
    sizeBase: sizeBase('3'),
    limitPx: px('90'),
    reduceOnly: false,
  };
  const epoch = (number: number, size: string) => ({
    cloid: cloidOf(TAG, wanted, number),
    workflowId: 'order:amended',
    account: ACCOUNT,
    intentId: wanted.intentId,
    signer: SIGNER,
    network: 'paper' as const,
    epoch: number,
    nonce: NOW_MS + number,
    sends: 1,
    expiresAfterMs: NOW_MS + 15_000,
    action: { orders: [{ s: size }] },
  });

  test('goes on from its newest epoch, with what the earlier ones executed', async () => {
    const { reconcile, ledger, venue, workflows } = desk();
    const [first, second] = [epoch(0, '3'), epoch(1, '2')];
    ledger.envelopes.set(first.cloid, first).set(second.cloid, second);
    const row = { intent: wanted, workflowId: 'order:amended', status: 'PARTIALLY_FILLED' };
    ledger.open = [{ ...row, cloid: second.cloid }];
    venue.orders = [venueOrder({ cloid: second.cloid })];
    const fill = venueFill(1, { cloid: first.cloid });
    venue.fills = [fill, venueFill(2, { cloid: CLOID, side: 'sell' })];
    await reconcile();
    expect(workflows.started).toHaveLength(1);
    const { resume } = workflows.started[0] ?? {};
    expect(resume?.facts).toMatchObject({ cloid: second.cloid, epoch: 1, sizeBase: '2', sends: 1 });
    expect(resume && phaseOf(resume.facts)).toBe('inDoubt');
    expect(resume?.past.map(({ fills }) => Object.values(fills).map(({ tid }) => tid))).toEqual([
      [1],
    ]);
    const view = resume && viewOrder(wanted, resume.facts, resume.past);
    expect(view).toMatchObject({ status: 'IN_DOUBT', filledBase: '1' });
  });
});
