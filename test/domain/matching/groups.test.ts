import { describe, expect, test } from '@jest/globals';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  type Desk,
  lastStatus,
  oidOf,
  openDesk,
  order,
  sziOf,
  trigger,
} from './venue-fixture.ts';

const stop = trigger('sl', '95000', { b: false, p: '90000', s: '0.4' });
const profit = trigger('tp', '105000', { b: false, p: '104000', s: '0.4' });
const parent = (fields = {}) => order({ p: '100000', s: '0.4', ...fields });

const place = (desk: Desk, ...fields: Parameters<typeof parent>) =>
  desk.group(ALICE, 'normalTpsl', parent(...fields), stop, profit);

const sellTo = (desk: Desk, s: string) =>
  desk.place(BOB, order({ b: false, p: '100000', s, tif: 'Ioc' }));

const openTriggers = (desk: Desk) =>
  desk.venue.openOrders(ALICE).filter(({ isTrigger }) => isTrigger);

describe('the children of an order', () => {
  test('wait for it to fill, inside of it', () => {
    const desk = openDesk();
    const [first, ...rest] = place(desk);
    expect(rest).toEqual(['waitingForFill', 'waitingForFill']);
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { oid: oidOf(first), children: [{ triggerPx: '95000.0' }, { triggerPx: '105000.0' }] },
    ]);
    expect(desk.venue.orderByOid(ALICE, oidOf(first))?.order.children).toHaveLength(2);
    // The stop's price is reached, but there is no position yet.
    desk.market(bookAt(100_000, 'BTC', { markPx: '94000' }));
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('are placed when it has filled wholly, not before', () => {
    const desk = openDesk();
    place(desk);
    sellTo(desk, '0.3');
    expect(openTriggers(desk)).toEqual([]);
    sellTo(desk, '0.1');
    expect(openTriggers(desk)).toHaveLength(2);
    desk.market(bookAt(94_900));
    expect(sziOf(desk, ALICE)).toBe('0.0');
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ dir: 'Close Long', sz: '0.4' });
  });

  test('are placed at once when it fills at once', () => {
    const desk = openDesk();
    expect(place(desk, { p: '100003' })).toMatchObject([
      { filled: { totalSz: '0.4' } },
      'waitingForTrigger',
      'waitingForTrigger',
    ]);
    expect(openTriggers(desk)).toHaveLength(2);
  });

  test('are cancelled with it, also when it was partly filled', () => {
    const desk = openDesk();
    const oid = oidOf(place(desk)[0]);
    sellTo(desk, '0.3');
    desk.act(ALICE, { type: 'cancel', cancels: [{ a: 0, o: oid }] });
    expect([1, 2].map((i) => lastStatus(desk, ALICE, oid + i))).toEqual(['canceled', 'canceled']);
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
  });

  test('are placed when it was partly filled and then cancelled for want of margin', () => {
    const desk = openDesk();
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: true, leverage: 1 });
    const oid = oidOf(place(desk, { s: '0.95' })[0]);
    sellTo(desk, '0.3');
    // ETH takes up the margin that the rest of the order needs.
    desk.place(ALICE, order({ a: 1, p: '4003', s: '3', tif: 'Ioc' }));
    desk.act(ALICE, { type: 'updateLeverage', asset: 1, isCross: true, leverage: 1 });
    sellTo(desk, '0.65');
    expect(lastStatus(desk, ALICE, oid)).toBe('marginCanceled');
    expect(openTriggers(desk)).toHaveLength(2);
  });

  test('do not come to be when it is refused, or an IOC that filled in part', () => {
    const desk = openDesk();
    const refused = place(desk, { p: '100001', tif: 'Alo' });
    const text = 'Post only order would have immediately matched, bbo was 99999@100001. asset=0';
    expect(refused).toEqual([{ error: text }, { error: text }, { error: text }]);
    const partly = place(desk, { p: '100001', s: '1.5', tif: 'Ioc' });
    expect(partly[0]).toMatchObject({ filled: { totalSz: '1.0' } });
    expect(partly.slice(1)).toEqual([
      { error: 'Order was canceled since its parent order did not fill. asset=0' },
      { error: 'Order was canceled since its parent order did not fill. asset=0' },
    ]);
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
  });

  test('are judged by the price at which it enters', () => {
    const desk = openDesk();
    const low = parent({ p: '90000' });
    const between = trigger('tp', '92000', { b: false, p: '91000', s: '0.4' });
    expect(desk.group(ALICE, 'normalTpsl', low, between)[1]).toBe('waitingForFill');
    expect(desk.group(ALICE, 'normalTpsl', low, stop)[1]).toEqual({
      error: 'Invalid TP/SL price. asset=0',
    });
  });

  test('cancel each other: the one that fills ends the other', () => {
    const desk = openDesk();
    const oid = oidOf(place(desk, { p: '100003' })[0]);
    desk.market(bookAt(105_000));
    expect(lastStatus(desk, ALICE, oid + 2)).toBe('filled');
    expect(lastStatus(desk, ALICE, oid + 1)).toBe('siblingFilledCanceled');
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
  });

  test('can be cancelled alone, and survive a restart', () => {
    const desk = openDesk();
    const oid = oidOf(place(desk)[0]);
    desk.act(ALICE, { type: 'cancel', cancels: [{ a: 0, o: oid + 1 }] });
    desk.venue = restoreVenue(CONFIG, JSON.parse(JSON.stringify(desk.venue.snapshot())));
    expect(desk.venue.openOrders(ALICE)).toMatchObject([{ children: [{ oid: oid + 2 }] }]);
    sellTo(desk, '0.4');
    expect(openTriggers(desk)).toMatchObject([{ oid: oid + 2 }]);
  });
});

