import { expect, test } from '@jest/globals';
import { LiveMarket } from '../../../../gateways/paper-exchange/feeds/live-market.ts';
import type { MarketEvent } from '../../../../gateways/paper-exchange/feeds/market-events.ts';

const asset = { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false };
const T0 = 1_757_015_216_000;

const book = (timeMs: number, bid: number, ask: number): MarketEvent => ({
  coin: 'BTC',
  timeMs,
  fact: {
    kind: 'book',
    bids: [{ px: `${bid}`, lots: 100_000, n: 1 }],
    asks: [{ px: `${ask}`, lots: 100_000, n: 1 }],
  },
});
const trade = (timeMs: number, px: number, id: string): MarketEvent => ({
  coin: 'BTC',
  timeMs,
  fact: { kind: 'trade', trade: { px: `${px}`, sz: '0.10000', side: 'B' }, id },
});

test('trades count from the first book on, each once, however often it is told', () => {
  const market = new LiveMarket(asset);
  expect(market.hear(trade(T0 - 5, 100, 'backlog'))).toBe(false);
  expect(market.takeUpdate()).toBeUndefined();
  market.hear(book(T0, 100, 101));
  expect(market.hear(trade(T0 - 5, 100, 'backlog'))).toBe(false);
  expect(market.hear(trade(T0 + 5, 101, 'a'))).toBe(true);
  expect(market.hear(trade(T0 + 5, 101, 'a'))).toBe(false);
  expect(market.takeUpdate()).toMatchObject({ markPx: '100.5', trades: [{ px: '101' }] });
  expect(market.takeUpdate()).toBeUndefined();
});

test('after a loss of the connection nothing counts before a new book', () => {
  const market = new LiveMarket(asset);
  market.hear(book(T0, 100, 101));
  market.takeUpdate();
  market.forget();
  expect(market.hasBook).toBe(false);
  expect(market.hear(trade(T0 + 50, 101, 'lost'))).toBe(false);
  expect(market.takeUpdate()).toBeUndefined();
  market.hear(book(T0 + 100, 200, 201));
  expect(market.takeUpdate()).toMatchObject({ markPx: '200.5', trades: [] });
});

test('books that cannot be books are not believed', () => {
  const market = new LiveMarket(asset);
  expect(market.hear(book(T0, 101, 100))).toBe(false);
  expect(market.hasBook).toBe(false);
});

test("the venue's own prices and rate go before the middle of the book", () => {
  const market = new LiveMarket(asset);
  market.hear(book(T0, 100, 101));
  const fact = {
    kind: 'context',
    markPx: '100.7',
    oraclePx: '100.9',
    fundingRate: '0.00002',
  } as const;
  market.hear({ coin: 'BTC', timeMs: T0 + 1, fact });
  expect(market.takeUpdate()).toMatchObject({ markPx: '100.7', oraclePx: '100.9' });
  expect(market.fundingRate).toBe('0.00002');
});

test('minutes grow with the trades, and the whole minutes of the venue take their place', () => {
  const market = new LiveMarket(asset);
  market.hear(book(T0, 100, 101));
  market.hear(trade(T0 + 1, 101, 'a'));
  market.hear(trade(T0 + 2, 103, 'b'));
  const openMs = Math.floor(T0 / 60_000) * 60_000;
  const bars = market.bars(T0 + 2);
  expect([bars.startMs, bars.last]).toEqual([openMs, 0]);
  expect(bars.bar(0)).toMatchObject({ open: 101, high: 103, low: 101, close: 103, trades: 2 });
  const whole = { open: 99, high: 104, low: 98, close: 103, volumeBase: 9, trades: 40 };
  market.fill([
    { openMs: openMs - 60_000, bar: whole },
    { openMs, bar: whole },
  ]);
  expect(market.bars(T0 + 2).startMs).toBe(openMs - 60_000);
  expect(market.bars(T0 + 2).bar(1)).toEqual(whole);
});
