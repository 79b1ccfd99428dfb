import { describe, expect, test } from '@jest/globals';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { cloidOf } from '../../activities/order-envelope.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { phaseOf } from '../../domain/execution/order-facts.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { venueFill } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, TAG } from './support/fake-world.ts';

const intent: OrderIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('sealed'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  timeInForce: 'GTC',
  sizeBase: sizeBase('3'),
  limitPx: px('100'),
  reduceOnly: false,
};
const request = (epoch: number) => ({ intent, epoch, workflowId: 'order:sealed' });

function desk(judge: () => Promise<undefined> = async () => undefined) {
  const world = fakeWorld();
  return { ...world, activities: createOrderActivities({ ...world, judge }) };
}

describe('an attempt that was put to sleep and wakes up late', () => {
  test('sends nothing of an order that was withdrawn meanwhile', async () => {
    const { activities, venue } = desk();
    expect(await activities.prepareOrder({ ...request(0), withdrawn: true })).toEqual({
      kind: 'unsent',
    });
    expect(await activities.placeOrder(request(0))).toEqual({ kind: 'unsent' });
    expect(venue.sent).toEqual([]);
  });

  test('sends nothing of an order that was denied meanwhile', async () => {
    const waking = Promise.withResolvers<undefined>();
    const asleep = desk(() => waking.promise);
    const { ledger, venue } = asleep;
    const late = asleep.activities.placeOrder(request(0));
    const refusal = { kind: 'risk', field: 'size', value: '3', rule: 'too much by now' } as const;
    const awake = createOrderActivities({ ...asleep, ledger, judge: async () => refusal });
    expect(await awake.placeOrder(request(0))).toMatchObject({ kind: 'denied' });
    waking.resolve(undefined);
    expect(await late).toEqual({ kind: 'denied', denial: refusal });
    expect(venue.sent).toEqual([]);
  });

  test.each([
    ['denied', false],
    ['unsent', true],
  ])(
    'finds that it was %s first, also when that was taken back for a moment',
    async (kind, withdrawn) => {
      const refusal = { kind: 'risk', field: 'size', value: '3', rule: 'too much' } as const;
      const world = desk();
      const denying = createOrderActivities({ ...world, judge: async () => refusal });
      const first = await denying.placeOrder({ ...request(0), withdrawn });
      expect(first).toMatchObject({ kind });
      expect(await denying.placeOrder({ ...request(0), withdrawn: !withdrawn })).toEqual(first);
      expect(await world.activities.placeOrder(request(0))).toEqual(first);
      expect(world.venue.sent).toEqual([]);
    },
  );

  test('opens no other epoch of an order that has ended', async () => {
    const { activities, venue } = desk();
    await activities.placeOrder(request(0));
    expect(await activities.sealOrder(request(0))).toBeUndefined();
    expect(await activities.placeOrder(request(1))).toEqual({ kind: 'unsent' });
    expect(venue.sent).toHaveLength(1);
  });
});

describe('an order of which the ledger has a newer epoch', () => {
  test('is not sealed: it goes on from there, with what the earlier one executed', async () => {
    const { activities, venue } = desk();
    await activities.placeOrder(request(0));
    const left = { ...intent, sizeBase: sizeBase('2'), limitPx: px('99') };
    await activities.placeOrder({ ...request(1), intent: left });
    venue.fills = [venueFill(1, { cloid: cloidOf(TAG, intent, 0) })];
    const standing = await activities.sealOrder(request(0));
    expect(standing?.facts).toMatchObject({ epoch: 1, sizeBase: '2' });
    expect(standing?.change).toEqual({ limitPx: '99' });
    expect(standing && phaseOf(standing.facts)).toBe('inDoubt');
    expect(standing?.past.map(({ fills }) => Object.keys(fills).length)).toEqual([1]);
  });

  test('is followed from there when it is started again by its intent alone', async () => {
    const { activities } = desk();
    await activities.placeOrder(request(0));
    await activities.placeOrder(request(1));
    const again = await activities.placeOrder(request(0));
    expect(again).toMatchObject({
      kind: 'prepared',
      fresh: false,
      standing: { facts: { epoch: 1 } },
    });
  });
});

describe('an epoch that a lost run had opened for another amendment', () => {
  const sized = (size: string) => ({ ...intent, sizeBase: sizeBase(size) });
  const priced = (price: string) => ({ ...intent, limitPx: px(price) });

  test('is followed as it was sent, by the size that the venue counts', async () => {
    const { activities, venue } = desk();
    await activities.placeOrder(request(0));
    await activities.placeOrder({ ...request(1), intent: sized('41') });
    venue.fills = [venueFill(1, { cloid: cloidOf(TAG, intent, 1) })];
    const again = await activities.placeOrder({ ...request(1), intent: sized('2') });
    expect(again).toMatchObject({
      fresh: false,
      standing: { facts: { epoch: 1, sizeBase: '41' }, past: [{ epoch: 0, sizeBase: '3' }] },
    });
    expect(venue.sent).toHaveLength(2);
  });

  test('is followed at the price that was sent', async () => {
    const { activities } = desk();
    await activities.placeOrder(request(0));
    await activities.placeOrder({ ...request(1), intent: priced('98') });
    const again = await activities.placeOrder({ ...request(1), intent: priced('97') });
    expect(again).toMatchObject({ standing: { facts: { epoch: 1 }, change: { limitPx: '98' } } });
  });

  test('is just found when it asks for the same', async () => {
    const { activities } = desk();
    await activities.placeOrder(request(0));
    await activities.placeOrder({ ...request(1), intent: sized('2.0') });
    const again = await activities.placeOrder({ ...request(1), intent: sized('2') });
    expect(again).toMatchObject({ kind: 'prepared', fresh: false });
    expect(again).not.toHaveProperty('standing');
  });
});
