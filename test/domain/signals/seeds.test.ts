import { describe } from '@jest/globals';
import { SEEDS } from '../../../domain/signals/registry.ts';
import { quickRules } from './seed-rules.ts';

describe.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s', (name, seed) => {
  quickRules(name, seed, 1);
});
