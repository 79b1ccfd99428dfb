/** What strategies earn on prices without memory, traded by the vector engine with all its costs. */
import type { BacktestMarket } from '../../../domain/evolution/backtest/backtest-market.ts';
import { PreparedMarkets } from '../../../domain/evolution/vector/prepared.ts';
import { newCurve, VectorBacktest } from '../../../domain/evolution/vector/vector-backtest.ts';
import { usd } from '../../../domain/kernel/decimal.ts';
import { createRng, seedOf } from '../../../domain/kernel/rng.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import { evaluateSeries } from '../../../domain/signals/evaluate.ts';
import type { Genes } from '../../../domain/signals/genes.ts';
import type { StrategySeed } from '../../../domain/signals/seed.ts';
import { WindowSources } from '../../../domain/signals/trace-series.ts';
import { historyBars } from '../../../domain/signals/window.ts';
import { setupOf } from '../evolution/backtest/made-market.ts';
import { BTC, MINUTE_MS } from '../market/samples.ts';
import { inputFrom } from './inputs.ts';

const TRADED_BARS = 1_000;
const START_USD = 10_000;

/** A walk of log prices in cents, four steps a bar, so that highs and lows are reached and not invented. */
function walk(number: number, bars: number): CandleSeries {
  const rng = createRng(seedOf('random walk', number));
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  const columns = { open: [], high: [], low: [], close: [], volumeBase: [] } as Record<
    'open' | 'high' | 'low' | 'close' | 'volumeBase',
    number[]
  >;
  let price = 1_000;
  for (let i = 0; i < bars; i += 1) {
    const path = [price];
    for (let step = 0; step < 4; step += 1) {
      price = Math.round(100 * price * Math.exp(0.0005 * normal())) / 100;
      path.push(price);
    }
    columns.open.push(path[0] ?? 0);
    columns.high.push(Math.max(...path));
    columns.low.push(Math.min(...path));
    columns.close.push(price);
    columns.volumeBase.push(100 + 900 * rng.next());
  }
  const openTimeMs = Array.from(
    { length: bars },
    (_, i) => (26_000_000 + 4_321 * number + i) * MINUTE_MS,
  );
  return { asset: 'BTC', intervalMs: MINUTE_MS, openTimeMs, ...columns };
}

/** Mean over deviation of the returns of bars; 0 when nothing was traded. */
function sharpeOf(equityUsd: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (let i = 1; i < equityUsd.length; i += 1) {
    const change = (equityUsd[i] ?? 0) / (equityUsd[i - 1] ?? 1) - 1;
    sum += change;
    squares += change * change;
  }
  const count = equityUsd.length - 1;
  const variance = squares / count - (sum / count) ** 2;
  return variance > 0 ? sum / count / Math.sqrt(variance) : 0;
}

export interface WalkResult {
  /** Of bars, after fees, spread, depth and funding. */
  readonly netSharpe: number;
  /** Return without them, of the equity at the start. */
  readonly gross: number;
  readonly trades: number;
}

function tradeWalk(seed: StrategySeed, genes: Genes, number: number): WalkResult {
  const warmup = historyBars(seed, genes);
  const input = inputFrom(walk(number, warmup + TRADED_BARS));
  const market: BacktestMarket = {
    asset: { ...BTC, marginTableId: 40 },
    intervalMs: MINUTE_MS,
    bars: input.bars,
    fundingRates: new Map(),
  };
  const setup = setupOf([market], [evaluateSeries(seed, genes, new WindowSources(input))], {
    equityUsd: usd(START_USD),
    fromMs: input.bars.openTimeMs[warmup] ?? 0,
    seed: number + 1,
  });
  const prepared = new PreparedMarkets(setup);
  const run = new VectorBacktest(prepared, setup, newCurve(prepared)).trade();
  const slippageUsd = run.trades.reduce((sum, trade) => sum + trade.slippageUsd, 0);
  const wonUsd = (run.equityUsd.at(-1) ?? START_USD) - START_USD;
  return {
    netSharpe: sharpeOf(run.equityUsd),
    gross: (wonUsd + run.feesUsd - run.fundingUsd + slippageUsd) / START_USD,
    trades: run.trades.length,
  };
}

export const walkResults = (seed: StrategySeed, genes: Genes, walks: number): WalkResult[] =>
  Array.from({ length: walks }, (_, number) => tradeWalk(seed, genes, number));

/** Mean over its standard error: beyond 3 it is not chance (one in 700). */
export function tStatistic(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (values.length - 1) / values.length);
}
