import { describe, expect, test } from '@jest/globals';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import { ALICE, bookAt, CONFIG, type Desk, openDesk, order, sziOf } from './venue-fixture.ts';

/** Long this many BTC at 40x, all of it in isolated margin or in the cross account. */
function leveragedDesk(size: number, isCross: boolean): Desk {
  const desk = openDesk();
  desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross, leverage: 40 });
  for (let left = size; left > 0; left -= 3) {
    desk.place(ALICE, order({ p: '100003', s: String(Math.min(left, 3)), tif: 'Ioc' }));
    desk.market(bookAt(100_000));
  }
  return desk;
}

const deep = (mid: number) => bookAt(mid, 'BTC', { bids: [{ px: String(mid - 1), sz: '40' }] });

describe('liquidation of a position above 100,000 USD', () => {
  test('sells a fifth of it first', () => {
    const desk = leveragedDesk(3, false);
    const events = desk.market(deep(98_700));
    expect(events.filter(({ kind }) => kind === 'liquidation')).toHaveLength(1);
    expect(sziOf(desk, ALICE)).toBe('2.39999');
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      sz: '0.60001',
      liquidation: { method: 'market' },
    });
  });

  test('sells the whole of it when that was not enough and 30 seconds have not passed', () => {
    const desk = leveragedDesk(3, false);
    desk.market(deep(98_700));
    desk.wait(29_000);
    desk.market(deep(98_690));
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('goes on with the next input, whatever that is, and ends when nothing is left', () => {
    const desk = leveragedDesk(3, false);
    desk.market(deep(98_700));
    expect(sziOf(desk, ALICE)).toBe('2.39999');
    expect(desk.venue.nextDueMs()).toBeDefined();
    desk.venue = restoreVenue(CONFIG, JSON.parse(JSON.stringify(desk.venue.snapshot())));
    expect(desk.clock().some(({ kind }) => kind === 'liquidation')).toBe(true);
    expect(sziOf(desk, ALICE)).toBe('0.0');
    expect(desk.clock()).toEqual([]);
    expect(desk.venue.nextDueMs()).toBeUndefined();
  });

  test('waits for another book where this one has taken nothing', () => {
    const desk = leveragedDesk(3, false);
    desk.market(bookAt(98_700, 'BTC', { bids: [] }));
    expect(sziOf(desk, ALICE)).toBe('3.0');
    expect(desk.clock()).toEqual([]);
    desk.market(deep(98_700));
    expect(sziOf(desk, ALICE)).toBe('2.39999');
  });

  test('sells a fifth again when they have', () => {
    const desk = leveragedDesk(3, false);
    desk.market(deep(98_700));
    desk.wait(30_000);
    desk.market(deep(98_690));
    expect(sziOf(desk, ALICE)).toBe('1.91999');
  });

  test('still passes all of it to the liquidator below two thirds of maintenance', () => {
    const desk = leveragedDesk(3, false);
    desk.market(deep(98_000));
    expect(sziOf(desk, ALICE)).toBe('0.0');
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ liquidation: { method: 'backstop' } });
  });

  test('of a cross account leaves it alone once margin suffices', () => {
    const desk = leveragedDesk(30, true);
    desk.market(deep(97_900));
    expect(sziOf(desk, ALICE)).toBe('23.99999');
    desk.market(deep(97_900));
    expect(sziOf(desk, ALICE)).toBe('23.99999');
  });
});

test('a position of 100,000 USD or less is sold whole', () => {
  const desk = leveragedDesk(1, false);
  desk.market(deep(98_700));
  expect(sziOf(desk, ALICE)).toBe('0.0');
});
