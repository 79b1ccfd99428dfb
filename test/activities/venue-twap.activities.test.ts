import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { FollowTwapResult, VenueTwapIntent } from '../../activities/interfaces/venue-twap.ts';
import type { Envelope } from '../../activities/ports/envelope.ts';
import type { TwapSendOutcome } from '../../activities/ports/venue-twap.ts';
import { createVenueTwapActivities } from '../../activities/venue-twap.activities.ts';
import { isTerminalTwap, type VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { NOW_MS } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

/** 2 BTC at a mid of 100 USD: 200 USD. */
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

const shown = (changes: Partial<VenueTwap> = {}): VenueTwap => ({
  twapId: 7,
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

function desk(followEveryMs = 1) {
  const world = fakeWorld();
  const sent: Envelope[] = [];
  const state = {
    outcome: { kind: 'running', twapId: 7 } as TwapSendOutcome,
    running: [] as VenueTwap[],
    others: new Set<number>(),
    laneIsFree: true,
    looks: 0,
  };
  const activities = createVenueTwapActivities({
    ...world,
    halted: () => world.halt,
    followEveryMs,
    twaps: {
      twapAction: (asset, spec) => ({
        type: 'twapOrder',
        twap: { a: asset.index, s: spec.sizeBase, r: spec.reduceOnly },
      }),
      sendTwap: async (envelope) => {
        sent.push(envelope);
        return state.outcome;
      },
      twaps: async () => state.running,
      runningTwaps: async () => {
        state.looks += 1;
        return state.running.filter((twap) => !isTerminalTwap(twap));
      },
      cancelTwap: async () => ({ kind: 'cancelled' }),
    },
    twapLedger: {
      takeTwapLane: async () => state.laneIsFree,
      twapsOfOthers: async () => state.others,
      ourTwaps: async () => new Set(),
    },
  });
  const place = (changes: Partial<VenueTwapIntent> = {}, withdrawn = false) =>
    activities.placeTwap({ intent: { ...INTENT, ...changes }, workflowId: 'parent:p', withdrawn });
  return { ...world, world, sent, state, activities, place };
}

describe('placing', () => {
  test('stores the envelope before it is sent, and sends it once', async () => {
    const { place, sent, ledger } = desk();
    expect(await place()).toEqual({
      kind: 'drawnUp',
      nonce: NOW_MS,
      drawnUpMs: NOW_MS,
      expiresAfterMs: NOW_MS + 8_000,
      outcome: { kind: 'running', twapId: 7 },
    });
    expect(sent).toHaveLength(1);
    expect([...ledger.envelopes.values()]).toEqual(sent);
  });

  test('again finds the envelope and never sends: what came of the first send is unknown', async () => {
    const { place, sent } = desk();
    await place();
    const again = await place();
    expect(again).toMatchObject({ kind: 'drawnUp', nonce: NOW_MS });
    expect(again).not.toHaveProperty('outcome');
    expect(sent).toHaveLength(1);
  });

  test('nothing is sent when the envelope cannot be stored', async () => {
    const { place, sent, ledger } = desk();
    ledger.away.add('prepareEnvelope');
    await expect(place()).rejects.toThrow('away');
    expect(sent).toEqual([]);
  });

  test('waits while another one of ours on the asset is on its way', async () => {
    const { place, sent, state, ledger } = desk();
    state.laneIsFree = false;
    expect(await place()).toEqual({ kind: 'busy' });
    expect([sent.length, ledger.envelopes.size]).toEqual([0, 0]);
  });

  test('withdrawn before it was stored is unsent; afterwards it is followed', async () => {
    const { place, sent } = desk();
    expect(await place({}, true)).toEqual({ kind: 'unsent' });
    await place();
    expect(await place({}, true)).toMatchObject({ kind: 'drawnUp' });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['too small for the venue', { sizeBase: sizeBase('0.9') }, 'sizeBase', 'at least 100 USD'],
    ['of no whole lots', { sizeBase: sizeBase('1.0000001') }, 'sizeBase', 'BTC lot'],
  ])('one that is %s is denied, with nothing stored', async (_what, changes, field, rule) => {
    const { place, ledger } = desk();
    const denied = await place({ spec: { ...INTENT.spec, ...changes } });
    expect(denied).toMatchObject({ kind: 'denied', denial: { field } });
    expect(JSON.stringify(denied)).toContain(rule);
    expect(ledger.envelopes.size).toBe(0);
  });

  test('one without room beside others on their way is denied; its slices may cost 3 % more', async () => {
    const { place, ledger, sent } = desk();
    ledger.noRoom = { field: 'positionSize', value: '206 USD', rule: 'must be at most 200 USD' };
    expect(await place()).toEqual({
      kind: 'denied',
      denial: { kind: 'risk', ...ledger.noRoom },
    });
    expect([sent.length, ledger.envelopes.size]).toEqual([0, 0]);
    ledger.noRoom = undefined;
    await place();
    expect(ledger.claims).toMatchObject([{ sizeBase: '2', px: '103', markPx: '100' }]);
  });

  test('a halt denies what may add to a position, and lets pass what only reduces', async () => {
    const { place, world } = desk();
    world.halt = 'by hand';
    expect(await place()).toMatchObject({ kind: 'denied', denial: { kind: 'halted' } });
    const reducing = { spec: { ...INTENT.spec, reduceOnly: true } };
    expect(await place(reducing)).toMatchObject({ outcome: { kind: 'running' } });
  });
});

describe('finding', () => {
  const WINDOW = { drawnUpMs: NOW_MS, expiresAfterMs: NOW_MS + 8_000 };

  test('by what was asked for, leaving out those of other parents', async () => {
    const { activities, state } = desk();
    state.running = [shown(), shown({ twapId: 8 })];
    state.others = new Set([8]);
    const found = await activities.findTwap({ intent: INTENT, ...WINDOW });
    expect(found).toMatchObject({ match: { kind: 'found', twap: { twapId: 7 } } });
  });

  test('by its id, once that is known: another one like it does not matter', async () => {
    const { activities, state } = desk();
    state.running = [shown(), shown({ twapId: 8 })];
    const found = await activities.findTwap({ intent: INTENT, ...WINDOW, twapId: 8 });
    expect(found.match).toMatchObject({ kind: 'found', twap: { twapId: 8 } });
  });
});

describe('following', () => {
  const follow = async (
    desk_: ReturnType<typeof desk>,
    seen?: VenueTwap,
  ): Promise<FollowTwapResult> => {
    const environment = new MockActivityEnvironment();
    const { followTwap } = desk_.activities;
    const request = { intent: INTENT, twapId: 7, ...(seen === undefined ? {} : { seen }) };
    return (await environment.run(followTwap, request)) as FollowTwapResult;
  };

  test('answers when it has ended', async () => {
    const scene = desk();
    scene.state.running = [shown({ status: 'finished' })];
    expect((await follow(scene)).twap?.status).toBe('finished');
  });

  test('answers when a tenth more has executed, and not before', async () => {
    const scene = desk();
    const seen = shown({ executedBase: sizeBase('0.5') });
    scene.state.running = [shown({ executedBase: sizeBase('0.69') })];
    const following = follow(scene, seen);
    await new Promise((resolve) => setTimeout(resolve, 30));
    scene.state.running = [shown({ executedBase: sizeBase('0.7') })];
    expect((await following).twap?.executedBase).toBe('0.7');
  });

  test('answers a halt between two looks, however far apart they are', async () => {
    const scene = desk(3_600_000);
    scene.state.running = [shown()];
    const following = follow(scene);
    await new Promise((resolve) => setTimeout(resolve, 20));
    scene.world.halt = 'by hand';
    expect(await following).toEqual({ halted: 'by hand' });
  });

  test('is one look for all that are followed', async () => {
    const scene = desk(200);
    scene.state.running = [shown()];
    const following = [follow(scene), follow(scene), follow(scene)];
    await new Promise((resolve) => setTimeout(resolve, 50));
    scene.world.halt = 'by hand';
    await Promise.all(following);
    expect(scene.state.looks).toBeLessThanOrEqual(2);
  });

  test('says so when the venue does not show it', async () => {
    expect(await follow(desk())).toEqual({});
  });
});
