/** The claims of one period, between the files that hold them and memory. */
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Claims, noClaims, type SourcedRows } from '../../domain/market/history/merge.ts';
import { type Rows, rowCount } from '../../domain/market/history/rows.ts';
import { type HistoryKind, valueColumns } from '../../domain/market/history/series.ts';
import { flushToDisk, sha256Of } from './durable-file.ts';
import type { Partition } from './manifest.ts';
import { type Parquet, SOURCE_COLUMN, TIME_COLUMN } from './parquet.ts';

const HASH_IN_NAME = 16;

/** Of times and values, column by column, as little-endian doubles. */
export const contentHash = ({ timeMs, values }: Rows): string => sha256Of(timeMs, ...values);

/** The names of a kind's columns on disk; those of rows alone without the source. */
export const columnNames = (kind: HistoryKind): readonly string[] => [
  TIME_COLUMN,
  ...valueColumns(kind),
];

async function readSourced(
  parquet: Parquet,
  kind: HistoryKind,
  path: string,
  rows: number,
): Promise<SourcedRows> {
  const names = [...columnNames(kind), SOURCE_COLUMN];
  const room = names.map(() => new Float64Array(rows));
  const [timeMs, ...columns] = await parquet.read([path], names, room);
  const source = columns.pop();
  if (timeMs === undefined || source === undefined) throw new Error(`${path}: has no rows`);
  return { rows: { timeMs, values: columns }, source };
}

/** What a period holds; nothing for one that does not exist yet. */
export async function readClaims(
  parquet: Parquet,
  kind: HistoryKind,
  folder: string,
  partition: Partition | undefined,
): Promise<Claims> {
  const none = noClaims(valueColumns(kind).length);
  if (partition === undefined) return none;
  const winners = await readSourced(parquet, kind, join(folder, partition.file), partition.rows);
  const { disputed } = partition;
  if (disputed === undefined) return { ...none, winners };
  return {
    winners,
    disputed: await readSourced(parquet, kind, join(folder, disputed.file), disputed.rows),
  };
}

interface Written {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes rows to a file that is called by its own hash, on the disk when this returns. */
async function writeSourced(
  parquet: Parquet,
  kind: HistoryKind,
  folder: string,
  label: string,
  { rows, source }: SourcedRows,
): Promise<Written> {
  const draft = join(folder, `${label}.${process.pid}.draft`);
  rmSync(draft, { force: true });
  const names = [...columnNames(kind), SOURCE_COLUMN];
  await parquet.write(draft, names, [rows.timeMs, ...rows.values, source]);
  flushToDisk(draft);
  const sha256 = sha256Of(readFileSync(draft));
  const file = `${label}.${sha256.slice(0, HASH_IN_NAME)}.parquet`;
  const { size: bytes } = statSync(draft);
  renameSync(draft, join(folder, file));
  return { file, sha256, bytes };
}

export async function writeClaims(
  parquet: Parquet,
  kind: HistoryKind,
  folder: string,
  period: string,
  { winners, disputed }: Claims,
): Promise<Partition> {
  const written = await writeSourced(parquet, kind, folder, period, winners);
  const lost = rowCount(disputed.rows);
  const label = `${period}.disputed`;
  const lostFile =
    lost === 0 ? undefined : await writeSourced(parquet, kind, folder, label, disputed);
  const { timeMs } = winners.rows;
  return {
    period,
    ...written,
    rows: rowCount(winners.rows),
    fromMs: timeMs[0] ?? 0,
    toMs: timeMs.at(-1) ?? 0,
    contentSha256: contentHash(winners.rows),
    ...(lostFile ? { disputed: { file: lostFile.file, sha256: lostFile.sha256, rows: lost } } : {}),
  };
}
