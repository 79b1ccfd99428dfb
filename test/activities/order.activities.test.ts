import { describe, expect, jest, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { cloidOf } from '../../activities/order-envelope.ts';
import { isSealed } from '../../activities/ports/envelope.ts';
import { SessionOver, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Denial } from '../../domain/execution/order-facts.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import { intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { endedAs } from '../domain/execution/samples.ts';
import type { FakeLedger } from './support/fake-ledger.ts';
import { NOW_MS, venueFill, venueOrder } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, TAG } from './support/fake-world.ts';

const WORKFLOW = orderWorkflowId(ACCOUNT, intentId('demo/BTC/1'));

const intentOf = (changes: Partial<OrderIntent> = {}): OrderIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('demo/BTC/1'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('1'),
  reduceOnly: false,
  limitPx: px('100'),
  ...changes,
});

const CLOID = cloidOf(TAG, intentOf(), 0);
const tooSmall: Denial = { kind: 'risk', field: 'leverage', value: '9', rule: 'too much' };

/** How many envelopes are stored that may be sent. */
const envelopesIn = ({ envelopes }: Pick<FakeLedger, 'envelopes'>): number =>
  [...envelopes.values()].filter((envelope) => !isSealed(envelope)).length;

function desk() {
  const world = fakeWorld();
  const judged: OrderIntent[] = [];
  let verdict: Denial | undefined;
  const activities = createOrderActivities({
    ...world,
    judge: async (intent) => {
      judged.push(intent);
      return verdict;
    },
  });
  return {
    ...world,
    world,
    activities,
    judged,
    refuse: (denial: Denial) => {
      verdict = denial;
    },
    prepare: (intent = intentOf(), epoch = 0) =>
      activities.prepareOrder({ intent, epoch, workflowId: WORKFLOW }),
  };
}

