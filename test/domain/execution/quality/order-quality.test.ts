import { describe, expect, test } from '@jest/globals';
import {
  arrivalOf as drawUp,
  type MarketGlance,
  walkBook,
} from '../../../../domain/execution/quality/arrival.ts';
import { dueMarkouts, nearestEnd } from '../../../../domain/execution/quality/markout.ts';
import { orderQuality, parentQuality } from '../../../../domain/execution/quality/order-quality.ts';
import { decimal, px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import { AT_MS, arrivalOf, evidenceOf, fillOf, markoutOf } from './samples.ts';

const level = (price: string, size: string) => ({ px: px(price), sizeBase: sizeBase(size) });

describe('an order that filled whole, worked by hand', () => {
  // Decided at 100, arrived at 100.05, bought 1 at 100.1 and 1 at 100.3.
  // delay 2 x 0.05; trading 0.05 + 0.25; fees 0.045045 + 0.045135.
  test('its shortfall is delay, trading and fees, each with its sign', () => {
    expect(orderQuality(evidenceOf())).toMatchObject({
      benchmark: 'decision',
      averagePx: '100.2',
      delayUsd: '0.1',
      tradingUsd: '0.3',
      feeUsd: '0.09018',
      opportunityUsd: '0',
      shortfallUsd: '0.49018',
      // 0.49018 of 200 USD
      shortfallBps: '24.509',
    });
  });

  test('slippage is against the mid, and against what the book would have given', () => {
    const { slippageMidBps, slippageBookBps, halfSpreadBps } = orderQuality(evidenceOf());
    // 0.15 of 100.05; 100.2 is what the book showed; 0.05 of 100.05
    expect([slippageMidBps, slippageBookBps, halfSpreadBps]).toEqual([
      '14.992504',
      '0',
      '4.997501',
    ]);
  });

  test('a sale at the same prices gains what the purchase lost', () => {
    const bought = orderQuality(evidenceOf());
    const sold = orderQuality(evidenceOf({ side: 'sell' }));
    expect(sold.delayUsd).toBe('-0.1');
    expect(sold.tradingUsd).toBe('-0.3');
    expect(sold.slippageMidBps).toBe(`-${bought.slippageMidBps}`);
  });

  test('its times are the reply by our clock, and fills by the venue’s', () => {
    expect(orderQuality(evidenceOf())).toMatchObject({
      ackMs: 31.4,
      firstFillMs: 40,
      lastFillMs: 55,
    });
  });

  test('the maker share is by notional', () => {
    const fills = [fillOf('100', '3', { crossed: false }), fillOf('100', '1')];
    expect(orderQuality(evidenceOf({ sizeBase: sizeBase('4'), fills })).makerShare).toBe('0.75');
  });
});

describe('an order that filled in part', () => {
  const half = { fills: [fillOf('100.1', '1')] };
  const end = (price: string) =>
    ({ source: 'mid', px: px(price), priceMs: AT_MS, takenMs: AT_MS }) as const;

  test('what did not fill costs what the price ran away, and gains what it came back', () => {
    const missed = orderQuality(evidenceOf({ ...half, end: end('103') }));
    // 1 unit: bought at 100.1 with a fee of 0.045045; 1 unit missed from 100 to 103
    expect(missed).toMatchObject({
      opportunityUsd: '3',
      shortfallUsd: '3.145045',
      fillRatio: '0.5',
    });
    const spared = orderQuality(evidenceOf({ ...half, end: end('98') }));
    expect(spared.opportunityUsd).toBe('-2');
  });

  test('without a price at its end no whole shortfall is claimed', () => {
    const quality = orderQuality(evidenceOf(half));
    expect(quality).not.toHaveProperty('opportunityUsd');
    expect(quality).not.toHaveProperty('shortfallUsd');
    expect(quality.tradingUsd).toBe('0.05');
  });

  test('while it is open nothing is said of what it may still fill', () => {
    const quality = orderQuality(evidenceOf({ ...half, hasEnded: false, end: end('103') }));
    expect(quality).not.toHaveProperty('shortfallUsd');
  });
});

describe('what a cost is measured from', () => {
  test('is the arrival for an order that nobody decided before', () => {
    const { decisionPx: _none, ...byHand } = evidenceOf();
    const quality = orderQuality(byHand);
    expect(quality).toMatchObject({ benchmark: 'arrival', benchmarkPx: '100.05', delayUsd: '0' });
  });

  test('is the trigger for a stop, which no market at its placing has to do with', () => {
    const stop = evidenceOf({
      side: 'sell',
      type: 'STOP_LOSS',
      triggerPx: px('95'),
      fills: [fillOf('94.9', '2')],
    });
    const quality = orderQuality(stop);
    expect(quality).toMatchObject({ benchmark: 'trigger', delayUsd: '0', tradingUsd: '0.2' });
    expect(quality).not.toHaveProperty('slippageMidBps');
    expect(quality).not.toHaveProperty('lastFillMs');
  });

  test('is nothing for an order that never met a market', () => {
    const {
      decisionPx: _px,
      arrival: _arrival,
      ackMs: _ack,
      ...denied
    } = evidenceOf({ fills: [] });
    expect(orderQuality(denied)).toEqual({
      benchmark: 'none',
      filledBase: '0',
      notionalUsd: '0',
      fillRatio: '0',
      feeUsd: '0',
      markouts: [1_000, 10_000, 60_000].map((horizonMs) => ({
        horizonMs,
        fills: 0,
        late: 0,
        missing: 0,
      })),
    });
  });
});

describe('a markout', () => {
  test('is a cost when the market turned against the fill, weighted by size', () => {
    const fills = [
      fillOf('100', '1', { markouts: [markoutOf(1_000, '99')] }),
      fillOf('100', '3', { tid: 2, markouts: [markoutOf(1_000, '101')] }),
    ];
    const bought = orderQuality(evidenceOf({ sizeBase: sizeBase('4'), fills })).markouts[0];
    // (1 - 3) of 400 USD
    expect(bought).toEqual({ horizonMs: 1_000, bps: '-50', fills: 2, late: 0, missing: 0 });
    const sold = orderQuality(evidenceOf({ side: 'sell', sizeBase: sizeBase('4'), fills }))
      .markouts[0];
    expect(sold?.bps).toBe('50');
  });

  test.each([
    ['a mid 100 ms after a moment of 1 s', markoutOf(1_000, '99', 100), 1, 0],
    ['a mid 101 ms after it', markoutOf(1_000, '99', 101), 0, 1],
    ['a mid 900 ms after a moment of 10 s', markoutOf(10_000, '99', 900), 1, 0],
    [
      'a candle at the very moment',
      { ...markoutOf(1_000, '99', 0), source: 'candle' as const },
      0,
      1,
    ],
  ])('%s counts as what it is', (_what, markout, fills, late) => {
    const evidence = evidenceOf({ fills: [fillOf('100', '2', { markouts: [markout] })] });
    const cost = orderQuality(evidence).markouts.find(
      (each) => each.horizonMs === markout.horizonMs,
    );
    expect(cost).toMatchObject({ fills, late });
    expect(cost?.bps === undefined).toBe(fills === 0);
    expect(cost?.lateBps === undefined).toBe(late === 0);
  });

  test('without a price is counted as missing, and priced as nothing', () => {
    const none = { horizonMs: 60_000, source: 'none', takenMs: AT_MS } as const;
    const evidence = evidenceOf({ fills: [fillOf('100', '2', { markouts: [none] })] });
    expect(orderQuality(evidence).markouts[2]).toEqual({
      horizonMs: 60_000,
      fills: 0,
      late: 0,
      missing: 1,
    });
  });

  test('is due once per horizon, but for those that are known', () => {
    const fill = { asset: 'BTC', timeMs: 1_000, tid: 1, oid: 2 };
    expect(dueMarkouts(fill, [10_000]).map(({ dueMs }) => dueMs)).toEqual([2_000, 61_000]);
  });

  test('found late stands on the nearest end of a candle', () => {
    const candle = (openMs: number, openPx: string, closePx: string) => ({
      openMs,
      openPx: px(openPx),
      closeMs: openMs + 59_999,
      closePx: px(closePx),
    });
    const candles = [candle(0, '1', '2'), candle(60_000, '3', '4')];
    expect(nearestEnd(candles, 10_000)).toEqual({ px: '1', priceMs: 0 });
    expect(nearestEnd(candles, 59_998)).toEqual({ px: '2', priceMs: 59_999 });
    expect(nearestEnd([], 5)).toBeUndefined();
  });
});

describe('a book', () => {
  test('gives the size-weighted price of the levels that a size reaches', () => {
    const asks = [level('100', '1'), level('101', '1'), level('110', '5')];
    expect(walkBook(asks, decimal('1.5'))).toEqual({
      px: '100.33333333333333333',
      sizeBase: '1.5',
    });
    expect(walkBook(asks, decimal('2'))?.px).toBe('100.5');
  });

  test('that is too thin says how much it had, and is no benchmark', () => {
    expect(walkBook([level('100', '1')], decimal('2'))).toEqual({ px: '100', sizeBase: '1' });
    expect(walkBook([], decimal('2'))).toBeUndefined();
    const thin = arrivalOf({ book: { px: px('100'), sizeBase: sizeBase('1.9'), ageMs: 5 } });
    expect(orderQuality(evidenceOf({ arrival: thin }))).not.toHaveProperty('slippageBookBps');
  });

  const glance: MarketGlance = {
    bidPx: px('99'),
    askPx: px('101'),
    quoteAgeMs: 7,
    book: { bids: [level('99', '5')], asks: [level('101', '5')], ageMs: 90 },
  };
  const arriving = { side: 'sell', sizeBase: sizeBase('2'), takes: true, midPx: px('98') } as const;

  test('is kept with the arrival of an order that takes: its own side of it', () => {
    expect(drawUp(arriving, glance, AT_MS)).toEqual({
      atMs: AT_MS,
      midPx: '100',
      bidPx: '99',
      askPx: '101',
      quoteAgeMs: 7,
      book: { px: '99', sizeBase: '2', ageMs: 90 },
    });
    expect(drawUp({ ...arriving, takes: false }, glance, AT_MS)).not.toHaveProperty('book');
  });

  test('and quote that were not heard leave the mid that the checks have read', () => {
    expect(drawUp(arriving, undefined, AT_MS)).toEqual({ atMs: AT_MS, midPx: '98' });
  });
});

describe('a parent order', () => {
  const leg = (price: string, changes = {}) => {
    const { decisionPx: _none, ...evidence } = evidenceOf({
      sizeBase: sizeBase('1'),
      fills: [fillOf(price, '1')],
      ...changes,
    });
    return evidence;
  };

  test('is measured as one, from the market that its first leg met', () => {
    const second = leg('102', { arrival: arrivalOf({ atMs: AT_MS + 60_000, midPx: px('101.9') }) });
    const whole = parentQuality([leg('100.1'), second], sizeBase('2'));
    expect(whole).toMatchObject({
      benchmark: 'arrival',
      benchmarkPx: '100.05',
      averagePx: '101.05',
      tradingUsd: '2',
    });
  });

  test('whose legs filled on both sides is not measured as one', () => {
    expect(parentQuality([leg('100'), leg('100', { side: 'sell' })], undefined)).toBeUndefined();
  });
});
