import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ISubscription, SubscriptionClient } from '@nktkas/hyperliquid';
import type { z } from 'zod';
import { decimal, plain, type Usd } from '../../domain/kernel/decimal.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import { channelDataSchemas } from '../../gateways/hyperliquid/wire/websocket.ts';
import {
  ALICE_KEY,
  BOB_KEY,
  bestPrices,
  openPaperVenue,
  type PaperVenue,
  until,
} from './paper-venue.ts';

const user = '0x14791697260E4c9A71f18484C9f997B308e59325';

/** What each subscription that needs parameters is given. */
const parameters: Readonly<Record<string, object>> = {
  activeAssetCtx: { coin: 'BTC' },
  activeAssetData: { user, coin: 'BTC' },
  activeSpotAssetCtx: { coin: '@1' },
  bbo: { coin: 'BTC' },
  candle: { coin: 'BTC', interval: '1m' },
  l2Book: { coin: 'BTC' },
  trades: { coin: 'BTC' },
};
const aboutAUser = new Set([
  ...['allDexsClearinghouseState', 'clearinghouseState', 'notification', 'openOrders'],
  ...['orderUpdates', 'spotState', 'twapStates', 'userEvents', 'userFills', 'userFundings'],
  ...['userHistoricalOrders', 'userNonFundingLedgerUpdates', 'userTwapHistory'],
  ...['userTwapSliceFills', 'webData3'],
]);

/** What stays silent here, and why. */
const silent: Readonly<Record<string, string>> = {
  activeSpotAssetCtx: 'nothing is traded spot',
  outcomeMetaUpdates: 'there are no outcome markets, so they never change',
};

const methods = Object.getOwnPropertyNames(SubscriptionClient.prototype).filter(
  (name) => name !== 'constructor',
);
const schemas: Readonly<Record<string, z.ZodType>> = channelDataSchemas;
/** The channel's name where it is not the subscription's. */
const channels: Readonly<Record<string, string>> = { userEvents: 'user' };

const packed = (data: unknown) => deflateRawSync(JSON.stringify(data)).toString('base64');

let venue: PaperVenue;
const told = new Map<string, unknown[]>();
const watched: ISubscription[] = [];

function subscribe(method: string): Promise<ISubscription> {
  const { subscriptions } = venue;
  const call = subscriptions[method as keyof SubscriptionClient] as (
    ...args: unknown[]
  ) => Promise<ISubscription>;
  const asked = parameters[method] ?? (aboutAUser.has(method) ? { user } : undefined);
  const listener = (data: unknown) => told.set(method, [...(told.get(method) ?? []), data]);
  return call.apply(subscriptions, asked === undefined ? [listener] : [asked, listener]);
}

beforeAll(async () => {
  const accounts = [ALICE_KEY, BOB_KEY].map(addressOf);
  venue = await openPaperVenue({
    fund: accounts.map((account) => ({ account, usd: '1000000' as Usd })),
  });
  for (const method of methods) {
    if (silent[method] === undefined) watched.push(await subscribe(method));
  }
  const { ask } = await bestPrices(venue, 'BTC');
  const { alice, bob } = venue;
  const order = (b: boolean, s: string) => {
    const t = { limit: { tif: 'Gtc' as const } };
    return { orders: [{ a: 0, b, p: ask.px, s, r: false, t }], grouping: 'na' as const };
  };
  // Takes all of the best price and rests with 1 BTC more, of which Bob takes half.
  await alice.exchange.order(order(true, plain(decimal(ask.sz).plus(1))));
  await bob.exchange.order(order(false, '0.5'));
  await alice.exchange.twapOrder({ twap: { a: 0, b: true, s: '0.1', r: false, m: 30, t: false } });
  // An hour, so that funding is paid, with pauses in which the client reads what it is told.
  for (let minute = 0; minute < 60; minute += 1) {
    venue.running.advance(6);
    await venue.info.exchangeStatus();
  }
});

afterAll(() => venue.close());

test('every channel of the client is either heard here or silent with a reason', () => {
  const heard = methods.filter((method) => silent[method] === undefined);
  expect([...heard, ...Object.keys(silent)].sort()).toEqual(methods.sort());
});

describe('a channel of the unmodified client', () => {
  test.each(methods.filter((method) => silent[method] === undefined))(
    'tells what our own client can read: %s',
    async (method) => {
      await until(() => told.has(method), `a frame of ${method}`);
      const schema = schemas[channels[method] ?? method];
      expect(schema).toBeDefined();
      for (const data of told.get(method) ?? []) {
        // The client hands on the fast contexts unpacked.
        const raw = method === 'fastAssetCtxs' ? packed(data) : data;
        expect(schema?.safeParse(raw).error).toBeUndefined();
      }
    },
  );

  test('is left again', async () => {
    for (const subscription of watched) await subscription.unsubscribe();
    const before = told.get('allMids')?.length;
    venue.running.advance(6);
    await venue.info.allMids();
    expect(told.get('allMids')?.length).toBe(before);
  });
});