describe('preparing an order', () => {
  test('stores the envelope under the cloid, and preparing again returns it unchanged', async () => {
    const { prepare, ledger, venue } = desk();
    const first = await prepare();
    expect(first).toEqual({
      kind: 'prepared',
      cloid: CLOID,
      nonce: NOW_MS,
      arrival: { atMs: NOW_MS, midPx: '100' },
      expiresAfterMs: NOW_MS + 15_000,
      fresh: true,
    });
    venue.nowMs += 60_000;
    const second = await prepare(intentOf({ limitPx: px('90') }));
    const standing = expect.objectContaining({ change: { limitPx: '100' } });
    expect(second).toEqual({ ...first, fresh: false, standing });
    expect(ledger.writes).toEqual(['envelope demo/BTC/1']);
    expect(ledger.envelopes.get(CLOID)).toMatchObject({ workflowId: WORKFLOW, sends: 0 });
    expect(venue.sent).toEqual([]);
  });

  test.each<[string, Partial<OrderIntent>, string, string]>([
    ['a bad shape', { triggerPx: px('1') }, 'invalid', 'triggerPx'],
    ['an unknown asset', { asset: 'NOPE' }, 'invalid', 'asset'],
    ['a size below the lot', { sizeBase: sizeBase('0.000001') }, 'invalid', 'sizeBase'],
    ['a price off the tick', { limitPx: px('100.1234') }, 'invalid', 'limitPx'],
    ['too small a value', { sizeBase: sizeBase('0.01') }, 'invalid', 'notional'],
    ['a time that has passed', { validUntilMs: 1 }, 'risk', 'validUntilMs'],
  ])('%s is denied by field, and nothing is stored', async (_what, changes, kind, field) => {
    const { prepare, ledger } = desk();
    const result = await prepare(intentOf(changes));
    expect(result).toMatchObject({ kind: 'denied', denial: { kind, field } });
    expect(envelopesIn(ledger)).toBe(0);
  });

  test('an order that is still valid passes', async () => {
    const { prepare } = desk();
    const result = await prepare(intentOf({ validUntilMs: Date.now() + 60_000 }));
    expect(result.kind).toBe('prepared');
  });

  test('what may be on the venue is followed, even if it would be denied now', async () => {
    const { prepare, world, refuse } = desk();
    await prepare();
    refuse(tooSmall);
    world.halt = 'by hand';
    const late = await prepare(intentOf({ validUntilMs: 1, asset: 'NOPE' }));
    expect(late).toMatchObject({ kind: 'prepared', fresh: false, nonce: NOW_MS });
  });

  test('an order typed by hand is judged by risk', async () => {
    const { prepare, judged, refuse, ledger } = desk();
    refuse(tooSmall);
    expect(await prepare()).toEqual({ kind: 'denied', denial: tooSmall });
    expect(judged).toHaveLength(1);
    expect(envelopesIn(ledger)).toBe(0);
  });

  test.each<[string, Partial<OrderIntent>]>([
    ['an order that only reduces', { reduceOnly: true }],
    ['an order whose decision passed risk', { approvalDigest: 'd1' }],
  ])('%s is not judged again', async (_what, changes) => {
    const { prepare, judged, refuse } = desk();
    refuse(tooSmall);
    expect((await prepare(intentOf(changes))).kind).toBe('prepared');
    expect(judged).toEqual([]);
  });

  test('an order without room beside others on their way is denied, and can never be sent later', async () => {
    const { prepare, ledger } = desk();
    ledger.noRoom = { field: 'positionSize', value: '2600 USD', rule: 'must be at most 2500 USD' };
    const denial = { kind: 'risk', ...ledger.noRoom };
    expect(await prepare()).toEqual({ kind: 'denied', denial });
    expect(envelopesIn(ledger)).toBe(0);
    ledger.noRoom = undefined;
    expect((await prepare()).kind).toBe('denied');
  });

  test('what only reduces asks for no room', async () => {
    const { prepare, ledger } = desk();
    ledger.noRoom = { field: 'positionSize', value: '2600 USD', rule: 'must be at most 2500 USD' };
    expect((await prepare(intentOf({ reduceOnly: true }))).kind).toBe('prepared');
  });

  test('room is asked for at the worst price that is sent, within the limits of now or of the decision', async () => {
    const { prepare, ledger, activities } = desk();
    const ceilings = { assetUsd: usd(2_500), grossUsd: usd(8_000), assets: 10 };
    const judging = createOrderActivities({ ...desk().world, ledger, judge: async () => ceilings });
    const { limitPx: _limit, ...market } = intentOf({ type: 'MARKET' });
    await judging.prepareOrder({ intent: market, epoch: 0, workflowId: WORKFLOW });
    const decided = {
      ...market,
      intentId: intentId('decided'),
      approvalDigest: 'd1',
      decisionPx: px('99'),
      ceilings: { ...ceilings, assets: 3 },
    };
    await activities.prepareOrder({ intent: decided, epoch: 0, workflowId: WORKFLOW });
    await prepare(intentOf({ intentId: intentId('sale'), side: 'sell', limitPx: px('90') }));
    expect(ledger.claims).toMatchObject([
      { asset: 'BTC', side: 'buy', sizeBase: '1', px: '101', markPx: '100', ceilings },
      { px: '99.9', markPx: '100', ceilings: { assets: 3 } },
      { side: 'sell', px: '100' },
    ]);
    expect(ledger.claims[2]).not.toHaveProperty('ceilings');
  });

  test('while entries are halted only what reduces passes', async () => {
    const { prepare, world } = desk();
    world.halt = 'by hand';
    const entry = await prepare(intentOf({ approvalDigest: 'd1' }));
    expect(entry).toMatchObject({ kind: 'denied', denial: { kind: 'halted', rule: 'by hand' } });
    const exit = await prepare(intentOf({ intentId: intentId('x'), reduceOnly: true }));
    expect(exit.kind).toBe('prepared');
  });

  test.each<[string, Partial<OrderIntent>, number]>([
    ['a resting order', {}, 15_000],
    ['an immediate order', { timeInForce: 'IOC' }, 8_000],
    ['an immediate order that protects', { timeInForce: 'IOC', leg: 'protect' }, 30_000],
  ])('%s may land for its time by the clock of the venue', async (_what, changes, ms) => {
    const { prepare } = desk();
    expect(await prepare(intentOf(changes))).toMatchObject({ expiresAfterMs: NOW_MS + ms });
  });

  test('each epoch has an envelope of its own', async () => {
    const { prepare, ledger } = desk();
    await prepare();
    expect(await prepare(intentOf(), 1)).toMatchObject({ fresh: true, nonce: NOW_MS + 1 });
    expect(envelopesIn(ledger)).toBe(2);
  });

  test('fails, to be repeated, when the ledger cannot store', async () => {
    const { prepare, ledger, venue } = desk();
    ledger.away.add('prepareEnvelope');
    await expect(prepare()).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
    });
    expect(venue.sent).toEqual([]);
  });
});

