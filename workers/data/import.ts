/** `perpetua data import`: files and folders into the store, each file whole or not at all. */
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import type { Style } from '../../client/cli/style.ts';
import { renderTable } from '../../client/cli/table.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeFinding, type Finding } from '../../domain/market/history/finding.ts';
import { FORMATS } from '../../gateways/candle-store/formats/read-file.ts';
import type { FileReport, ImportOptions } from '../../gateways/candle-store/import-file.ts';
import { filesUnder, importMany, PathMissing } from '../../gateways/candle-store/import-many.ts';
import type { CommandFlags } from '../command-flags.ts';
import type { DataContext } from './context.ts';
import { readSeriesFlags } from './flags.ts';
import { formatCount, formatMoment } from './show.ts';

function readOptions(flags: CommandFlags): ImportOptions {
  const format = flags.text('format');
  const known = FORMATS.find((one) => one === format);
  if (format !== undefined && known === undefined) {
    const rule = `must be one of ${FORMATS.join(', ')}`;
    throw usageFailure({ field: 'format', value: format, rule });
  }
  const [licence, origin] = [flags.text('licence'), flags.text('origin')];
  return {
    ...readSeriesFlags(flags),
    ...(known === undefined ? {} : { format: known }),
    ...(licence === undefined ? {} : { licence }),
    ...(origin === undefined ? {} : { origin }),
    mend: flags.is('mend'),
    dryRun: flags.is('dry-run'),
  };
}

function findFiles(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) {
    throw usageFailure({
      field: 'paths',
      value: '',
      rule: 'must name at least one file or folder',
    });
  }
  try {
    return filesUnder(paths);
  } catch (fault) {
    if (fault instanceof PathMissing) throw new CliFailure(EXIT.notFound, fault.message);
    throw fault;
  }
}

interface Summary {
  readonly files: number;
  readonly imported: number;
  readonly known: number;
  readonly skipped: number;
  readonly refused: number;
  readonly rows: number;
  readonly added: number;
  readonly disagreeing: number;
  readonly seconds: number;
}

function summarise(reports: readonly FileReport[], seconds: number): Summary {
  const count = (outcome: FileReport['outcome']): number =>
    reports.filter((one) => one.outcome === outcome).length;
  const sum = (of: (one: FileReport) => number): number =>
    reports.reduce((total, one) => total + of(one), 0);
  return {
    files: reports.length,
    imported: count('imported'),
    known: count('known'),
    skipped: count('skipped'),
    refused: count('refused'),
    rows: sum(({ outcome, rows }) => (outcome === 'refused' ? 0 : rows)),
    added: sum(({ counts }) => counts?.added ?? 0),
    disagreeing: sum(({ counts }) => counts?.disagreeing ?? 0),
    seconds: Number(seconds.toFixed(2)),
  };
}

const shortRemarks = (findings: readonly Finding[]): string =>
  findings.map(({ what, count }) => `${formatCount(count)} ${what}`).join(', ');

const COLUMNS = [
  { header: 'file' },
  { header: 'venue' },
  { header: 'asset' },
  { header: 'series' },
  { header: 'rows', align: 'right' },
  { header: 'new', align: 'right' },
  { header: 'disputed', align: 'right' },
  { header: 'from' },
  { header: 'to' },
  { header: 'remarks' },
] as const;

function rowOf({ file, outcome, key, rows, counts, fromMs, toMs, findings }: FileReport): string[] {
  const series = key ? `${key.kind} ${key.interval}` : '';
  const isStored = outcome === 'imported' && counts !== undefined;
  return [
    file.split('/').slice(-3).join('/'),
    key?.venue ?? '',
    key?.asset ?? '',
    series,
    formatCount(rows),
    isStored ? formatCount(counts.added) : outcome === 'known' ? 'known' : '',
    isStored && counts.disagreeing > 0 ? formatCount(counts.disagreeing) : '',
    formatMoment(fromMs),
    formatMoment(toMs),
    shortRemarks(findings),
  ];
}

/** Skipped files by their reason: a folder of recordings is one line. */
function skippedLines(reports: readonly FileReport[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { outcome, reason = '', file } of reports) {
    if (outcome === 'skipped') byReason.set(reason, [...(byReason.get(reason) ?? []), file]);
  }
  return [...byReason].map(([reason, [first = '', ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return `skipped: ${first}${more}: ${reason}`;
  });
}

function textOf(reports: readonly FileReport[], summary: Summary, isDry: boolean) {
  return (style: Style): string => {
    const read = reports.filter(({ outcome }) => outcome === 'imported' || outcome === 'known');
    const refused = reports.filter(({ outcome }) => outcome === 'refused');
    const lines = [
      ...(read.length > 0 ? [renderTable(COLUMNS, read.map(rowOf), style)] : []),
      ...skippedLines(reports).map((line) => style.paint('muted', line)),
      ...refused.flatMap(({ file, findings, rowWord }) =>
        findings
          .filter(({ treatment }) => treatment === 'refused')
          .map(
            (one) => `${style.paint('bad', 'refused')}: ${file}: ${describeFinding(one, rowWord)}`,
          ),
      ),
    ];
    const { imported, known, skipped, rows, added, seconds } = summary;
    const counts = `${imported} imported, ${known} known, ${skipped} skipped, ${refused.length} refused`;
    const stored = isDry ? 'nothing was stored' : `${formatCount(added)} new`;
    return [...lines, `${counts}: ${formatCount(rows)} rows, ${stored}, ${seconds} s`].join('\n');
  };
}

/** Exit code 1 when a file was refused, or when nothing that was named could be used. */
export async function runImport({ flags, store, bar }: DataContext): Promise<Report> {
  const options = readOptions(flags);
  const files = findFiles(flags.words);
  const startedMs = performance.now();
  const reports = await importMany(store, files, options, ({ done, total, rows, file }) =>
    bar.show(done, total, `${formatCount(rows)} rows  ${file}`),
  );
  bar.clear();
  const summary = summarise(reports, (performance.now() - startedMs) / 1_000);
  const isDry = options.dryRun === true;
  const isUseless = summary.imported + summary.known === 0;
  const exit = summary.refused > 0 || isUseless ? EXIT.failed : EXIT.done;
  const document = { ...summary, dryRun: isDry, reports };
  return report(document, textOf(reports, summary, isDry), exit);
}
