import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decimal, type Usd } from '../../domain/kernel/decimal.ts';
import {
  clearinghouseStateSchema,
  frontendOpenOrdersSchema,
  openOrdersSchema,
  orderStatusResponseSchema,
} from '../../gateways/hyperliquid/wire/info-account.ts';
import { userFillsSchema } from '../../gateways/hyperliquid/wire/info-account-history.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import {
  ALICE_KEY,
  BOB_KEY,
  bestPrices,
  movedBy,
  openPaperVenue,
  type PaperVenue,
  STRANGER_KEY,
  until,
} from './paper-venue.ts';

const BTC = 0;
const CLOID = '0xa1b2c3d4000000000000000000000001';

const limit = (tif: 'Gtc' | 'Ioc' | 'Alo') => ({ limit: { tif } });
const order = (
  isBuy: boolean,
  p: string,
  s: string,
  tif: 'Gtc' | 'Ioc' | 'Alo' = 'Gtc',
  c?: `0x${string}`,
) => ({
  orders: [{ a: BTC, b: isBuy, p, s, r: false, t: limit(tif), ...(c ? { c } : {}) }],
  grouping: 'na' as const,
});

let venue: PaperVenue;

beforeAll(async () => {
  const accounts = [ALICE_KEY, BOB_KEY].map(addressOf);
  // Enough to buy all that the book offers at its best price.
  venue = await openPaperVenue({
    fund: accounts.map((account) => ({ account, usd: '1000000' as Usd })),
  });
});

afterAll(() => venue.close());

