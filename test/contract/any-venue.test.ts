import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { infoAnswerSchemas } from '../../gateways/hyperliquid/wire/info-answers.ts';
import { type AnyVenue, marketOf, venuesUnderTest } from './any-venue.ts';
import { until } from './paper-venue.ts';

const COIN = 'BTC';

type Tif = 'Gtc' | 'Ioc' | 'Alo';

const anyCloid = (): `0x${string}` => `0xff${randomBytes(15).toString('hex')}`;

describe.each(venuesUnderTest.filter(({ skipped }) => skipped === undefined))('$name', (tested) => {
  let venue: AnyVenue;

  beforeAll(async () => {
    venue = await tested.open();
  });

  afterAll(() => venue.close());

  const market = () => marketOf(venue, COIN);

  async function place(
    fraction: string,
    more: { tif?: Tif; b?: boolean; r?: boolean; c?: `0x${string}` } = {},
  ) {
    const { asset, size, at } = await market();
    const { tif = 'Gtc', b = true, r = false, c } = more;
    const t = { limit: { tif } };
    const order = { a: asset, b, p: at(fraction), s: size, r, t, ...(c ? { c } : {}) };
    const { response } = await venue.exchange.order({ orders: [order], grouping: 'na' });
    return response.data.statuses[0];
  }

  async function placeResting(c?: `0x${string}`): Promise<number> {
    const status = await place('-0.3', c ? { c } : {});
    if (typeof status === 'object' && 'resting' in status) return status.resting.oid;
    throw new Error(`does not rest: ${JSON.stringify(status)}`);
  }

  const statusOf = async (oid: number | `0x${string}`) => {
    const answer = await venue.info.orderStatus({ user: venue.address, oid });
    return answer.status === 'order' ? answer.order.status : answer.status;
  };
  const szi = async () => {
    const { assetPositions } = await venue.info.clearinghouseState({ user: venue.address });
    return assetPositions.find(({ position }) => position.coin === COIN)?.position.szi;
  };

  test('keeps an order until it is cancelled, and cancels it once', async () => {
    const oid = await placeResting();
    const open = await venue.info.frontendOpenOrders({ user: venue.address });
    expect(open).toContainEqual(expect.objectContaining({ oid, coin: COIN, tif: 'Gtc' }));
    const { asset } = await market();
    const cancels = [{ a: asset, o: oid }];
    const cancelled = await venue.exchange.cancel({ cancels });
    expect(cancelled.response.data.statuses).toEqual(['success']);
    expect(await statusOf(oid)).toBe('canceled');
    await expect(venue.exchange.cancel({ cancels })).rejects.toThrow(
      'Order was never placed, already canceled, or filled.',
    );
  });

  test('knows an order by its client id', async () => {
    const cloid = anyCloid();
    const oid = await placeResting(cloid);
    const found = await venue.info.orderStatus({ user: venue.address, oid: cloid });
    expect(found).toMatchObject({ status: 'order', order: { order: { oid, cloid } } });
    const { asset } = await market();
    const cancelled = await venue.exchange.cancelByCloid({ cancels: [{ asset, cloid }] });
    expect(cancelled.response.data.statuses).toEqual(['success']);
    expect(await statusOf(anyCloid())).toBe('unknownOid');
  });

  test('changes an order to a new one under the same client id', async () => {
    const cloid = anyCloid();
    const oid = await placeResting(cloid);
    const { asset, size, at } = await market();
    const order = { a: asset, b: true, p: at('-0.31'), s: size, r: false, c: cloid };
    const t = { limit: { tif: 'Alo' as const } };
    await venue.exchange.modify({ oid, order: { ...order, t } });
    expect(await statusOf(oid)).toBe('canceled');
    const changed = await venue.info.orderStatus({ user: venue.address, oid: cloid });
    expect(changed).toMatchObject({ order: { status: 'open' } });
    expect(changed).not.toMatchObject({ order: { order: { oid } } });
    await venue.exchange.cancelByCloid({ cancels: [{ asset, cloid }] });
  });

  test('fills against the book, keeps the position, and closes it reduce-only', async () => {
    const { size } = await market();
    expect(await place('0.02', { tif: 'Ioc' })).toEqual({
      filled: { totalSz: size, avgPx: expect.any(String), oid: expect.any(Number) },
    });
    expect(await szi()).toBe(size);
    const closed = await place('-0.02', { tif: 'Ioc', b: false, r: true });
    expect(closed).toHaveProperty('filled');
    expect(await szi()).toBeUndefined();
    const fills = await venue.info.userFills({ user: venue.address });
    expect(fills.slice(0, 2).map(({ dir }) => dir)).toEqual(['Close Long', 'Open Long']);
  });

  test('guards a position by a stop', async () => {
    const { asset, size, at } = await market();
    await place('0.02', { tif: 'Ioc' });
    const t = { trigger: { isMarket: true, triggerPx: at('-0.2'), tpsl: 'sl' as const } };
    const order = { a: asset, b: false, p: at('-0.25'), s: size, r: true, t };
    await venue.exchange.order({ orders: [order], grouping: 'na' });
    const open = await venue.info.frontendOpenOrders({ user: venue.address });
    const stop = open.find(({ isTrigger }) => isTrigger);
    expect(stop).toMatchObject({ orderType: 'Stop Market', reduceOnly: true, tif: null });
    await venue.exchange.cancel({ cancels: [{ a: asset, o: stop?.oid ?? 0 }] });
    await place('-0.02', { tif: 'Ioc', b: false, r: true });
  });

  test.each<[string, string, string, { tif?: Tif; r?: boolean }]>([
    ['an immediate order that meets nobody', 'could not immediately match', '-0.1', { tif: 'Ioc' }],
    [
      'a post-only order that would trade',
      'would have immediately matched',
      '0.02',
      { tif: 'Alo' },
    ],
    ['a reduction of nothing', 'Reduce only order would increase position', '0.02', { r: true }],
  ])('refuses %s in its own words', async (_what, words, fraction, more) => {
    await expect(place(fraction, more)).rejects.toThrow(words);
  });

  test('refuses an order below 10 USD and a price off the tick', async () => {
    const { asset, size, at } = await market();
    const t = { limit: { tif: 'Gtc' as const } };
    const order = { a: asset, b: true, p: at('-0.3'), s: size, r: false, t };
    const small = [{ ...order, p: at('-0.5') }];
    await expect(venue.exchange.order({ orders: small, grouping: 'na' })).rejects.toThrow(
      'Order must have minimum value of $10.',
    );
    const offTick = [{ ...order, p: `${at('-0.3')}.5` }];
    await expect(venue.exchange.order({ orders: offTick, grouping: 'na' })).rejects.toThrow(
      /Price must be divisible by tick size|Order has invalid price/,
    );
  });

  test('takes an action until its expiry, and a nonce once', async () => {
    const { asset, size, at } = await market();
    const t = { limit: { tif: 'Gtc' as const } };
    const orders = [{ a: asset, b: true, p: at('-0.3'), s: size, r: false, t }];
    const late = { expiresAfter: Date.now() - 1000 };
    await expect(venue.exchange.order({ orders, grouping: 'na' }, late)).rejects.toThrow(
      'Action already expired',
    );
    const nonce = Date.now() + 1000;
    await venue.exchange.noop({ nonce });
    await expect(venue.exchange.noop({ nonce })).rejects.toThrow('duplicate nonce');
  });

  test('lets an approved agent trade, and nobody else', async () => {
    const key = generatePrivateKey();
    const agent = venue.traderOf(key);
    const { asset, size, at } = await market();
    const t = { limit: { tif: 'Gtc' as const } };
    const orders = [{ a: asset, b: true, p: at('-0.3'), s: size, r: false, t }];
    await expect(agent.order({ orders, grouping: 'na' })).rejects.toThrow('does not exist.');
    await venue.exchange.approveAgent({ agentAddress: privateKeyToAccount(key).address });
    const { response } = await agent.order({ orders, grouping: 'na' });
    const [status] = response.data.statuses;
    const oid = typeof status === 'object' && 'resting' in status ? status.resting.oid : -1;
    expect(await statusOf(oid)).toBe('open');
    await agent.cancel({ cancels: [{ a: asset, o: oid }] });
  });

  test('tells on its stream what happens to an order', async () => {
    const user = venue.address;
    const updates: [number, string][] = [];
    const snapshots: unknown[] = [];
    const books: string[] = [];
    const watched = [
      await venue.subscriptions.orderUpdates({ user }, (data) => {
        updates.push(...data.map(({ order: { oid }, status }): [number, string] => [oid, status]));
      }),
      await venue.subscriptions.userFills({ user }, (data) => snapshots.push(data)),
      await venue.subscriptions.l2Book({ coin: COIN }, ({ coin }) => books.push(coin)),
    ];
    await until(() => snapshots.length > 0 && books.length > 0, 'the first snapshots');
    expect(snapshots[0]).toMatchObject({ isSnapshot: true, user: user.toLowerCase() });
    const oid = await placeResting();
    const { asset } = await market();
    await venue.exchange.cancel({ cancels: [{ a: asset, o: oid }] });
    await until(() => updates.filter(([of]) => of === oid).length === 2, 'two updates');
    expect(updates.filter(([of]) => of === oid)).toEqual([
      [oid, 'open'],
      [oid, 'canceled'],
    ]);
    for (const subscription of watched) await subscription.unsubscribe();
  });

  test('answers in the shapes that our own client reads', async () => {
    const { info, address: user } = venue;
    const answers = {
      meta: await info.meta(),
      metaAndAssetCtxs: await info.metaAndAssetCtxs(),
      spotMeta: await info.spotMeta(),
      allMids: await info.allMids(),
      l2Book: await info.l2Book({ coin: COIN }),
      clearinghouseState: await info.clearinghouseState({ user }),
      openOrders: await info.openOrders({ user }),
      historicalOrders: await info.historicalOrders({ user }),
      userFills: await info.userFills({ user }),
      userFees: await info.userFees({ user }),
      userRateLimit: await info.userRateLimit({ user }),
      userRole: await info.userRole({ user }),
      extraAgents: await info.extraAgents({ user }),
      portfolio: await info.portfolio({ user }),
    };
    for (const [type, answer] of Object.entries(answers)) {
      const schema = infoAnswerSchemas[type as keyof typeof answers];
      expect([type, schema.safeParse(answer).error]).toEqual([type, undefined]);
    }
  });
});

for (const { name, skipped } of venuesUnderTest) {
  if (skipped === undefined) continue;
  test.skip(`${name}: the same contract, skipped because ${skipped}`, () => undefined);
}
