import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BarClosed } from '../../../activities/ports/market-data.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import { createMarketData } from '../../../gateways/hyperliquid/market-data.ts';
import { candleSnapshotSchema } from '../../../gateways/hyperliquid/wire/info-market.ts';
import type { PaperDesk } from './support/paper-desk.ts';
import { openPaperDesk, until } from './support/paper-desk.ts';

const MINUTE_MS = 60_000;

let desk: PaperDesk;
let market: ReturnType<typeof createMarketData>;
let stop: AbortController;

beforeEach(async () => {
  desk = await openPaperDesk();
  market = createMarketData(desk.connection, desk.venue.assets, (channel) =>
    desk.corrupt.push(channel),
  );
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  market.close();
  await desk.close();
  expect(desk.corrupt).toEqual([]);
});

/** What the venue itself says of the bars from a time on, closed ones only. */
async function venueBars(asset: string, fromMs: number): Promise<Pick<CandleSeries, 'close'>> {
  const req = { coin: asset, interval: '1m' as const, startTime: fromMs };
  const rows = await desk.connection.info({ type: 'candleSnapshot', req }, candleSnapshotSchema);
  const closed = rows.filter((row) => row.t < desk.openBarMs());
  return { close: closed.map((row) => Number(row.c)) };
}

/** Listens to bars; `bars` fills up as they are told. */
async function watch(assets: readonly string[]) {
  const bars: BarClosed[] = [];
  const watching = market.watchBars(assets, '1m', (bar) => bars.push(bar), stop.signal);
  watching.catch(() => undefined);
  // A listener hears of bars from the moment on at which the store of each asset stands.
  for (const asset of assets) await market.snapshot(asset, '1m', 1);
  await new Promise((resolve) => setImmediate(resolve));
  return { bars, watching };
}

const timesOf = (bars: readonly BarClosed[], asset: string): number[] =>
  bars.filter((bar) => bar.asset === asset).map((bar) => bar.barOpenTimeMs);

/** The open times of `count` minutes from the first. */
const minutes = (firstMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => firstMs + at * MINUTE_MS);

describe('a snapshot', () => {
  test('has exactly the closed bars that were asked for, as the venue has them', async () => {
    const open = desk.openBarMs();
    const snapshot = await market.snapshot('BTC', '1m', 50);
    expect(snapshot.series.openTimeMs).toEqual(minutes(open - 50 * MINUTE_MS, 50));
    expect(snapshot.barOpenTimeMs).toBe(open - MINUTE_MS);
    const { close } = await venueBars('BTC', open - 50 * MINUTE_MS);
    expect(snapshot.series.close).toEqual(close);
  });

  test('of an earlier bar ends with that bar, also far back', async () => {
    const wanted = desk.openBarMs() - 1_000 * MINUTE_MS;
    const snapshot = await market.snapshot('BTC', '1m', 30, wanted);
    expect(snapshot.series.openTimeMs).toEqual(minutes(wanted - 29 * MINUTE_MS, 30));
  });

  test('never has the bar under way', async () => {
    await expect(market.snapshot('BTC', '1m', 5, desk.openBarMs() + MINUTE_MS)).resolves.toEqual(
      expect.objectContaining({ barOpenTimeMs: desk.openBarMs() - MINUTE_MS }),
    );
    desk.running.advance(2);
    const snapshot = await market.snapshot('BTC', '1m', 5);
    expect(snapshot.barOpenTimeMs).toBe(desk.openBarMs() - MINUTE_MS);
  });

  test('carries the price, the mark and the funding of now', async () => {
    const { midPx, markPx, fundingRatePerHour, receivedAtMs } = await market.snapshot(
      'ETH',
      '5m',
      3,
    );
    const seen = desk.running.exchange.venue.market('ETH');
    expect(midPx).toBe(seen?.midPx?.replace(/\.0+$/, ''));
    expect(Number(markPx)).toBe(Number(seen?.markPx));
    expect(Number(fundingRatePerHour)).toBeGreaterThan(0);
    expect(receivedAtMs).toBeLessThanOrEqual(Date.now());
    expect(await market.midPx('ETH')).toBe(midPx);
  });

  test('carries what was needed beside: payments up to the close, other assets up to the bar', async () => {
    const wanted = desk.openBarMs() - 100 * MINUTE_MS;
    const needs = { fundingHours: 20, others: ['ETH'] };
    const { funding, others } = await market.snapshot('BTC', '1m', 30, wanted, needs);
    const firstMs = wanted - 29 * MINUTE_MS - 20 * 3_600_000;
    const [oldest = 0, newest = 0] = [funding?.timeMs.at(0), funding?.timeMs.at(-1)];
    expect(funding?.timeMs.length).toBeGreaterThanOrEqual(20);
    expect(oldest).toBeGreaterThanOrEqual(firstMs);
    expect(newest).toBeLessThanOrEqual(wanted + MINUTE_MS);
    expect(newest).toBeGreaterThan(wanted - 3_600_000);
    expect(others?.ETH?.openTimeMs).toEqual(minutes(wanted - 29 * MINUTE_MS, 30));
    expect((await market.snapshot('BTC', '1m', 30, wanted)).funding).toBeUndefined();
  });

  test('follows the price', async () => {
    await market.midPx('BTC');
    desk.advanceBars(3);
    const wanted = Number(desk.running.exchange.venue.market('BTC')?.midPx);
    const deadlineMs = performance.now() + 10_000;
    while (Number(await market.midPx('BTC')) !== wanted) {
      expect(performance.now()).toBeLessThan(deadlineMs);
    }
  });

  test.each([
    ['an asset that is not listed', 'NOPE', '1m', 'asset NOPE is not listed'],
    ['an interval that does not exist', 'BTC', '7m', 'interval "7m"'],
  ])('of %s is refused by name', async (_what, asset, interval, message) => {
    await expect(market.snapshot(asset, interval, 5)).rejects.toThrow(message);
  });

  test('cannot be had while the venue is away, and can be afterwards', async () => {
    desk.proxy.closed = true;
    desk.proxy.cut();
    await expect(market.snapshot('BTC', '1m', 5)).rejects.toMatchObject({
      name: 'VenueUnreachable',
    });
    desk.proxy.closed = false;
    expect((await market.snapshot('BTC', '1m', 5)).series.close).toHaveLength(5);
  });
});

