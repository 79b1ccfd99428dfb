/** The cheap part of `random-walks.test.ts`: two honest seeds, and one that must be found out. */
import { expect, test } from '@jest/globals';
import { seedByName } from '../../../domain/signals/registry.ts';
import type { StrategySeed } from '../../../domain/signals/seed.ts';
import { genesOf } from './samples.ts';
import { tStatistic, walkResults } from './walk-results.ts';

function seedCalled(name: string): StrategySeed {
  const seed = seedByName(name);
  if (!seed.ok) throw new Error(seed.error.rule);
  return seed.value;
}

test.each(['ema-crossover', 'rsi-reversion'])('%s earns nothing on 25 random walks', (name) => {
  const seed = seedCalled(name);
  const made = walkResults(seed, genesOf(seed), 25);
  expect(tStatistic(made.map(({ netSharpe }) => netSharpe))).toBeLessThan(2.5);
});

test('a seed that peeks ten closes ahead is found out, after all costs', () => {
  const honest = seedCalled('ema-crossover');
  const peeking: StrategySeed = {
    ...honest,
    trace: (input, genes, source) => {
      const trace = honest.trace(input, genes, source);
      const { close } = input.bars;
      // Ten bars ahead: one bar moves less than it costs to trade it.
      const next = (i: number): number => Math.sign((close[i + 10] ?? 0) - (close[i] ?? 0));
      return {
        ...trace,
        stance: trace.stance.map((_, i) => next(i) || 1),
        mayOpen: trace.mayOpen.map(() => 1),
      };
    },
  };
  const made = walkResults(peeking, genesOf(peeking), 12);
  expect(tStatistic(made.map(({ netSharpe }) => netSharpe))).toBeGreaterThan(5);
});
