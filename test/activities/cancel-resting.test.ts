import { describe, expect, test } from '@jest/globals';
import { createCancelRestingActivities } from '../../activities/cancel-resting.activities.ts';
import type { CancelNote, OrderToCancel } from '../../activities/ports/kill-switch.ts';
import type { OpenOrderRow } from '../../activities/ports/ledger.ts';
import type { CancelOutcome } from '../../activities/ports/venue.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { intentOf } from '../domain/execution/samples.ts';
import { NOW_MS, venueOrder } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, TAG } from './support/fake-world.ts';

const cloidOf = (index: number): Cloid =>
  `0x${TAG}${index.toString(16).padStart(24, '0')}` as Cloid;

type Changes = Partial<Pick<OpenOrderRow['intent'], 'asset' | 'session' | 'parent'>>;

/** Orders that rest and that the ledger has open, and a venue that cancels what it is asked to. */
function book(orders: readonly Changes[], answer: (cloid: Cloid) => CancelOutcome['kind']) {
  const { venue, ledger } = fakeWorld();
  const actions: (readonly OrderToCancel[])[] = [];
  const nonces: number[] = [];
  const notes: CancelNote[] = [];
  const rows = orders.map((changes, index): OpenOrderRow => {
    const intent = { ...intentOf(), intentId: intentId(`k-${index}`), ...changes };
    return { intent, workflowId: `order:${index}`, cloid: cloidOf(index), status: 'OPEN' };
  });
  venue.orders = rows.map(({ intent, cloid }, index) =>
    venueOrder({ oid: index, asset: intent.asset, ...(cloid === undefined ? {} : { cloid }) }),
  );
  const { cancelResting } = createCancelRestingActivities({
    venue,
    ledger: { ...ledger, openOrders: async () => rows },
    nextNonce: async () => NOW_MS + nonces.push(nonces.length),
    noteCancels: async (_cloids, note) => void notes.push(note),
    cancelMany: async (asked) => {
      actions.push(asked);
      return asked.map(({ cloid }): CancelOutcome => {
        const kind = answer(cloid);
        return kind === 'cancelled' ? { kind } : { kind: 'unknown', reason: 'no answer' };
      });
    },
  });
  return { venue, rows, actions, notes, cancelResting };
}

const always = (): 'cancelled' => 'cancelled';

describe('cancelling many orders together', () => {
  test('takes as few actions as they weigh one each', async () => {
    const orders = Array.from({ length: 95 }, () => ({}));
    const { actions, cancelResting } = book(orders, always);
    expect(await cancelResting({ account: ACCOUNT })).toEqual({ cancelled: 95, left: 0 });
    expect(actions.map((asked) => asked.length)).toEqual([39, 39, 17]);
  });

  test('leaves the legs of parents, and what is not of the asset or the session', async () => {
    const orders = [
      { asset: 'BTC', session: 'demo' },
      { asset: 'ETH', session: 'demo' },
      { asset: 'BTC', session: 'other' },
      { asset: 'BTC' },
      { asset: 'BTC', session: 'demo', parent: intentId('ladder') },
    ];
    const { actions, notes, cancelResting } = book(orders, always);
    const choice = { account: ACCOUNT, asset: 'BTC', session: 'demo' };
    expect(await cancelResting(choice)).toEqual({ cancelled: 1, left: 0 });
    expect(actions).toEqual([[{ asset: 'BTC', cloid: cloidOf(0) }]]);
    expect(notes.map(({ reason }) => reason)).toEqual([
      'all orders of session demo in BTC were to be cancelled',
    ]);
    await cancelResting({ account: ACCOUNT });
    expect(actions.at(-1)?.map(({ cloid }) => cloid)).toEqual([0, 1, 2, 3].map(cloidOf));
  });

  test('touches nothing that rests without being ours, and asks for nothing that does not rest', async () => {
    const { venue, actions, cancelResting } = book([{}, {}], always);
    const foreign = venueOrder({ oid: 7, cloid: `0x${'9'.repeat(32)}` as Cloid });
    venue.orders = [...venue.orders.slice(1), foreign, venueOrder({ oid: 8 })];
    expect(await cancelResting({ account: ACCOUNT })).toEqual({ cancelled: 1, left: 0 });
    expect(actions).toHaveLength(1);
    expect(actions[0]?.map(({ cloid }) => cloid)).toEqual([cloidOf(1)]);
  });

  test('what the venue did not confirm is told as left', async () => {
    const { cancelResting } = book([{}, {}, {}], (cloid) =>
      cloid === cloidOf(1) ? 'unknown' : 'cancelled',
    );
    expect(await cancelResting({ account: ACCOUNT })).toEqual({ cancelled: 2, left: 1 });
  });
});
