import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPrice } from '../../../domain/market/asset.ts';
import type { WireOrder } from '../../../domain/matching/contract/venue-actions.ts';
import { isOffTick } from '../../../domain/matching/orders/order-validation.ts';
import { plainText } from '../../../domain/matching/state/fixed-point.ts';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  oidOf,
  openDesk,
  order,
  START_MS,
  trigger,
} from './venue-fixture.ts';

describe('one bad order', () => {
  test.each([
    [
      'a price off the tick',
      order({ p: '99000.5' }),
      'Price must be divisible by tick size.',
      'tickRejected',
    ],
    [
      'a value below 10 USD',
      order({ s: '0.0001' }),
      'Order must have minimum value of $10.',
      'minTradeNtlRejected',
    ],
    [
      'too little margin',
      order({ s: '30' }),
      'Insufficient margin to place order.',
      'perpMarginRejected',
    ],
    [
      'a post-only order that would trade',
      order({ p: '100001', tif: 'Alo' }),
      'Post only order would have immediately matched, bbo was 99999@100001.',
      'badAloPxRejected',
    ],
    [
      'an IOC with nothing to match',
      order({ p: '99000', tif: 'Ioc' }),
      'Order could not immediately match against any resting orders.',
      'iocCancelRejected',
    ],
    [
      'a stop on the wrong side',
      trigger('sl', '101000', { b: false }),
      'Invalid TP/SL price.',
      'badTriggerPxRejected',
    ],
    [
      'a take-profit on the wrong side',
      trigger('tp', '99000', { b: false }),
      'Invalid TP/SL price.',
      'badTriggerPxRejected',
    ],
  ])("is refused in the venue's words, numbered and recorded: %s", (_name, bad, text, status) => {
    const desk = openDesk();
    const entries = desk.place(ALICE, order(), bad, order());
    expect(entries[1]).toEqual({ error: `${text} asset=0` });
    const [first, , third] = entries;
    expect(oidOf(third)).toBe(oidOf(first) + 2);
    expect(desk.venue.orderByOid(ALICE, oidOf(first) + 1)).toMatchObject({ status });
    expect(desk.venue.openOrders(ALICE)).toHaveLength(2);
  });

  test('with a market tif is told when the book is empty', () => {
    const desk = openDesk();
    desk.market(bookAt(100_000, 'BTC', { asks: [] }));
    const [entry] = desk.place(ALICE, order({ p: '105000', tif: 'FrontendMarket' }));
    expect(entry).toEqual({ error: 'No liquidity available for market order. asset=0' });
    expect(desk.venue.historicalOrders(ALICE)).toMatchObject([
      { status: 'marketOrderNoLiquidityRejected', order: { orderType: 'Market' } },
    ]);
  });

  test('is refused when the position would outgrow the margin tier of its leverage', () => {
    const desk = openDesk();
    desk.venue.apply({ kind: 'deposit', atMs: START_MS, account: ALICE, usd: '90000000' });
    desk.act(ALICE, { type: 'updateLeverage', asset: 0, isCross: true, leverage: 40 });
    const [entry] = desk.place(ALICE, order({ p: '99000', s: '2000' }));
    expect(entry).toEqual({
      error: 'Order would cause position to exceed margin tier limit at current leverage asset=0',
    });
  });
});

describe('pre-validation', () => {
  test.each([
    ['a zero size', order({ s: '0' }), 'Order has zero size. asset=0'],
    ['a size finer than a lot', order({ s: '0.000001' }), 'Order has invalid size. asset=0'],
    ['a price that is no number', order({ p: '1e5' }), 'Order has invalid price. asset=0'],
    [
      'a price far from the mark',
      order({ p: '4000' }),
      'Order price cannot be more than 95% away from the reference price',
    ],
  ])('answers once for the whole batch and places nothing: %s', (_name, bad, text) => {
    const desk = openDesk();
    expect(desk.place(ALICE, order(), bad, order())).toEqual([{ error: text }]);
    expect(desk.venue.historicalOrders(ALICE)).toEqual([]);
  });

  test.each([
    ['an empty batch', [], 'Orders are empty'],
    ['an unknown asset', [order({ a: 9 })], 'Order has invalid asset.'],
    ['a delisted asset', [order({ a: 3 })], 'Trading is halted.'],
    ['an asset without a market yet', [order({ a: 2 })], 'Trading is halted.'],
  ])('refuses the whole action: %s', (_name, orders, text) => {
    const { response } = openDesk().act(ALICE, { type: 'order', orders, grouping: 'na' });
    expect(response).toEqual({ status: 'err', response: text });
  });
});

