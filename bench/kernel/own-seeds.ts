/**
 * Our own strategies with all costs, on the vector engine: what evolution evaluates. `bench -- vector`
 * has the figures of each strategy; here is what a thread of the pool makes of a genome.
 */

import { usd } from '../../domain/kernel/decimal.ts';
import { DEFAULT_RISK_LIMITS } from '../../domain/risk/limits.ts';
import { SEEDS } from '../../domain/signals/registry.ts';
import { parseSizingPolicy } from '../../domain/sizing/sizing-genes.ts';
import { type SeedDataSet, seedEvaluator } from '../../gateways/evaluation/seed-evaluation.ts';
import { quantile, round } from '../statistics.ts';
import type { Workload } from './workloads.ts';

const HOUR_MS = 3_600_000;
const REPEATS = 3;
const CACHE_BYTES = 1 << 30;

export interface OwnSeeds {
  readonly bars: number;
  readonly strategies: number;
  /** Million bars a second of one core: signals, fills, costs, metrics; medians over strategies. */
  readonly cold: number;
  /** With the indicators kept, as in later generations. */
  readonly cached: number;
}

function dataSetOf({ bars }: Workload): SeedDataSet {
  const policy = parseSizingPolicy({});
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const [first = 0] = bars.openTimeMs;
  const hours = Math.ceil((bars.length * bars.intervalMs) / HOUR_MS) + 1;
  const timeMs = Float64Array.from(
    { length: hours },
    (_, i) => (Math.floor(first / HOUR_MS) + i) * HOUR_MS,
  );
  const asset = { name: bars.asset, index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false };
  const fundingRates = new Map([...timeMs].map((time) => [time, '0.0000125']));
  const market = { asset: { ...asset, marginTableId: 40 }, intervalMs: bars.intervalMs };
  return {
    markets: [{ ...market, bars, fundingRates }],
    inputs: [{ bars, funding: { timeMs, value: timeMs.map(() => 0.0000125) } }],
    policy: policy.value,
    limits: DEFAULT_RISK_LIMITS,
    equityUsd: usd('100000'),
    seed: 1,
    stepsPerBar: 6,
    marginTables: {},
    fromMs: 0,
  };
}

export function ownSeeds(workload: Workload): OwnSeeds {
  const dataSet = dataSetOf(workload);
  const names = SEEDS.map(({ name }) => name).filter((name) => name !== 'expression');
  const timed = names.map((strategy) => {
    const evaluate = seedEvaluator(dataSet, CACHE_BYTES);
    const rates = Array.from({ length: 1 + REPEATS }, () => {
      const before = process.threadCpuUsage();
      evaluate({ strategy, genes: {} });
      const { user, system } = process.threadCpuUsage(before);
      return workload.bars.length / (user + system);
    });
    return { cold: rates[0] as number, cached: Math.max(...rates.slice(1)) };
  });
  const medianOf = (pick: (each: (typeof timed)[number]) => number): number =>
    round(quantile(timed.map(pick), 0.5));
  return {
    bars: workload.bars.length,
    strategies: names.length,
    cold: medianOf(({ cold }) => cold),
    cached: medianOf(({ cached }) => cached),
  };
}