describe('sending an order', () => {
  const accepted = {
    kind: 'accepted',
    status: { oid: 7, status: 'open', remainingBase: sizeBase('1'), statusTimestampMs: 0 },
    executedBase: sizeBase('0'),
  } as const;
  const refused = { kind: 'rejected', reason: 'Insufficient margin' } as const;

  test('is counted in the ledger before it leaves', async () => {
    const { prepare, activities, ledger, venue } = desk();
    await prepare();
    venue.outcomes.push(accepted);
    const result = await activities.submitOrder({ cloid: CLOID });
    expect(result).toMatchObject({ outcome: accepted, sends: 1 });
    expect(venue.sent).toEqual([ledger.envelopes.get(CLOID)]);
    expect(venue.sent[0]?.sends).toBe(1);
  });

  test('the refusal of the first send is final', async () => {
    const { prepare, activities, venue } = desk();
    await prepare();
    venue.outcomes.push(refused);
    expect((await activities.submitOrder({ cloid: CLOID })).outcome).toEqual(refused);
  });

  test('the refusal of a second send leaves the order in doubt, and says whether a third can land', async () => {
    const { prepare, activities, venue } = desk();
    await prepare();
    const passed = { ...refused, noncePassed: true } as const;
    venue.outcomes.push({ kind: 'unknown', reason: 'HTTP 502' }, passed);
    await activities.submitOrder({ cloid: CLOID });
    expect(await activities.submitOrder({ cloid: CLOID })).toMatchObject({
      outcome: { ...passed, kind: 'unknown', reason: 'send 2 was refused: Insufficient margin' },
      sends: 2,
    });
    expect(venue.sent.map(({ sends: _sends, ...bytes }) => bytes)).toEqual([
      expect.objectContaining({ nonce: NOW_MS }),
      expect.objectContaining({ nonce: NOW_MS }),
    ]);
  });

  test('without an envelope nothing is sent', async () => {
    const { activities, venue } = desk();
    await expect(activities.submitOrder({ cloid: CLOID })).rejects.toMatchObject({
      type: 'RequestMalformed',
      nonRetryable: true,
    });
    await expect(activities.burnOrderNonce({ cloid: CLOID })).rejects.toThrow('no envelope');
    expect(venue.sent).toEqual([]);
  });

  test('without the ledger nothing is sent', async () => {
    const { prepare, activities, ledger, venue } = desk();
    await prepare();
    ledger.away.add('noteSend');
    await expect(activities.submitOrder({ cloid: CLOID })).rejects.toBeInstanceOf(
      ApplicationFailure,
    );
    expect(venue.sent).toEqual([]);
  });
});

describe('an intent that our own code cannot work with', () => {
  test('is denied, since it would fail again for ever', async () => {
    const { world, ledger } = desk();
    const venue = {
      ...world.venue,
      orderAction: () => {
        throw new RangeError('price 0: must be greater than 0');
      },
    };
    const activities = createOrderActivities({ ...world, venue, judge: async () => undefined });
    const request = { intent: intentOf(), epoch: 0, workflowId: WORKFLOW };
    expect(await activities.prepareOrder(request)).toMatchObject({
      kind: 'denied',
      denial: { kind: 'invalid', rule: 'price 0: must be greater than 0' },
    });
    expect(envelopesIn(ledger)).toBe(0);
  });

  test('is followed all the same when an earlier attempt stored its envelope', async () => {
    const { world, prepare } = desk();
    await prepare();
    const venue = {
      ...world.venue,
      assets: async () => {
        throw new RangeError('no such list');
      },
    };
    const activities = createOrderActivities({ ...world, venue, judge: async () => undefined });
    const request = { intent: intentOf(), epoch: 0, workflowId: WORKFLOW };
    expect(await activities.prepareOrder(request)).toMatchObject({
      kind: 'prepared',
      fresh: false,
    });
  });
});

