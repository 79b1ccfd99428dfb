/** Results of backtests: what is kept of one, under a name that follows from everything that went in. */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import type { Trade } from '../../domain/evolution/backtest/trade-book.ts';
import type { Performance } from '../../domain/evolution/metrics/performance.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { canonicalJson } from '../../domain/kernel/ids.ts';
import type { EngineName } from './engine-choice.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ID = /^[0-9a-f]{12}$/;
const ID_DIGITS = 12;

export interface BacktestResult {
  readonly id: string;
  readonly ranMs: number;
  /** Everything that the result follows from, and the hash of the code that computed it. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly codeHash: string;
  /** The engine that traded; results do not depend on it. Absent in results of older versions. */
  readonly engine?: EngineName;
  /** SHA-256 over trades and equity: equal for an equal rerun, to the bit. */
  readonly resultHash: string;
  readonly performance: Performance;
  readonly orders: number;
  readonly fills: number;
  readonly liquidations: number;
  readonly fundingHoursAssumed: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly openAtEnd: readonly string[];
  /** Faults by check; a check that was not asked for is absent. */
  readonly checks: Readonly<Record<string, number>>;
  readonly trades: readonly Trade[];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Hash of the sources that a result depends on. */
export function codeHash(): string {
  const hash = createHash('sha256');
  for (const file of globSync('domain/**/*.ts', { cwd: ROOT }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

export const idOf = (facts: BacktestResult['facts'], code: string): string =>
  sha256(canonicalJson({ facts, code })).slice(0, ID_DIGITS);

export const hashOfRun = (trades: readonly Trade[], equityUsd: Float64Array): string =>
  sha256(JSON.stringify({ trades, equityUsd: [...equityUsd] }));

const folderOf = (dataDir: string): string => join(dataDir, 'backtests');

/** Writes the result whole, or not at all. */
export function keepResult(dataDir: string, result: BacktestResult): void {
  const folder = folderOf(dataDir);
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `${result.id}.${process.pid}.tmp`);
  writeFileSync(draft, `${JSON.stringify(result)}\n`);
  renameSync(draft, join(folder, `${result.id}.json`));
}

/** @throws CliFailure when there is none of that name */
export function readResult(dataDir: string, id: string): BacktestResult {
  if (!ID.test(id)) {
    const rule = `must be ${ID_DIGITS} digits of hex, as backtest list shows them`;
    throw usageFailure({ field: 'id', value: id, rule });
  }
  try {
    return JSON.parse(readFileSync(join(folderOf(dataDir), `${id}.json`), 'utf8'));
  } catch (cause) {
    throw new CliFailure(EXIT.notFound, `no backtest ${id} is kept`, {
      mend: 'perpetua backtest list',
      cause,
    });
  }
}

/** Newest first. */
export function listResults(dataDir: string): readonly BacktestResult[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(dataDir));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => readResult(dataDir, name.slice(0, -'.json'.length)))
    .sort((one, other) => other.ranMs - one.ranMs);
}
