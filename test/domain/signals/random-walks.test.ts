/**
 * On prices without memory nobody earns: a seed that does reads the future. Traded by the vector
 * engine, with the venue's fees, the modelled book, and funding.
 *
 * Nor may anybody earn before costs. That is asked of one side only: the path of a bar reaches its
 * extreme in one moment, where a stop then fills, so that seeds which are stopped often lose a little.
 */
import { describe, expect, test } from '@jest/globals';
import { SEEDS } from '../../../domain/signals/registry.ts';
import { genesOf } from './samples.ts';
import { tStatistic, walkResults } from './walk-results.ts';

const WALKS = 200;

describe(`on ${WALKS} random walks`, () => {
  test.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s earns nothing', (_name, seed) => {
    const made = walkResults(seed, genesOf(seed, { enterOn: 'state' }), WALKS);
    expect(tStatistic(made.map(({ netSharpe }) => netSharpe))).toBeLessThan(2.5);
    expect(tStatistic(made.map(({ gross }) => gross))).toBeLessThan(2.5);
    expect(made.reduce((sum, { trades }) => sum + trades, 0)).toBeGreaterThan(WALKS);
  });
});
