import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decimal, plain, type Usd } from '../../domain/kernel/decimal.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import { ALICE_KEY, BOB_KEY, bestPrices, openPaperVenue, type PaperVenue } from './paper-venue.ts';
import { openRawSocket } from './raw-socket.ts';

const HOUR_MS = 3_600_000;

let venue: PaperVenue;
const PAID_IN = '10000000.0';
/** How far the venue's clock is ahead of ours. */
let aheadMs = 0;

const order = (isBuy: boolean, p: string, s: string, tif: 'Gtc' | 'Ioc' | 'Alo') => ({
  a: 0,
  b: isBuy,
  p,
  s,
  r: false,
  t: { limit: { tif } },
});

const place = (trader: PaperVenue['alice'], ...orders: ReturnType<typeof order>[]) =>
  trader.exchange.order({ orders, grouping: 'na' });

beforeAll(async () => {
  venue = await openPaperVenue({
    clock: () => Date.now() + aheadMs,
    fund: [ALICE_KEY, BOB_KEY].map((key) => ({ account: addressOf(key), usd: PAID_IN as Usd })),
  });
});

afterAll(() => venue.close());

describe('fills that belong together', () => {
  test('are one when a taker meets several makers at one price, and two for the makers', async () => {
    const { alice, bob, info, running } = venue;
    const socket = await openRawSocket(running.wsUrl);
    await socket.subscribe({ type: 'userFills', user: bob.address, aggregateByTime: true });
    const { ask } = await bestPrices(venue, 'BTC');
    await place(alice, order(false, ask.px, '0.01', 'Alo'), order(false, ask.px, '0.02', 'Alo'));
    // The venue's own depth at the price is before Alice's.
    const size = plain(decimal(ask.sz).plus('0.03'));
    await place(bob, order(true, ask.px, size, 'Ioc'));

    const parts = await info.userFills({ user: bob.address });
    expect(parts.map(({ sz }) => sz)).toEqual(['0.02', '0.01', ask.sz]);
    const [whole, ...others] = await info.userFills({ user: bob.address, aggregateByTime: true });
    expect(others).toEqual([]);
    expect(whole).toMatchObject({ startPosition: '0.0', tid: parts[2]?.tid });
    expect(decimal(whole?.sz ?? '0').eq(size)).toBe(true);
    const fee = parts.reduce((sum, part) => sum.plus(part.fee), decimal(0));
    expect(decimal(whole?.fee ?? '0').eq(fee)).toBe(true);

    const [, told] = socket.of('userFills') as { fills: unknown[] }[];
    expect(told?.fills).toEqual([whole]);
    const makers = await info.userFills({ user: alice.address, aggregateByTime: true });
    expect(makers.map(({ sz }) => sz)).toEqual(['0.02', '0.01']);
    socket.close();
  });

  test('by time come oldest first, or newest first when asked', async () => {
    const { bob, info } = venue;
    const { bid } = await bestPrices(venue, 'BTC');
    await place(bob, order(false, bid.px, '0.01', 'Ioc'));
    const all = await info.userFillsByTime({ user: bob.address, startTime: 0 });
    const reversed = await info.userFillsByTime({
      user: bob.address,
      startTime: 0,
      reversed: true,
    });
    expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).sort((a, b) => a - b));
    expect(reversed).toEqual(all.toReversed());
    const last = all.at(-1)?.time ?? 0;
    const late = await info.userFillsByTime({ user: bob.address, startTime: last, endTime: last });
    expect(late).toEqual(all.slice(-1));
  });
});

describe('what may be traded', () => {
  test('is the free margin times the leverage, and more against a position', async () => {
    const { alice, info } = venue;
    const user = alice.address;
    const { universe } = await info.meta();
    const asset = universe.findIndex(({ name }) => name === 'XRP');
    await alice.exchange.updateLeverage({ asset, isCross: true, leverage: 10 });
    const state = await info.clearinghouseState({ user });
    const xrp = await info.activeAssetData({ user, coin: 'XRP' });
    expect(xrp.availableToTrade).toEqual([state.withdrawable, state.withdrawable]);
    for (const sz of xrp.maxTradeSzs) {
      const margin = decimal(sz).times(xrp.markPx).div(xrp.leverage.value);
      expect(margin.lte(state.withdrawable)).toBe(true);
      expect(margin.gt(decimal(state.withdrawable).times('0.99'))).toBe(true);
    }

    const short = state.assetPositions[0]?.position;
    expect(short?.coin).toBe('BTC');
    const btc = await info.activeAssetData({ user, coin: 'BTC' });
    const given = decimal(short?.marginUsed ?? '0').times(2);
    expect(decimal(btc.availableToTrade[0]).minus(btc.availableToTrade[1]).eq(given)).toBe(true);
    expect(btc.leverage).toEqual(short?.leverage);
  });
});

describe('the portfolio', () => {
  const period = (answer: unknown, name: string) =>
    (
      answer as [
        string,
        { accountValueHistory: [number, string][]; pnlHistory: [number, string][]; vlm: string },
      ][]
    ).find(([known]) => known === name)?.[1];

  test('follows the account hour by hour, and forgets nothing it paid in', async () => {
    const { bob, info, running } = venue;
    for (let hour = 0; hour < 30; hour += 1) {
      aheadMs += HOUR_MS;
      running.advance(6);
    }
    const answer = await info.portfolio({ user: bob.address });
    const state = await info.clearinghouseState({ user: bob.address });
    const { accountValue } = state.marginSummary;
    const all = period(answer, 'allTime');
    expect(all?.accountValueHistory[0]?.[1]).toBe(PAID_IN);
    expect(all?.accountValueHistory.at(-1)?.[1]).toBe(accountValue);
    expect(all?.pnlHistory[0]?.[1]).toBe('0.0');
    const profit = decimal(accountValue).minus(PAID_IN);
    expect(decimal(all?.pnlHistory.at(-1)?.[1] ?? '0').eq(profit)).toBe(true);
    expect(decimal(all?.vlm ?? '0').gt(0)).toBe(true);

    const day = period(answer, 'day');
    expect(day?.vlm).toBe('0.0');
    expect(day?.pnlHistory[0]?.[1]).toBe('0.0');
    const oldest = day?.accountValueHistory[0]?.[0] ?? 0;
    expect(oldest).toBeGreaterThanOrEqual(Date.now() + aheadMs - 25 * HOUR_MS);
    expect(day?.accountValueHistory.length).toBeGreaterThan(20);
    expect(period(answer, 'perpDay')).toEqual(day);
  });
});
