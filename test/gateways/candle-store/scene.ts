/** A store in a folder of its own, files beside it, and what one import makes of them. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { valuesAt } from '../../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../../domain/market/history/series.ts';
import type { FileReport, ImportOptions } from '../../../gateways/candle-store/import-file.ts';
import { filesUnder, importMany } from '../../../gateways/candle-store/import-many.ts';
import { CandleStore, type StoreOptions } from '../../../gateways/candle-store/store.ts';
import type { BarRow } from '../../domain/market/history/samples.ts';

export interface Scene {
  readonly folder: string;
  readonly store: CandleStore;
  /** Writes a file beside the store and returns its path. */
  put(name: string, content: string | Buffer): string;
  import(files: readonly string[], options?: ImportOptions): Promise<readonly FileReport[]>;
  close(): Promise<void>;
}

export function openScene(options: StoreOptions = {}): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'perpetua-store-'));
  const store = new CandleStore(join(folder, 'market'), {
    nowMs: () => 1_760_000_000_000,
    ...options,
  });
  return {
    folder,
    store,
    put(name, content) {
      const path = join(folder, 'files', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    import: (files, told = {}) => importMany(store, filesUnder(files), told),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const HEADER = 'time_ms,open,high,low,close,volume';
export const csvOf = (rows: readonly (readonly number[])[], header = HEADER): string =>
  `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;

/** Every file of a folder with its content, but for the writers' lock. */
export function treeHash(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const inner = join(path, name);
      if (statSync(inner).isDirectory()) walk(inner);
      else if (!name.startsWith('writer.duckdb')) hash.update(inner).update(readFileSync(inner));
    }
  };
  walk(folder);
  return hash.digest('hex');
}

/** The stored rows of a series as they would stand in a file. */
export async function storedRows(store: CandleStore, key: SeriesKey): Promise<number[][]> {
  const { rows } = await store.load(key);
  return Array.from(rows.timeMs, (time, at) => [time, ...valuesAt(rows, at)]);
}

export type { BarRow };
