/** The kill switch and the reconciliation, and TWAPs that the venue works: whose they are, and what ends them. */
import { describe, expect, test } from '@jest/globals';
import { createAccountActivities } from '../../activities/account.activities.ts';
import { cancelTwaps, type TwapPorts } from '../../activities/cancel-twaps.ts';
import type { VenueTwapIntent } from '../../activities/interfaces/venue-twap.ts';
import type { ParentStatus } from '../../domain/execution/parents/parent-view.ts';
import type { VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { NOW_MS } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

const INTENT: VenueTwapIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('twap-1'),
  strategy: 'manual',
  asset: 'BTC',
  spec: {
    kind: 'venueTwap',
    side: 'buy',
    sizeBase: sizeBase('2'),
    reduceOnly: false,
    durationMs: 300_000,
    randomize: false,
  },
};

const running = (twapId: number, changes: Partial<VenueTwap> = {}): VenueTwap => ({
  twapId,
  asset: 'BTC',
  side: 'buy',
  sizeBase: sizeBase('2'),
  minutes: 5,
  reduceOnly: false,
  randomize: false,
  placedMs: NOW_MS + 10,
  executedBase: sizeBase('0'),
  executedUsd: usd('0'),
  status: 'activated',
  ...changes,
});

function desk() {
  const world = fakeWorld();
  let nonce = NOW_MS;
  const nonces: number[] = [];
  const ports: TwapPorts = {
    ...world,
    inTime: (answer) => answer,
    nextNonce: async () => {
      nonce += 1;
      nonces.push(nonce);
      return nonce;
    },
  };
  /** A parent of ours in the ledger. @param twapId known of it, if any */
  const parent = (status: ParentStatus, twapId?: number): void => {
    const venueTwap = twapId === undefined ? {} : { twapId };
    world.ledger.parents = [
      {
        view: {
          intent: INTENT,
          status,
          startedMs: NOW_MS,
          legs: [],
          filledBase: sizeBase('0'),
          venueTwap,
        },
        workflowId: 'parent:twap-1',
        createdMs: NOW_MS,
        updatedMs: NOW_MS,
      },
    ];
    world.workflows.alive.add('parent:twap-1');
    if (twapId !== undefined) world.twapLedger.known = [twapId];
  };
  const reconcile = () =>
    createAccountActivities(world).reconcileAccount({ account: ACCOUNT, trigger: 'test' });
  return { ...world, world, ports, nonces, parent, reconcile };
}

describe('cancelling TWAPs of the venue', () => {
  test('ends ours that may add to a position; what reduces and what is not ours goes on', async () => {
    const { ports, twaps, twapLedger, nonces } = desk();
    twaps.running = [running(1), running(2, { reduceOnly: true }), running(3), running(4)];
    twapLedger.known = [1, 2, 4];
    expect(await cancelTwaps(ports, ACCOUNT, 'ours')).toEqual({ cancelled: 2, left: [] });
    expect(twaps.running.map(({ twapId }) => twapId)).toEqual([2, 3]);
    expect(new Set(nonces).size).toBe(2);
  });

  test('one whose send has no answer yet is found by what was asked for', async () => {
    const { ports, twaps, parent } = desk();
    parent('WORKING');
    twaps.running = [running(5), running(6, { side: 'sell' })];
    expect(await cancelTwaps(ports, ACCOUNT, 'ours')).toEqual({ cancelled: 1, left: [] });
    expect(twaps.cancelled).toEqual([5]);
  });

  test('while the ledger is away nothing is guessed, and all that runs is told', async () => {
    const { ports, twaps, ledger } = desk();
    twaps.running = [running(1)];
    ledger.away.add('openParents');
    const told = await cancelTwaps(ports, ACCOUNT, 'ours');
    expect(told).toEqual({ cancelled: 0, left: [], unknown: [1] });
    expect(twaps.cancelled).toEqual([]);
    expect(await cancelTwaps(ports, ACCOUNT, 'all')).toEqual({ cancelled: 1, left: [] });
  });

  test('one that lands between two looks is cancelled too, and one that stays is told', async () => {
    const { ports, twaps, twapLedger } = desk();
    twapLedger.known = [1, 2];
    twaps.stubborn.add(2);
    const late = {
      ...ports,
      pause: async () => {
        if (twaps.running.length === 0) twaps.running = [running(1), running(2)];
      },
    };
    expect(await cancelTwaps(late, ACCOUNT, 'ours')).toEqual({ cancelled: 1, left: [2] });
  });
});

describe('differences of TWAPs that the venue works', () => {
  test('one that is not ours is reported, with what it does', async () => {
    const { reconcile, twaps } = desk();
    twaps.running = [running(9)];
    const { ok, differences } = await reconcile();
    expect(ok).toBe(false);
    expect(differences).toEqual([
      {
        kind: 'foreignTwap',
        subject: '9',
        detail: 'buy 2 BTC over 5 minutes: not started by us',
        action: 'reported',
      },
    ]);
    expect(twaps.cancelled).toEqual([]);
  });

  test.each([
    ['its parent works', 7],
    ['its parent waits to learn which one it is', undefined],
  ])('one of ours is no difference while %s', async (_when, twapId) => {
    const { reconcile, twaps, parent } = desk();
    parent('WORKING', twapId);
    twaps.running = [running(7)];
    expect(await reconcile()).toMatchObject({ ok: true, differences: [] });
  });

  test('one that runs although its parent has ended is reported', async () => {
    const { reconcile, twaps, parent } = desk();
    parent('STOPPED', 7);
    twaps.running = [running(7)];
    expect((await reconcile()).differences).toMatchObject([{ kind: 'orphanTwap', subject: '7' }]);
  });
});
