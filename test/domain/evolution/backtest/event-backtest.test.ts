import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  BacktestRun,
  BacktestSetup,
} from '../../../../domain/evolution/backtest/backtest-run.ts';
import { EventBacktest } from '../../../../domain/evolution/backtest/event-backtest.ts';
import { createRng } from '../../../../domain/kernel/rng.ts';
import { drawnSetup as wildSetup } from '../vector/drawn-setup.ts';
import {
  type Bar,
  MINUTE_MS,
  marketOf,
  START_MS,
  setupOf,
  signalsOf,
  walk,
} from './made-market.ts';

const run = (setup: BacktestSetup): BacktestRun => new EventBacktest(setup).run();

const flat = (price: number, count: number): Bar[] =>
  Array.from({ length: count }, () => [price, price, price, price]);

/** Stances that hold for a few bars each; one bar in ten has none. */
function drawnStances(seed: number, count: number): number[] {
  const rng = createRng(seed);
  let stance = 0;
  return Array.from({ length: count }, () => {
    if (rng.next() < 0.25) stance = rng.int(3) - 1;
    return rng.next() < 0.1 ? 2 : stance;
  });
}

function drawnSetup(seed: number, pace: BacktestSetup['pace'], bars: number): BacktestSetup {
  const missing = [17, 18, 40];
  const btc = marketOf('BTC', walk(seed, bars, 60_000), { missing });
  const eth = marketOf('ETH', walk(seed + 1, bars, 2_000, 0.004));
  const signals = [
    signalsOf(btc, drawnStances(seed + 2, bars), '0.004'),
    signalsOf(eth, drawnStances(seed + 3, bars), '0.003'),
  ];
  return setupOf([btc, eth], signals, { pace, seed });
}

describe('one decision', () => {
  const rising: Bar[] = [
    ...flat(100, 3),
    [100, 101, 100, 101],
    [101, 103, 101, 103],
    [103, 104, 102, 104],
    ...flat(104, 3),
  ];

  test('fills at the first prices of the bar after the one that it read', () => {
    const market = marketOf('ETH', rising, { volume: 100_000 });
    const { trades } = run(setupOf([market], [signalsOf(market, [0, 0, 0, 1, 1, 0, 0, 0, 0])]));
    expect(trades).toHaveLength(1);
    const [trade] = trades;
    const firstMoment = MINUTE_MS / 6 - 1;
    expect(trade?.entryTimeMs).toBe(START_MS + 4 * MINUTE_MS + firstMoment);
    expect(trade?.exitTimeMs).toBe(START_MS + 6 * MINUTE_MS + firstMoment);
    expect(trade?.entryPx).toBeCloseTo(101, 1);
    expect(trade?.exitPx).toBeCloseTo(104, 1);
    expect(trade?.cause).toBe('signal');
  });

  test('pays the taker fee twice and nothing else in a market that stands still', () => {
    const market = marketOf('ETH', flat(100, 12), { volume: 1_000_000 });
    const { trades, feesUsd } = run(
      setupOf([market], [signalsOf(market, [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])]),
    );
    const [trade] = trades;
    const notional = (trade?.sizeBase ?? 0) * 100;
    expect(notional).toBeGreaterThan(40_000);
    expect(feesUsd).toBeCloseTo(2 * notional * 0.00045, 1);
    expect(trade?.netUsd).toBeCloseTo((trade?.grossUsd ?? 0) - feesUsd, 9);
    // Half a spread each way: the modelled book is a tick or two wide.
    expect(trade?.grossUsd).toBeCloseTo(-(trade?.slippageUsd ?? 0), 6);
    expect((trade?.slippageUsd ?? 0) / notional).toBeLessThan(0.0003);
  });

  test('opens nothing before the first bar that may be traded', () => {
    const market = marketOf('ETH', flat(100, 10), { volume: 1_000_000 });
    const signals = [signalsOf(market, Array(10).fill(1))];
    const { closeTimeMs, netWeight } = run(
      setupOf([market], signals, { fromMs: START_MS + 5 * MINUTE_MS }),
    );
    const heldFrom = closeTimeMs[netWeight.findIndex((weight) => weight !== 0)];
    expect(heldFrom).toBe(START_MS + 6 * MINUTE_MS);
  });

  test('is not made on a bar that is missing', () => {
    const market = marketOf('ETH', flat(100, 6), { volume: 1_000_000, missing: [2] });
    const stances = [0, 1, 1, 1, 1];
    const { closeTimeMs, netWeight } = run(setupOf([market], [signalsOf(market, stances)]));
    // Bar 1 closed before the gap: nobody was told, so the first decision is that of bar 3.
    const heldFrom = closeTimeMs[netWeight.findIndex((weight) => weight !== 0)];
    expect(heldFrom).toBe(START_MS + 5 * MINUTE_MS);
  });
});

