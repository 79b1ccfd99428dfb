import { describe, expect, test } from '@jest/globals';
import {
  ALICE,
  BOB,
  bookAt,
  ETH,
  lastStatus,
  oidOf,
  openDesk,
  order,
  START_MS,
  sziOf,
} from './venue-fixture.ts';

describe('takers', () => {
  test('walk the outside book level by level and are charged the taker fee, truncated', () => {
    const desk = openDesk();
    const [entry] = desk.place(ALICE, order({ p: '105000', s: '1.5', tif: 'Ioc' }));
    const oid = oidOf(entry);
    expect(entry).toEqual({ filled: { totalSz: '1.5', avgPx: '100001.3', oid } });
    const fills = desk.venue.fills(ALICE);
    expect(fills.map(({ px, sz, fee }) => ({ px, sz, fee }))).toEqual([
      { px: '100002.0', sz: '0.5', fee: '22.50045' },
      { px: '100001.0', sz: '1.0', fee: '45.00045' },
    ]);
    expect(lastStatus(desk, ALICE, oid)).toBe('filled');
  });

  test('do not find depth again that was taken since the last market update', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '1', tif: 'Ioc' }));
    const [again] = desk.place(BOB, order({ p: '100001', s: '1', tif: 'Ioc' }));
    expect(again).toEqual({
      error: 'Order could not immediately match against any resting orders. asset=0',
    });
    desk.market(bookAt(100_000));
    const [fresh] = desk.place(BOB, order({ p: '100001', s: '1', tif: 'Ioc' }));
    expect(fresh).toHaveProperty('filled.totalSz', '1.0');
  });

  test('stop at their limit: an IOC remainder is cancelled, a GTC remainder rests', () => {
    const desk = openDesk();
    const [ioc] = desk.place(ALICE, order({ p: '100001', s: '2', tif: 'Ioc' }));
    expect(ioc).toHaveProperty('filled.totalSz', '1.0');
    expect(lastStatus(desk, ALICE, oidOf(ioc))).toBe('canceled');
    desk.market(bookAt(100_000));
    const [gtc] = desk.place(BOB, order({ p: '100001', s: '1.5' }));
    expect(gtc).toHaveProperty('resting');
    expect(desk.venue.openOrders(BOB)).toMatchObject([{ sz: '0.5', origSz: '1.5' }]);
    expect(sziOf(desk, BOB)).toBe('1.0');
  });

  test('take other accounts before worse outside levels, and at their resting price', () => {
    const desk = openDesk();
    desk.place(BOB, order({ b: false, p: '100000', s: '0.4' }));
    const [entry] = desk.place(ALICE, order({ p: '100001', s: '1', tif: 'Ioc' }));
    expect(entry).toHaveProperty('filled.totalSz', '1.0');
    expect(desk.venue.fills(ALICE).map((fill) => [fill.px, fill.sz])).toEqual([
      ['100001.0', '0.6'],
      ['100000.0', '0.4'],
    ]);
    const [makerFill] = desk.venue.fills(BOB);
    expect(makerFill).toMatchObject({ crossed: false, fee: '6.0', dir: 'Open Short' });
    expect(makerFill?.tid).toBe(desk.venue.fills(ALICE)[1]?.tid);
  });

  test('at one price take the outside queue that was there first, then our order', () => {
    const desk = openDesk();
    desk.place(BOB, order({ b: false, p: '100001', s: '1' }));
    desk.place(ALICE, order({ p: '100001', s: '1', tif: 'Ioc' }));
    expect(desk.venue.fills(BOB)).toHaveLength(0);
    desk.place(ALICE, order({ p: '100001', s: '0.25', tif: 'Ioc' }));
    expect(desk.venue.fills(BOB)).toMatchObject([{ sz: '0.25' }]);
  });

  test('cancel their own resting order instead of trading with it, and go on', () => {
    const desk = openDesk();
    const [own] = desk.place(ALICE, order({ b: false, p: '100000', s: '1' }));
    const [taker] = desk.place(ALICE, order({ p: '100001', s: '0.5', tif: 'Ioc' }));
    expect(lastStatus(desk, ALICE, oidOf(own))).toBe('selfTradeCanceled');
    expect(taker).toHaveProperty('filled.avgPx', '100001.0');
    expect(desk.venue.fills(ALICE)).toHaveLength(1);
  });

  test('an order that fills at once is told of as open in full size, then as filled', () => {
    const desk = openDesk();
    const { events } = desk.act(ALICE, {
      type: 'order',
      orders: [order({ p: '100001', tif: 'Ioc' })],
      grouping: 'na',
    });
    const told = events.flatMap((event) =>
      event.kind === 'order' ? [[event.update.status, event.update.order.sz]] : [],
    );
    expect(told).toEqual([
      ['open', '0.1'],
      ['filled', '0.0'],
    ]);
    expect(events.map(({ kind }) => kind)).toEqual(['order', 'fill', 'trade', 'order']);
  });
});

