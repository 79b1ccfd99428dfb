import { describe, expect, test } from '@jest/globals';
import type { WireTwap, WireTwapDetails } from '../../../domain/matching/contract/venue-actions.ts';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import { ALICE, bookAt, CONFIG, type Desk, openDesk, order, sziOf } from './venue-fixture.ts';

function twap(desk: Desk, fields: Partial<WireTwap> = {}, details?: WireTwapDetails) {
  const { response } = desk.act(ALICE, {
    type: 'twapOrder',
    twap: { a: 0, b: true, s: '0.11', r: false, m: 5, t: false, ...fields },
    ...(details ? { details } : {}),
  });
  if (response?.status !== 'ok' || response.response.type !== 'twapOrder') {
    throw new Error(`no TWAP answer: ${JSON.stringify(response)}`);
  }
  return response.response.data.status;
}

const tick = (desk: Desk, mid = 100_000, ms = 29_999) => {
  desk.wait(ms);
  return desk.market(bookAt(mid));
};

const historyOf = (desk: Desk) =>
  desk.venue.twapHistory(ALICE).map(({ twapId, status }) => [twapId, status.status]);

const refused = (text: string) => ({ error: text });

describe('a TWAP', () => {
  test('is sent in even slices every 30 seconds, the first at once', () => {
    const desk = openDesk();
    expect(twap(desk)).toEqual({ running: { twapId: 1 } });
    expect(sziOf(desk, ALICE)).toBe('0.01');
    tick(desk, 100_000, 29_000);
    expect(sziOf(desk, ALICE)).toBe('0.01');
    tick(desk, 100_000, 1000);
    expect(sziOf(desk, ALICE)).toBe('0.02');
    expect(desk.venue.twapStates(ALICE)).toMatchObject([
      [1, { coin: 'BTC', side: 'B', sz: '0.11', executedSz: '0.02', executedNtl: '2000.02' }],
    ]);
    for (let i = 0; i < 9; i += 1) tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.11');
    expect(historyOf(desk)).toEqual([
      [1, 'finished'],
      [1, 'activated'],
    ]);
    expect(desk.venue.twapStates(ALICE)).toEqual([]);
    const slices = desk.venue.twapSliceFills(ALICE);
    expect(slices).toHaveLength(11);
    expect(slices[0]).toMatchObject({ twapId: 1, fill: { twapId: 1, crossed: true } });
    expect(desk.venue.fills(ALICE)[0]?.twapId).toBe(1);
  });

  test('tells of its start and its end', () => {
    const desk = openDesk();
    const { events } = desk.act(ALICE, {
      type: 'twapOrder',
      twap: { a: 0, b: true, s: '0.11', r: false, m: 5, t: true },
    });
    expect(events.find(({ kind }) => kind === 'twap')).toMatchObject({
      account: ALICE,
      entry: { time: 1_750_000_000, twapId: 1, state: { randomize: true, minutes: 5 } },
    });
  });

  test('catches up by at most three times the normal slice', () => {
    const desk = openDesk();
    twap(desk, { s: '1.1' });
    const empty = { bids: [], asks: [] };
    for (let i = 0; i < 4; i += 1) {
      desk.wait(29_999);
      desk.market(bookAt(100_000, 'BTC', empty));
    }
    expect(sziOf(desk, ALICE)).toBe('0.2');
    // The slice that is due at this input still meets the empty book; the next is 0.6 behind.
    desk.market(bookAt(100_000));
    tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.5');
    tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.7');
  });

  test('never trades more than 3 % from the mid', () => {
    const desk = openDesk();
    const thin = {
      asks: [
        { px: '100001', sz: '0.05' },
        { px: '107000', sz: '9' },
      ],
    };
    desk.market(bookAt(100_000, 'BTC', thin));
    twap(desk, { s: '1.1' });
    expect(sziOf(desk, ALICE)).toBe('0.05');
    expect(desk.venue.historicalOrders(ALICE)[0]).toMatchObject({
      status: 'canceled',
      order: { limitPx: '103000.0', tif: 'Ioc', sz: '0.05' },
    });
  });

  test('of a small size over a long time is sent in slices of 10 USD', () => {
    const desk = openDesk();
    // About 100 USD over a day: 10 slices, 9 intervals of 160 minutes.
    twap(desk, { s: '0.00101', m: 1440 });
    expect(sziOf(desk, ALICE)).toBe('0.0001');
    tick(desk, 100_000, 159 * 60_000);
    expect(sziOf(desk, ALICE)).toBe('0.0001');
    tick(desk, 100_000, 60_000);
    expect(sziOf(desk, ALICE)).toBe('0.0002');
  });

  test('at random times ends as it would have, the same in every run', () => {
    const run = () => {
      const desk = openDesk();
      twap(desk, { t: true });
      const sizes = [];
      for (let i = 0; i < 50; i += 1) {
        tick(desk, 100_000, 5999);
        sizes.push(sziOf(desk, ALICE));
      }
      return sizes;
    };
    const sizes = run();
    expect(sizes.at(-1)).toBe('0.11');
    const even = Array.from({ length: 50 }, (_, i) => (1 + Math.floor((i + 1) / 5)) / 100);
    expect(sizes.map(Number)).not.toEqual(even);
    expect(run()).toEqual(sizes);
  });

  test('can be cancelled once, by its owner', () => {
    const desk = openDesk();
    twap(desk);
    const cancel = (t: number, a = 0) => desk.act(ALICE, { type: 'twapCancel', a, t }).response;
    const answer = (status: unknown) => ({
      status: 'ok',
      response: { type: 'twapCancel', data: { status } },
    });
    const gone = answer(refused('TWAP was never placed, already canceled, or filled.'));
    expect(cancel(2)).toEqual(gone);
    expect(cancel(1, 1)).toEqual(gone);
    expect(cancel(1)).toEqual(answer('success'));
    expect(cancel(1)).toEqual(gone);
    tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.01');
    expect(historyOf(desk)[0]).toEqual([1, 'terminated']);
  });

  test.each([
    ['too short', { m: 1 }, 'Invalid TWAP duration: 1 min(s)'],
    ['too long', { m: 10_081 }, 'Invalid TWAP duration: 10081 min(s)'],
    ['too small', { s: '0.0009' }, 'TWAP order value too small. Min is $100.'],
    ['reducing nothing', { r: true }, 'Reduce-only TWAP order would increase position.'],
    ['off the lot', { s: '0.1234567' }, 'Order has invalid size.'],
    ['without a size', { s: '0' }, 'Order has invalid size.'],
    ['in a market that is halted', { a: 3 }, 'Trading is halted.'],
    ['in no market', { a: 99 }, 'Order has invalid asset.'],
  ])('is refused when it is %s', (_case, fields, text) => {
    expect(twap(openDesk(), fields)).toEqual(refused(text));
  });

  test('that reduces takes off no more than there is, and ends when nothing is left', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.015', tif: 'Ioc' }));
    twap(desk, { b: false, r: true });
    tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.0');
    tick(desk);
    expect(desk.venue.twapHistory(ALICE)[0]?.status).toEqual({
      status: 'error',
      description: 'Reduce-only TWAP order would increase position.',
    });
  });

  test('ends with an error when margin runs out', () => {
    const desk = openDesk();
    twap(desk, { s: '110' });
    for (let i = 0; i < 12; i += 1) tick(desk);
    expect(desk.venue.twapHistory(ALICE)[0]?.status).toMatchObject({
      status: 'error',
      description: 'Insufficient margin to place order.',
    });
    expect(desk.venue.conservation().difference).toBe('0.0');
  });

  test('waits for its price and stops at its last', () => {
    const desk = openDesk();
    twap(desk, {}, { t: { p: '101000', a: true }, s: '102000' });
    tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.0');
    tick(desk, 101_000);
    tick(desk, 101_000);
    expect(Number(sziOf(desk, ALICE))).toBeGreaterThan(0);
    tick(desk, 102_000);
    expect(historyOf(desk).map(([, status]) => status)).toEqual([
      'stopped',
      'activated',
      'waitingForTrigger',
    ]);
  });

  test('survives a restart', () => {
    const desk = openDesk();
    twap(desk, { t: true });
    tick(desk);
    desk.venue = restoreVenue(CONFIG, JSON.parse(JSON.stringify(desk.venue.snapshot())));
    for (let i = 0; i < 11; i += 1) tick(desk);
    expect(sziOf(desk, ALICE)).toBe('0.11');
  });
});