describe('a protective stop', () => {
  const stances = [1, 1, 1, 1, 1, 1];

  test('ends the trade in the bar that touches it, near its price', () => {
    const bars: Bar[] = [...flat(100, 3), [100, 100, 98, 99.5], ...flat(99.5, 2)];
    const market = marketOf('ETH', bars, { volume: 1_000_000 });
    const { trades } = run(setupOf([market], [signalsOf(market, stances)]));
    expect(trades[0]).toMatchObject({ cause: 'stop', side: 'long' });
    expect(trades[0]?.exitTimeMs).toBeGreaterThanOrEqual(START_MS + 3 * MINUTE_MS);
    expect(trades[0]?.exitTimeMs).toBeLessThan(START_MS + 4 * MINUTE_MS);
    // The path is looked at six times a bar, so that a stop fills at or below its trigger of 99.
    expect(trades[0]?.exitPx).toBeLessThanOrEqual(99);
    expect(trades[0]?.exitPx).toBeGreaterThanOrEqual(97.9);
  });

  test('fills at the open when the market gaps beyond it, not at its price', () => {
    const bars: Bar[] = [...flat(100, 3), ...flat(95, 3)];
    const market = marketOf('ETH', bars, { volume: 1_000_000 });
    const { trades } = run(setupOf([market], [signalsOf(market, [1, 1, 1, 0, 0, 0])]));
    expect(trades[0]).toMatchObject({ cause: 'stop' });
    expect(trades[0]?.exitPx).toBeCloseTo(95, 1);
  });

  test('of a turned position belongs to the new one', () => {
    const bars: Bar[] = [...flat(100, 4), [100, 102, 100, 100], ...flat(100, 2)];
    const market = marketOf('ETH', bars, { volume: 1_000_000 });
    const { trades } = run(setupOf([market], [signalsOf(market, [1, 1, -1, -1, 0, 0, 0])]));
    expect(trades.map(({ side, cause }) => [side, cause])).toEqual([
      ['long', 'signal'],
      ['short', 'stop'],
    ]);
  });
});

describe('funding', () => {
  const hours = 60 * MINUTE_MS;

  test('is paid by the hour at the recorded rate while a position is held, and by nobody else', () => {
    const plain = marketOf('ETH', flat(100, 10), { intervalMs: hours, volume: 1_000_000 });
    const rates = new Map(
      Array.from({ length: 10 }, (_, hour) => [START_MS + hour * hours, '0.0001'] as const),
    );
    const market = { ...plain, fundingRates: rates };
    const signals = [signalsOf(market, [0, 1, 1, 1, 1, 0, 0, 0, 0, 0])];
    const { fundingUsd, trades, fundingHoursAssumed } = run(setupOf([market], signals));
    // Entered after 02:00, left after 06:00: hours 3, 4, 5 and 6.
    expect(fundingUsd).toBeCloseTo(-4 * 0.0001 * (trades[0]?.sizeBase ?? 0) * 100, 4);
    expect(trades[0]?.fundingUsd).toBeCloseTo(fundingUsd, 9);
    expect(fundingHoursAssumed).toBe(0);
  });

  test('of hours without a record is the base rate, and they are counted', () => {
    const market = marketOf('ETH', flat(100, 8), { intervalMs: 4 * hours, volume: 1_000_000 });
    const signals = [signalsOf(market, [1, 1, 1, 1, 1, 1, 1, 1])];
    const { fundingUsd, fundingHoursAssumed } = run(setupOf([market], signals));
    // From 04:00 to 32:00 on 1 and 2 January: hours 5 to 31.
    expect(fundingHoursAssumed).toBe(27);
    expect(fundingUsd).toBeLessThan(0);
  });
});

