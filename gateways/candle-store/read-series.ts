/** Reading a stretch of a series: from the files that its manifest names, and from nothing else. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { HistoryGap } from '../../domain/market/history/gaps.ts';
import { historyGaps } from '../../domain/market/history/gaps.ts';
import { firstAtOrAfter, type Rows, sliceRows } from '../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import { columnNames, contentHash } from './claim-files.ts';
import { seriesFolder } from './layout.ts';
import { type Partition, readManifest, StoreDamaged } from './manifest.ts';
import type { Parquet } from './parquet.ts';

export interface LoadedSeries {
  readonly rows: Rows;
  readonly gaps: readonly HistoryGap[];
  readonly contentHash: string;
}

export const ALWAYS: TimeRange = { fromMs: -Infinity, toMs: Infinity };

const isWithin = ({ fromMs, toMs }: Partition, range: TimeRange): boolean =>
  fromMs >= range.fromMs && toMs < range.toMs;

/** SHA-256 over the hashes of the files' contents; of a file that is read in part, over that part. */
function hashOf(rows: Rows, partitions: readonly Partition[], range: TimeRange): string {
  const hash = createHash('sha256');
  for (const partition of partitions) {
    if (isWithin(partition, range)) hash.update(partition.contentSha256);
    else {
      const from = firstAtOrAfter(rows.timeMs, partition.fromMs);
      const to = firstAtOrAfter(rows.timeMs, partition.toMs + 1);
      if (to > from) hash.update(contentHash(sliceRows(rows, from, to)));
    }
  }
  return hash.digest('hex');
}

export const sharedColumn = (rows: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(rows * Float64Array.BYTES_PER_ELEMENT));

/** Columns for the times and values of so many rows at most, in the order of the series. */
export type RowRoom = (rows: number, columns: number) => readonly Float64Array[];

const newRoom: RowRoom = (rows, columns) =>
  Array.from({ length: columns }, () => sharedColumn(rows));

async function readOnce(
  parquet: Parquet,
  folder: string,
  key: SeriesKey,
  range: TimeRange,
  roomFor: RowRoom,
): Promise<LoadedSeries> {
  const manifest = readManifest(folder);
  const partitions = (manifest?.partitions ?? []).filter(
    ({ fromMs, toMs }) => toMs >= range.fromMs && fromMs < range.toMs,
  );
  const names = columnNames(key.kind);
  const most = partitions.reduce((sum, { rows }) => sum + rows, 0);
  const room = roomFor(most, names.length);
  const paths = partitions.map(({ file }) => join(folder, file));
  const isWhole = partitions.every((partition) => isWithin(partition, range));
  const [timeMs = new Float64Array(0), ...values] = await parquet.read(
    paths,
    names,
    room,
    isWhole ? undefined : range,
  );
  for (let i = 1; i < timeMs.length; i += 1) {
    if ((timeMs[i] as number) > (timeMs[i - 1] as number)) continue;
    throw new StoreDamaged(`${folder}: rows out of order at ${timeMs[i]}`);
  }
  if (isWhole && timeMs.length !== most) {
    throw new StoreDamaged(`${folder}: has ${timeMs.length} rows: the manifest says ${most}`);
  }
  const rows: Rows = { timeMs, values };
  return { rows, gaps: historyGaps(key, timeMs), contentHash: hashOf(rows, partitions, range) };
}

/** A writer replaces files while we read: then the manifest names others, and we begin again. */
const ATTEMPTS = 5;
const isGone = (fault: unknown): boolean =>
  /No files found|No such file|Cannot open/i.test(`${fault}`);

/** @throws StoreDamaged when files are missing that the manifest still names */
export async function readSeries(
  parquet: Parquet,
  root: string,
  key: SeriesKey,
  range: TimeRange = ALWAYS,
  roomFor: RowRoom = newRoom,
): Promise<LoadedSeries> {
  const folder = seriesFolder(root, key);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(parquet, folder, key, range, roomFor);
    } catch (fault) {
      if (!isGone(fault)) throw fault;
      if (attempt === ATTEMPTS) throw new StoreDamaged(`${folder}: ${(fault as Error).message}`);
    }
  }
}