describe('an order of the unmodified SDK', () => {
  beforeEach(async () => {
    // every test begins without open orders and positions
    for (const { address, exchange } of [venue.alice, venue.bob]) {
      for (const { oid } of await venue.info.openOrders({ user: address })) {
        await exchange.cancel({ cancels: [{ a: BTC, o: oid }] });
      }
    }
  });

  test('rests, is seen everywhere, and is cancelled', async () => {
    const { alice, info } = venue;
    const { bid } = await bestPrices(venue, 'BTC');
    const px = movedBy(bid.px, -1000);
    const placed = await alice.exchange.order(order(true, px, '0.01', 'Gtc', CLOID));
    const status = placed.response.data.statuses[0];
    const oid = typeof status === 'object' && 'resting' in status ? status.resting.oid : -1;
    expect(status).toEqual({ resting: { oid: expect.any(Number), cloid: CLOID } });

    const open = openOrdersSchema.parse(await info.openOrders({ user: alice.address }));
    expect(open).toEqual([
      {
        coin: 'BTC',
        side: 'B',
        limitPx: `${px}.0`,
        sz: '0.01',
        origSz: '0.01',
        oid,
        cloid: CLOID,
        timestamp: expect.any(Number),
      },
    ]);
    const [front] = frontendOpenOrdersSchema.parse(
      await info.frontendOpenOrders({ user: alice.address }),
    );
    expect(front).toMatchObject({
      oid,
      orderType: 'Limit',
      tif: 'Gtc',
      isTrigger: false,
      triggerPx: '0.0',
      triggerCondition: 'N/A',
      reduceOnly: false,
      children: [],
      isPositionTpsl: false,
    });
    for (const id of [oid, CLOID] as const) {
      const answer = await info.orderStatus({ user: alice.address, oid: id });
      expect(orderStatusResponseSchema.parse(answer)).toMatchObject({
        status: 'order',
        order: { status: 'open', order: { oid } },
      });
    }

    const cancelled = await alice.exchange.cancel({ cancels: [{ a: BTC, o: oid }] });
    expect(cancelled.response.data.statuses).toEqual(['success']);
    expect(await info.openOrders({ user: alice.address })).toEqual([]);
    const after = await info.orderStatus({ user: alice.address, oid });
    expect(after).toMatchObject({ status: 'order', order: { status: 'canceled' } });
    const history = await info.historicalOrders({ user: alice.address });
    expect(history.slice(0, 2).map((row) => [row.order.oid, row.status])).toEqual([
      [oid, 'canceled'],
      [oid, 'open'],
    ]);
  });

  test('is cancelled by its client order id, once', async () => {
    const { alice } = venue;
    const { bid } = await bestPrices(venue, 'BTC');
    const cloid = '0xa1b2c3d4000000000000000000000002';
    await alice.exchange.order(order(true, movedBy(bid.px, -900), '0.01', 'Gtc', cloid));
    const cancels = [{ asset: BTC, cloid } as const];
    const cancelled = await alice.exchange.cancelByCloid({ cancels });
    expect(cancelled.response.data.statuses).toEqual(['success']);
    await expect(alice.exchange.cancelByCloid({ cancels })).rejects.toThrow(
      'Order was never placed, already canceled, or filled. asset=0',
    );
  });

  test('fills at once against the book and makes a position', async () => {
    const { alice, info } = venue;
    const { ask } = await bestPrices(venue, 'BTC');
    const before = await info.userFills({ user: alice.address });
    const placed = await alice.exchange.order(order(true, ask.px, '0.01', 'Ioc'));
    expect(placed.response.data.statuses).toEqual([
      { filled: { totalSz: '0.01', avgPx: ask.px, oid: expect.any(Number) } },
    ]);
    const fills = userFillsSchema.parse(await info.userFills({ user: alice.address }));
    expect(fills.length).toBe(before.length + 1);
    const fee = decimal(ask.px).times('0.01').times('0.00045').toDecimalPlaces(6, 1);
    expect(fills[0]).toMatchObject({
      coin: 'BTC',
      side: 'B',
      px: ask.px,
      sz: '0.01',
      dir: 'Open Long',
      startPosition: '0.0',
      closedPnl: '0.0',
      crossed: true,
      feeToken: 'USDC',
    });
    expect(decimal(fills[0]?.fee ?? '0').eq(fee)).toBe(true);
    const state = clearinghouseStateSchema.parse(
      await info.clearinghouseState({ user: alice.address }),
    );
    expect(state.assetPositions[0]?.position).toMatchObject({ coin: 'BTC', szi: '0.01' });

    const { bid } = await bestPrices(venue, 'BTC');
    await alice.exchange.order(order(false, bid.px, '0.01', 'Ioc'));
    const closed = await info.clearinghouseState({ user: alice.address });
    expect(closed.assetPositions).toEqual([]);
  });

  test('fills in part, rests with the rest, and another account fills that', async () => {
    const { alice, bob, info } = venue;
    const { ask } = await bestPrices(venue, 'BTC');
    const size = decimal(ask.sz).plus('0.5').toFixed();
    const placed = await alice.exchange.order(order(true, ask.px, size));
    const status = placed.response.data.statuses[0];
    const oid = typeof status === 'object' && 'resting' in status ? status.resting.oid : -1;
    expect(status).toEqual({ resting: { oid: expect.any(Number) } });
    const [open] = await info.openOrders({ user: alice.address });
    expect(open).toMatchObject({ oid, sz: '0.5' });
    expect(decimal(open?.origSz ?? '0').eq(size)).toBe(true);
    const { bid } = await bestPrices(venue, 'BTC');
    expect(bid).toEqual({ px: ask.px, sz: '0.5', n: 1 });

    const sold = await bob.exchange.order(order(false, ask.px, '0.5', 'Ioc'));
    expect(sold.response.data.statuses).toEqual([
      { filled: { totalSz: '0.5', avgPx: ask.px, oid: expect.any(Number) } },
    ]);
    expect(await info.orderStatus({ user: alice.address, oid })).toMatchObject({
      order: { status: 'filled', order: { sz: '0.0' } },
    });
    const [made] = await info.userFills({ user: alice.address });
    const [took] = await info.userFills({ user: bob.address });
    expect(made).toMatchObject({ oid, sz: '0.5', crossed: false, side: 'B' });
    expect(took).toMatchObject({ sz: '0.5', crossed: true, side: 'A', tid: made?.tid });
    expect(venue.running.exchange.venue.conservation().difference).toBe('0.0');
  });

  test('is told on the stream as it opens, fills and is cancelled', async () => {
    const { alice, subscriptions } = venue;
    const updates: { status: string; oid: number; sz: string }[] = [];
    const fills: { isSnapshot?: true; count: number }[] = [];
    const events: string[] = [];
    const user = alice.address;
    const watched = [
      await subscriptions.orderUpdates({ user }, (data) => {
        updates.push(...data.map(({ order: { oid, sz }, status }) => ({ status, oid, sz })));
      }),
      await subscriptions.userFills({ user }, (data) => {
        fills.push({
          ...('isSnapshot' in data ? { isSnapshot: true } : {}),
          count: data.fills.length,
        });
      }),
      await subscriptions.userEvents({ user }, (data) => {
        events.push(...Object.keys(data));
      }),
    ];
    await until(() => fills.length === 1, 'the snapshot of fills');
    expect(fills[0]?.isSnapshot).toBe(true);

    const { bid, ask } = await bestPrices(venue, 'BTC');
    await alice.exchange.order(order(true, ask.px, '0.01', 'Ioc'));
    await until(() => updates.length === 2 && fills.length === 2, 'the fill');
    expect(updates.map(({ status, sz }) => [status, sz])).toEqual([
      ['open', '0.01'],
      ['filled', '0.0'],
    ]);
    expect(fills[1]).toEqual({ count: 1 });
    expect(events).toEqual(['fills']);

    const placed = await alice.exchange.order(order(true, movedBy(bid.px, -800), '0.01'));
    const status = placed.response.data.statuses[0];
    const oid = typeof status === 'object' && 'resting' in status ? status.resting.oid : -1;
    await alice.exchange.cancel({ cancels: [{ a: BTC, o: oid }] });
    await until(() => updates.length === 4, 'the cancel');
    expect(updates.slice(2)).toEqual([
      { status: 'open', oid, sz: '0.01' },
      { status: 'canceled', oid, sz: '0.01' },
    ]);
    for (const subscription of watched) await subscription.unsubscribe();
  });

  test('is filled when the tape trades through its price', async () => {
    const { alice, info, running } = venue;
    const { bid } = await bestPrices(venue, 'BTC');
    const placed = await alice.exchange.order(order(true, movedBy(bid.px, -10), '0.001'));
    const status = placed.response.data.statuses[0];
    const oid = typeof status === 'object' && 'resting' in status ? status.resting.oid : -1;
    let steps = 0;
    while ((await info.openOrders({ user: alice.address })).length > 0 && steps < 2000) {
      steps += running.advance(10);
    }
    expect(await info.orderStatus({ user: alice.address, oid })).toMatchObject({
      order: { status: 'filled' },
    });
  });

  test('is sent over the socket as well as over HTTP', async () => {
    const { alice, info } = venue;
    const overSocket = venue.traderOf(ALICE_KEY, 'socket').exchange;
    const { bid } = await bestPrices(venue, 'BTC');
    const placed = await overSocket.order(order(true, movedBy(bid.px, -700), '0.01'));
    expect(placed.response.data.statuses[0]).toHaveProperty('resting');
    expect(await info.openOrders({ user: alice.address })).toHaveLength(1);
  });
});

