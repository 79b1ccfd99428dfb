/** The strategy seeds by name. Adding a seed is one file and one line here. */
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok } from '../kernel/outcome.ts';
import type { StrategySeed } from './seed.ts';
import { emaCrossover } from './seeds/ema-crossover.ts';
import { rsiReversion } from './seeds/rsi-reversion.ts';

export const SEEDS: readonly StrategySeed[] = [emaCrossover, rsiReversion];

/** Finds a seed by its name. */
export function seedByName(name: string): Outcome<StrategySeed, RuleViolation> {
  const seed = SEEDS.find((candidate) => candidate.name === name);
  if (seed) return ok(seed);
  const rule = `must be one of ${SEEDS.map((candidate) => candidate.name).join(', ')}`;
  return err({ field: 'strategy', value: name, rule });
}
