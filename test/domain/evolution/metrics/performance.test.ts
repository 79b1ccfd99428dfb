import { describe, expect, test } from '@jest/globals';
import { EventBacktest } from '../../../../domain/evolution/backtest/event-backtest.ts';
import { performanceOf } from '../../../../domain/evolution/metrics/performance.ts';
import { regimesOf } from '../../../../domain/evolution/metrics/regimes.ts';
import { createRng } from '../../../../domain/kernel/rng.ts';
import { marketOf, setupOf, signalsOf, walk } from '../backtest/made-market.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24 * 120;

function longRun() {
  const market = marketOf('ETH', walk(5, HOURS, 2_000, 0.01), { intervalMs: HOUR_MS, volume: 1e6 });
  const stances = Array.from({ length: HOURS }, (_, i) => (Math.floor(i / 30) % 3) - 1);
  stances.fill(0, HOURS - 3);
  const run = new EventBacktest(setupOf([market], [signalsOf(market, stances, '0.03')])).run();
  return { market, run, performance: performanceOf(run, [market], 100_000) };
}

describe('the performance of a run', () => {
  const { market, run, performance } = longRun();

  test('counts every day once and grows as the equity did', () => {
    expect(performance.returns.days).toBe(120);
    expect(100_000 * (1 + performance.returns.totalReturn)).toBeCloseTo(
      run.equityUsd.at(-1) ?? 0,
      6,
    );
  });

  test('splits trades by asset, side and cause without losing one', () => {
    const { trades, byAsset, bySide, byCause } = performance;
    expect(trades.count).toBeGreaterThan(30);
    expect(byAsset.ETH?.count).toBe(trades.count);
    expect(bySide.long.count + bySide.short.count).toBe(trades.count);
    expect(Object.values(byCause).reduce((sum, count) => sum + count, 0)).toBe(trades.count);
  });

  test('says where the money went: prices less fees plus funding is the change of equity', () => {
    const { grossUsd, feesUsd, fundingUsd } = performance.costs;
    expect(100_000 + grossUsd - feesUsd + fundingUsd).toBeCloseTo(run.equityUsd.at(-1) ?? 0, 4);
  });

  test('compares with holding, bought at the first open and valued at the last close', () => {
    const { open, close } = market.bars;
    expect(1 + performance.buyAndHold.totalReturn).toBeCloseTo(
      (close.at(-1) ?? 0) / (open[0] ?? 1),
      9,
    );
  });

  test('has no yearly growth for less than 90 days, and no trade statistics without trades', () => {
    const short = marketOf('ETH', walk(1, 48, 2_000), { intervalMs: HOUR_MS });
    const idle = new EventBacktest(setupOf([short], [signalsOf(short, [])])).run();
    const nothing = performanceOf(idle, [short], 100_000);
    expect(nothing.returns.annualGrowth).toEqual({ value: null, reason: 'tooShort' });
    expect(nothing.returns.sharpe).toEqual({ value: null, reason: 'zeroVariance' });
    expect(nothing.trades.winRate).toEqual({ value: null, reason: 'tooFew' });
  });
});

describe('regimes of volatility', () => {
  const rng = createRng(3);
  const daily = Array.from({ length: 200 }, (_, day) => {
    const spread = day < 100 ? 0.01 : 0.05;
    return (rng.next() - 0.5) * spread;
  });

  test('call a market stormy once it moves more than it used to', () => {
    const regimes = regimesOf(daily);
    expect(regimes.slice(0, 29)).toEqual(Array(29).fill(undefined));
    expect(regimes.slice(122, 160)).toEqual(Array(38).fill('stormy'));
  });

  test('of a day follow from the days before it only', () => {
    const whole = regimesOf(daily);
    const changed = daily.map((value, day) => (day < 150 ? value : 1));
    expect(regimesOf(changed).slice(0, 151)).toEqual(whole.slice(0, 151));
  });
});
