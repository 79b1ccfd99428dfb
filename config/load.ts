/**
 * Loads the settings: defaults, then `perpetua.config.{json,ts}`, then the environment, then flags.
 * It refuses unknown keys and illegal values with key, value, rule and source, and never guesses.
 */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type ConfigViolation, shownValue } from './config-error.ts';
import { type Config, configSchema } from './schema.ts';
import {
  type FlagSetting,
  type Setting,
  settingsFromEnvironment,
  settingsFromFile,
  settingsFromFlags,
} from './sources.ts';

export interface LoadOptions {
  /** The working folder; the process's own when absent. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: readonly FlagSetting[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where the value of a key came from (`paper.speed`), or `undefined` for a default. */
  sourceOf(key: string): string | undefined;
}

/** @throws ConfigError naming every setting that cannot be used */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const settings = [
    ...(await settingsFromFile(cwd)),
    ...settingsFromEnvironment(options.env ?? process.env),
    ...settingsFromFlags(options.flags ?? []),
  ];
  const sources = new Map(settings.map((one) => [one.path.join('.'), one.source]));
  const parsed = configSchema.safeParse(merge(settings));
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.flatMap((issue) => violationsOf(issue, settings)));
  }
  refuseMainnet(parsed.data, sources.get('network'));
  return {
    config: { ...parsed.data, dataDir: resolve(cwd, parsed.data.dataDir) },
    sourceOf: (key) => sources.get(key),
  };
}

function merge(settings: readonly Setting[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const { path, value } of settings) {
    let section = merged;
    for (const key of path.slice(0, -1)) {
      const inner = section[key];
      // A section that an earlier source filled with something else is given up for the later one.
      const next = typeof inner === 'object' && inner !== null ? inner : {};
      section[key] = next;
      section = next as Record<string, unknown>;
    }
    section[path.at(-1) ?? ''] = value;
  }
  return merged;
}

function violationsOf(
  issue: z.core.$ZodIssue,
  settings: readonly Setting[],
): readonly ConfigViolation[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const field = [...issue.path, key].join('.');
      return {
        field,
        value: valueAt(field, settings),
        rule: 'is no setting',
        ...at(field, settings),
      };
    });
  }
  const field = issue.path.join('.');
  return [{ field, value: valueAt(field, settings), rule: issue.message, ...at(field, settings) }];
}

/** The last setting that decided the field: itself, a part of it, or the whole that it is part of. */
function settingFor(field: string, settings: readonly Setting[]): Setting | undefined {
  return settings.findLast(({ path }) => {
    const key = path.join('.');
    return key === field || field.startsWith(`${key}.`) || key.startsWith(`${field}.`);
  });
}

const valueAt = (field: string, settings: readonly Setting[]): string =>
  shownValue(settingFor(field, settings)?.value ?? '');

const at = (field: string, settings: readonly Setting[]): { source: string } => ({
  source: settingFor(field, settings)?.source ?? 'defaults',
});

function refuseMainnet(config: Config, source: string | undefined): void {
  if (config.network !== 'mainnet') return;
  throw new ConfigError([
    {
      field: 'network',
      value: 'mainnet',
      rule: 'this version does not trade real money yet; use paper or testnet',
      source: source ?? 'defaults',
    },
  ]);
}
