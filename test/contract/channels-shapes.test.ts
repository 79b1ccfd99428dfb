import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type ChannelName,
  channelDataSchemas,
  type Subscription,
} from '../../gateways/hyperliquid/wire/websocket.ts';
import { bestPrices, openPaperVenue, type PaperVenue, until } from './paper-venue.ts';
import { bareIntegers, openRawSocket, type RawSocket } from './raw-socket.ts';

const alice = '0x14791697260E4c9A71f18484C9f997B308e59325'; // mixed case
const user = alice.toLowerCase();

interface Row {
  /** As a client sends it. */
  readonly ask: object;
  /** As the venue echoes it; the same when left out. */
  readonly echo?: object;
  readonly channel: ChannelName;
  /** What is told at once. */
  readonly atOnce: 'snapshot' | 'whole' | 'nothing';
  /** Whether something is told of the trading and the steps that follow. */
  readonly goesOn: boolean;
}

const ofUser = (type: string, more: object = {}) => ({
  ask: { type, user: alice },
  echo: { type, user, ...more },
});

/** One row per subscription: the compiler asks for those that are missing. */
const rows: { readonly [Type in Subscription['type']]: Row } = {
  allMids: { ask: { type: 'allMids' }, channel: 'allMids', atOnce: 'whole', goesOn: true },
  l2Book: {
    ask: { type: 'l2Book', coin: 'BTC' },
    echo: { type: 'l2Book', coin: 'BTC', nSigFigs: null, mantissa: null, fast: false },
    channel: 'l2Book',
    atOnce: 'whole',
    goesOn: true,
  },
  bbo: { ask: { type: 'bbo', coin: 'BTC' }, channel: 'bbo', atOnce: 'whole', goesOn: true },
  trades: {
    ask: { type: 'trades', coin: 'BTC' },
    channel: 'trades',
    atOnce: 'whole',
    goesOn: true,
  },
  candle: {
    ask: { type: 'candle', coin: 'BTC', interval: '1m' },
    echo: { type: 'candle', interval: '1m', coin: 'BTC' },
    channel: 'candle',
    atOnce: 'whole',
    goesOn: true,
  },
  activeAssetCtx: {
    ask: { type: 'activeAssetCtx', coin: 'BTC' },
    channel: 'activeAssetCtx',
    atOnce: 'whole',
    goesOn: true,
  },
  activeAssetData: {
    ask: { type: 'activeAssetData', user: alice, coin: 'BTC' },
    echo: { type: 'activeAssetData', user, coin: 'BTC' },
    channel: 'activeAssetData',
    atOnce: 'whole',
    goesOn: true,
  },
  assetCtxs: {
    ask: { type: 'assetCtxs' },
    echo: { type: 'assetCtxs', dex: '' },
    channel: 'assetCtxs',
    atOnce: 'whole',
    goesOn: true,
  },
  allDexsAssetCtxs: {
    ask: { type: 'allDexsAssetCtxs' },
    channel: 'allDexsAssetCtxs',
    atOnce: 'whole',
    goesOn: true,
  },
  spotAssetCtxs: {
    ask: { type: 'spotAssetCtxs' },
    channel: 'spotAssetCtxs',
    atOnce: 'whole',
    goesOn: false,
  },
  fastAssetCtxs: {
    ask: { type: 'fastAssetCtxs' },
    channel: 'fastAssetCtxs',
    atOnce: 'whole',
    goesOn: true,
  },
  outcomeMetaUpdates: {
    ask: { type: 'outcomeMetaUpdates' },
    channel: 'outcomeMetaUpdates',
    atOnce: 'whole',
    goesOn: false,
  },
  orderUpdates: {
    ...ofUser('orderUpdates'),
    channel: 'orderUpdates',
    atOnce: 'nothing',
    goesOn: true,
  },
  userEvents: { ...ofUser('userEvents'), channel: 'user', atOnce: 'nothing', goesOn: true },
  user: { ...ofUser('user'), channel: 'user', atOnce: 'nothing', goesOn: true },
  userFills: {
    ...ofUser('userFills', { aggregateByTime: false }),
    channel: 'userFills',
    atOnce: 'snapshot',
    goesOn: true,
  },
  userFundings: {
    ...ofUser('userFundings'),
    channel: 'userFundings',
    atOnce: 'snapshot',
    goesOn: true,
  },
  userNonFundingLedgerUpdates: {
    ...ofUser('userNonFundingLedgerUpdates'),
    channel: 'userNonFundingLedgerUpdates',
    atOnce: 'snapshot',
    goesOn: true,
  },
  userHistoricalOrders: {
    ...ofUser('userHistoricalOrders'),
    channel: 'userHistoricalOrders',
    atOnce: 'snapshot',
    goesOn: true,
  },
  userTwapHistory: {
    ...ofUser('userTwapHistory'),
    channel: 'userTwapHistory',
    atOnce: 'snapshot',
    goesOn: true,
  },
  userTwapSliceFills: {
    ...ofUser('userTwapSliceFills'),
    channel: 'userTwapSliceFills',
    atOnce: 'snapshot',
    goesOn: true,
  },
  notification: {
    ...ofUser('notification'),
    channel: 'notification',
    atOnce: 'nothing',
    goesOn: true,
  },
  openOrders: {
    ...ofUser('openOrders'),
    echo: { type: 'openOrders', user, dex: '' },
    channel: 'openOrders',
    atOnce: 'whole',
    goesOn: true,
  },
  clearinghouseState: {
    ...ofUser('clearinghouseState', { dex: '' }),
    channel: 'clearinghouseState',
    atOnce: 'whole',
    goesOn: true,
  },
  twapStates: {
    ...ofUser('twapStates', { dex: '' }),
    channel: 'twapStates',
    atOnce: 'whole',
    goesOn: true,
  },
  allDexsClearinghouseState: {
    ...ofUser('allDexsClearinghouseState'),
    channel: 'allDexsClearinghouseState',
    atOnce: 'whole',
    goesOn: true,
  },
  spotState: {
    ...ofUser('spotState', { ignorePortfolioMargin: false }),
    channel: 'spotState',
    atOnce: 'whole',
    goesOn: true,
  },
  webData3: { ...ofUser('webData3'), channel: 'webData3', atOnce: 'whole', goesOn: true },
};

