import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bestPrices, movedBy, openPaperVenue, type PaperVenue, until } from './paper-venue.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

let venue: PaperVenue;
let socket: RawSocket;

beforeAll(async () => {
  venue = await openPaperVenue();
});

afterAll(() => venue.close());

const settle = (): Promise<unknown> => socket.post('info', { type: 'exchangeStatus' });

const BURST = 20;

/** Places orders one after another, far faster than a book may be told. */
async function placeBurst(firstPx: string): Promise<void> {
  for (let index = 0; index < BURST; index += 1) {
    const t = { limit: { tif: 'Alo' as const } };
    const order = { a: 0, b: true, p: movedBy(firstPx, -index), s: '0.01', r: false, t };
    await venue.alice.exchange.order({ orders: [order], grouping: 'na' });
  }
}

describe('the pace of channels', () => {
  test('a book tells every step of a feed that runs faster than time', async () => {
    socket = await openRawSocket(venue.running.wsUrl);
    await socket.subscribe({ type: 'l2Book', coin: 'BTC' });
    venue.running.advance(5);
    await settle();
    expect(socket.of('l2Book').length).toBe(6);
    socket.close();
  });

  test('a burst of orders between two steps gives few books, and the last shows them all', async () => {
    socket = await openRawSocket(venue.running.wsUrl);
    await socket.subscribe({ type: 'l2Book', coin: 'BTC' });
    await socket.subscribe({ type: 'bbo', coin: 'BTC' });
    await settle();
    const { bid, ask } = await bestPrices(venue, 'BTC');
    const inside = movedBy(ask.px, -1);
    expect(Number(inside)).toBeGreaterThanOrEqual(Number(bid.px));
    await placeBurst(inside);
    const wanted = await venue.info.l2Book({ coin: 'BTC' });
    await until(
      () => JSON.stringify(socket.of('l2Book').at(-1)) === JSON.stringify(wanted),
      'the book with every order',
    );
    // A machine that stalls may need more than half a second for the burst, but not for each order.
    expect(socket.of('l2Book').length).toBeLessThan(BURST);
    socket.close();
  });

  test('what was told last is not told again when nothing more happened', async () => {
    socket = await openRawSocket(venue.running.wsUrl);
    await socket.subscribe({ type: 'bbo', coin: 'ETH' });
    await socket.subscribe({ type: 'l2Book', coin: 'ETH' });
    await settle();
    await placeBurst((await bestPrices(venue, 'BTC')).bid.px);
    await settle();
    expect(socket.of('bbo').length).toBe(1);
    expect(socket.of('l2Book').length).toBe(1);
    socket.close();
  });

  test('best prices are told at each change, and only then', async () => {
    socket = await openRawSocket(venue.running.wsUrl);
    await socket.subscribe({ type: 'bbo', coin: 'SOL' });
    const t = { limit: { tif: 'Alo' as const } };
    const { bid } = await bestPrices(venue, 'SOL');
    const order = (p: string) => ({ a: 5, b: true, p, s: '1', r: false, t });
    await venue.alice.exchange.order({ orders: [order(bid.px)], grouping: 'na' });
    await venue.alice.exchange.order({ orders: [order(movedBy(bid.px, -1))], grouping: 'na' });
    await settle();
    const told = socket.of('bbo') as { bbo: unknown[] }[];
    const texts = told.map(({ bbo }) => JSON.stringify(bbo));
    expect(texts.length).toBe(2);
    expect(new Set(texts).size).toBe(2);
    socket.close();
  });

  test('all who listen are sent the very same text', async () => {
    const listeners = await Promise.all(
      Array.from({ length: 20 }, () => openRawSocket(venue.running.wsUrl)),
    );
    for (const listener of listeners) await listener.subscribe({ type: 'l2Book', coin: 'XRP' });
    venue.running.advance(3);
    await until(() => listeners.every((one) => one.of('l2Book').length >= 4), 'three books each');
    const texts = listeners.map((one) => JSON.stringify(one.of('l2Book').slice(1)));
    expect(new Set(texts).size).toBe(1);
    for (const listener of listeners) listener.close();
  });

  test('an account is told its newest state after a burst of its own', async () => {
    socket = await openRawSocket(venue.running.wsUrl);
    const user = venue.alice.address;
    await socket.subscribe({ type: 'openOrders', user });
    await placeBurst(movedBy((await bestPrices(venue, 'BTC')).bid.px, -1000));
    const wanted = await venue.info.frontendOpenOrders({ user });
    const lastTold = () => (socket.of('openOrders').at(-1) as { orders: unknown[] }).orders.length;
    await until(() => lastTold() === wanted.length, 'all orders');
    expect(socket.of('openOrders').length).toBeLessThan(BURST);
    socket.close();
  });
});
