import { describe, expect, test } from '@jest/globals';
import {
  ALICE,
  bookAt,
  type Desk,
  lastStatus,
  oidOf,
  openDesk,
  order,
  sziOf,
  trigger,
} from './venue-fixture.ts';

function longDesk(): Desk {
  const desk = openDesk();
  desk.place(ALICE, order({ p: '100001', s: '0.5', tif: 'Ioc' }));
  return desk;
}

const statusesOf = (desk: Desk, oid: number): readonly string[] =>
  desk.venue
    .historicalOrders(ALICE)
    .filter((row) => row.order.oid === oid)
    .map((row) => row.status)
    .reverse();

describe('a stop-loss', () => {
  const stop = trigger('sl', '98000', { b: false, p: '90000', s: '0.5' });

  test('waits outside the book and shows its condition', () => {
    const desk = longDesk();
    const [entry] = desk.place(ALICE, stop);
    expect(entry).toEqual({ resting: { oid: oidOf(entry) } });
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      {
        isTrigger: true,
        triggerPx: '98000.0',
        triggerCondition: 'Price below 98000',
        orderType: 'Stop Market',
        tif: null,
        reduceOnly: true,
      },
    ]);
    expect(desk.venue.market('BTC')?.asks.map(({ px }) => px)).not.toContain('90000.0');
  });

  test('fires on the mark price, not on the book', () => {
    const desk = longDesk();
    const oid = oidOf(desk.place(ALICE, stop)[0]);
    desk.market(bookAt(97_000, 'BTC', { markPx: '98001' }));
    expect(lastStatus(desk, ALICE, oid)).toBe('open');
    desk.market(bookAt(98_500, 'BTC', { markPx: '98000' }));
    expect(statusesOf(desk, oid)).toEqual(['open', 'triggered', 'filled']);
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({
      px: '98499.0',
      sz: '0.5',
      dir: 'Close Long',
    });
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('never sells below its limit price', () => {
    const desk = longDesk();
    const oid = oidOf(desk.place(ALICE, stop)[0]);
    desk.market(bookAt(89_000));
    expect(statusesOf(desk, oid)).toEqual(['open', 'triggered', 'iocCancelRejected']);
    expect(sziOf(desk, ALICE)).toBe('0.5');
  });

  test('is cancelled when it fires with nothing left to reduce', () => {
    const desk = longDesk();
    const oid = oidOf(desk.place(ALICE, stop)[0]);
    desk.place(ALICE, order({ b: false, p: '99000', s: '0.5', tif: 'Ioc' }));
    expect(lastStatus(desk, ALICE, oid)).toBe('open');
    desk.market(bookAt(97_000));
    expect(statusesOf(desk, oid)).toEqual(['open', 'triggered', 'reduceOnlyCanceled']);
  });

  test('can be cancelled while it waits', () => {
    const desk = longDesk();
    const oid = oidOf(desk.place(ALICE, stop)[0]);
    desk.act(ALICE, { type: 'cancel', cancels: [{ a: 0, o: oid }] });
    desk.market(bookAt(97_000));
    expect(statusesOf(desk, oid)).toEqual(['open', 'canceled']);
  });
});

describe('a take-profit', () => {
  test('as limit order rests in the book after it fired', () => {
    const desk = longDesk();
    const tp = trigger('tp', '102000', { b: false, p: '103000', s: '0.5', isMarket: false });
    const oid = oidOf(desk.place(ALICE, tp)[0]);
    desk.market(bookAt(102_000));
    desk.market(bookAt(102_500));
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { oid, orderType: 'Take Profit Limit', triggerCondition: 'Triggered', sz: '0.5' },
    ]);
    desk.market(bookAt(103_500));
    expect(statusesOf(desk, oid)).toEqual(['open', 'triggered', 'filled']);
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ px: '103000.0', crossed: false });
  });
});

test('a trigger that opens a position needs its margin when it fires', () => {
  const desk = openDesk();
  const entry = trigger('sl', '101000', { b: true, p: '102000', s: '30', r: false });
  const oid = oidOf(desk.place(ALICE, entry)[0]);
  desk.market(bookAt(101_000));
  expect(statusesOf(desk, oid)).toEqual(['open', 'triggered', 'marginCanceled']);
  const small = oidOf(desk.place(ALICE, trigger('sl', '101500', { p: '102000', r: false }))[0]);
  desk.market(bookAt(101_500));
  expect(statusesOf(desk, small)).toEqual(['open', 'triggered', 'filled']);
});
