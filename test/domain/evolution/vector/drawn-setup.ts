/** Backtests drawn at random, far beyond what a careful person would set up. */
import type { BacktestMarket } from '../../../../domain/evolution/backtest/backtest-market.ts';
import type {
  BacktestRun,
  BacktestSetup,
} from '../../../../domain/evolution/backtest/backtest-run.ts';
import { EventBacktest } from '../../../../domain/evolution/backtest/event-backtest.ts';
import type { AssetSignals } from '../../../../domain/evolution/backtest/signal-source.ts';
import { vectorBacktest } from '../../../../domain/evolution/vector/vector-backtest.ts';
import { decimalFromFloat, fraction, usd } from '../../../../domain/kernel/decimal.ts';
import { createRng, type Rng } from '../../../../domain/kernel/rng.ts';
import { HOUR_MS } from '../../../../domain/market/side-series.ts';
import type { ExitRules } from '../../../../domain/signals/exit-rules.ts';
import { marketOf, setupOf, signalsOf, walk } from '../backtest/made-market.ts';

const oneOf = <Value>(rng: Rng, values: readonly [Value, ...Value[]]): Value =>
  values[rng.int(values.length)] ?? values[0];

/** Stances that hold for a few bars each; one bar in ten has none. */
function drawnStances(rng: Rng, count: number): number[] {
  let stance = 0;
  return Array.from({ length: count }, () => {
    if (rng.next() < 0.25) stance = rng.int(3) - 1;
    return rng.next() < 0.1 ? 2 : stance;
  });
}

function drawnRates(rng: Rng, startMs: number): Map<number, string> {
  const rates = new Map<number, string>();
  for (let hour = 0; hour < 600; hour += 1) {
    if (rng.next() < 0.9)
      rates.set(startMs + hour * HOUR_MS, ((rng.next() - 0.4) / 1e3).toFixed(10));
  }
  return rates;
}

const twelvePlaces = (value: number) => fraction(decimalFromFloat(value).toDecimalPlaces(12));

/** The same stances with numbers of their own on every bar, as a seed's series has them. */
function numbered(rng: Rng, signals: AssetSignals, stopDistance: number): AssetSignals {
  const column = (draw: () => number) => Float64Array.from(signals.stance, draw);
  const numbers = {
    strength: column(() => oneOf(rng, [0.5, rng.next()])),
    stopDistanceFraction: column(() => stopDistance * oneOf(rng, [1, 0.5 + rng.next()])),
    volatilityPerBar: column(() => 0.002 * rng.next()),
  };
  const at = (values: Float64Array, index: number) => twelvePlaces(values[index] ?? 0);
  const { stance } = signals;
  const mayOpen = signals.mayOpen.map((_, index) =>
    stance[index] === 0 || rng.int(8) === 0 ? 0 : 1,
  );
  return {
    stance,
    mayOpen,
    numbers,
    signalAt: (index) => {
      const signal = signals.signalAt(index);
      if (signal.kind === 'noSignal') return signal;
      return {
        ...signal,
        mayOpen: mayOpen[index] === 1,
        strength: at(numbers.strength, index),
        stopDistanceFraction: at(numbers.stopDistanceFraction, index),
        volatilityPerBar: at(numbers.volatilityPerBar, index),
      };
    },
  };
}

interface World {
  readonly intervalMs: number;
  readonly volume: number;
  readonly step: number;
  readonly bars: number;
}

function drawnMarket(rng: Rng, name: 'BTC' | 'ETH', world: World): BacktestMarket {
  const { bars, intervalMs, step } = world;
  const price = name === 'BTC' ? oneOf(rng, [60_000, 900]) : oneOf(rng, [2_000, 3]);
  const volume = name === 'BTC' ? world.volume : 3 * world.volume;
  const missing = [17, 18, 40].slice(0, rng.int(4)).map((bar) => bar + (name === 'BTC' ? 0 : 9));
  const prices = walk(rng.int(1e9), bars, price, name === 'BTC' ? step : 1.5 * step);
  const market = marketOf(name, prices, { missing, intervalMs, volume });
  const startMs = market.bars.openTimeMs[0] ?? 0;
  return rng.int(2) === 0 ? market : { ...market, fundingRates: drawnRates(rng, startMs) };
}

