import { afterEach, expect, test } from '@jest/globals';
import { EventBacktest } from '../../../domain/evolution/backtest/event-backtest.ts';
import { evaluateSeries } from '../../../domain/signals/evaluate.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { seedByName } from '../../../domain/signals/registry.ts';
import type { SeedInput } from '../../../domain/signals/source.ts';
import { WindowSources } from '../../../domain/signals/trace-series.ts';
import type {
  SeedDataSet,
  SeedGenome,
  SeedOutcome,
} from '../../../gateways/evaluation/seed-evaluation.ts';
import { SeedPool } from '../../../gateways/evaluation/seed-pool.ts';
import { realSetup } from '../../domain/evolution/vector/real-setup.ts';

function seedOf(name: string) {
  const seed = seedByName(name);
  if (!seed.ok) throw new Error(seed.error.rule);
  return seed.value;
}

const setup = realSetup(seedOf('ema-crossover'), 1_500);
const inputs = setup.markets.map(
  ({ asset, intervalMs, bars }): SeedInput => ({
    bars: { ...bars, asset: asset.name, intervalMs, length: bars.openTimeMs.length },
  }),
);
const dataSet: SeedDataSet = (({ signals: _signals, pace: _pace, ...shared }) => ({
  ...shared,
  inputs,
}))(setup);

const genomes: readonly SeedGenome[] = [
  { strategy: 'ema-crossover', genes: {} },
  { strategy: 'rsi-reversion', genes: { oversold: 35 } },
  { strategy: 'donchian-breakout', genes: {} },
  { strategy: 'ema-crossover', genes: { enterOn: 'state' } },
];

/** By the event-driven engine: the one that sessions agree with. */
function expected({ strategy, genes: given }: SeedGenome) {
  const seed = seedOf(strategy);
  const genes = parseGenes(seed, given);
  if (!genes.ok) throw new Error(JSON.stringify(genes.error));
  const signals = inputs.map((input) =>
    evaluateSeries(seed, genes.value, new WindowSources(input)),
  );
  const run = new EventBacktest({ ...setup, signals }).run();
  const { orders, feesUsd, fundingUsd, liquidations, trades } = run;
  const endEquityUsd = run.equityUsd.at(-1);
  return { endEquityUsd, trades: trades.length, orders, feesUsd, fundingUsd, liquidations };
}

const pools: SeedPool[] = [];
function open(threads: number, cacheBytes?: number): SeedPool {
  const pool = new SeedPool(dataSet, { threads, ...(cacheBytes && { cacheBytes }) });
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

test('genomes of our strategies end as the event-driven engine ends, on one thread and on two', async () => {
  const wanted = genomes.map(expected);
  expect(wanted.filter(({ trades }) => trades > 3).length).toBeGreaterThan(1);
  let first: readonly SeedOutcome[] | undefined;
  for (const [threads, cacheBytes] of [[1], [2, 1]] as const) {
    const told: number[] = [];
    const outcomes = await open(threads, cacheBytes).evaluate(genomes, {
      onProgress: (done) => told.push(done),
    });
    expect(outcomes).toMatchObject(wanted);
    expect(outcomes).toEqual(first ?? outcomes);
    expect(told).toEqual([1, 2, 3, 4]);
    first ??= outcomes;
  }
});

test('a strategy or gene that there is not is refused by name', async () => {
  const pool = open(1);
  await expect(pool.evaluate([{ strategy: 'no-such', genes: {} }])).rejects.toThrow(
    'strategy "no-such": must be',
  );
  await expect(
    pool.evaluate([{ strategy: 'rsi-reversion', genes: { oversold: 99 } }]),
  ).rejects.toThrow(/^rsi-reversion: .*oversold/);
  expect(await pool.evaluate(genomes.slice(0, 1))).toHaveLength(1);
});
