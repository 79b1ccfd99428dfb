import { describe, expect, test } from '@jest/globals';
import { VenueUnreachable } from '../../../activities/ports/errors.ts';
import type { VenueConnection } from '../../../gateways/hyperliquid/connection.ts';
import { createFundingStore } from '../../../gateways/hyperliquid/funding-store.ts';

const HOUR = 3_600_000;

/** A venue that has paid every hour up to `untilHour`, and serves 500 rows an answer. */
function venue(untilHour: number) {
  const asked: number[] = [];
  const desk = { untilHour, isAway: false };
  const connection = {
    info: async (request: { startTime: number }, schema: { parse(rows: unknown): unknown }) => {
      asked.push(request.startTime / HOUR);
      if (desk.isAway) throw new VenueUnreachable('HTTP 502');
      const rows = [];
      for (let hour = Math.ceil(request.startTime / HOUR); hour <= desk.untilHour; hour += 1) {
        rows.push({
          coin: 'BTC',
          fundingRate: `0.0000${hour % 10}1`,
          premium: '0',
          time: hour * HOUR,
        });
      }
      return schema.parse(rows.slice(0, 500));
    },
  } as unknown as VenueConnection;
  return { desk, asked, store: createFundingStore(connection) };
}

const hoursOf = ({ timeMs }: { timeMs: Float64Array }): number[] =>
  [...timeMs].map((time) => time / HOUR);

describe('funding payments', () => {
  test('are those of the hours asked for, in order, both ends included', async () => {
    const { store } = venue(50);
    const payments = await store.payments('BTC', 10 * HOUR, 14 * HOUR);
    expect(hoursOf(payments)).toEqual([10, 11, 12, 13, 14]);
    expect([...payments.value]).toEqual([0.000001, 0.000011, 0.000021, 0.000031, 0.000041]);
  });

  test('that fill more than one answer are asked for until all are there', async () => {
    const { store, asked } = venue(1_300);
    const payments = await store.payments('BTC', 0, 1_300 * HOUR);
    expect(payments.timeMs).toHaveLength(1_301);
    expect(asked).toHaveLength(3);
  });

  test('are asked for once, and then hour by hour', async () => {
    const { store, asked, desk } = venue(100);
    await store.payments('BTC', 50 * HOUR, 100 * HOUR);
    await store.payments('BTC', 60 * HOUR, 100 * HOUR + 1);
    expect(asked).toEqual([50]);
    desk.untilHour = 101;
    expect(hoursOf(await store.payments('BTC', 99 * HOUR, 101 * HOUR))).toEqual([99, 100, 101]);
    expect(asked).toHaveLength(2);
    await store.payments('BTC', 40 * HOUR, 101 * HOUR);
    expect(asked[2]).toBe(40);
  });

  test('that the venue has not told are missing, and asked for again', async () => {
    const { store, asked } = venue(100);
    expect(hoursOf(await store.payments('BTC', 99 * HOUR, 101 * HOUR))).toEqual([99, 100]);
    await store.payments('BTC', 99 * HOUR, 101 * HOUR);
    expect(asked.length).toBeGreaterThan(2);
  });

  test('cannot be had while the venue is away, and can be afterwards', async () => {
    const { store, desk } = venue(20);
    desk.isAway = true;
    await expect(store.payments('BTC', 0, HOUR)).rejects.toMatchObject({
      name: 'VenueUnreachable',
    });
    desk.isAway = false;
    expect(hoursOf(await store.payments('BTC', 0, HOUR))).toEqual([0, 1]);
  });
});