describe('leverage', () => {
  const wanted = intentOf({ leverage: { value: 5, isCross: false } });

  test('is on the venue before the envelope is stored', async () => {
    const { prepare, venue, ledger } = desk();
    const before: number[] = [];
    const set = venue.setLeverage;
    venue.setLeverage = (...args) => {
      before.push(envelopesIn(ledger));
      return set(...args);
    };
    expect(await prepare(wanted)).toMatchObject({ kind: 'prepared' });
    expect([venue.leverages, before]).toEqual([['BTC 5 isolated'], [0]]);
  });

  test('that the venue refuses denies the order in the venue’s words, and nothing is stored', async () => {
    const { prepare, venue, ledger } = desk();
    venue.leverageRefusal = 'Cannot switch leverage type with open position.';
    expect(await prepare(wanted)).toMatchObject({
      kind: 'denied',
      denial: { field: 'leverage', rule: 'Cannot switch leverage type with open position.' },
    });
    expect(envelopesIn(ledger)).toBe(0);
  });

  test('beyond what the asset allows is denied without asking the venue', async () => {
    const { prepare, venue } = desk();
    const denied = await prepare(intentOf({ leverage: { value: 1_000, isCross: true } }));
    expect(denied).toMatchObject({ kind: 'denied', denial: { field: 'leverage' } });
    expect(venue.leverages).toEqual([]);
  });
});