describe('a group is refused whole', () => {
  test.each([
    ['that does not reduce', { ...stop, r: false }, 'Trigger order is not reduce only.'],
    ["on its parent's side", { ...stop, b: true }, 'Trigger order has unexpected side.'],
    ['in another market', { ...stop, a: 1, p: '4000' }, 'Trigger order has unexpected side.'],
    [
      'without a trigger',
      order({ b: false, r: true }),
      'Order of this group is not a trigger order.',
    ],
  ])('for a child %s', (_case, child, text) => {
    const desk = openDesk();
    const orders = [parent(), child];
    const { response, events } = desk.act(ALICE, { type: 'order', orders, grouping: 'normalTpsl' });
    expect(response).toEqual({ status: 'err', response: text });
    expect(events).toEqual([]);
  });
});

describe('a trigger of the position', () => {
  const whole = { b: false, p: '90000', s: '0' };

  test('needs a position to close', () => {
    const desk = openDesk();
    expect(desk.group(ALICE, 'positionTpsl', trigger('sl', '98000', whole))).toEqual([
      { error: 'Reduce only order would increase position. asset=0' },
    ]);
    expect(desk.place(ALICE, trigger('sl', '98000', whole))).toEqual([
      { error: 'Order has zero size. asset=0' },
    ]);
  });

  test('of size zero closes all that there is when it fires', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.4', tif: 'Ioc' }));
    const answers = desk.group(ALICE, 'positionTpsl', trigger('sl', '98000', whole));
    expect(answers).toEqual(['waitingForTrigger']);
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { isPositionTpsl: true, sz: '0.0', origSz: '0.0', reduceOnly: true },
    ]);
    desk.place(ALICE, order({ p: '100001', s: '0.3', tif: 'Ioc' }));
    desk.market(bookAt(97_900));
    expect(desk.venue.fills(ALICE)[0]).toMatchObject({ sz: '0.7', dir: 'Close Long' });
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('of a given size keeps it', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.4', tif: 'Ioc' }));
    desk.group(ALICE, 'positionTpsl', trigger('sl', '98000', { ...whole, s: '0.1' }));
    desk.market(bookAt(97_900));
    expect(sziOf(desk, ALICE)).toBe('0.3');
  });

  test('ends with the position', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.4', tif: 'Ioc' }));
    desk.group(ALICE, 'positionTpsl', trigger('sl', '98000', whole));
    const [open] = desk.venue.openOrders(ALICE);
    desk.place(ALICE, order({ b: false, p: '99000', s: '0.4', tif: 'Ioc' }));
    expect(lastStatus(desk, ALICE, open?.oid ?? 0)).toBe('reduceOnlyCanceled');
  });

  test('ends when its sibling has closed the position', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.4', tif: 'Ioc' }));
    const both = [trigger('sl', '98000', whole), trigger('tp', '102000', whole)];
    desk.group(ALICE, 'positionTpsl', ...both);
    const [sl, tp] = desk.venue.openOrders(ALICE);
    desk.market(bookAt(102_000));
    expect(lastStatus(desk, ALICE, tp?.oid ?? 0)).toBe('filled');
    expect(lastStatus(desk, ALICE, sl?.oid ?? 0)).toBe('siblingFilledCanceled');
  });
});