describe('resting orders', () => {
  test('are filled by prints through their price, at their price, up to the traded size', () => {
    const desk = openDesk();
    const [bid] = desk.place(ALICE, order({ p: '99990', s: '1' }));
    desk.market(bookAt(100_000, 'BTC', { trades: [{ px: '99980', sz: '0.3', side: 'A' }] }));
    expect(desk.venue.fills(ALICE)).toMatchObject([
      { px: '99990.0', sz: '0.3', crossed: false, fee: '4.49955' },
    ]);
    expect(lastStatus(desk, ALICE, oidOf(bid))).toBe('open');
    desk.market(bookAt(100_000, 'BTC', { trades: [{ px: '99980', sz: '5', side: 'A' }] }));
    expect(lastStatus(desk, ALICE, oidOf(bid))).toBe('filled');
    expect(sziOf(desk, ALICE)).toBe('1.0');
  });

  test('wait at their own price until the outside queue before them has traded', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99999', s: '1' }));
    const print = (sz: string) =>
      bookAt(100_000, 'BTC', { trades: [{ px: '99999', sz, side: 'A' }] });
    desk.market(print('0.6'));
    expect(desk.venue.fills(ALICE)).toHaveLength(0);
    desk.market(print('0.6'));
    expect(desk.venue.fills(ALICE)).toMatchObject([{ sz: '0.2' }]);
  });

  test('have nobody before them once the outside bids no longer reach their price', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99999', s: '1' }));
    desk.market(bookAt(99_999.5, 'BTC', { bids: [{ px: '99998', sz: '1' }] }));
    const trades = [{ px: '99999', sz: '0.3', side: 'A' }] as const;
    desk.market(bookAt(100_000, 'BTC', { trades }));
    expect(desk.venue.fills(ALICE)).toMatchObject([{ sz: '0.3' }]);
  });

  test('share a print by price, then by time', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99990', s: '0.5' }));
    desk.place(BOB, order({ p: '99990', s: '0.5' }));
    desk.place(BOB, order({ p: '99995', s: '0.5' }));
    desk.market(bookAt(100_000, 'BTC', { trades: [{ px: '99980', sz: '0.8', side: 'A' }] }));
    expect(desk.venue.fills(BOB)).toMatchObject([{ px: '99995.0', sz: '0.5' }]);
    expect(desk.venue.fills(ALICE)).toMatchObject([{ px: '99990.0', sz: '0.3' }]);
  });

  test('are not filled by prints of their own side', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99990', s: '0.5' }));
    desk.market(bookAt(100_000, 'BTC', { trades: [{ px: '99980', sz: '5', side: 'B' }] }));
    expect(desk.venue.fills(ALICE)).toHaveLength(0);
  });

  test('are filled when a new outside book crosses them, up to its size', () => {
    const desk = openDesk();
    const [bid] = desk.place(ALICE, order({ p: '99990', s: '2' }));
    desk.market(bookAt(99_988));
    // Asks at 99989 and 99990 cross the bid, the one at 99991 does not.
    expect(desk.venue.fills(ALICE)).toMatchObject([
      { px: '99990.0', sz: '1.0' },
      { px: '99990.0', sz: '1.0' },
    ]);
    expect(lastStatus(desk, ALICE, oidOf(bid))).toBe('filled');
    expect(desk.venue.market('BTC')?.asks[0]).toEqual({ px: '99991.0', sz: '1.0', n: 1 });
  });

  test('top the best prices as they top the book, alone or beside the outside', () => {
    const desk = openDesk();
    const expectTop = (): void => {
      const { bids = [], asks = [], markPx, midPx } = desk.venue.market('BTC') ?? {};
      const [[bid = null], [ask = null]] = [bids, asks];
      expect(desk.venue.bestPrices('BTC')).toEqual({ bid, ask, markPx, midPx });
    };
    expectTop();
    desk.place(ALICE, order({ p: '99999', s: '0.5' }), order({ p: '99998', s: '0.5' }));
    expectTop();
    desk.place(BOB, order({ p: '100000', s: '0.5' }), order({ p: '100000', s: '0.25' }));
    expect(desk.venue.bestPrices('BTC')?.bid).toEqual({ px: '100000.0', sz: '0.75', n: 2 });
    expectTop();
    desk.market(bookAt(100_000, 'BTC', { asks: [] }));
    expect(desk.venue.bestPrices('BTC')).toMatchObject({ ask: null, midPx: null });
    expectTop();
    expect(desk.venue.bestPrices('ISO')).toBeUndefined();
  });

  test('stand in the public book beside the outside size, and every print is published once', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '99999', s: '0.5' }));
    desk.place(BOB, order({ p: '99999.0', s: '0.25' }));
    expect(desk.venue.market('BTC')?.bids[0]).toEqual({ px: '99999.0', sz: '1.75', n: 3 });
    const events = desk.market(
      bookAt(100_000, 'BTC', { trades: [{ px: '99998', sz: '0.6', side: 'A' }] }),
    );
    const trades = events.flatMap((event) => (event.kind === 'trade' ? [event.trade] : []));
    expect(trades.map(({ px, sz, side }) => [px, sz, side])).toEqual([
      ['99999.0', '0.5', 'A'],
      ['99999.0', '0.1', 'A'],
    ]);
    expect(trades[0]?.users[0]).toBe(ALICE);
  });

  test('are cancelled by id and by cloid once, and not again', () => {
    const desk = openDesk();
    const cloid = '0x000000000000000000000000000000c1';
    const [entry, other] = desk.place(ALICE, order({ c: cloid }), order());
    expect(entry).toEqual({ resting: { oid: oidOf(entry), cloid } });
    const gone = { error: 'Order was never placed, already canceled, or filled. asset=0' };
    const byCloid = { type: 'cancelByCloid', cancels: [{ asset: 0, cloid }] } as const;
    const byOid = { type: 'cancel', cancels: [{ a: 0, o: oidOf(other) }] } as const;
    for (const action of [byCloid, byOid]) {
      expect(desk.act(BOB, action).response).toHaveProperty('response.data.statuses', [gone]);
      expect(desk.act(ALICE, action).response).toHaveProperty('response.data.statuses', [
        'success',
      ]);
      expect(desk.act(ALICE, action).response).toHaveProperty('response.data.statuses', [gone]);
    }
    expect(desk.venue.orderByCloid(ALICE, cloid)?.status).toBe('canceled');
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
  });

  test('that the account can no longer carry are cancelled when they would trade', () => {
    const desk = openDesk();
    const [bid] = desk.place(ALICE, order({ p: '99000', s: '15' }));
    desk.place(ALICE, order({ a: ETH, p: '4003', s: '3', tif: 'Ioc' }));
    const rates = [{ coin: 'ETH', rate: '8', oraclePx: '4000' }];
    desk.venue.apply({ kind: 'funding', atMs: START_MS, rates });
    expect(lastStatus(desk, ALICE, oidOf(bid))).toBe('open');
    desk.market(bookAt(98_000));
    expect(lastStatus(desk, ALICE, oidOf(bid))).toBe('marginCanceled');
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });
});