describe('placing an order in one go', () => {
  const accepted = {
    kind: 'accepted',
    status: { oid: 7, status: 'open', remainingBase: sizeBase('1'), statusTimestampMs: 0 },
    executedBase: sizeBase('0'),
  } as const;
  const request = { intent: intentOf(), epoch: 0, workflowId: WORKFLOW };

  test('the envelope is stored, and counted as sent, before it leaves', async () => {
    const { activities, ledger, venue } = desk();
    venue.outcomes.push(accepted);
    const placed = await activities.placeOrder(request);
    expect(placed).toMatchObject({ fresh: true, submit: { outcome: accepted, sends: 1 } });
    expect(venue.sent).toEqual([ledger.envelopes.get(CLOID)]);
    expect(venue.sent[0]?.sends).toBe(1);
  });

  test('an envelope that was stored before is not sent: it may have been', async () => {
    const { activities, prepare, venue } = desk();
    await prepare();
    expect(await activities.placeOrder(request)).toMatchObject({ fresh: false });
    expect(venue.sent).toEqual([]);
  });

  test('an entry of a session that has stopped is denied, and its place is taken', async () => {
    const { world, ledger, venue } = desk();
    const refusing: typeof ledger.prepareEnvelope = async (draft) => {
      if (draft.action.type !== 'sealed') throw new SessionOver('demo', 'stopping');
      return ledger.prepareEnvelope(draft);
    };
    const activities = createOrderActivities({
      ...world,
      ledger: { ...ledger, prepareEnvelope: refusing },
      judge: async () => undefined,
    });
    expect(await activities.placeOrder(request)).toEqual({
      kind: 'denied',
      denial: {
        kind: 'halted',
        field: 'session',
        value: 'demo',
        rule: 'is stopping: it opens no position any more',
      },
    });
    expect([...ledger.envelopes.values()].map(isSealed)).toEqual([true]);
    expect(venue.sent).toEqual([]);
  });

  test('an order that was withdrawn is not placed by a second start', async () => {
    const { activities, ledger, venue } = desk();
    const end = await activities.placeOrder({ ...request, withdrawn: true });
    ledger.views.push(endedAs(intentOf(), 'CANCELLED'));
    expect(end).toEqual({ kind: 'unsent' });
    expect(await activities.placeOrder(request)).toEqual(end);
    expect(venue.sent).toEqual([]);
  });

  test('an order that was denied stays denied, also when it is withdrawn or approved later', async () => {
    const { world, activities, refuse, ledger, venue } = desk();
    refuse(tooSmall);
    const end = await activities.placeOrder(request);
    ledger.views.push(endedAs(intentOf(), 'DENIED', { denial: tooSmall }));
    expect(end).toEqual({ kind: 'denied', denial: tooSmall });
    const approving = createOrderActivities({ ...world, judge: async () => undefined });
    expect(await approving.placeOrder(request)).toEqual(end);
    expect(await approving.placeOrder({ ...request, withdrawn: true })).toEqual(end);
    expect(venue.sent).toEqual([]);
  });

  test('an order that the venue refused stays refused, whoever starts or withdraws it again', async () => {
    const { activities, prepare, ledger, venue } = desk();
    await prepare();
    ledger.views.push(
      endedAs(intentOf(), 'REJECTED', { cloid: CLOID, reason: 'Insufficient margin' }),
    );
    const refused = {
      fresh: true,
      submit: { outcome: { kind: 'rejected', reason: 'Insufficient margin' }, sends: 1 },
    };
    expect(await activities.placeOrder(request)).toMatchObject(refused);
    expect(await activities.prepareOrder({ ...request, withdrawn: true })).toMatchObject(refused);
    expect(venue.sent).toEqual([]);
  });

  test('an order that was withdrawn between two tries is withdrawn, whoever starts it again', async () => {
    const { activities, prepare, ledger, venue } = desk();
    await prepare();
    ledger.views.push(endedAs(intentOf(), 'CANCELLED'));
    expect(await activities.placeOrder(request)).toEqual({ kind: 'unsent' });
    expect(venue.sent).toEqual([]);
  });

  test('an order that the venue had, and cancelled, is asked for there', async () => {
    const { activities, prepare, ledger } = desk();
    await prepare();
    ledger.views.push(endedAs(intentOf(), 'CANCELLED', { cloid: CLOID, oid: 7 }));
    expect(await activities.placeOrder(request)).toMatchObject({ kind: 'prepared', fresh: false });
  });

  test('an order that the venue refused at a later try goes on there, and stays refused', async () => {
    const { activities, prepare, ledger } = desk();
    await prepare();
    const later = await prepare(intentOf(), 1);
    if (later.kind !== 'prepared') throw new Error('nothing is stored of the later try');
    const { cloid } = later;
    ledger.views.push(endedAs(intentOf(), 'REJECTED', { cloid, reason: 'too late' }));
    expect(await activities.placeOrder(request)).toMatchObject({
      standing: { facts: { cloid, epoch: 1, rejected: 'too late' } },
    });
  });

  test('what was stored late is not sent: whoever asked may have given up', async () => {
    const { world, ledger, venue } = desk();
    const slowly: typeof ledger.prepareEnvelope = async (draft) => {
      const stored = await ledger.prepareEnvelope(draft);
      jest.advanceTimersByTime(2_001);
      return stored;
    };
    const slow = { ...ledger, prepareEnvelope: slowly };
    const judge = async () => undefined;
    jest.useFakeTimers({ now: NOW_MS });
    try {
      const activities = createOrderActivities({ ...world, ledger: slow, judge });
      expect(await activities.placeOrder(request)).toMatchObject({ fresh: false });
    } finally {
      jest.useRealTimers();
    }
    expect(ledger.envelopes.has(CLOID)).toBe(true);
    expect(venue.sent).toEqual([]);
  });

  test('a denied order is neither stored nor sent', async () => {
    const { activities, refuse, ledger, venue } = desk();
    refuse(tooSmall);
    expect(await activities.placeOrder(request)).toEqual({ kind: 'denied', denial: tooSmall });
    expect([envelopesIn(ledger), venue.sent.length]).toEqual([0, 0]);
  });

  test('without the ledger nothing is sent', async () => {
    const { activities, ledger, venue } = desk();
    ledger.away.add('prepareEnvelope');
    await expect(activities.placeOrder(request)).rejects.toBeInstanceOf(ApplicationFailure);
    expect(venue.sent).toEqual([]);
  });
});

