import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, plain, ZERO } from '../../../domain/kernel/decimal.ts';
import { checkPrice, checkSize, roundSizeDown } from '../../../domain/market/asset.ts';
import { fundingRateFor } from '../../../domain/matching/margin/funding-rate.ts';
import { modelStep, type TapeCandle } from '../../../domain/matching/market/candle-market.ts';

const BTC = { name: 'BTC', szDecimals: 5 };
/** A recorded minute (2025-05-04, Binance USD-M, MIT source), BTC. */
const CANDLE: TapeCandle = {
  openTimeMs: 1_746_372_960_000,
  open: '95457.7',
  high: '95567.7',
  low: '95357.6',
  close: '95467.7',
  volume: '29.715',
};

const stepsOf = (candle: TapeCandle, steps: number, asset = BTC, seed = 1) =>
  Array.from({ length: steps }, (_, step) => modelStep({ asset, candle, step, steps, seed }));

test('the same seed, coin, candle and step give the same market; another seed gives another', () => {
  expect(stepsOf(CANDLE, 6)).toEqual(stepsOf(CANDLE, 6));
  expect(stepsOf(CANDLE, 6, BTC, 2)).not.toEqual(stepsOf(CANDLE, 6));
});

test('a rising candle goes open, low, high, close; a falling one open, high, low, close', () => {
  const marks = (candle: TapeCandle) => stepsOf(candle, 4).map(({ markPx }) => markPx);
  expect(marks(CANDLE)).toEqual(['95458', '95358', '95568', '95468']);
  const falling = { ...CANDLE, open: '95467.7', close: '95457.7' };
  expect(marks(falling)).toEqual(['95468', '95568', '95358', '95458']);
});

describe('for every candle, asset and number of steps', () => {
  const cases = fc.record({
    cents: fc.integer({ min: 2000, max: 20_000_000 }),
    moves: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -150, max: 150 }))),
    wick: fc.integer({ min: 0, max: 100 }),
    volume: fc.integer({ min: 0, max: 10_000_000 }),
    steps: fc.integer({ min: 4, max: 12 }),
    szDecimals: fc.integer({ min: 0, max: 5 }),
    seed: fc.integer(),
  });
  const build = (facts: { cents: number; moves: number[]; wick: number; volume: number }) => {
    const open = facts.cents;
    const close = Math.max(1000, Math.round(open * (1 + (facts.moves[0] ?? 0) / 10_000)));
    const wick = Math.round((open * facts.wick) / 10_000);
    const text = (cents: number) => plain(decimal(cents).div(100));
    return {
      openTimeMs: 0,
      open: text(open),
      close: text(close),
      high: text(Math.max(open, close) + wick),
      low: text(Math.min(open, close) - wick),
      volume: text(facts.volume),
    };
  };

  test('prices are legal ticks, levels are best first and apart, marks stay within the candle', () => {
    fc.assert(
      fc.property(cases, (facts) => {
        const asset = { name: 'X', szDecimals: facts.szDecimals };
        const candle = build(facts);
        for (const update of stepsOf(candle, facts.steps, asset, facts.seed)) {
          const { bids, asks, trades } = update;
          expect(bids).toHaveLength(20);
          expect(asks).toHaveLength(20);
          for (const { px, sz } of [...bids, ...asks, ...trades]) {
            expect(checkPrice(asset, px)).toBeUndefined();
            expect(checkSize(asset, sz)).toBeUndefined();
          }
          expect(checkPrice(asset, update.markPx)).toBeUndefined();
          const ladder = [...bids.toReversed(), ...asks].map(({ px }) => Number(px));
          expect(ladder).toEqual([...new Set(ladder)].sort((a, b) => a - b));
          const tick = 10 ** -(6 - facts.szDecimals) + Number(candle.high) / 10_000;
          expect(Number(update.markPx)).toBeGreaterThanOrEqual(Number(candle.low) - tick);
          expect(Number(update.markPx)).toBeLessThanOrEqual(Number(candle.high) + tick);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('print sizes sum to the volume in whole lots', () => {
    fc.assert(
      fc.property(cases, (facts) => {
        const asset = { name: 'X', szDecimals: facts.szDecimals };
        const candle = build(facts);
        const printed = stepsOf(candle, facts.steps, asset, facts.seed)
          .flatMap(({ trades }) => trades)
          .reduce((sum, { sz }) => sum.plus(sz), ZERO);
        expect(plain(printed)).toBe(roundSizeDown(asset, candle.volume));
      }),
      { numRuns: 100 },
    );
  });
});

test('prints buy on the way up and sell on the way down, and end at the mark', () => {
  const [, down, up] = stepsOf(CANDLE, 4);
  expect(new Set(down?.trades.map(({ side }) => side))).toEqual(new Set(['A']));
  expect(new Set(up?.trades.map(({ side }) => side))).toEqual(new Set(['B']));
  expect(down?.trades.at(-1)?.px).toBe(down?.markPx);
});

test('a minute without trades still has a book, worth at least 1,000 USD a level', () => {
  const quiet = modelStep({
    asset: BTC,
    candle: { ...CANDLE, volume: '0' },
    step: 0,
    steps: 4,
    seed: 1,
  });
  expect(quiet.trades).toEqual([]);
  for (const { px, sz } of quiet.bids) expect(Number(px) * Number(sz)).toBeGreaterThan(1000);
});

test('best bid and ask are a tick or two apart, around the path', () => {
  const spreads = [1, 2, 3, 4, 5].flatMap((seed) =>
    stepsOf(CANDLE, 6, BTC, seed).map(({ bids, asks, markPx }) => {
      expect(Number(bids[0]?.px)).toBeLessThanOrEqual(Number(markPx));
      expect(Number(asks[0]?.px)).toBeGreaterThanOrEqual(Number(markPx));
      return Number(asks[0]?.px) - Number(bids[0]?.px);
    }),
  );
  expect(Math.max(...spreads)).toBeLessThanOrEqual(2);
});

test('one side holds about eight volumes of a minute, however long the candle is', () => {
  const heldBy = (candleMinutes: number): number => {
    const asked = { asset: BTC, candle: CANDLE, step: 2, steps: 6, seed: 1, candleMinutes };
    return modelStep(asked).bids.reduce((sum, { sz }) => sum + Number(sz), 0);
  };
  const volume = Number(CANDLE.volume);
  expect(heldBy(1)).toBeGreaterThan(8 * volume * 0.75);
  expect(heldBy(1)).toBeLessThan(8 * volume * 1.25);
  expect(heldBy(60) * 60).toBeGreaterThan(heldBy(1) * 0.9);
  expect(heldBy(60) * 60).toBeLessThan(heldBy(1) * 1.1);
});

test('an impossible step is refused by name', () => {
  const request = { asset: BTC, candle: CANDLE, seed: 1 };
  expect(() => modelStep({ ...request, step: 0, steps: 3 })).toThrow('steps 3: must be');
  expect(() => modelStep({ ...request, step: 4, steps: 4 })).toThrow('step 4: must be');
});

test('the funding rate is an eighth of premium plus clamped interest, capped at 4 % an hour', () => {
  expect(fundingRateFor('0')).toBe('0.0000125');
  expect(fundingRateFor('0.0004')).toBe('0.0000125');
  expect(fundingRateFor('0.001')).toBe('0.0000625');
  expect(fundingRateFor('-0.001')).toBe('-0.0000625');
  expect(fundingRateFor('1')).toBe('0.04');
  expect(fundingRateFor('-1')).toBe('-0.04');
});
