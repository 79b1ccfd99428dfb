import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { cancelTogether } from '../../activities/cancel-together.ts';
import { CANCELS_PER_ACTION, type CancelNote } from '../../activities/ports/kill-switch.ts';
import type { CancelOutcome } from '../../activities/ports/venue.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';

/** The venue keeps so many of a signer's highest nonces, and refuses one below them. */
const REMEMBERED_NONCES = 100;

const ordersOf = (count: number) =>
  Array.from({ length: count }, (_none, index) => ({
    asset: 'BTC',
    cloid: `0x${index.toString(16).padStart(32, '0')}` as Cloid,
  }));

/** A venue that answers when everybody else had a turn. */
function slowVenue(outcome: (nonce: number) => CancelOutcome = () => ({ kind: 'cancelled' })) {
  const onTheirWay = new Set<number>();
  const asked: Cloid[] = [];
  const notes: (CancelNote & { readonly cloids: readonly Cloid[] })[] = [];
  let nonce = 0;
  let most = 0;
  let overtakenBy = 0;
  return {
    asked,
    told: () => ({ most, overtakenBy }),
    notes,
    nextNonce: async () => ++nonce,
    noteCancels: async (cloids: readonly Cloid[], note: CancelNote) => {
      notes.push({ ...note, cloids });
    },
    cancelMany: async (orders: readonly { readonly cloid: Cloid }[], used: number) => {
      onTheirWay.add(used);
      asked.push(...orders.map(({ cloid }) => cloid));
      most = Math.max(most, onTheirWay.size);
      overtakenBy = Math.max(overtakenBy, used - Math.min(...onTheirWay));
      await turn();
      onTheirWay.delete(used);
      return orders.map(() => outcome(used));
    },
  };
}

describe('cancelling together', () => {
  test('has many actions on their way at once, and none that its followers make too old', async () => {
    const venue = slowVenue();
    const orders = ordersOf(3 * REMEMBERED_NONCES * CANCELS_PER_ACTION);
    expect(await cancelTogether(venue, orders, 'drill')).toBe(orders.length);
    expect(venue.told().most).toBeGreaterThan(10);
    expect(venue.told().overtakenBy).toBeLessThan(REMEMBERED_NONCES);
    expect(venue.asked).toEqual(orders.map(({ cloid }) => cloid));
  });

  test('an action that fails takes none of the others with it', async () => {
    const venue = slowVenue((nonce) =>
      nonce === 2 ? { kind: 'unknown', reason: 'no answer' } : { kind: 'cancelled' },
    );
    const orders = ordersOf(3 * CANCELS_PER_ACTION);
    expect(await cancelTogether(venue, orders, 'drill')).toBe(2 * CANCELS_PER_ACTION);
  });

  test('is noted for every order, with its reason and how many went with it', async () => {
    const venue = slowVenue();
    const orders = ordersOf(CANCELS_PER_ACTION + 1);
    await cancelTogether(venue, orders, 'drill');
    expect(venue.notes).toMatchObject([{ reason: 'drill', together: 40, cloids: venue.asked }]);
    await cancelTogether(venue, [], 'nothing rests');
    expect(venue.notes).toHaveLength(1);
  });

  test('a ledger that cannot note it leaves nothing in the market', async () => {
    const noteCancels = async (): Promise<never> => {
      throw new Error('the ledger is away');
    };
    const venue = { ...slowVenue(), noteCancels };
    expect(await cancelTogether(venue, ordersOf(2), 'drill')).toBe(2);
  });
});