describe('reduce-only orders', () => {
  test('are refused without a position to reduce', () => {
    const desk = openDesk();
    const [entry] = desk.place(ALICE, order({ r: true }));
    expect(entry).toEqual({ error: 'Reduce only order would increase position. asset=0' });
    expect(desk.venue.historicalOrders(ALICE)).toMatchObject([{ status: 'reduceOnlyRejected' }]);
  });

  test('as IOC are trimmed to the position', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.1', tif: 'Ioc' }));
    const [entry] = desk.place(
      ALICE,
      order({ b: false, p: '95000', s: '0.7', r: true, tif: 'Ioc' }),
    );
    expect(entry).toHaveProperty('filled.totalSz', '0.1');
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('may be worth less than 10 USD', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.1', tif: 'Ioc' }));
    const dust = order({ b: false, p: '99999', s: '0.00005', tif: 'Ioc' });
    const [refused] = desk.place(ALICE, dust);
    expect(refused).toEqual({ error: 'Order must have minimum value of $10. asset=0' });
    const [taken] = desk.place(ALICE, { ...dust, r: true });
    expect(taken).toHaveProperty('filled.totalSz', '0.00005');
  });

  test.each(['0.1', '0.5'])('that rest are cancelled when %s BTC close or flip 0.1', (s) => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.1', tif: 'Ioc' }));
    const [exit] = desk.place(ALICE, order({ b: false, p: '101000', s: '0.1', r: true }));
    desk.place(ALICE, order({ b: false, p: '99000', s, tif: 'Ioc' }));
    expect(lastStatus(desk, ALICE, oidOf(exit))).toBe('reduceOnlyCanceled');
  });
});
