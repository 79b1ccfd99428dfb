import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { decimal } from '../../domain/kernel/decimal.ts';
import * as account from '../../gateways/hyperliquid/wire/info-account.ts';
import * as history from '../../gateways/hyperliquid/wire/info-account-history.ts';
import * as market from '../../gateways/hyperliquid/wire/info-market.ts';
import { bestPrices, openPaperVenue, type PaperVenue, until } from './paper-venue.ts';

const MINUTE_MS = 60_000;
const COINS = ['BTC', 'ETH', 'SOL', 'XRP'];

let venue: PaperVenue;

beforeAll(async () => {
  venue = await openPaperVenue();
  const { ask } = await bestPrices(venue, 'BTC');
  const { alice, running } = venue;
  const t = { limit: { tif: 'Ioc' as const } };
  const orders = [{ a: 0, b: true, p: ask.px, s: '0.05', r: false, t }];
  await alice.exchange.order({ orders, grouping: 'na' });
  running.advance(6 * 60); // an hour, so that funding is paid
});

afterAll(() => venue.close());

async function ask(question: object): Promise<unknown> {
  const answer = await venue.post('/info', JSON.stringify(question));
  expect([answer.status, answer.type]).toEqual([200, 'application/json']);
  return JSON.parse(answer.text);
}

const user = '0x14791697260E4c9A71f18484C9f997B308e59325'; // any letter case
const range = { startTime: 0, endTime: null };

describe('answers about markets', () => {
  test.each([
    [{ type: 'recentTrades', coin: 'SOL' }, z.array(market.tradeSchema).min(1)],
    [
      { type: 'candleSnapshot', req: { coin: 'XRP', interval: '15m', ...range } },
      market.candleSnapshotSchema.min(100),
    ],
    [{ type: 'fundingHistory', coin: 'BTC', ...range }, market.fundingHistorySchema.min(48)],
    [{ type: 'historicalOrders', user }, account.historicalOrdersSchema.min(2)],
    [{ type: 'userFills', user }, history.userFillsSchema.length(1)],
    [{ type: 'userFillsByTime', user, ...range }, history.userFillsSchema.length(1)],
    [{ type: 'userFunding', user, ...range }, history.userFundingSchema.length(1)],
  ])('are there after an hour of trading: %j', async (question, schema) => {
    expect(schema.safeParse(await ask(question)).error).toBeUndefined();
  });

  test.each([
    [
      { type: 'spotMeta' },
      { tokens: [expect.objectContaining({ name: 'USDC', index: 0 })], universe: [] },
    ],
    [{ type: 'spotMetaAndAssetCtxs' }, [expect.objectContaining({ universe: [] }), []]],
    [{ type: 'perpDexs' }, [null]],
    [{ type: 'outcomeMeta' }, { outcomes: [], questions: [] }],
    [{ type: 'spotClearinghouseState', user }, { balances: [] }],
    [{ type: 'userAbstraction', user }, 'default'],
    [{ type: 'extraAgents', user }, []],
    [{ type: 'maxBuilderFee', user, builder: user }, 0],
    [{ type: 'approvedBuilders', user }, []],
    [{ type: 'subAccounts', user }, null],
    [{ type: 'perpsAtOpenInterestCap' }, []],
    [{ type: 'userToMultiSigSigners', user }, null],
    [{ type: 'l2Book', coin: 'NOPE' }, null],
    [{ type: 'orderStatus', user, oid: 999_999 }, { status: 'unknownOid' }],
    [{ type: 'userRole', user: `0x${'9'.repeat(40)}` }, { role: 'missing' }],
    [{ type: 'userFills', user: `0x${'9'.repeat(40)}` }, []],
  ])('lets other clients start: %j', async (question, expected) => {
    expect(await ask(question)).toEqual(expected);
  });

  test('keeps the real asset ids, also of markets without a tape', async () => {
    const meta = market.metaSchema.parse(await ask({ type: 'meta' }));
    expect(meta.universe.findIndex(({ name }) => name === 'SOL')).toBe(5);
    expect(meta.universe.length).toBe(223);
    const [, contexts] = market.metaAndAssetCtxsSchema.parse(
      await ask({ type: 'metaAndAssetCtxs' }),
    );
    expect(contexts.length).toBe(223);
    expect(Object.keys((await ask({ type: 'allMids' })) as object)).toEqual(COINS);
    expect(await ask({ type: 'allPerpMetas' })).toEqual([meta]);
  });
});

