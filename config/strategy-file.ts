/**
 * Strategies in files of the user's own. A file is one module with a seed as its default export; it
 * may import `perpetua/strategy` and nothing else, so that its hash covers all of it. A worker runs
 * only files whose hash somebody noted in the data folder by starting a session with it: messages
 * alone must not make a worker run code.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Outcome, RuleViolation } from '../domain/kernel/outcome.ts';
import { describeViolation, err, ok } from '../domain/kernel/outcome.ts';
import { readSeed } from '../domain/signals/define-seed.ts';
import { FILTERS } from '../domain/signals/filters.ts';
import { seedByName, withFilters } from '../domain/signals/registry.ts';
import type { StrategySeed } from '../domain/signals/seed.ts';

export interface StrategyFile {
  readonly path: string;
  readonly sha256: string;
}

export interface FoundStrategy {
  readonly seed: StrategySeed;
  /** Undefined for a registered seed. */
  readonly file?: StrategyFile;
}

const KIT_URL = new URL('../domain/signals/strategy-kit.ts', import.meta.url).href;
const KIT_NAME = 'perpetua/strategy';
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];
const MARK = '?perpetua-strategy=';
/** Digits of the hash that are part of a strategy's name. */
const NAME_DIGITS = 12;

let isHooked = false;

/** Lets strategy files import the kit by its name, and nothing else. */
function hookImports(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL?.includes(MARK) !== true) return next(specifier, context);
      if (specifier === KIT_NAME) return { url: KIT_URL, shortCircuit: true };
      const rule = `a strategy is one file: it may import ${KIT_NAME} only`;
      throw new RangeError(`import ${JSON.stringify(specifier)}: ${rule}`);
    },
  });
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const broken = (path: string, rule: string): Outcome<never, RuleViolation> =>
  err({ field: 'strategy', value: path, rule });

const messageOf = (fault: unknown): string =>
  (fault instanceof Error ? fault.message : String(fault)).split('\n')[0] ?? '';

/** Loads and checks a file. Its seed is named with the hash: `my-seed@0123456789ab`. */
export async function loadStrategyFile(
  path: string,
): Promise<Outcome<Required<FoundStrategy>, RuleViolation>> {
  if (!EXTENSIONS.includes(extname(path))) {
    return broken(path, `must be a file that ends in ${EXTENSIONS.join(', ')}`);
  }
  const read = (): Uint8Array | undefined => {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  };
  const bytes = read();
  if (bytes === undefined) return broken(path, 'must be a file that can be read');
  const sha256 = hashOf(bytes);
  hookImports();
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(
      `${pathToFileURL(path).href}${MARK}${sha256}`
    );
    exported = module.default;
  } catch (fault) {
    return broken(path, `cannot be loaded: ${messageOf(fault)}`);
  }
  const now = read();
  if (now === undefined || hashOf(now) !== sha256) return broken(path, 'changed while it was read');
  const seed = readSeed(exported);
  if (!seed.ok) {
    return broken(path, `is no strategy: ${seed.error.map(describeViolation).join('; ')}`);
  }
  const name = `${seed.value.name}@${sha256.slice(0, NAME_DIGITS)}`;
  return ok({ seed: { ...seed.value, name }, file: { path, sha256 } });
}

/** `path+filter+filter`: the filters after the path. */
function splitFilters(word: string): {
  readonly base: string;
  readonly filters: readonly string[];
} {
  const parts = word.split('+');
  let at = parts.length;
  while (at > 1 && FILTERS.some((filter) => filter.name === parts[at - 1])) at -= 1;
  return { base: parts.slice(0, at).join('+'), filters: parts.slice(at) };
}

const isPath = (word: string): boolean => /[\\/]/.test(word) || EXTENSIONS.includes(extname(word));

/**
 * The strategy that a user means: a registered seed by name, a file by path, or the seed of one of
 * the settings' files by its name; each may be followed by filters.
 * @param files the settings' `strategies`, absolute
 */
export async function findStrategy(
  word: string,
  files: readonly string[] = [],
  folder: string = process.cwd(),
): Promise<Outcome<FoundStrategy, RuleViolation>> {
  const { base, filters } = splitFilters(word);
  const filtered = (found: Required<FoundStrategy>): Outcome<FoundStrategy, RuleViolation> => {
    const seed = withFilters(found.seed, filters);
    return seed.ok ? ok({ seed: seed.value, file: found.file }) : seed;
  };
  if (isPath(base)) {
    const found = await loadStrategyFile(isAbsolute(base) ? base : resolve(folder, base));
    return found.ok ? filtered(found.value) : found;
  }
  for (const file of files) {
    const found = await loadStrategyFile(resolve(folder, file));
    if (!found.ok) return found;
    const [name] = found.value.seed.name.split('@');
    if (base === name || base === found.value.seed.name) return filtered(found.value);
  }
  const seed = seedByName(word);
  if (seed.ok) return ok({ seed: seed.value });
  return err({ ...seed.error, rule: `${seed.error.rule}, or the path of a strategy file` });
}

const notedSchema = z.record(
  z.string(),
  z.object({ path: z.string(), name: z.string(), notedMs: z.int() }),
);
const notesIn = (dataDir: string): string => join(dataDir, 'strategies.json');

function readNotes(dataDir: string): z.infer<typeof notedSchema> {
  try {
    return notedSchema.parse(JSON.parse(readFileSync(notesIn(dataDir), 'utf8')));
  } catch {
    return {};
  }
}

/** Notes that this content may be run by the workers of the data folder. */
export function noteStrategy(dataDir: string, found: FoundStrategy, nowMs: number): void {
  const { file, seed } = found;
  if (file === undefined) return;
  const notes = readNotes(dataDir);
  if (notes[file.sha256] !== undefined) return;
  const added = { ...notes, [file.sha256]: { path: file.path, name: seed.name, notedMs: nowMs } };
  mkdirSync(dataDir, { recursive: true });
  const draft = `${notesIn(dataDir)}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(added, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, notesIn(dataDir));
}

/** Whether somebody with access to the data folder noted this content. */
export const isNoted = (dataDir: string, sha256: string): boolean =>
  readNotes(dataDir)[sha256] !== undefined;

/**
 * The strategy that a session's rules name, as a worker finds it.
 * @throws RangeError when there is none, or the file is not what the session was started with
 */
export async function strategyOfRules(
  dataDir: string,
  name: string,
  file: StrategyFile | undefined,
): Promise<StrategySeed> {
  if (file === undefined) {
    const seed = seedByName(name);
    if (seed.ok) return seed.value;
    throw new RangeError(describeViolation(seed.error));
  }
  if (!isNoted(dataDir, file.sha256)) {
    const rule = 'must be noted in the data folder: start the session with --strategy FILE';
    throw new RangeError(`strategy ${JSON.stringify(file.path)}: ${rule}`);
  }
  const { filters } = splitFilters(name);
  const found = await findStrategy([file.path, ...filters].join('+'));
  if (!found.ok) throw new RangeError(describeViolation(found.error));
  const sha256 = found.value.file?.sha256;
  if (sha256 !== file.sha256 || found.value.seed.name !== name) {
    const rule = `must still have the content that the session was started with (${name})`;
    throw new RangeError(
      `strategy ${JSON.stringify(file.path)}: ${rule}, it is ${found.value.seed.name}`,
    );
  }
  return found.value.seed;
}