/** Channels that no subscription leads to here: there are no spot pairs. */
const NEVER_TOLD: readonly ChannelName[] = ['activeSpotAssetCtx'];

let venue: PaperVenue;
const sockets = new Map<string, RawSocket>();
const acknowledged = new Map<string, unknown>();
const atOnce = new Map<string, unknown[]>();

const socketOf = (type: string): RawSocket => {
  const socket = sockets.get(type);
  if (!socket) throw new Error(`${type}: no socket`);
  return socket;
};

/** Of the tape: funding is paid two minutes later. */
const MINUTES_BEFORE_AN_HOUR = 2880 + 58;

/** Subscribes to everything, each on a socket of its own; then trades, until funding is paid. */
beforeAll(async () => {
  venue = await openPaperVenue({ startOffsetMinutes: MINUTES_BEFORE_AN_HOUR });
  for (const [type, { ask }] of Object.entries(rows)) {
    const socket = await openRawSocket(venue.running.wsUrl);
    sockets.set(type, socket);
    acknowledged.set(type, await socket.subscribe(ask));
    await socket.post('info', { type: 'exchangeStatus' });
    atOnce.set(type, socket.of(rows[type as Subscription['type']].channel));
  }
  const wasPaid = () => socketOf('userFundings').of('userFundings');
  const { ask, bid } = await bestPrices(venue, 'BTC');
  const order = (p: string, tif: 'Ioc' | 'Gtc') => ({
    a: 0,
    b: true,
    p,
    s: '0.05',
    r: false,
    t: { limit: { tif } },
  });
  const orders = [order(ask.px, 'Ioc'), order(bid.px, 'Gtc')];
  await venue.alice.exchange.order({ orders, grouping: 'na' });
  await venue.alice.exchange.usdClassTransfer({ amount: '10', toPerp: false });
  await venue.alice.exchange.twapOrder({
    twap: { a: 0, b: true, s: '0.1', r: false, m: 5, t: false },
  });
  const sells = [{ ...order(bid.px, 'Gtc'), b: false, s: '40' }];
  await venue.bob.exchange.updateLeverage({ asset: 0, isCross: true, leverage: 40 });
  await venue.bob.exchange.order({ orders: sells, grouping: 'na' });
  for (let minute = 0; minute < 60 && wasPaid().length < 2; minute += 1) {
    venue.running.advance(6);
    await socketOf('userFundings').post('info', { type: 'exchangeStatus' });
  }
  await until(
    () =>
      Object.entries(rows).every(
        ([type, { channel, goesOn }]) =>
          !goesOn || socketOf(type).of(channel).length > (atOnce.get(type)?.length ?? 0),
      ),
    'news on every channel',
  );
});

afterAll(async () => {
  for (const socket of sockets.values()) socket.close();
  await venue.close();
});

const types = Object.keys(rows) as Subscription['type'][];