describe('candles', () => {
  test('of two days and more are there at the start, minute by minute', async () => {
    const candles = await venue.info.candleSnapshot({ coin: 'BTC', interval: '1m', startTime: 0 });
    expect(candles.length).toBeGreaterThanOrEqual(2880);
    candles.slice(1).forEach((candle, index) => {
      expect(candle.t - (candles[index]?.t ?? 0)).toBe(MINUTE_MS);
    });
  });

  test('are at most the newest 5000', async () => {
    const far = await openPaperVenue({ startOffsetMinutes: 20_000 });
    const candles = await far.info.candleSnapshot({ coin: 'BTC', interval: '1m', startTime: 0 });
    expect(candles.length).toBe(5000);
    const book = await far.info.l2Book({ coin: 'BTC' });
    expect((candles.at(-1)?.t ?? 0) + MINUTE_MS).toBeGreaterThan(book?.time ?? Number.NaN);
    await far.close();
  });

  test('of long bars are made of their minutes', async () => {
    const minutes = await venue.info.candleSnapshot({ coin: 'ETH', interval: '1m', startTime: 0 });
    const hours = await venue.info.candleSnapshot({ coin: 'ETH', interval: '1h', startTime: 0 });
    for (const hour of hours) {
      const parts = minutes.filter(({ t }) => t >= hour.t && t <= hour.T);
      expect(hour.o).toBe(parts[0]?.o);
      expect(hour.c).toBe(parts.at(-1)?.c);
      expect(Number(hour.h)).toBe(Math.max(...parts.map(({ h }) => Number(h))));
      expect(Number(hour.l)).toBe(Math.min(...parts.map(({ l }) => Number(l))));
      const volume = parts.reduce((sum, { v }) => sum.plus(v), decimal(0));
      expect(volume.minus(hour.v).abs().lt('0.01')).toBe(true);
    }
  });
});

describe('the stream', () => {
  test('forms a bar step by step, ending on the tape, and closes it before the next begins', async () => {
    const { subscriptions, running, info } = venue;
    const told: { t: number; v: string; h: string; l: string; c: string }[] = [];
    const watched = await subscriptions.candle({ coin: 'SOL', interval: '1m' }, (candle) => {
      told.push(candle);
    });
    running.advance(18);
    await until(() => told.length >= 19, 'the steps of three bars');
    const times = told.map(({ t }) => t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    told.slice(1).forEach((candle, index) => {
      const last = told[index];
      if (last?.t !== candle.t) return;
      expect(Number(candle.v)).toBeGreaterThanOrEqual(Number(last.v));
      expect(Number(candle.h)).toBeGreaterThanOrEqual(Number(last.h));
    });
    const [, second] = [...new Set(times)];
    const [closed] = await info.candleSnapshot({
      coin: 'SOL',
      interval: '1m',
      startTime: second ?? 0,
      endTime: second,
    });
    const lastTold = told.findLast(({ t }) => t === second);
    expect([lastTold?.h, lastTold?.l, lastTold?.c]).toEqual([closed?.h, closed?.l, closed?.c]);
    await watched.unsubscribe();
  });
});

test('at its end the tape stops, orders are refused and the status says so', async () => {
  const short = await openPaperVenue({ startOffsetMinutes: 43_194 });
  expect(short.running.advance(100)).toBe(11);
  expect(short.running.exchange.isHalted).toBe(true);
  const { alice, info } = short;
  expect(await info.exchangeStatus()).toMatchObject({
    specialStatuses: expect.stringContaining('halted'),
  });
  const t = { limit: { tif: 'Gtc' as const } };
  const orders = [{ a: 0, b: true, p: '100000', s: '0.01', r: false, t }];
  await expect(alice.exchange.order({ orders, grouping: 'na' })).rejects.toThrow(
    'Trading is halted.',
  );
  await short.close();
});
