/**
 * The vector engine on our own seeds, all costs included: million bar-evaluations a second on one core,
 * one bar of one asset of one genome each. `cold` makes indicators, signals and trades; `cached` has the
 * indicators, as later generations of a population do; `warm` has the signals too and only trades. The
 * event-driven engine trades the same signals in the same run. Seconds are those of the thread's processor; `warm` is the
 * median over rounds.
 */
import type { BacktestMarket } from '../domain/evolution/backtest/backtest-market.ts';
import type { BacktestSetup } from '../domain/evolution/backtest/backtest-run.ts';
import { EventBacktest } from '../domain/evolution/backtest/event-backtest.ts';
import { PreparedMarkets } from '../domain/evolution/vector/prepared.ts';
import { newCurve, VectorBacktest } from '../domain/evolution/vector/vector-backtest.ts';
import { usd } from '../domain/kernel/decimal.ts';
import { createRng } from '../domain/kernel/rng.ts';
import type { BarArrays } from '../domain/market/bar-arrays.ts';
import { DEFAULT_RISK_LIMITS } from '../domain/risk/limits.ts';
import { evaluateSeries, type SignalSeries } from '../domain/signals/evaluate.ts';
import { parseGenes } from '../domain/signals/genes.ts';
import { SEEDS } from '../domain/signals/registry.ts';
import type { StrategySeed } from '../domain/signals/seed.ts';
import { WindowSources } from '../domain/signals/trace-series.ts';
import { parseSizingPolicy } from '../domain/sizing/sizing-genes.ts';
import { barsOfFile, SAMPLE } from './candle-file.ts';
import { quantile, round } from './statistics.ts';

const ROUNDS = 9;
/** Genomes a round, so that a round is longer than the clock is coarse. */
const GENOMES = 4;
const HOURS = 45_000;
const HOUR_MS = 3_600_000;

/** Five years of hours: a seeded walk. */
function madeHours(): BarArrays {
  const rng = createRng(7);
  const column = (): Float64Array => new Float64Array(HOURS);
  const [openTimeMs, open, high, low, close, volumeBase] = [
    column(),
    column(),
    column(),
    column(),
    column(),
    column(),
  ];
  let price = 30_000;
  for (let i = 0; i < HOURS; i += 1) {
    const path = [price];
    for (let step = 0; step < 4; step += 1) {
      price = Math.round(price * (1 + (rng.next() - 0.5) * 0.01) * 100) / 100;
      path.push(price);
    }
    openTimeMs[i] = Date.UTC(2020, 0, 1) + i * HOUR_MS;
    open[i] = path[0] ?? price;
    high[i] = Math.max(...path);
    low[i] = Math.min(...path);
    close[i] = price;
    volumeBase[i] = 500 + 500 * rng.next();
  }
  const columns = { openTimeMs, open, high, low, close, volumeBase };
  return { asset: 'BTC', intervalMs: HOUR_MS, length: HOURS, ...columns };
}

const must = <Value>(
  outcome: { ok: true; value: Value } | { ok: false; error: unknown },
): Value => {
  if (outcome.ok) return outcome.value;
  throw new Error(JSON.stringify(outcome.error));
};

/** Seconds of this thread's processor that a work takes. */
function cpuSeconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

function setupOf(bars: BarArrays, fundingRates: Map<number, string>): BacktestSetup {
  const market: BacktestMarket = {
    asset: {
      name: 'BTC',
      index: 0,
      szDecimals: 5,
      maxLeverage: 40,
      isDelisted: false,
      marginTableId: 40,
    },
    intervalMs: bars.intervalMs,
    bars,
    fundingRates,
  };
  return {
    markets: [market],
    signals: [],
    policy: must(parseSizingPolicy({})),
    limits: DEFAULT_RISK_LIMITS,
    equityUsd: usd('100000'),
    seed: 1,
    stepsPerBar: 6,
    marginTables: {},
    fromMs: 0,
    pace: 'whenNeeded',
  };
}

/** Recorded every hour, so that the path of assumed rates is not what is measured. */
function hourlyRates({ openTimeMs, intervalMs, length }: BarArrays): Map<number, string> {
  const [from = 0, to = 0] = [openTimeMs[0], (openTimeMs[length - 1] ?? 0) + intervalMs];
  const rates = new Map<number, string>();
  for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at <= to; at += HOUR_MS) {
    rates.set(at, '0.0000125');
  }
  return rates;
}

const millions = (bars: number, seconds: number): number => round(bars / seconds / 1e6, 2);

/** One seed on one market: rates, and what they were measured on. */
function rateOf(seed: StrategySeed, bars: BarArrays, setup: BacktestSetup) {
  const genes = must(parseGenes(seed, {}));
  const prepared = new PreparedMarkets(setup);
  const hours = Float64Array.from(setup.markets[0]?.fundingRates.keys() ?? []);
  const funding = { timeMs: hours, value: hours.map((_, i) => 0.00004 * Math.sin(i / 9)) };
  const curve = newCurve(prepared);
  const fresh = () => new WindowSources({ bars, funding });
  const tradeWith = (signals: SignalSeries) =>
    new VectorBacktest(prepared, { ...setup, signals: [signals] }, curve).trade();
  const sources = fresh();
  const signals = evaluateSeries(seed, genes, sources);
  const run = tradeWith(signals);
  const warm: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    warm.push(
      cpuSeconds(() => {
        for (let n = 0; n < GENOMES; n += 1) tradeWith(signals);
      }) / GENOMES,
    );
  }
  const cached = cpuSeconds(() => tradeWith(evaluateSeries(seed, genes, sources)));
  const cold = cpuSeconds(() => tradeWith(evaluateSeries(seed, genes, fresh())));
  let same = false;
  const events = cpuSeconds(() => {
    const { trades } = new EventBacktest({ ...setup, signals: [signals] }).run();
    same = trades.length === run.trades.length;
  });
  const { length } = bars;
  const held = run.netWeight.reduce((sum, weight) => sum + (weight === 0 ? 0 : 1), 0);
  return {
    seed: seed.name,
    warm: millions(length, quantile(warm, 0.5)),
    cached: millions(length, cached),
    cold: millions(length, cold),
    events: millions(length, events),
    barsPerTrade: round(length / Math.max(1, run.trades.length), 0),
    heldShare: round(held / length, 2),
    sameTrades: same,
  };
}

/** Bytes that one genome needs beside what all share: its signals and its curve. */
function genomeBytes(bars: number): { readonly signals: number; readonly curve: number } {
  return { signals: bars * (3 * 1 + 3 * 8), curve: bars * 3 * 8 };
}

export async function vector(): Promise<object> {
  const workloads = {
    'BTC 1m, a real month': barsOfFile(SAMPLE),
    'BTC 1h, five made-up years': madeHours(),
  };
  const seeds = SEEDS.filter(({ name }) => name !== 'expression');
  const results = Object.entries(workloads).map(([name, bars]) => {
    const setup = setupOf(bars, hourlyRates(bars));
    const rows = seeds.map((seed) => rateOf(seed, bars, setup));
    const medianOf = (pick: (row: (typeof rows)[number]) => number): number =>
      quantile(rows.map(pick), 0.5);
    return {
      workload: name,
      bars: bars.length,
      bytesPerGenome: genomeBytes(bars.length),
      median: {
        warm: medianOf(({ warm }) => warm),
        cached: medianOf(({ cached }) => cached),
        cold: medianOf(({ cold }) => cold),
        events: medianOf(({ events }) => events),
      },
      seeds: rows,
    };
  });
  return { unit: 'million bar-evaluations per second of one core, all costs', workloads: results };
}