describe('every subscription', () => {
  test('has a channel, and every channel a subscription', () => {
    const told = new Set([...types.map((type) => rows[type].channel), ...NEVER_TOLD]);
    expect([...told].sort()).toEqual(Object.keys(channelDataSchemas).sort());
  });

  test.each(types)('%s is acknowledged in its normalised form', (type) => {
    const { ask, echo = ask } = rows[type];
    expect(acknowledged.get(type)).toEqual({ method: 'subscribe', subscription: echo });
    expect(socketOf(type).of('error')).toEqual([]);
  });

  test.each(types)('%s begins as it should', (type) => {
    const first = atOnce.get(type) ?? [];
    expect(first.length).toBe(rows[type].atOnce === 'nothing' ? 0 : 1);
    const marks = first.map((data) => (data as { isSnapshot?: unknown }).isSnapshot);
    expect(marks).toEqual(first.map(() => (rows[type].atOnce === 'snapshot' ? true : undefined)));
  });

  test.each(types)('%s tells data in its shape, with decimal points', (type) => {
    const { channel } = rows[type];
    for (const data of socketOf(type).of(channel)) {
      expect(channelDataSchemas[channel].safeParse(data).error).toBeUndefined();
      expect(bareIntegers(data)).toEqual([]);
    }
  });

  test.each(types)('%s marks nothing as a snapshot after the first message', (type) => {
    const { channel, goesOn } = rows[type];
    const later = socketOf(type)
      .of(channel)
      .slice(atOnce.get(type)?.length ?? 0);
    expect(later.length > 0).toBe(goesOn);
    for (const data of later) expect(data).not.toHaveProperty('isSnapshot');
  });
});

describe('what channels say', () => {
  test('a resting order that was filled is notified in words', () => {
    expect(socketOf('notification').of('notification')).toContainEqual({
      notification: expect.stringMatching(
        /^Resting order filled: Bought [\d.]+ BTC at \$\d+(\.\d+)?$/,
      ),
    });
  });

  test('the fast contexts are deflated JSON: all coins at first, then what changed', () => {
    const told = socketOf('fastAssetCtxs')
      .of('fastAssetCtxs')
      .map((data) => JSON.parse(inflateRawSync(Buffer.from(String(data), 'base64')).toString()));
    expect(Object.keys(told[0])).toEqual(['BTC', 'ETH', 'SOL', 'XRP']);
    for (const contexts of told) {
      for (const context of Object.values(contexts)) {
        expect(['markPx', 'midPx']).toEqual(expect.arrayContaining(Object.keys(context as object)));
      }
    }
    const last = Object.assign({}, ...told.map((contexts) => contexts.BTC ?? {}));
    expect(last.markPx).toBe(venue.running.exchange.venue.market('BTC')?.markPx);
  });

  test('an order that was filled in part leaves no second row in the history of orders', () => {
    const history = socketOf('userHistoricalOrders')
      .of('userHistoricalOrders')
      .flatMap(
        (data) => (data as { orderHistory: { order: object; status: string }[] }).orderHistory,
      );
    const open = history.filter(({ status }) => status === 'open');
    const oids = open.map(({ order }) => (order as { oid: number }).oid);
    expect(new Set(oids).size).toBe(oids.length);
  });
});

describe('the end of a subscription', () => {
  test.each(types)('of %s comes once, and it is silent from then on', async (type) => {
    const { ask, channel } = rows[type];
    const socket = socketOf(type);
    socket.send({ method: 'unsubscribe', subscription: ask });
    socket.send({ method: 'unsubscribe', subscription: ask });
    await until(() => socket.of('error').length > 0, 'a refusal');
    expect(socket.of('error')[0]).toMatch(/^Already unsubscribed: {"type":/);
    const before = socket.of(channel).length;
    venue.running.advance(1);
    await socket.post('info', { type: 'exchangeStatus' });
    expect(socket.of(channel).length).toBe(before);
  });
});

describe('a frame that means nothing', () => {
  test.each([
    ['no JSON', 'hello'],
    ['an unknown channel', '{"method":"subscribe","subscription":{"type":"nope"}}'],
    ['a missing coin', '{"method":"subscribe","subscription":{"type":"l2Book"}}'],
    [
      'a bad interval',
      '{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"2m"}}',
    ],
    [
      'the old bundle',
      `{"method":"subscribe","subscription":{"type":"webData2","user":"${alice}"}}`,
    ],
  ])('is answered with the text as received: %s', async (_what, text) => {
    const socket = await openRawSocket(venue.running.wsUrl);
    socket.send(text);
    await until(() => socket.told.length > 0, 'an error');
    const data = `Error parsing JSON into valid websocket request: ${text}`;
    expect(socket.told).toEqual([{ channel: 'error', data }]);
    socket.close();
  });

  test('a second subscription to the same is refused with what stands', async () => {
    const socket = await openRawSocket(venue.running.wsUrl);
    await socket.subscribe({ type: 'trades', coin: 'BTC' });
    socket.send({ method: 'subscribe', subscription: { coin: 'BTC', type: 'trades' } });
    await until(() => socket.of('error').length > 0, 'a refusal');
    expect(socket.of('error')).toEqual(['Already subscribed: {"type":"trades","coin":"BTC"}']);
    socket.close();
  });
});
