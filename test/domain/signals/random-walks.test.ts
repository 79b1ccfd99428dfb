/**
 * On prices without memory nobody earns: a seed that does reads the future. Fills are at the next
 * bar's open, and costs are those of a taker: 4.5 bp of fee and 2 bp of slippage a side.
 */
import { describe, expect, test } from '@jest/globals';
import { createRng, seedOf } from '../../../domain/kernel/rng.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import type { Genes } from '../../../domain/signals/genes.ts';
import { SEEDS } from '../../../domain/signals/registry.ts';
import type { SeedTrace, StrategySeed } from '../../../domain/signals/seed.ts';
import { NO_VERDICT } from '../../../domain/signals/seed.ts';
import { traceSeries, WindowSources } from '../../../domain/signals/trace-series.ts';
import { historyBars } from '../../../domain/signals/window.ts';
import { MINUTE_MS } from '../market/samples.ts';
import { inputFrom } from './inputs.ts';
import { genesOf } from './samples.ts';

const WALKS = 200;
const TRADED_BARS = 1_000;
const COST_PER_SIDE = 0.00065;

/** A walk of log prices, four steps a bar, so that highs and lows are reached and not invented. */
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
      price *= Math.exp(0.0005 * normal());
      path.push(price);
    }
    columns.open.push(path[0] ?? 0);
    columns.high.push(Math.max(...path));
    columns.low.push(Math.min(...path));
    columns.close.push(price);
    columns.volumeBase.push(1 + 9 * rng.next());
  }
  const openTimeMs = Array.from(
    { length: bars },
    (_, i) => (26_000_000 + 4_321 * number + i) * MINUTE_MS,
  );
  return { asset: 'BTC', intervalMs: MINUTE_MS, openTimeMs, ...columns };
}

/** Net and gross return of following a trace: a verdict on bar i is filled at the open of bar i + 1. */
function follow(trace: SeedTrace, { open }: CandleSeries): { net: number; gross: number } {
  let [held, net, gross] = [0, 0, 0];
  for (let i = 0; i + 2 < open.length; i += 1) {
    const stance = trace.stance[i] ?? NO_VERDICT;
    let wanted = held;
    if (stance !== NO_VERDICT && stance !== held) wanted = trace.mayOpen[i] === 1 ? stance : 0;
    net -= Math.abs(wanted - held) * COST_PER_SIDE;
    held = wanted;
    const move = held * Math.log((open[i + 2] ?? 1) / (open[i + 1] ?? 1));
    net += move;
    gross += move;
  }
  return { net, gross };
}

/** Mean over its standard error: beyond 3 it is not chance (one in 700). */
function tStatistic(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (values.length - 1) / values.length);
}

function results(seed: StrategySeed, genes: Genes, walks: number) {
  const bars = historyBars(seed, genes) + TRADED_BARS;
  return Array.from({ length: walks }, (_, number) => {
    const series = walk(number, bars);
    return follow(traceSeries(seed, genes, new WindowSources(inputFrom(series))), series);
  });
}

describe('on 200 random walks', () => {
  test.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s earns nothing', (_name, seed) => {
    const made = results(seed, genesOf(seed, { enterOn: 'state' }), WALKS);
    expect(tStatistic(made.map(({ net }) => net))).toBeLessThan(2.5);
    expect(Math.abs(tStatistic(made.map(({ gross }) => gross)))).toBeLessThan(3.5);
  });

  test('a seed that peeks at the next close is found out', () => {
    const [honest] = SEEDS;
    if (honest === undefined) throw new Error('no seed is registered');
    const peeking: StrategySeed = {
      ...honest,
      trace: (input, genes, source) => {
        const trace = honest.trace(input, genes, source);
        const { close } = input.bars;
        const next = (i: number): number => Math.sign((close[i + 1] ?? 0) - (close[i] ?? 0));
        return {
          ...trace,
          stance: trace.stance.map((_, i) => next(i) || 1),
          mayOpen: trace.mayOpen.map(() => 1),
        };
      },
    };
    const made = results(peeking, genesOf(peeking), 20);
    expect(tStatistic(made.map(({ gross }) => gross))).toBeGreaterThan(5);
  });
});