describe('closed bars', () => {
  test('are told once, in order, for each asset', async () => {
    const first = desk.openBarMs();
    const { bars } = await watch(['BTC', 'ETH']);
    for (let bar = 0; bar < 4; bar += 1) desk.advanceBars(1);
    await until(() => bars.length >= 8, 'four bars of two assets');
    expect(timesOf(bars, 'BTC')).toEqual(minutes(first, 4));
    expect(timesOf(bars, 'ETH')).toEqual(minutes(first, 4));
  });

  test('are whole and in the snapshot when they are told', async () => {
    const { bars } = await watch(['BTC']);
    desk.running.advance(3);
    desk.advanceBars(1);
    await until(() => bars.length === 1, 'a bar');
    const told = bars[0]?.barOpenTimeMs ?? 0;
    const snapshot = await market.snapshot('BTC', '1m', 3, told);
    const { close } = await venueBars('BTC', told - 2 * MINUTE_MS);
    expect(snapshot.series.close).toEqual(close);
  });

  test('that were missed while the socket was away are told late, in order and whole', async () => {
    const first = desk.openBarMs();
    const { bars } = await watch(['BTC', 'ETH']);
    desk.advanceBars(2);
    await until(() => bars.length === 4, 'two bars of each');
    desk.running.advance(2);
    desk.proxy.closed = true;
    desk.proxy.cut();
    desk.advanceBars(3);
    desk.running.advance(1);
    desk.proxy.closed = false;
    await until(() => bars.length >= 10, 'the bars that were missed');
    desk.advanceBars(1);
    await until(() => bars.length >= 12, 'the next bar');
    expect(timesOf(bars, 'BTC')).toEqual(minutes(first, 6));
    expect(timesOf(bars, 'ETH')).toEqual(minutes(first, 6));
    const snapshot = await market.snapshot('BTC', '1m', 6, first + 5 * MINUTE_MS);
    expect(snapshot.series.close).toEqual((await venueBars('BTC', first)).close);
  });

  test('a bar whose end was missed is read again before it is told', async () => {
    const first = desk.openBarMs();
    const { bars } = await watch(['BTC']);
    desk.running.advance(1);
    desk.proxy.closed = true;
    desk.proxy.cut();
    // The bar goes on without us and ends; only the next one is heard of.
    desk.advanceBars(1);
    desk.proxy.closed = false;
    await until(() => bars.length === 1, 'the bar whose end was missed');
    const snapshot = await market.snapshot('BTC', '1m', 1, first);
    expect(bars).toEqual([{ asset: 'BTC', barOpenTimeMs: first }]);
    expect(snapshot.series.close).toEqual((await venueBars('BTC', first)).close);
  });

  test('are not told to one who has stopped listening', async () => {
    const first = await watch(['BTC']);
    stop.abort();
    await first.watching;
    stop = new AbortController();
    const second = await watch(['BTC']);
    desk.advanceBars(2);
    await until(() => second.bars.length === 2, 'two bars');
    expect(first.bars).toEqual([]);
  });
});

describe('a sight of the market', () => {
  test('is what the book and the venue itself say: bid below ask, and the mark', async () => {
    const sight = await market.sight('BTC');
    expect(Number(sight.bidPx)).toBeLessThan(Number(sight.askPx));
    const mark = desk.running.exchange.venue.market('BTC')?.markPx;
    expect(Number(sight.markPx)).toBeCloseTo(Number(mark), 6);
  });

  test('is waited for until it looks as wanted, and given up when nobody waits any more', async () => {
    const before = await market.sight('BTC');
    const moved = market.watchSight('BTC', ({ markPx }) => markPx !== before.markPx, stop.signal);
    const never = market.watchSight('BTC', () => false, stop.signal);
    desk.running.advance(3);
    expect((await moved)?.markPx).not.toBe(before.markPx);
    stop.abort();
    expect(await never).toBeUndefined();
  });
});