describe('the two paces', () => {
  test('give the same trades, equity and costs, bit for bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const every = run(drawnSetup(seed, 'everyStep', 160));
        const needed = run(drawnSetup(seed, 'whenNeeded', 160));
        expect(needed).toEqual(every);
        expect(every.trades.length).toBeGreaterThan(3);
      }),
      { numRuns: 8 },
    );
  });

  test('are liquidated with what is held beside it at its price of the moment', () => {
    // In number 502 the other position had last been looked at some bars before.
    const [every, needed] = (['everyStep', 'whenNeeded'] as const).map((pace) =>
      run({ ...wildSetup(502), pace }),
    );
    expect(needed).toEqual(every);
    expect(every?.liquidations).toBeGreaterThan(0);
  });

  test('are both liquidated by a crash that no stop survives', () => {
    const bars: Bar[] = [...flat(100, 4), [100, 100, 40, 42], ...flat(42, 3)];
    const market = marketOf('ETH', bars, { volume: 1_000_000 });
    const outcomes = (['everyStep', 'whenNeeded'] as const).map((pace) => {
      const setup = setupOf([market], [signalsOf(market, [1, 1, 1, 1, 1, 1, 1, 1], '0.7')], {
        pace,
      });
      const limits = { ...setup.limits, maxPositionFraction: '20' as never };
      const policy = {
        ...setup.policy,
        maxPositionFraction: '4' as never,
        riskPerTradeFraction: '2' as never,
      };
      return run({
        ...setup,
        policy,
        limits: { ...limits, maxGrossExposureFraction: '20' as never, maxLeverage: 20 },
      });
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]?.liquidations).toBeGreaterThan(0);
    expect(outcomes[0]?.trades[0]?.cause).toBe('liquidation');
  });
});

describe('what is not known yet', () => {
  test('changes nothing: a run over fewer bars is the beginning of a run over all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 30, max: 118 }),
        (seed, cut) => {
          const whole = drawnSetup(seed, 'whenNeeded', 120);
          const untilMs = START_MS + cut * MINUTE_MS;
          const markets = whole.markets.map((market) => {
            const count = market.bars.openTimeMs.filter((time) => time < untilMs).length;
            const columns = Object.entries(market.bars).map(([name, column]) => [
              name,
              column.subarray(0, count),
            ]);
            return { ...market, bars: Object.fromEntries(columns) };
          });
          const before = run({ ...whole, markets });
          const all = run(whole);
          const known = all.trades.filter(({ exitTimeMs }) => exitTimeMs < untilMs);
          expect(before.trades).toEqual(known);
          expect(before.equityUsd).toEqual(all.equityUsd.slice(0, before.equityUsd.length));
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('the accounts of a run', () => {
  test('balance: equity is what was paid in, the trades, and what is still open', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const drawn = drawnSetup(seed, 'whenNeeded', 140);
        // The last stances are flat, so that nothing is open at the end.
        for (const { stance } of drawn.signals) stance.fill(0, stance.length - 4);
        const { trades, equityUsd, openAtEnd, feesUsd, fundingUsd } = run(drawn);
        expect(openAtEnd).toEqual([]);
        const net = trades.reduce((sum, trade) => sum + trade.netUsd, 0);
        expect(equityUsd.at(-1)).toBeCloseTo(100_000 + net, 4);
        expect(trades.reduce((sum, trade) => sum + trade.feesUsd, 0)).toBeCloseTo(feesUsd, 6);
        expect(trades.reduce((sum, trade) => sum + trade.fundingUsd, 0)).toBeCloseTo(fundingUsd, 6);
      }),
      { numRuns: 6 },
    );
  });
});

describe('a market that breaks a rule', () => {
  test('is refused by field, value and rule', () => {
    const bars: Bar[] = [...flat(100, 2), [100, 99, 98, 100]];
    const market = marketOf('ETH', bars);
    expect(() => new EventBacktest(setupOf([market], [signalsOf(market, [])]))).toThrow(
      /ETH bar at \d+ "open 100, high 99, low 98, close 100": needs 0 < low/,
    );
  });

  test('of another interval than the first is refused', () => {
    const one = marketOf('BTC', flat(100, 2));
    const other = marketOf('ETH', flat(100, 2), { intervalMs: 5 * MINUTE_MS });
    expect(() => new EventBacktest(setupOf([one, other], []))).toThrow(
      'ETH.intervalMs 300000: must be 60000, as that of BTC',
    );
  });
});