describe('the gate', () => {
  const noop = (nonce: number, atMs: number, expiresAfter?: number) =>
    ({
      kind: 'action',
      atMs,
      signer: ALICE,
      account: ALICE,
      nonce,
      ...(expiresAfter === undefined ? {} : { expiresAfter }),
      action: { type: 'noop' },
    }) as const;
  const atMs = START_MS + 1000;
  const DAY_MS = 86_400_000;
  const done = { status: 'ok', response: { type: 'default' } };

  test('executes a nonce once, even across a restart, and even if its action was refused', () => {
    const desk = openDesk();
    const input = {
      ...noop(atMs, atMs),
      action: { type: 'order', orders: [], grouping: 'na' },
    } as const;
    expect(desk.venue.apply(input).response).toHaveProperty('response', 'Orders are empty');
    const duplicate = { status: 'err', response: `Invalid nonce: duplicate nonce ${atMs}` };
    expect(desk.venue.apply(noop(atMs, atMs)).response).toEqual(duplicate);
    const restored = restoreVenue(CONFIG, desk.venue.snapshot());
    expect(restored.apply(noop(atMs, atMs)).response).toEqual(duplicate);
  });

  test('refuses nonces older than two days or a day ahead', () => {
    const { venue } = openDesk();
    const floor = atMs - 2 * DAY_MS;
    expect(venue.apply(noop(floor, atMs)).response).toEqual({
      status: 'err',
      response: `Invalid nonce: nonce too low ${floor} < ${floor}`,
    });
    expect(venue.apply(noop(floor + 1, atMs)).response).toEqual(done);
    expect(venue.apply(noop(atMs + DAY_MS, atMs)).response).toHaveProperty('status', 'err');
    expect(venue.apply(noop(atMs + DAY_MS - 1, atMs)).response).toEqual(done);
  });

  test('keeps the 100 highest nonces: below the smallest of them nothing is accepted', () => {
    const { venue } = openDesk();
    for (let i = 0; i < 100; i += 1) {
      expect(venue.apply(noop(atMs + 10 * i, atMs)).response).toEqual(done);
    }
    expect(venue.apply(noop(atMs + 5, atMs)).response).toEqual(done);
    expect(venue.apply(noop(atMs + 3, atMs)).response).toEqual({
      status: 'err',
      response: `Invalid nonce: nonce too low ${atMs + 3} < ${atMs + 5}`,
    });
    expect(venue.apply(noop(atMs, atMs)).response).toHaveProperty('status', 'err');
  });

  test('refuses an expired action and leaves its nonce unused', () => {
    const { venue } = openDesk();
    expect(venue.apply(noop(atMs, atMs, atMs - 1)).response).toEqual({
      status: 'err',
      response: 'Action already expired',
    });
    expect(venue.apply(noop(atMs, atMs, atMs)).response).toEqual(done);
  });

  test('knows only accounts that deposited', () => {
    const { venue } = openDesk();
    const stranger = '0x00000000000000000000000000000000000000ff';
    const input = { ...noop(atMs, atMs), signer: stranger };
    expect(venue.apply(input).response).toEqual({
      status: 'err',
      response: `User or API Wallet ${stranger} does not exist.`,
    });
    venue.apply({ kind: 'deposit', atMs, account: stranger, usd: '0.000001' });
    expect(venue.apply(input).response).toEqual(done);
  });
});

test('a bad market update is refused by field, value and rule, and changes nothing', () => {
  const desk = openDesk();
  const before = desk.venue.snapshot();
  const off = bookAt(100_000, 'BTC', { bids: [{ px: '99999.55', sz: '1' }] });
  expect(() => desk.market(bookAt(4100, 'ETH'), off)).toThrow(
    'BTC.bids.px "99999.55": must be a positive multiple of 0.1',
  );
  expect(desk.venue.snapshot()).toEqual(before);
  expect(() => desk.market(bookAt(1, 'DOGE'))).toThrow('coin "DOGE": not in the universe');
});

test('open orders beyond the limit are refused', () => {
  const desk = openDesk();
  const batch = Array.from({ length: 1000 }, () => order({ p: '90000', s: '0.0002' }));
  desk.place(BOB, ...batch);
  const [entry] = desk.place(BOB, order({ p: '90000', s: '0.0002' }));
  expect(entry).toEqual({ error: 'Too many open orders asset=0' });
});

describe('amounts too large to count exactly', () => {
  test('are refused as deposits, and change nothing', () => {
    const desk = openDesk();
    const deposit = (usd: string) =>
      desk.venue.apply({ kind: 'deposit', atMs: START_MS, account: ALICE, usd });
    expect(() => deposit('99900000.000001')).toThrow(
      'deposit.usd "99900000.000001": must bring the account to at most 100000000 USD',
    );
    expect(() => deposit('99999999999')).toThrow('deposit.usd');
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('100000.0');
    deposit('99900000');
    expect(desk.venue.accountSummary(ALICE).withdrawable).toBe('100000000.0');
  });

  test('are refused as orders for want of margin, or as sizes that are none', () => {
    const desk = openDesk();
    const answerTo = (fields: Partial<WireOrder>) => desk.place(ALICE, order(fields))[0];
    for (const s of ['100000', '1000000000', '9007199254']) {
      const text = 'Order has value above the maximum of $300000000. asset=0';
      expect(answerTo({ s })).toEqual({ error: text });
    }
    expect(answerTo({ s: '9007199255' })).toEqual({ error: 'Order has invalid size. asset=0' });
  });
});

test('a legal tick on numbers is a legal tick on decimals', () => {
  const asset = { name: 'X', szDecimals: 2 };
  const prices = fc.oneof(
    fc.integer({ min: 1, max: 10 ** 9 }),
    fc.integer({ min: 1, max: 10 ** 7 }),
  );
  const rounded = fc.tuple(prices, fc.nat(6)).map(([px, zeros]) => px * 10 ** zeros);
  fc.assert(
    fc.property(fc.oneof(prices, rounded), (px) => {
      const isLegal = checkPrice(asset, plainText(px)) === undefined;
      expect(isOffTick({ pxStep: 100 }, px)).toBe(!isLegal);
    }),
  );
});
