import { describe } from '@jest/globals';
import { SEEDS, seedByName } from '../../../domain/signals/registry.ts';
import { quickRules, wholeRules } from './seed-rules.ts';

describe.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s', (name, seed) => {
  quickRules(name, seed, 3);
  wholeRules(seed);
});

describe.each([
  'ema-crossover+volatility-regime+sentiment+correlation',
  'funding-carry+correlation',
])('%s', (name) => {
  const seed = seedByName(name);
  if (!seed.ok) throw new Error(seed.error.rule);
  quickRules(name, seed.value, 3);
});
