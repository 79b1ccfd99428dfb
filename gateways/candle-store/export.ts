/** A series as a file that any importer reads again: the same rows come back, to the bit. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Rows, rowCount } from '../../domain/market/history/rows.ts';
import { fearGreedClass, type SeriesKey } from '../../domain/market/history/series.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import { columnNames } from './claim-files.ts';
import { publish } from './durable-file.ts';
import type { CandleStore } from './store.ts';

export const EXPORT_FORMATS = ['csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The shortest decimal text that reads back as the same double, without an exponent. */
export function plainNumber(value: number): string {
  const text = `${value}`;
  const [, sign = '', digits = '', decimals = '', power = ''] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (power === '') return text;
  const all = digits + decimals;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`;
  return `${sign}${all.slice(0, point).padEnd(point, '0')}${all.length > point ? `.${all.slice(point)}` : ''}`;
}

export function csvText({ kind }: SeriesKey, rows: Rows): string {
  const isSentiment = kind === 'sentiment';
  const lines = [[...columnNames(kind), ...(isSentiment ? ['classification'] : [])].join(',')];
  for (let at = 0; at < rowCount(rows); at += 1) {
    let line = `${rows.timeMs[at]}`;
    for (const column of rows.values) line += `,${plainNumber(column[at] as number)}`;
    if (isSentiment) line += `,${fearGreedClass(rows.values[0]?.[at] as number)}`;
    lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

/** A name that says what is inside, also to an importer. */
export const exportName = (
  { kind, venue, asset, interval }: SeriesKey,
  format: ExportFormat,
): string => `${kind}.${venue}.${encodeURIComponent(asset)}.${interval}.${format}`;

/** Writes the file whole or not at all; a name that ends in `.gz` is packed. @returns rows written */
export async function exportSeries(
  store: CandleStore,
  key: SeriesKey,
  path: string,
  format: ExportFormat,
  range?: TimeRange,
): Promise<number> {
  const { rows } = await store.load(key, range);
  const draft = `${path}.${process.pid}.draft`;
  if (format === 'parquet') {
    const parquet = await store.parquet();
    await parquet.write(draft, columnNames(key.kind), [rows.timeMs, ...rows.values]);
  } else {
    const text = csvText(key, rows);
    writeFileSync(draft, path.endsWith('.gz') ? gzipSync(text) : text);
  }
  publish(draft, path);
  return rowCount(rows);
}
