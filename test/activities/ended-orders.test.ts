/** An order whose end was told and that is started once more, after it had been amended. */
import { describe, expect, test } from '@jest/globals';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { cloidOf } from '../../activities/order-envelope.ts';
import { type Denial, phaseOf } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { endedAs, intentOf } from '../domain/execution/samples.ts';
import { NOW_MS } from './support/fake-venue.ts';
import { fakeWorld, TAG } from './support/fake-world.ts';

type FakeWorld = ReturnType<typeof fakeWorld>;

const intent = intentOf({
  intentId: intentId('amended'),
  sizeBase: sizeBase('3'),
  limitPx: px('100'),
});
const denial: Denial = { kind: 'risk', field: 'grossExposure', value: '9', rule: 'too much' };
const orderStatus = {
  asset: 'BTC',
  cloid: cloidOf(TAG, intent, 1),
  fact: { oid: 8, status: 'canceled', remainingBase: sizeBase('2'), statusTimestampMs: NOW_MS },
};
const cloidAt = (epoch: number) => cloidOf(TAG, intent, epoch);

/** Started again with as many epochs stored, and the end that was told. */
async function told(
  epochs: number,
  end: Partial<OrderView>,
  arrange: (world: FakeWorld) => void = () => undefined,
) {
  const world = fakeWorld();
  arrange(world);
  const activities = createOrderActivities({ ...world, judge: async () => undefined });
  const request = (epoch: number) => ({ intent, epoch, workflowId: 'order:amended' });
  for (let epoch = 0; epoch < epochs; epoch += 1) await activities.placeOrder(request(epoch));
  world.ledger.views.push(endedAs(intent, 'CANCELLED', end));
  const { sent } = world.venue;
  const sentBefore = sent.length;
  const again = await activities.placeOrder(request(0));
  expect(sent).toHaveLength(sentBefore);
  if (again.kind !== 'prepared') throw new Error(`it is ${again.kind}`);
  return again;
}

describe('an amended order that is started again after its end', () => {
  test.each([1, 2])('was denied behind %i stored epochs: it stays denied', async (epochs) => {
    const { ended, standing } = await told(epochs, { status: 'DENIED', denial });
    expect(ended).toBe(true);
    expect(standing?.facts).toMatchObject({ epoch: epochs, denied: denial });
    expect(standing && phaseOf(standing.facts)).toBe('denied');
    expect(standing?.past.map(({ cloid }) => cloid)).toEqual(
      Array.from({ length: epochs }, (_, epoch) => cloidAt(epoch)),
    );
  });

  test('was withdrawn behind an epoch that had executed: it stays cancelled', async () => {
    const executed = { filledBase: sizeBase('1'), oid: 7, reason: 'not wanted' };
    const { standing } = await told(1, executed);
    expect(standing?.facts).toMatchObject({ epoch: 1, withdrawn: 'not wanted' });
    expect(standing && phaseOf(standing.facts)).toBe('cancelled');
  });

  const later = { cloid: cloidAt(1), oid: 7, filledBase: sizeBase('1'), reason: 'as it was' };

  test.each([
    ['REJECTED', 'rejected'],
    ['CANCELLED', 'cancelled'],
  ] as const)(
    'was %s at an epoch that the venue does not know: so it stays',
    async (status, phase) => {
      const { standing } = await told(2, { ...later, status });
      expect(standing?.facts.epoch).toBe(1);
      expect(standing && phaseOf(standing.facts)).toBe(phase);
    },
  );

  test.each(['FILLED', 'EXPIRED'] as const)(
    'was %s at its last epoch: the venue is asked',
    async (status) => {
      const { ended, standing } = await told(2, { ...later, status });
      expect(ended).toBe(true);
      expect(standing && phaseOf(standing.facts)).toBe('inDoubt');
    },
  );

  test('was cancelled at an epoch that the venue knows: the venue is asked', async () => {
    const { standing } = await told(2, later, ({ venue }) => {
      venue.statuses.set(cloidAt(1), orderStatus);
    });
    expect(standing && phaseOf(standing.facts)).toBe('inDoubt');
  });
});