describe('the venue refuses in its own words', () => {
  test.each([
    ['a value below 10 USD', '0.0001', -1000, 'Order must have minimum value of $10. asset=0'],
    ['more than the margin allows', '1000', -1000, 'Insufficient margin to place order. asset=0'],
  ])('%s', async (_what, size, moved, words) => {
    const { bid } = await bestPrices(venue, 'BTC');
    const px = movedBy(bid.px, moved);
    await expect(venue.alice.exchange.order(order(true, px, size))).rejects.toThrow(words);
  });

  test('an immediate order that meets nobody', async () => {
    const { bid } = await bestPrices(venue, 'BTC');
    const px = movedBy(bid.px, -100);
    await expect(venue.alice.exchange.order(order(true, px, '0.01', 'Ioc'))).rejects.toThrow(
      'Order could not immediately match against any resting orders. asset=0',
    );
  });

  test('a post-only order that would trade', async () => {
    const { bid, ask } = await bestPrices(venue, 'BTC');
    const bbo = `${Number(bid.px)}@${Number(ask.px)}`;
    await expect(venue.alice.exchange.order(order(true, ask.px, '0.01', 'Alo'))).rejects.toThrow(
      `Post only order would have immediately matched, bbo was ${bbo}. asset=0`,
    );
  });

  test('a signer without an account', async () => {
    const stranger = venue.traderOf(STRANGER_KEY);
    await expect(stranger.exchange.order(order(true, '50000', '0.01'))).rejects.toThrow(
      `User or API Wallet ${stranger.address} does not exist.`,
    );
  });

  test('leverage above the market maximum', async () => {
    const leverage = { asset: BTC, isCross: true, leverage: 41 };
    await expect(venue.alice.exchange.updateLeverage(leverage)).rejects.toThrow(
      'Invalid leverage value',
    );
  });
});

test('leverage is set and shown with the position', async () => {
  const { bob, info } = venue;
  await bob.exchange.updateLeverage({ asset: BTC, isCross: true, leverage: 5 });
  const { ask } = await bestPrices(venue, 'BTC');
  await bob.exchange.order(order(true, movedBy(ask.px, 500), '0.9', 'Ioc'));
  const state = await info.clearinghouseState({ user: bob.address });
  expect(state.assetPositions[0]?.position.leverage).toEqual({ type: 'cross', value: 5 });
});
