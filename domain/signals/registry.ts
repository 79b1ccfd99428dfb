/** The strategy seeds by name. Adding a seed is one file and one line here. */
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok } from '../kernel/outcome.ts';
import { FILTERS, withFilter } from './filters.ts';
import type { StrategySeed } from './seed.ts';
import { atrBreakout } from './seeds/atr-breakout.ts';
import { bollingerSqueeze } from './seeds/bollinger-squeeze.ts';
import { donchianBreakout } from './seeds/donchian-breakout.ts';
import { emaCrossover } from './seeds/ema-crossover.ts';
import { expression } from './seeds/expression.ts';
import { fundingCarry } from './seeds/funding-carry.ts';
import { ichimokuCloud } from './seeds/ichimoku-cloud.ts';
import { linearClassifier } from './seeds/linear-classifier.ts';
import { nadarayaWatsonTrend } from './seeds/nadaraya-watson.ts';
import { pcaTreeQuantile } from './seeds/pca-tree-quantile.ts';
import { rsiReversion } from './seeds/rsi-reversion.ts';
import { smaTrend } from './seeds/sma-trend.ts';
import { stochasticReversal } from './seeds/stochastic-reversal.ts';
import { volatilityScaling } from './seeds/volatility-scaling.ts';
import { vwapReversion } from './seeds/vwap-reversion.ts';

export const SEEDS: readonly StrategySeed[] = [
  emaCrossover,
  donchianBreakout,
  rsiReversion,
  stochasticReversal,
  smaTrend,
  atrBreakout,
  ichimokuCloud,
  vwapReversion,
  volatilityScaling,
  fundingCarry,
  linearClassifier,
  pcaTreeQuantile,
  bollingerSqueeze,
  nadarayaWatsonTrend,
  expression,
];

/** The seed with the named filters, each at most once. */
export function withFilters(
  seed: StrategySeed,
  names: readonly string[],
): Outcome<StrategySeed, RuleViolation> {
  let filtered = seed;
  for (const [index, name] of names.entries()) {
    const filter = FILTERS.find((candidate) => candidate.name === name);
    if (filter === undefined || names.indexOf(name) !== index) {
      const known = FILTERS.map((candidate) => candidate.name).join(', ');
      const rule = `may be followed by +NAME, each once, of: ${known}`;
      return err({ field: 'strategy', value: [seed.name, ...names].join('+'), rule });
    }
    filtered = withFilter(filtered, filter);
  }
  return ok(filtered);
}

/** Finds a seed by its name, with filters after plus signs: `ema-crossover+volatility-regime`. */
export function seedByName(text: string): Outcome<StrategySeed, RuleViolation> {
  const [name = '', ...filters] = text.split('+');
  const seed = SEEDS.find((candidate) => candidate.name === name);
  if (seed) return withFilters(seed, filters);
  const rule = `must be one of ${SEEDS.map((candidate) => candidate.name).join(', ')}`;
  return err({ field: 'strategy', value: text, rule });
}
