/** `perpetua data list`: every stored series at a glance. */
import { type Report, report } from '../../client/cli/report.ts';
import type { Style } from '../../client/cli/style.ts';
import { renderTable } from '../../client/cli/table.ts';
import { isBars, seriesIntervalMs } from '../../domain/market/history/series.ts';
import type { SeriesSummary } from '../../domain/market/history/stored-bars.ts';
import type { Source } from '../../gateways/candle-store/manifest.ts';
import type { DataContext } from './context.ts';
import { matches, readSeriesFlags } from './flags.ts';
import { formatBytes, formatCount, formatKey, formatMoment } from './show.ts';

interface Listed extends SeriesSummary {
  /** Bars that are not there between the first and the last. */
  readonly missing?: number;
  readonly provenance?: readonly Source[];
}

function missingOf({ key, rows, fromMs, toMs }: SeriesSummary): number | undefined {
  if (!isBars(key.kind) || rows === 0) return undefined;
  return (toMs - fromMs) / seriesIntervalMs(key) + 1 - rows;
}

const COLUMNS = [
  { header: 'kind' },
  { header: 'venue' },
  { header: 'asset' },
  { header: 'interval' },
  { header: 'rows', align: 'right' },
  { header: 'from' },
  { header: 'to' },
  { header: 'missing', align: 'right' },
  { header: 'disputed', align: 'right' },
  { header: 'sources', align: 'right' },
  { header: 'size', align: 'right' },
] as const;

const orNothing = (count: number | undefined): string => (count ? formatCount(count) : '');

const rowOf = ({
  key,
  rows,
  fromMs,
  toMs,
  missing,
  disputed,
  sources,
  bytes,
}: Listed): string[] => [
  key.kind,
  key.venue,
  key.asset,
  key.interval,
  formatCount(rows),
  formatMoment(fromMs),
  formatMoment(toMs),
  orNothing(missing),
  orNothing(disputed),
  formatCount(sources),
  formatBytes(bytes),
];

function sourceLines({ key, provenance = [] }: Listed, style: Style): string[] {
  return [
    style.paint('strong', formatKey(key)),
    ...provenance.map(({ name, rank, rows, licence, origin, importedMs, sha256, leftOut }) => {
      const parts = [
        `${formatCount(rows)} rows`,
        formatMoment(importedMs),
        ...(leftOut ? [`${formatCount(leftOut)} rows left out`] : []),
        ...(licence ? [`licence: ${licence}`] : []),
        ...(origin ? [`from ${origin}`] : []),
        ...(sha256 ? [`sha256 ${sha256.slice(0, 12)}`] : []),
      ];
      return `  ${rank} ${name}: ${parts.join(', ')}`;
    }),
  ];
}

export async function runList({ flags, store }: DataContext): Promise<Report> {
  const wanted = readSeriesFlags(flags);
  const withSources = flags.is('sources');
  const series: Listed[] = store
    .series()
    .filter(({ key }) => matches(wanted, key))
    .map((summary) => {
      const missing = missingOf(summary);
      const provenance = withSources ? store.manifest(summary.key)?.sources : undefined;
      return {
        ...summary,
        ...(missing === undefined ? {} : { missing }),
        ...(provenance ? { provenance } : {}),
      };
    });
  return report({ folder: store.root, series }, (style) => {
    if (series.length === 0)
      return `nothing is stored in ${store.root}: perpetua data import --help`;
    const table = renderTable(COLUMNS, series.map(rowOf), style);
    const sources = withSources ? series.flatMap((one) => sourceLines(one, style)) : [];
    const rows = series.reduce((sum, one) => sum + one.rows, 0);
    return [
      table,
      ...sources,
      `${series.length} series, ${formatCount(rows)} rows in ${store.root}`,
    ].join('\n');
  });
}
