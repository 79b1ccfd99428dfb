/** Markets and signals made for tests: seeded random bars, stances by rule. */
import type { BacktestMarket } from '../../../../domain/evolution/backtest/backtest-market.ts';
import type { BacktestSetup } from '../../../../domain/evolution/backtest/backtest-run.ts';
import type { AssetSignals } from '../../../../domain/evolution/backtest/signal-source.ts';
import { fraction, usd } from '../../../../domain/kernel/decimal.ts';
import { createRng } from '../../../../domain/kernel/rng.ts';
import { DEFAULT_RISK_LIMITS } from '../../../../domain/risk/limits.ts';
import { NO_VERDICT } from '../../../../domain/signals/seed.ts';
import type { SignalFacts, StrategySignal } from '../../../../domain/signals/signal.ts';
import { parseSizingPolicy } from '../../../../domain/sizing/sizing-genes.ts';

export const MINUTE_MS = 60_000;
export const START_MS = Date.UTC(2025, 0, 1);

export type Bar = readonly [open: number, high: number, low: number, close: number];

export function marketOf(
  name: string,
  bars: readonly Bar[],
  { intervalMs = MINUTE_MS, missing = [] as readonly number[], volume = 50 } = {},
): BacktestMarket {
  const index = ['BTC', 'ETH'].indexOf(name);
  const kept = bars.map((bar, place) => ({ bar, place })).filter((_, i) => !missing.includes(i));
  const column = (cell: 0 | 1 | 2 | 3) => Float64Array.from(kept, ({ bar }) => bar[cell]);
  return {
    asset: {
      name,
      index,
      szDecimals: name === 'BTC' ? 5 : 4,
      maxLeverage: name === 'BTC' ? 40 : 25,
      isDelisted: false,
      marginTableId: name === 'BTC' ? 40 : 25,
    },
    intervalMs,
    bars: {
      openTimeMs: Float64Array.from(kept, ({ place }) => START_MS + place * intervalMs),
      open: column(0),
      high: column(1),
      low: column(2),
      close: column(3),
      volumeBase: new Float64Array(kept.length).fill(volume),
    },
    fundingRates: new Map(),
  };
}

/** A walk whose bars now and then jump; prices have three decimals. */
export function walk(seed: number, count: number, startPx: number, stepFraction = 0.002): Bar[] {
  const rng = createRng(seed);
  const round = (value: number): number => Math.round(value * 1_000) / 1_000;
  let close = startPx;
  return Array.from({ length: count }, () => {
    const gap = rng.next() < 0.05 ? (rng.next() - 0.5) * 8 * stepFraction : 0;
    const open = round(close * (1 + gap));
    close = round(open * (1 + (rng.next() - 0.5) * 2 * stepFraction));
    const high = round(Math.max(open, close) * (1 + rng.next() * stepFraction));
    const low = round(Math.min(open, close) * (1 - rng.next() * stepFraction));
    return [open, high, low, close];
  });
}

/** Signals with the stances given, one per bar, that may open whenever they are in force. */
export function signalsOf(
  market: BacktestMarket,
  stances: readonly number[],
  stopDistance = '0.01',
): AssetSignals {
  const count = market.bars.openTimeMs.length;
  const stance = Int8Array.from({ length: count }, (_, i) => stances[i] ?? 0);
  return {
    stance,
    mayOpen: new Uint8Array(count).fill(1),
    signalAt: (index) => {
      const known = {
        asset: market.asset.name,
        strategy: 'made-up',
        barOpenTimeMs: market.bars.openTimeMs[index] ?? 0,
        reason: `stance ${stance[index]} at bar ${index}`,
      };
      if (stance[index] === NO_VERDICT) return { kind: 'noSignal', ...known };
      const facts: SignalFacts = {
        kind: 'signal',
        ...known,
        stance: stance[index] === 1 ? 'long' : stance[index] === -1 ? 'short' : 'flat',
        changedThisBar: true,
        mayOpen: true,
        strength: fraction('0.5'),
        stopDistanceFraction: fraction(stopDistance),
        volatilityPerBar: fraction('0.001'),
      };
      return facts as StrategySignal;
    },
  };
}

export function setupOf(
  markets: readonly BacktestMarket[],
  signals: readonly AssetSignals[],
  changes: Partial<BacktestSetup> = {},
): BacktestSetup {
  const policy = parseSizingPolicy({ maxPositionFraction: 0.5 });
  if (!policy.ok) throw new Error('the policy of the test is illegal');
  return {
    markets,
    signals,
    policy: policy.value,
    limits: {
      ...DEFAULT_RISK_LIMITS,
      maxOrderNotionalUsd: usd(1_000_000),
      maxPositionFraction: fraction('1'),
      maxGrossExposureFraction: fraction('2'),
      maxDailyLossFraction: fraction('1'),
    },
    equityUsd: usd(100_000),
    seed: 1,
    stepsPerBar: 6,
    marginTables: {},
    fromMs: 0,
    pace: 'whenNeeded',
    ...changes,
  };
}
