/** From the words of `session start` to a SessionConfig, checked by the domain's own rules. */
import type { Config } from '../../config/schema.ts';
import type { FoundStrategy } from '../../config/strategy-file.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { Outcome, RuleViolation } from '../../domain/kernel/outcome.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { parseInterval } from '../../domain/market/interval.ts';
import { parseRiskLimits } from '../../domain/risk/limits.ts';
import type { Genes } from '../../domain/signals/genes.ts';
import { parseGenes } from '../../domain/signals/genes.ts';
import type { StrategySeed } from '../../domain/signals/seed.ts';
import { parseSizingPolicy } from '../../domain/sizing/sizing-genes.ts';
import type { SessionConfig } from '../../workflows/trading-session/trading-session.messages.ts';
import { CliFailure, usageFailure } from './failure.ts';
import { readPairs } from './values.ts';

export interface StartOptions {
  readonly name?: string;
  readonly strategy?: string;
  readonly assets?: string;
  readonly interval?: string;
  readonly gene: readonly string[];
  readonly set: readonly string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ASSET = /^[A-Za-z0-9:_@/-]{1,32}$/;

/** All broken rules at once: nobody wants to mend one after the other. */
function must<Value>(
  prefix: string,
  outcome: Outcome<Value, RuleViolation | RuleViolation[]>,
): Value {
  if (outcome.ok) return outcome.value;
  const violations = [outcome.error]
    .flat()
    .map((violation) => ({ ...violation, field: `${prefix}${violation.field}` }));
  const [first] = violations;
  throw new CliFailure(EXIT.usage, violations.map(describeViolation).join('\n'), {
    ...(first === undefined ? {} : { violation: first }),
  });
}

function readAssets(text: string): readonly string[] {
  const assets = text.split(',').map((asset) => asset.trim());
  const wrong = assets.find((asset) => !ASSET.test(asset));
  if (wrong !== undefined) {
    const rule = 'must be names of perpetuals with commas between, e.g. BTC,ETH';
    throw usageFailure({ field: '--assets', value: text, rule });
  }
  return [...new Set(assets)];
}

/** `sizing.riskPerTradeFraction=0.01` goes to sizing, `limits.maxOpenPositions=3` to limits. */
function readSections(pairs: readonly string[]): {
  readonly sizing: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, unknown>>;
} {
  const entries = Object.entries(readPairs('--set', pairs));
  const wrong = entries.find(([key]) => !/^(sizing|limits)\.\w+$/.test(key));
  if (wrong !== undefined) {
    const rule = 'must be sizing.NAME=VALUE or limits.NAME=VALUE';
    throw usageFailure({ field: '--set', value: wrong.join('='), rule });
  }
  const section = (name: string): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      entries
        .filter(([key]) => key.startsWith(`${name}.`))
        .map(([key, value]) => [key.slice(name.length + 1), value]),
    );
  return { sizing: section('sizing'), limits: section('limits') };
}

/** Spot pairs (`@107`, `PURR/USDC`) pay no funding: who reads it would be silent for ever. */
function refuseWithoutFunding(seed: StrategySeed, genes: Genes, assets: readonly string[]): void {
  if (seed.needs?.(genes).fundingHours === undefined) return;
  const spot = assets.find((asset) => asset.startsWith('@') || asset.includes('/'));
  if (spot === undefined) return;
  const rule = `must be perpetuals: ${seed.name} reads funding, and spot pays none`;
  throw usageFailure({ field: '--assets', value: spot, rule });
}

/** @throws CliFailure (usage) naming every value that does not fit, with what is allowed */
export function readSession(
  options: StartOptions,
  settings: Config,
  { seed, file }: FoundStrategy,
): { readonly name: string; readonly config: SessionConfig } {
  const defaults = settings.session;
  const name = options.name ?? defaults.name;
  if (!NAME.test(name)) {
    throw usageFailure({
      field: '--name',
      value: name,
      rule: 'must be 1 to 64 of A-Z a-z 0-9 . _ -',
    });
  }
  // Genes of the settings belong to the strategy of the settings; another one has its own.
  const isDefaultSeed = (options.strategy ?? defaults.strategy) === defaults.strategy;
  const genes = { ...(isDefaultSeed ? defaults.genes : {}), ...readPairs('--gene', options.gene) };
  const given = readSections(options.set);
  const sizing = { ...defaults.sizing, ...given.sizing };
  const limits = { ...settings.risk, ...defaults.limits, ...given.limits };
  must('sizing.', parseSizingPolicy(sizing));
  must('limits.', parseRiskLimits(limits));
  const read = must('gene ', parseGenes(seed, genes));
  const assets = options.assets === undefined ? defaults.assets : readAssets(options.assets);
  refuseWithoutFunding(seed, read, assets);
  return {
    name,
    config: {
      strategy: seed.name,
      ...(file === undefined ? {} : { strategyFile: file }),
      assets,
      interval: must('--', parseInterval(options.interval ?? defaults.interval)),
      genes: read,
      sizing,
      limits,
    },
  };
}