describe('looking an order up', () => {
  const request = {
    account: ACCOUNT,
    cloid: CLOID,
    sizeBase: sizeBase('1'),
    knownFilledBase: sizeBase('0'),
    sinceMs: NOW_MS,
  };
  const status = (word: string, remaining: string) => ({
    cloid: CLOID,
    asset: 'BTC',
    fact: { oid: 7, status: word, remainingBase: sizeBase(remaining), statusTimestampMs: 1 },
  });

  test('is absent only when status, open orders and executions all lack it', async () => {
    const { activities, venue } = desk();
    venue.orders = [venueOrder({ cloid: cloidOf(TAG, intentOf(), 9) })];
    venue.fills = [venueFill(1)];
    expect(await activities.lookUpOrder(request)).toEqual({
      fills: [],
      absentEverywhere: true,
      resting: false,
      exchangeTimeMs: NOW_MS,
    });
  });

  test('an order among the open ones is not absent', async () => {
    const { activities, venue } = desk();
    venue.orders = [venueOrder({ cloid: CLOID })];
    expect((await activities.lookUpOrder(request)).absentEverywhere).toBe(false);
  });

  test('an order with an execution is not absent', async () => {
    const { activities, venue } = desk();
    venue.fills = [venueFill(1, { cloid: CLOID })];
    const seen = await activities.lookUpOrder(request);
    expect(seen.absentEverywhere).toBe(false);
    expect(seen.fills).toEqual([expect.objectContaining({ tid: 1, sizeBase: '1' })]);
    expect(seen.fills[0]).not.toHaveProperty('hash');
  });

  test('an execution that an order hears of is in the ledger: its room ends where the position begins', async () => {
    const { activities, venue, ledger } = desk();
    venue.fills = [venueFill(1, { cloid: CLOID }), venueFill(2)];
    await activities.lookUpOrder(request);
    expect([...ledger.fills.values()].map(({ tid }) => tid)).toEqual([1]);
  });

  test('executions are asked for only when the venue counts more than is known', async () => {
    const { activities, venue } = desk();
    venue.fills = [venueFill(1, { cloid: CLOID }), venueFill(2)];
    venue.statuses.set(CLOID, status('open', '1'));
    expect((await activities.lookUpOrder(request)).fills).toEqual([]);
    expect(venue.fillsAskedSince).toEqual([]);
    venue.statuses.set(CLOID, status('filled', '0'));
    const seen = await activities.lookUpOrder(request);
    expect(seen.status?.status).toBe('filled');
    expect(seen.fills.map((fill) => fill.tid)).toEqual([1]);
    expect(venue.fillsAskedSince).toEqual([NOW_MS - 60_000]);
  });

  test('the clock is read before the order is, so that a fence is never passed too early', async () => {
    const { activities, venue } = desk();
    const times = venue.exchangeTimeMs;
    const calls: string[] = [];
    venue.exchangeTimeMs = () => {
      calls.push('clock');
      return times();
    };
    venue.orderStatus = async () => {
      calls.push('status');
      venue.nowMs += 9_000;
      return undefined;
    };
    expect((await activities.lookUpOrder(request)).exchangeTimeMs).toBe(NOW_MS);
    expect(calls).toEqual(['clock', 'status']);
  });

  test('fails, to be repeated, when any part cannot be read', async () => {
    const { activities, venue } = desk();
    venue.openOrders = () => Promise.reject(new VenueUnreachable('HTTP 502'));
    await expect(activities.lookUpOrder(request)).rejects.toMatchObject({
      type: 'VenueUnreachable',
      nonRetryable: false,
    });
  });
});

describe('the rest of an order', () => {
  test('a cancel has a nonce of its own', async () => {
    const { activities, prepare, venue } = desk();
    await prepare();
    const nonces: number[] = [];
    venue.cancel = async (_asset, _cloid, nonce) => {
      nonces.push(nonce);
      return { kind: 'cancelled' };
    };
    await activities.cancelOnVenue({ asset: 'BTC', cloid: CLOID });
    await activities.cancelOnVenue({ asset: 'BTC', cloid: CLOID });
    expect(nonces).toEqual([NOW_MS + 1, NOW_MS + 2]);
  });

  test("burning uses the envelope's own nonce", async () => {
    const { activities, prepare } = desk();
    await prepare();
    expect(await activities.burnOrderNonce({ cloid: CLOID })).toBe('burnt');
  });
});
