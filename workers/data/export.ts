/** `perpetua data export`: one file for each series that fits the flags. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { readWord } from '../../client/cli/values.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';
import { EXPORT_FORMATS, exportName, exportSeries } from '../../gateways/candle-store/export.ts';
import { storedSeries } from '../../gateways/candle-store/layout.ts';
import type { DataContext } from './context.ts';
import { matches, readRange, readSeriesFlags } from './flags.ts';
import { formatCount, formatKey } from './show.ts';

interface Exported {
  readonly key: SeriesKey;
  readonly file: string;
  readonly rows: number;
}

/** Exit code 3 when a file exists and --force was not given, 5 when nothing fits the flags. */
export async function runExport({ flags, store, bar }: DataContext): Promise<Report> {
  const wanted = readSeriesFlags(flags);
  const format = readWord('format', flags.text('format') ?? 'csv', EXPORT_FORMATS);
  const range = readRange(flags);
  const out = flags.text('out') ?? '.';
  const keys = storedSeries(store.root).filter((key) => matches(wanted, key));
  if (keys.length === 0) {
    throw new CliFailure(EXIT.notFound, `no such series is stored in ${store.root}`, {
      mend: 'perpetua data list',
    });
  }
  const isPacked = flags.is('gzip') && format === 'csv';
  const paths = keys.map((key) => join(out, `${exportName(key, format)}${isPacked ? '.gz' : ''}`));
  const existing = paths.find((path) => existsSync(path));
  if (existing !== undefined && !flags.is('force')) {
    throw new CliFailure(EXIT.refused, `${existing}: exists already`, {
      mend: 'give --force, or another --out',
    });
  }
  mkdirSync(out, { recursive: true });
  const exported: Exported[] = [];
  for (const [at, key] of keys.entries()) {
    bar.show(at, keys.length, formatKey(key));
    const file = paths[at] ?? '';
    exported.push({ key, file, rows: await exportSeries(store, key, file, format, range) });
  }
  bar.clear();
  return report({ files: exported }, () =>
    exported.map(({ file, rows }) => `${file}: ${formatCount(rows)} rows`).join('\n'),
  );
}
