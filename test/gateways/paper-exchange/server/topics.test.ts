import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Subscription } from '../../../../gateways/hyperliquid/wire/websocket.ts';
import type { Change } from '../../../../gateways/paper-exchange/exchange.ts';
import { Topics } from '../../../../gateways/paper-exchange/server/topics.ts';

const ofCoin = (coin: string) => ({ type: 'trades', coin }) as Subscription;
const ofUser = (user: string) => ({ type: 'orderUpdates', user }) as Subscription;
const ofAll = { type: 'allMids' } as Subscription;

const orderOf = (account: string, coin: string): Change => ({
  isStep: false,
  events: [{ kind: 'order', account, update: { order: { coin } } }] as unknown as Change['events'],
});
const tradeOf = (coin: string): Change => ({
  isStep: false,
  events: [{ kind: 'trade', trade: { coin } }] as unknown as Change['events'],
});
const STEP: Change = { isStep: true, events: [] };

function topicsOf(...subscriptions: Subscription[]): Topics<string> {
  const topics = new Topics<string>();
  for (const subscription of subscriptions) {
    topics.join(JSON.stringify(subscription), subscription, 'reader');
  }
  return topics;
}

const heard = (topics: Topics<string>, change: Change) =>
  [...topics.concernedBy(change)].map(({ subscription }) => subscription);

describe('a change concerns', () => {
  const all = [ofCoin('BTC'), ofCoin('ETH'), ofUser('0xa'), ofUser('0xb'), ofAll];

  test('its market, its account, and who names neither', () => {
    const topics = topicsOf(...all);
    expect(new Set(heard(topics, orderOf('0xa', 'BTC')))).toEqual(
      new Set([ofCoin('BTC'), ofUser('0xa'), ofAll]),
    );
    expect(new Set(heard(topics, tradeOf('ETH')))).toEqual(new Set([ofCoin('ETH'), ofAll]));
  });

  test('all that show a state when the tape moves', () => {
    const book = { type: 'l2Book', coin: 'BTC' } as Subscription;
    const state = { type: 'clearinghouseState', user: '0xa' } as Subscription;
    expect(heard(topicsOf(...all, book, state), STEP)).toEqual([ofAll, book, state]);
  });

  test('who tells of events when the step of a tape brings some', () => {
    const trade: Change = { ...tradeOf('BTC'), isStep: true };
    expect(heard(topicsOf(...all), trade)).toEqual([ofAll, ofCoin('BTC')]);
    const order: Change = { ...orderOf('0xb', 'ETH'), isStep: true };
    expect(heard(topicsOf(...all), order)).toEqual([ofAll, ofUser('0xb'), ofCoin('ETH')]);
  });

  test('a topic of a market and an account once', () => {
    const both = { type: 'activeAssetData', user: '0xa', coin: 'BTC' } as unknown as Subscription;
    expect(heard(topicsOf(both), orderOf('0xa', 'BTC'))).toEqual([both]);
    expect(heard(topicsOf(both), orderOf('0xb', 'BTC'))).toEqual([both]);
    expect(heard(topicsOf(both), orderOf('0xb', 'ETH'))).toEqual([]);
  });
});

test('nothing is left of topics that all have left, whatever their names', () => {
  const name = fc.constantFrom('BTC', '__proto__', 'anything', 'user 0xa', 'constructor');
  const subscription = fc.oneof(name.map(ofCoin), name.map(ofUser), fc.constant(ofAll));
  fc.assert(
    fc.property(fc.uniqueArray(subscription, { selector: (s) => JSON.stringify(s) }), (given) => {
      const topics = new Topics<number>();
      const joined = given.flatMap((one) =>
        [1, 2].map((who) => ({ who, topic: topics.join(JSON.stringify(one), one, who) })),
      );
      expect(topics.size).toBe(given.length);
      for (const { who, topic } of joined) topics.leave(topic, who);
      expect(topics.size).toBe(0);
      for (const change of [STEP, orderOf('BTC', 'BTC'), tradeOf('__proto__')]) {
        expect([...topics.concernedBy(change)]).toEqual([]);
      }
    }),
  );
});
