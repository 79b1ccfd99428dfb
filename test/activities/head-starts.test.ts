import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createHeadStarts } from '../../activities/head-starts.ts';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { cloidOf } from '../../activities/order-envelope.ts';
import { createSessionActivities } from '../../activities/session.activities.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { endedAs } from '../domain/execution/samples.ts';
import { BTC } from '../domain/market/samples.ts';
import { ACCOUNT, fakeWorld, TAG } from './support/fake-world.ts';
import { BAR_MS, decideRequest, turning } from './support/strategy.ts';

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
const requestOf = (intent: OrderIntent, epoch = 0) => ({ intent, epoch, workflowId: WORKFLOW });

function desk() {
  const world = { ...fakeWorld(), judge: async () => undefined };
  const headStarts = createHeadStarts(world);
  const activities = createOrderActivities({ ...world, headStarts });
  const strangers = createOrderActivities(world);
  return { ...world, world, headStarts, activities, strangers };
}

afterEach(() => {
  jest.useRealTimers();
});

describe('an order that is given a head start', () => {
  test('sends the envelope that was begun, which is stored once and before the send', async () => {
    const { headStarts, activities, ledger, venue } = desk();
    headStarts.begin(intentOf());
    await Promise.resolve();
    const placed = await activities.placeOrder(requestOf(intentOf()));
    expect(placed).toMatchObject({ kind: 'prepared', fresh: true, submit: { sends: 1 } });
    expect(ledger.writes).toEqual(['envelope demo/BTC/1']);
    expect(venue.sent).toHaveLength(1);
  });

  test('is sent by one alone: done again it is looked into', async () => {
    const { headStarts, activities, venue } = desk();
    headStarts.begin(intentOf());
    await activities.placeOrder(requestOf(intentOf()));
    expect(await activities.placeOrder(requestOf(intentOf()))).toMatchObject({ fresh: false });
    headStarts.begin(intentOf());
    expect(await activities.placeOrder(requestOf(intentOf()))).toMatchObject({ fresh: false });
    expect(venue.sent).toHaveLength(1);
  });

  test('is looked into by another process, which cannot know that it was not sent', async () => {
    const { headStarts, strangers, venue, ledger } = desk();
    headStarts.begin(intentOf());
    await new Promise(setImmediate);
    expect(ledger.envelopes.size).toBe(1);
    expect(await strangers.placeOrder(requestOf(intentOf()))).toMatchObject({ fresh: false });
    expect(venue.sent).toEqual([]);
  });

  test('does without it when it means another order, another epoch, or is withdrawn', () => {
    const { headStarts } = desk();
    headStarts.begin(intentOf());
    expect(headStarts.take({ ...requestOf(intentOf()), withdrawn: true })).toBeUndefined();
    expect(headStarts.take(requestOf(intentOf(), 1))).toBeUndefined();
    expect(headStarts.take(requestOf(intentOf({ sizeBase: sizeBase('2') })))).toBeUndefined();
  });

  test('hears of its failure, and prepares again without it', async () => {
    const { headStarts, activities, ledger } = desk();
    ledger.away.add('prepareEnvelope');
    headStarts.begin(intentOf());
    await new Promise(setImmediate);
    ledger.away.clear();
    await expect(activities.placeOrder(requestOf(intentOf()))).rejects.toMatchObject({
      type: 'StoreUnavailable',
    });
    expect(await activities.placeOrder(requestOf(intentOf()))).toMatchObject({ fresh: true });
  });

  test('and is refused, is in doubt when somebody else has found its envelope and sent it', async () => {
    const { headStarts, activities, ledger, venue } = desk();
    headStarts.begin(intentOf());
    await new Promise(setImmediate);
    await ledger.noteSend(cloidOf(TAG, intentOf(), 0));
    venue.outcomes.push({ kind: 'rejected', reason: 'Only post-only orders allowed' });
    expect(await activities.placeOrder(requestOf(intentOf()))).toMatchObject({
      submit: { outcome: { kind: 'unknown' }, sends: 2 },
    });
  });

  test('that was denied, stays what another run has told since', async () => {
    const { world, ledger } = desk();
    const denial = { kind: 'risk', field: 'sizeBase', value: '1', rule: 'is too much' } as const;
    const refusing = { ...world, judge: async () => denial };
    const headStarts = createHeadStarts(refusing);
    const activities = createOrderActivities({ ...refusing, headStarts });
    headStarts.begin(intentOf());
    await new Promise(setImmediate);
    ledger.views.push(endedAs(intentOf(), 'CANCELLED'));
    expect(await activities.placeOrder(requestOf(intentOf()))).toEqual({ kind: 'unsent' });
  });

  test('has four seconds to come for it', () => {
    jest.useFakeTimers();
    const { headStarts } = desk();
    headStarts.begin(intentOf());
    jest.advanceTimersByTime(4_001);
    expect(headStarts.take(requestOf(intentOf()))).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is none that sets leverage first: that is sent to the venue', async () => {
    const { headStarts, ledger } = desk();
    headStarts.begin(intentOf({ leverage: { value: 3, isCross: true } }));
    await new Promise(setImmediate);
    expect(ledger.writes).toEqual([]);
  });
});

test('a session gives one to what it has decided, once the decision is stored', async () => {
  const { world, headStarts, ledger, market } = desk();
  market.snapshots.set('BTC', turning(BTC, 1));
  const session = createSessionActivities({ ...world, headStarts });
  await session.decideBars(decideRequest({ assets: ['BTC'] }));
  await new Promise(setImmediate);
  const id = `demo-10000/BTC/${BAR_MS}/open`;
  expect(ledger.writes).toEqual(['decisions 1', `envelope ${id}`]);
  const [started] = world.workflows.started;
  expect(started && [...ledger.envelopes.keys()]).toEqual([
    started && cloidOf(TAG, started.intent, 0),
  ]);
});
