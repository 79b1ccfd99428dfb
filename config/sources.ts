/**
 * Where settings come from: a file in the working folder, the environment, flags. Each source becomes
 * a list of (key path, value, name of the source), so that every complaint can name its origin.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ConfigError, shownValue } from './config-error.ts';
import { configSchema } from './schema.ts';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: string;
}

/** A setting given on the command line, as text or already parsed. */
export interface FlagSetting {
  /** The key, e.g. `paper.speed`. */
  readonly key: string;
  readonly value: unknown;
  /** As the user typed it, e.g. `--speed`. */
  readonly flag: string;
}

/** Environment names of other tools that we honour. Ours win when both are set. */
const FOREIGN_ENV: Readonly<Record<string, string>> = {
  TEMPORAL_ADDRESS: 'temporal.address',
  DATABASE_URL: 'ledger.url',
};

/** Names with our prefix that are no settings: secrets and what one process hands to another. */
export const RESERVED_ENV: readonly string[] = [
  'PERPETUA_SIGNER_KEY',
  'PERPETUA_WATCHDOG_KEY',
  'PERPETUA_WORKER_CONFIG',
];
const TEST_ENV = /^PERPETUA_TEST_/;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const FILE_BYTES_MAX = 1_000_000;

/** The schema behind optional and default wrappers. */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

function collectLeaves(schema: z.ZodObject, prefix: readonly string[]): [string, unknown][] {
  return Object.entries(schema.shape).flatMap(([key, value]): [string, unknown][] => {
    const inner = unwrap(value);
    const path = [...prefix, key];
    return inner instanceof z.ZodObject
      ? collectLeaves(inner, path)
      : [[path.join('.'), inner] as [string, unknown]];
  });
}

/** Every key with its unwrapped schema, e.g. `paper.speed`. */
const LEAVES: ReadonlyMap<string, unknown> = new Map(collectLeaves(configSchema, []));

/** The environment name of a key: `paper.fundUsd` is `PERPETUA_PAPER_FUND_USD`. */
export function envNameOf(key: string): string {
  const words = key.replaceAll('.', '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `PERPETUA_${words.toUpperCase()}`;
}

const KEY_OF_ENV: ReadonlyMap<string, string> = new Map(
  [...LEAVES.keys()].map((key) => [envNameOf(key), key]),
);

/** Text becomes what the key's schema wants; text that does not fit is left for the schema's rule. */
function parseText(key: string, text: string): unknown {
  const schema = LEAVES.get(key);
  if (schema instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (schema instanceof z.ZodArray && !text.trimStart().startsWith('[')) {
    return text.split(',').map((item) => item.trim());
  }
  if (schema instanceof z.ZodArray || schema instanceof z.ZodRecord) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** @throws ConfigError for names with our prefix that are no setting */
export function settingsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): readonly Setting[] {
  const found: Setting[] = [];
  const add = (key: string, envName: string, text: string): void => {
    const source = `environment ${envName}`;
    const setting = { path: key.split('.'), value: parseText(key, text), source };
    refuseForbiddenKeys(setting.value, key, source);
    found.push(setting);
  };
  for (const [envName, key] of Object.entries(FOREIGN_ENV)) {
    const text = env[envName];
    if (text !== undefined && text !== '') add(key, envName, text);
  }
  for (const [envName, text] of Object.entries(env)) {
    if (!envName.startsWith('PERPETUA_') || text === undefined || text === '') continue;
    if (RESERVED_ENV.includes(envName) || TEST_ENV.test(envName)) continue;
    const key = KEY_OF_ENV.get(envName);
    if (key === undefined) {
      throw new ConfigError([
        { field: envName, value: shownValue(text), rule: 'is no setting', source: 'environment' },
      ]);
    }
    add(key, envName, text);
  }
  return found;
}

export function settingsFromFlags(flags: readonly FlagSetting[]): readonly Setting[] {
  return flags.map(({ key, value, flag }) => ({
    path: key.split('.'),
    value: typeof value === 'string' ? parseText(key, value) : value,
    source: `flag ${flag}`,
  }));
}

/** Reads `perpetua.config.json` or `.ts`. @throws ConfigError when it cannot be read or there are two */
export async function settingsFromFile(cwd: string): Promise<readonly Setting[]> {
  const [json, module] = ['perpetua.config.json', 'perpetua.config.ts'].map((file) =>
    join(cwd, file),
  ) as [string, string];
  const hasJson = existsSync(json);
  const hasModule = existsSync(module);
  if (hasJson && hasModule) {
    throw fileError(module, `exists beside ${json}: keep one of the two`);
  }
  if (!hasJson && !hasModule) return [];
  const source = hasJson ? json : module;
  const content = hasJson ? readJson(json) : await readModule(module);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw fileError(source, 'must be an object of settings');
  }
  refuseForbiddenKeys(content, 'settings', source);
  return flatten(content as Readonly<Record<string, unknown>>, [], source);
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  if (text.length > FILE_BYTES_MAX)
    throw fileError(file, `must be at most ${FILE_BYTES_MAX} bytes`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fileError(file, `must be JSON: ${(error as Error).message}`);
  }
}

async function readModule(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw fileError(file, `cannot be loaded: ${(error as Error).message}`);
  }
}

const fileError = (file: string, rule: string): ConfigError =>
  new ConfigError([{ field: 'file', value: file, rule, source: 'file' }]);

/** Sections are opened, everything else is one value: a file's `genes` replace the default's whole. */
function flatten(
  content: Readonly<Record<string, unknown>>,
  prefix: readonly string[],
  source: string,
): readonly Setting[] {
  return Object.entries(content).flatMap(([key, value]): readonly Setting[] => {
    const path = [...prefix, key];
    const isSection = [...LEAVES.keys()].some((leaf) => leaf.startsWith(`${path.join('.')}.`));
    return isSection && typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value as Readonly<Record<string, unknown>>, path, source)
      : [{ path, value, source }];
  });
}

function refuseForbiddenKeys(value: unknown, field: string, source: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) {
      throw new ConfigError([{ field, value: key, rule: 'is no legal key', source }]);
    }
    refuseForbiddenKeys((value as Readonly<Record<string, unknown>>)[key], field, source);
  }
}
