import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  cancelEntries,
  createKillSwitchActivities,
} from '../../activities/kill-switch.activities.ts';
import { createOrderActivities } from '../../activities/order.activities.ts';
import type { OrderToCancel } from '../../activities/ports/kill-switch.ts';
import type { CancelOutcome } from '../../activities/ports/venue.ts';
import { haltFile, haltRule, liftHalt } from '../../config/halt-file.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { type Cloid, intentId } from '../../domain/kernel/ids.ts';
import { NOW_MS, venueOrder, venueStop } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, TAG } from './support/fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'kill-switch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ourCloid = (index: number): Cloid =>
  `0x${TAG}${index.toString(16).padStart(24, '0')}` as Cloid;
const ourEntry = (index: number) => venueOrder({ oid: index, cloid: ourCloid(index) });

/** A book whose cancels come true unless the test says otherwise. */
function book(refuse: (round: number, cloid: Cloid) => boolean = () => false) {
  const { venue } = fakeWorld();
  const batches: (readonly OrderToCancel[])[] = [];
  const nonces: number[] = [];
  let nonce = NOW_MS;
  const ports = {
    venue,
    tag: TAG,
    pause: async () => undefined,
    nextNonce: async () => ++nonce,
    noteCancels: async () => undefined,
    cancelMany: async (
      orders: readonly OrderToCancel[],
      used: number,
    ): Promise<readonly CancelOutcome[]> => {
      batches.push(orders);
      nonces.push(used);
      return orders.map(({ cloid }): CancelOutcome => {
        if (refuse(batches.length, cloid)) return { kind: 'unknown', reason: 'no answer' };
        venue.orders = venue.orders.filter((order) => order.cloid !== cloid);
        return { kind: 'cancelled' };
      });
    },
  };
  return { venue, ports, batches, nonces };
}

describe('cancelling entries', () => {
  test('takes every entry of ours, in batches, each with a nonce of its own', async () => {
    const { venue, ports, batches, nonces } = book();
    venue.orders = Array.from({ length: 95 }, (_none, index) => ourEntry(index));
    expect(await cancelEntries(ports, ACCOUNT, 'drill')).toEqual({ cancelled: 95, left: [] });
    expect(batches.map((batch) => batch.length)).toEqual([39, 39, 17]);
    expect(new Set(nonces).size).toBe(3);
  });

  test('leaves what reduces and what is not ours', async () => {
    const { venue, ports } = book();
    const stop = { ...venueStop('1', '90'), cloid: ourCloid(1) };
    const foreign = venueOrder({ oid: 2, cloid: `0x${'9'.repeat(32)}` as Cloid });
    const nameless = venueOrder({ oid: 3 });
    venue.orders = [stop, foreign, nameless, ourEntry(4)];
    expect(await cancelEntries(ports, ACCOUNT, 'drill')).toEqual({ cancelled: 1, left: [] });
    expect(venue.orders).toEqual([stop, foreign, nameless]);
  });

  test('asks again for what was not answered, and tells what is left in the end', async () => {
    const stubborn = ourCloid(2);
    const { venue, ports } = book((round, cloid) => round === 1 || cloid === stubborn);
    venue.orders = [ourEntry(1), ourEntry(2)];
    expect(await cancelEntries(ports, ACCOUNT, 'drill')).toEqual({
      cancelled: 1,
      left: [stubborn],
    });
  });

  test('finds an entry that lands after the first look', async () => {
    const { venue, ports } = book();
    let looks = 0;
    const late = {
      ...ports,
      venue: {
        openOrders: async () => {
          looks += 1;
          if (looks === 2) venue.orders = [ourEntry(7)];
          return venue.orders;
        },
      },
    };
    expect(await cancelEntries(late, ACCOUNT, 'drill')).toEqual({ cancelled: 1, left: [] });
  });

  test('a signal halts, and cancels only if it says so', async () => {
    const { venue, ports } = book();
    venue.orders = [ourEntry(1)];
    const trips: string[] = [];
    const killSwitch = {
      halted: () => undefined,
      trip: (reason: string, by: string) => void trips.push(`${by}: ${reason}`),
    };
    const { haltEntries } = createKillSwitchActivities({ ...ports, killSwitch });
    const request = { account: ACCOUNT, reason: 'drill', cancelEntries: false };
    expect(await haltEntries(request)).toBeUndefined();
    expect(venue.orders).toHaveLength(1);
    expect(await haltEntries({ ...request, cancelEntries: true })).toEqual({
      cancelled: 1,
      left: [],
    });
    expect(trips).toEqual(['signal: drill', 'signal: drill']);
  });
});

const intentOf = (key: string, reduceOnly: boolean): OrderIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(key),
  strategy: 'burst',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('1'),
  reduceOnly,
  limitPx: px('100'),
  approvalDigest: 'd1',
});

describe('a halt in mid-burst', () => {
  test('holds back every entry that has not left, and no exit, a hundred times', async () => {
    for (let trial = 0; trial < 100; trial += 1) {
      const world = fakeWorld();
      let sentEntries = 0;
      let trippedAt: number | undefined;
      const { placeOrder } = createOrderActivities({
        ...world,
        halted: () => haltRule(folder),
        venue: {
          ...world.venue,
          send: async (envelope) => {
            const [order] = envelope.action.orders as readonly { readonly r: boolean }[];
            if (order?.r === false) sentEntries += 1;
            // Somebody trips the switch by hand while this send is on its way.
            if (sentEntries === 1 + (trial % 20) && trippedAt === undefined) {
              writeFileSync(haltFile(folder), 'mid-burst');
              trippedAt = sentEntries;
            }
            return { kind: 'rejected', reason: 'by the venue' };
          },
        },
      });
      const results = await Promise.all(
        Array.from({ length: 40 }, (_none, index) => {
          const intent = intentOf(`${trial}/${index}`, index % 2 === 1);
          return placeOrder({ intent, epoch: 0, workflowId: 'w' });
        }),
      );
      expect(trippedAt).toBeDefined();
      expect(sentEntries).toBe(trippedAt);
      const entries = results.filter((_result, index) => index % 2 === 0);
      const held = entries.filter((result) => {
        const text = JSON.stringify(result);
        return result.kind === 'denied' || text.includes('not sent: entries are halted: mid-burst');
      });
      expect(held).toHaveLength(20 - sentEntries);
      const exits = results.filter((_result, index) => index % 2 === 1);
      for (const exit of exits) expect(JSON.stringify(exit)).toContain('by the venue');
      liftHalt(folder);
    }
  });

  test('a resend that is held back leaves the order in doubt: an earlier send may have landed', async () => {
    const world = fakeWorld();
    const { placeOrder, submitOrder } = createOrderActivities(world);
    const placed = await placeOrder({ intent: intentOf('a', false), epoch: 0, workflowId: 'w' });
    if (placed.kind !== 'prepared') throw new Error(placed.kind);
    world.halt = 'by hand';
    const again = await submitOrder({ cloid: placed.cloid });
    expect(again).toMatchObject({ outcome: { kind: 'unknown' }, sends: 2 });
    expect(world.venue.sent).toHaveLength(1);
  });
});
