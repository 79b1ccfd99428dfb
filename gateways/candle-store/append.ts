/**
 * Adding rows of one source to one series. New files are written beside the old ones, and the
 * manifest that names them is replaced by one rename: whoever is killed before it has changed nothing,
 * whoever is killed after it has changed everything.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ClaimOrder,
  type Claims,
  mergeClaims,
  SOURCE_RANKS,
  type SourcedRows,
} from '../../domain/market/history/merge.ts';
import { type Rows, rowCount, sliceRows } from '../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';
import { readClaims, writeClaims } from './claim-files.ts';
import { flushToDisk } from './durable-file.ts';
import { periodOf, seriesFolder } from './layout.ts';
import { type Manifest, readManifest, type Source, writeManifest } from './manifest.ts';
import type { Parquet } from './parquet.ts';

/** Where rows come from, as it is noted beside them. */
export type NewSource = Omit<
  Source,
  'id' | 'importedMs' | 'lastMs' | 'times' | 'rows' | 'fromMs' | 'toMs'
>;

export interface Appended {
  /** The source was taken in before, with all of its rows. */
  readonly isKnown: boolean;
  readonly rows: number;
  readonly added: number;
  readonly same: number;
  readonly replaced: number;
  readonly disagreeing: number;
}

/** Called before each step that changes a file of the store: tests end the process there. */
export type Checkpoint = (step: 'draft' | 'manifest' | 'sweep') => void;

export const emptyManifest = (key: SeriesKey): Manifest => ({
  format: 1,
  ...key,
  revision: 0,
  sources: [],
  partitions: [],
});

/** A file is one source however often it is given; the pages of an API are one source together. */
const isSame = (a: NewSource, b: NewSource): boolean =>
  a.sha256 === undefined
    ? b.sha256 === undefined && a.name === b.name && a.rank === b.rank
    : a.sha256 === b.sha256;

export const knowsSource = (manifest: Manifest | undefined, sha256: string): boolean =>
  manifest?.sources.some((source) => source.sha256 === sha256) ?? false;

function noteSource(manifest: Manifest, source: NewSource, rows: Rows, nowMs: number): Source {
  const known = manifest.sources.find((one) => isSame(one, source));
  const [fromMs, toMs] = [rows.timeMs[0] ?? 0, rows.timeMs.at(-1) ?? 0];
  if (known === undefined) {
    return {
      ...source,
      id: manifest.sources.reduce((most, { id }) => Math.max(most, id), -1) + 1,
      importedMs: nowMs,
      lastMs: nowMs,
      times: 1,
      rows: rowCount(rows),
      fromMs,
      toMs,
    };
  }
  return {
    ...known,
    lastMs: nowMs,
    times: known.times + 1,
    rows: known.sha256 === undefined ? known.rows + rowCount(rows) : known.rows,
    fromMs: Math.min(known.fromMs, fromMs),
    toMs: Math.max(known.toMs, toMs),
  };
}

/** The rows of each period, in ascending order. */
function byPeriod(key: SeriesKey, rows: Rows): readonly { period: string; rows: Rows }[] {
  const parts: { period: string; rows: Rows }[] = [];
  for (let from = 0; from < rowCount(rows); ) {
    const period = periodOf(key, rows.timeMs[from] as number);
    let [low, high] = [from + 1, rowCount(rows)];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (periodOf(key, rows.timeMs[middle] as number) === period) low = middle + 1;
      else high = middle;
    }
    parts.push({ period, rows: sliceRows(rows, from, low) });
    from = low;
  }
  return parts;
}

const sameColumn = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

const sameSourced = (a: SourcedRows, b: SourcedRows): boolean =>
  sameColumn(a.rows.timeMs, b.rows.timeMs) &&
  sameColumn(a.source, b.source) &&
  a.rows.values.every((column, at) => sameColumn(column, b.rows.values[at] ?? new Float64Array(0)));

const sameClaims = (a: Claims, b: Claims): boolean =>
  sameSourced(a.winners, b.winners) && sameSourced(a.disputed, b.disputed);

/** Files that no manifest names: of writers that were killed, or replaced just now. */
export function sweep(folder: string, manifest: Manifest): void {
  const named = new Set(
    manifest.partitions.flatMap(({ file, disputed }) =>
      disputed ? [file, disputed.file] : [file],
    ),
  );
  for (const name of readdirSync(folder)) {
    const isOurs = name.endsWith('.parquet') || name.endsWith('.draft');
    if (isOurs && !named.has(name)) rmSync(join(folder, name), { force: true });
  }
}

/** For one writer at a time: the caller holds the store's lock. */
export async function appendRows(
  parquet: Parquet,
  root: string,
  key: SeriesKey,
  rows: Rows,
  given: NewSource,
  nowMs: number,
  checkpoint: Checkpoint = () => undefined,
): Promise<Appended> {
  const folder = seriesFolder(root, key);
  mkdirSync(folder, { recursive: true });
  const manifest = readManifest(folder) ?? emptyManifest(key);
  if (given.sha256 !== undefined && knowsSource(manifest, given.sha256)) {
    const count = rowCount(rows);
    return { isKnown: true, rows: count, added: 0, same: count, replaced: 0, disagreeing: 0 };
  }
  const source = noteSource(manifest, given, rows, nowMs);
  const sources = [...manifest.sources.filter(({ id }) => id !== source.id), source];
  const standings = new Map(
    sources.map(({ id, rank, sha256, name }) => [
      id,
      { rank: SOURCE_RANKS[rank], key: sha256 ?? name },
    ]),
  );
  const order = new ClaimOrder(key, (id) => standings.get(id) ?? { rank: -1, key: '' });
  const partitions = new Map(manifest.partitions.map((one) => [one.period, one]));
  const totals = { added: 0, same: 0, replaced: 0, disagreeing: 0 };
  for (const part of byPeriod(key, rows)) {
    const known = await readClaims(parquet, key.kind, folder, partitions.get(part.period));
    const sourced = {
      rows: part.rows,
      source: new Float64Array(rowCount(part.rows)).fill(source.id),
    };
    const merged = mergeClaims(order, known, sourced);
    for (const count of Object.keys(totals) as (keyof typeof totals)[])
      totals[count] += merged[count];
    if (sameClaims(known, merged)) continue;
    checkpoint('draft');
    partitions.set(part.period, await writeClaims(parquet, key.kind, folder, part.period, merged));
  }
  const next: Manifest = {
    ...manifest,
    revision: manifest.revision + 1,
    sources,
    partitions: [...partitions.values()].sort((a, b) => (a.period < b.period ? -1 : 1)),
  };
  flushToDisk(folder);
  checkpoint('manifest');
  writeManifest(folder, next);
  checkpoint('sweep');
  sweep(folder, next);
  return { isKnown: false, rows: rowCount(rows), ...totals };
}
