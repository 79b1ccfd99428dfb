import { describe, expect, test } from '@jest/globals';
import type { WireOrder } from '../../../domain/matching/contract/venue-actions.ts';
import { ALICE, BOB, bookAt, CONFIG, type Desk, openDesk, order, sziOf } from './venue-fixture.ts';

const CLOID = `0x${'c'.repeat(32)}`;
const answer = (desk: Desk, fields: Parameters<typeof order>[0], account = ALICE) =>
  desk.place(account, order(fields))[0];
const lastRejected = (desk: Desk) => desk.venue.historicalOrders(ALICE)[0]?.status;

describe('one order may be worth', () => {
  const iso = bookAt(100, 'ISO', { markPx: '100' });
  const over = (usd: string) => ({
    error: `Order has value above the maximum of $${usd}. asset=2`,
  });

  test.each([
    ['FrontendMarket', '5000.1', '500000'],
    ['Gtc', '50001', '5000000'],
  ])('a bounded sum by leverage: %s', (tif, _size, usd) => {
    const desk = openDesk();
    desk.market(iso);
    const sz = String(Number(usd) / 100 + 1);
    const fields: Partial<WireOrder> & { tif: string } = { a: 2, p: '100', s: sz, tif };
    expect(answer(desk, fields)).toEqual(over(usd));
    expect(lastRejected(desk)).toBe('rejected');
    expect(answer(desk, { ...fields, s: String(Number(usd) / 100) })).not.toEqual(over(usd));
  });
});

describe('a client order id', () => {
  test('may be used again unless the venue is told to refuse that', () => {
    const desk = openDesk();
    answer(desk, { c: CLOID });
    expect(answer(desk, { c: CLOID })).toHaveProperty('resting');
  });

  test('is refused on a second live order, not after the first has ended', () => {
    const desk = openDesk({ ...CONFIG, refusesDuplicateCloid: true });
    answer(desk, { c: CLOID });
    expect(answer(desk, { c: CLOID })).toEqual({ error: 'Order has duplicate cloid. asset=0' });
    expect(desk.venue.orderByCloid(BOB, CLOID)).toBeUndefined();
    expect(answer(desk, { c: CLOID }, BOB)).toHaveProperty('resting');
    desk.act(ALICE, { type: 'cancelByCloid', cancels: [{ asset: 0, cloid: CLOID }] });
    expect(answer(desk, { c: CLOID })).toHaveProperty('resting');
  });
});

describe('at the cap of open interest', () => {
  const cappedDesk = (): Desk => {
    const desk = openDesk({ ...CONFIG, openInterestCapsUsd: { BTC: '50000' } });
    answer(desk, { p: '100001', s: '0.5', tif: 'Ioc' });
    return desk;
  };
  const capped = {
    error: 'Order would increase open interest while open interest is capped asset=0',
  };

  test('nothing may open or grow, and a flip counts as that', () => {
    const desk = cappedDesk();
    expect(desk.venue.coinsAtOpenInterestCap()).toEqual(['BTC']);
    expect(answer(desk, { s: '0.1' })).toEqual(capped);
    expect(lastRejected(desk)).toBe('positionIncreaseAtOpenInterestCapRejected');
    expect(answer(desk, { b: false, p: '101000', s: '0.6' })).toEqual(capped);
    expect(lastRejected(desk)).toBe('positionFlipAtOpenInterestCapRejected');
    expect(answer(desk, { b: false, p: '101000' }, BOB)).toEqual(capped);
  });

  test('a position may be reduced, but not beyond the oracle unless reduce-only', () => {
    const desk = cappedDesk();
    expect(answer(desk, { b: false, p: '99000', s: '0.1', tif: 'Ioc' })).toEqual({
      error:
        'Order rejected due to price more aggressive than oracle while at open interest cap asset=0',
    });
    expect(lastRejected(desk)).toBe('tooAggressiveAtOpenInterestCapRejected');
    expect(answer(desk, { b: false, p: '101000', s: '0.1' })).toHaveProperty('resting');
    answer(desk, { b: false, p: '99000', s: '0.3', r: true, tif: 'Ioc' });
    expect(sziOf(desk, ALICE)).toBe('0.2');
    expect(desk.venue.coinsAtOpenInterestCap()).toEqual([]);
    expect(answer(desk, { s: '0.1' })).toHaveProperty('resting');
  });

  test('other coins are free', () => {
    expect(answer(cappedDesk(), { a: 1, p: '3900' })).toHaveProperty('resting');
  });
});
