/** Two engines, one truth: the vector backtest equals the event-driven one, bit for bit. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BacktestMarket } from '../../../../domain/evolution/backtest/backtest-market.ts';
import type { BacktestSetup } from '../../../../domain/evolution/backtest/backtest-run.ts';
import { onFinerBars } from '../../../../domain/evolution/backtest/finer-bars.ts';
import { PreparedMarkets } from '../../../../domain/evolution/vector/prepared.ts';
import { VectorBacktest } from '../../../../domain/evolution/vector/vector-backtest.ts';
import { fraction, usd } from '../../../../domain/kernel/decimal.ts';
import { SEEDS } from '../../../../domain/signals/registry.ts';
import { type Bar, marketOf, setupOf, signalsOf } from '../backtest/made-market.ts';
import { drawnSetup, runEvents, runVector, withTargets } from './drawn-setup.ts';
import { realSetup } from './real-setup.ts';

const flat = (price: number, count: number): Bar[] =>
  Array.from({ length: count }, () => [price, price, price, price]);

/** Two markets that are traded often. */
function busySetup(): BacktestSetup {
  for (let number = 1; number < 100; number += 1) {
    const setup = drawnSetup(number);
    if (setup.markets.length === 2 && runVector(setup).trades.length > 20) return setup;
  }
  throw new Error('no drawn setup trades often');
}

/** Few setups here; `equal-engines.test.ts` of the slow suite draws hundreds, at every step. */
const RUNS = 16;

describe('of a setup drawn at random, both engines', () => {
  test('give the same trades, equity, costs and refusals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (number) => {
        const setup = drawnSetup(number);
        expect(runVector(setup)).toEqual(runEvents(setup));
      }),
      { numRuns: RUNS },
    );
  });

  test('give the same where positions have targets', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (number) => {
        const setup = withTargets(drawnSetup(number), number);
        const events = runEvents(setup);
        expect(runVector(setup)).toEqual(events);
        taken += events.trades.filter(({ targets }) => targets !== undefined).length;
      }),
      { numRuns: 2 * RUNS, seed: 5 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  test('give the same of a setup that trades shared markets again', () => {
    const setup = busySetup();
    const prepared = new PreparedMarkets(setup);
    const once = new VectorBacktest(prepared, setup).run();
    new VectorBacktest(prepared, { ...setup, equityUsd: usd('777') }).run();
    expect(new VectorBacktest(prepared, setup).run()).toEqual(once);
    expect(once).toEqual(runEvents(setup));
  });
});

describe('on ten hours of real bars, two assets together, both engines give the same for', () => {
  test.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s', (_name, seed) => {
    const setup = realSetup(seed, 1_300);
    const events = runEvents(setup);
    expect(runVector(setup)).toEqual(events);
    expect(events.orders > 0 || seed.name === 'expression').toBe(true);
  });
});

/** The same with signals of five bars each. */
function onCoarseBars(setup: BacktestSetup): BacktestSetup {
  const decisionMs = 5 * (setup.markets[0]?.intervalMs ?? 0);
  const signals = setup.signals.map((each, at) => {
    const { asset, bars, intervalMs } = setup.markets[at] as BacktestMarket;
    const fine = { asset: asset.name, intervalMs, openTimeMs: bars.openTimeMs };
    const openTimeMs = bars.openTimeMs.filter((ms) => ms % decisionMs === 0);
    return onFinerBars(each, { ...fine, intervalMs: decisionMs, openTimeMs }, fine);
  });
  return { ...setup, signals, decisionMs };
}

test('signals of bars coarser than those that are traded give the same in both', () => {
  let trades = 0;
  for (let number = 1; number <= 12; number += 1) {
    const setup = onCoarseBars(drawnSetup(number));
    const events = runEvents(setup);
    expect(runVector(setup)).toEqual(events);
    trades += events.trades.length;
  }
  expect(trades).toBeGreaterThan(10);
});

describe('a difference is seen', () => {
  test.each<readonly [string, (setup: BacktestSetup) => BacktestSetup]>([
    ['a fee of a thousandth of a basis point more', (s) => ({ ...s, takerFeeRate: '0.0004501' })],
    ['another book', (s) => ({ ...s, seed: s.seed + 1 })],
    ['one moment more in a bar', (s) => ({ ...s, stepsPerBar: s.stepsPerBar + 1 })],
    [
      'a millionth of a dollar',
      (s) => ({ ...s, equityUsd: usd(`${s.equityUsd.split('.')[0]}.123457`) }),
    ],
    ['one signal less', (s) => ({ ...s, signals: s.signals.slice(0, 1) })],
  ])('%s', (_what, plant) => {
    const setup = busySetup();
    expect(runVector(setup)).toEqual(runEvents(setup));
    expect(runVector(plant(setup))).not.toEqual(runEvents(setup));
  });
});

describe('a crash that no stop survives', () => {
  /** Long at 17 times the equity; a stop so far away that the venue liquidates first. */
  function crash(to: number, volume: number): BacktestSetup {
    const bars: Bar[] = [...flat(100, 4), [100, 100, to, to], ...flat(to, 4)];
    const market = marketOf('ETH', bars, { volume: 1e6 });
    market.bars.volumeBase.fill(volume, 4);
    const setup = setupOf([market], [signalsOf(market, Array(9).fill(1), '0.5')]);
    return {
      ...setup,
      policy: {
        ...setup.policy,
        maxPositionFraction: fraction('17'),
        riskPerTradeFraction: fraction('20'),
      },
      limits: {
        ...setup.limits,
        maxOrderNotionalUsd: usd('9000000'),
        maxPositionFraction: fraction('20'),
        maxGrossExposureFraction: fraction('20'),
        maxLeverage: 50,
      },
    };
  }

  test.each([
    ['by the book', 95.6, 1e6],
    ['by a book too thin for it', 95.6, 30],
    ['by the liquidator', 93, 1e6],
    ['beyond what the account had', 60, 1e6],
  ])('is a liquidation in both: %s', (_how, to, volume) => {
    const setup = crash(to, volume);
    const events = runEvents({ ...setup, pace: 'everyStep' });
    expect(runVector(setup)).toEqual(events);
    expect(events.liquidations).toBeGreaterThan(0);
  });
});

describe('what one engine refuses the other refuses in the same words', () => {
  const market = marketOf('ETH', flat(100, 3));
  const legal = setupOf([market], [signalsOf(market, [1, 1, 1])]);
  const broken = marketOf('ETH', [...flat(100, 2), [100, 99, 98, 100]]);
  test.each<readonly [string, Partial<BacktestSetup>]>([
    ['a bar that breaks a rule', { markets: [broken] }],
    ['no market', { markets: [] }],
    ['too few moments', { stepsPerBar: 3 }],
    ['an equity of nothing', { equityUsd: usd('0') }],
    ['an equity beyond all bounds', { equityUsd: usd('900000000') }],
    ['an equity of seven decimals', { equityUsd: usd('1.0000001') }],
  ])('%s', (_what, change) => {
    const words = (run: (setup: BacktestSetup) => unknown): string => {
      try {
        run({ ...legal, ...change });
        return 'nothing';
      } catch (fault) {
        return String(fault);
      }
    };
    expect(words(runVector)).toBe(words(runEvents));
    expect(words(runVector)).toMatch(/^RangeError/);
  });

  test('but isolated margin, which only the event-driven engine has', () => {
    const isolated = { ...market, asset: { ...market.asset, onlyIsolated: true } };
    expect(() => runVector({ ...legal, markets: [isolated] })).toThrow(
      'ETH: isolated margin needs the event-driven engine',
    );
  });
});