/** Funding, gaps, thin books, tiny and huge accounts, stops of a tick and none that can be hit. */
export function drawnSetup(number: number): BacktestSetup {
  const rng = createRng(number);
  // Bold ones hold what a small move against them liquidates, long before a stop.
  const isBold = rng.int(4) === 0;
  const world: World = {
    intervalMs: oneOf(rng, [60_000, HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS]),
    volume: oneOf(rng, isBold ? [50, 1e5] : [0.001, 5, 50, 1e5]),
    step: oneOf(rng, isBold ? [0.02, 0.06] : [0.002, 0.004, 0.02, 0.06]),
    bars: 60 + rng.int(100),
  };
  const names = (['BTC', 'ETH'] as const).slice(0, 1 + rng.int(2));
  const markets = names.map((name) => drawnMarket(rng, name, world));
  const stop = isBold ? '0.9' : oneOf(rng, ['0.01', '0.0002', '0.05', '0.3', '0.9', '0.000001']);
  const isNumbered = rng.int(3) > 0;
  const signals = markets.map((market) => {
    const stances = drawnStances(rng, market.bars.openTimeMs.length);
    const plain = signalsOf(market, stances, stop);
    return isNumbered ? numbered(rng, plain, Number(stop)) : plain;
  });
  const base = setupOf(markets, signals, { seed: number });
  return {
    ...base,
    equityUsd: usd(oneOf(rng, ['100000', '150', '12', '5000000', '99000000.123456'])),
    stepsPerBar: 4 + rng.int(5),
    spreadBps: oneOf(rng, [0.1, 1, 30]),
    ...(rng.int(3) === 0 ? { spreadBpsOf: { ETH: 4 }, takerFeeRate: '0.000437' } : {}),
    fromMs: rng.int(2) === 0 ? 0 : (markets[0]?.bars.openTimeMs[20] ?? 0),
    policy: {
      ...base.policy,
      method: oneOf(rng, ['risk-per-trade', 'volatility-target']),
      maxPositionFraction: fraction(oneOf(rng, isBold ? ['14', '18'] : ['0.5', '1', '3', '40'])),
      riskPerTradeFraction: fraction(isBold ? '20' : oneOf(rng, ['0.01', '0.5', '5'])),
      minStrength: fraction(oneOf(rng, ['0', '0', '0.5', '0.6'])),
    },
    limits: {
      ...base.limits,
      maxOrderNotionalUsd: usd('900000000'),
      maxPositionFraction: fraction('50'),
      maxGrossExposureFraction: fraction('50'),
      maxLeverage: isBold ? 50 : oneOf(rng, [3, 50]),
      maxDailyLossFraction: fraction(isBold ? '1' : oneOf(rng, ['1', '0.02'])),
      maxOpenPositions: 1 + rng.int(2),
    },
  };
}

/** Targets near and far, of dust and of all, with stops that stay or move. */
function drawnRules(rng: Rng): ExitRules {
  const count = 1 + rng.int(3);
  let [distance, left] = [0, 1_000];
  const targets = Array.from({ length: count }, (_, place) => {
    distance += oneOf(rng, [1, 40, 300, 1_000, 2_500]);
    const isLast = place === count - 1;
    const part = isLast && rng.int(2) === 0 ? left : 1 + rng.int(Math.max(1, left - count));
    left -= part;
    const thousandths = (value: number) => fraction(decimalFromFloat(value / 1_000));
    return { distanceR: thousandths(distance), fraction: thousandths(part) };
  });
  return { targets, stopAfterTarget: oneOf(rng, ['stays', 'entry']) };
}

/** The same setup, its positions with targets. */
export function withExits(setup: BacktestSetup, exits: ExitRules): BacktestSetup {
  const signals = setup.signals.map(
    (each): AssetSignals => ({
      ...each,
      exits,
      signalAt: (index) => {
        const signal = each.signalAt(index);
        const isSided = signal.kind === 'signal' && signal.stance !== 'flat';
        return isSided ? { ...signal, exits } : signal;
      },
    }),
  );
  return { ...setup, signals };
}

/** The same setup with targets drawn at random. */
export const withTargets = (setup: BacktestSetup, number: number): BacktestSetup =>
  withExits(setup, drawnRules(createRng(number)));

export const runEvents = (setup: BacktestSetup): BacktestRun => new EventBacktest(setup).run();
export const runVector = (setup: BacktestSetup): BacktestRun => vectorBacktest(setup);
