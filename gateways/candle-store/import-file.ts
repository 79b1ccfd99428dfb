/** One file into the store: read, check, append. Whatever is wrong with it, the store stays as it was. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { checkRows } from '../../domain/market/history/check.ts';
import type { Finding } from '../../domain/market/history/finding.ts';
import { rowCount } from '../../domain/market/history/rows.ts';
import { checkSeriesKey, type SeriesKey } from '../../domain/market/history/series.ts';
import type { Appended } from './append.ts';
import { sha256Of } from './durable-file.ts';
import { FileRefused, FileSkipped } from './formats/file-error.ts';
import { type ReadFile, readFile, skipReason, type Told } from './formats/read-file.ts';
import { type KnownLists, type Provenance, provenanceOf } from './provenance.ts';
import type { CandleStore, StoreWriter } from './store.ts';

export interface ImportOptions extends Told {
  /** Leaves rows that break a rule out, and sorts the rest. */
  readonly mend?: boolean;
  readonly licence?: string;
  readonly origin?: string;
  /** Everything but the writing. */
  readonly dryRun?: boolean;
}

export interface FileReport {
  readonly file: string;
  readonly outcome: 'imported' | 'known' | 'skipped' | 'refused';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly format?: string;
  readonly key?: SeriesKey;
  readonly rows: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly leftOut: number;
  readonly counts?: Appended;
  readonly findings: readonly Finding[];
  readonly rowWord: 'line' | 'row';
  readonly licence?: string;
}

const NOTHING = { rows: 0, leftOut: 0, findings: [], rowWord: 'line' } as const;

const ASSUMED_UTC: Finding = {
  what: 'assumedUtc',
  treatment: 'kept',
  rule: 'dates without a zone were taken for UTC',
  count: 1,
  at: [],
};

function refuseWrongChecksum({ checksum }: Provenance, sha256: string): void {
  if (checksum === undefined || checksum.expected === sha256) return;
  const at = { row: 0, field: 'sha256', value: sha256 };
  throw new FileRefused('unreadable', `must be ${checksum.expected}, says ${checksum.where}`, at);
}

interface Prepared {
  readonly read: ReadFile;
  readonly report: FileReport;
  readonly rows: ReturnType<typeof checkRows>['rows'];
}

/** Reads and checks. @throws FileRefused, FileSkipped */
async function prepare(
  store: CandleStore,
  file: string,
  bytes: Buffer,
  options: ImportOptions,
): Promise<Prepared> {
  const read = await readFile(() => store.parquet(), file, bytes, options);
  const legal = checkSeriesKey(read.key);
  if (!legal.ok) throw new FileRefused('columns', describeViolation(legal.error));
  const { content, key, format } = read;
  const checked = checkRows(key, content.raw, options.mend);
  const remarks = content.remarks.includes('assumedUtc') ? [ASSUMED_UTC] : [];
  const count = rowCount(checked.rows);
  const report: FileReport = {
    file,
    outcome: checked.isRefused ? 'refused' : 'imported',
    format,
    key,
    rows: count,
    ...(count > 0
      ? { fromMs: checked.rows.timeMs[0] ?? 0, toMs: checked.rows.timeMs.at(-1) ?? 0 }
      : {}),
    leftOut: checked.leftOut,
    findings: [...checked.findings, ...remarks],
    rowWord: content.rowWord,
  };
  return { read, report, rows: checked.rows };
}

/**
 * The bytes of a file, wherever they are from.
 * @param file name or address; it is what the report and the provenance call it
 * @throws StoreDamaged and faults of the disk; what is wrong with the file is in the report
 */
export async function importBytes(
  store: CandleStore,
  writer: StoreWriter,
  file: string,
  bytes: Buffer,
  provenance: Provenance,
  options: ImportOptions,
): Promise<FileReport> {
  try {
    const sha256 = sha256Of(bytes);
    refuseWrongChecksum(provenance, sha256);
    const { read, report, rows } = await prepare(store, file, bytes, options);
    const licence = options.licence ?? provenance.licence;
    const full = { ...report, ...(licence === undefined ? {} : { licence }) };
    if (report.outcome === 'refused' || options.dryRun === true) return full;
    if (writer.knows(read.key, sha256)) return { ...full, outcome: 'known' };
    const origin = options.origin ?? provenance.origin;
    const counts = await writer.append(read.key, rows, {
      rank: provenance.isArchive ? 'archive' : 'file',
      name: file,
      sha256,
      bytes: bytes.length,
      format: read.format,
      ...(licence === undefined ? {} : { licence }),
      ...(origin === undefined ? {} : { origin }),
      ...(report.leftOut > 0 ? { leftOut: report.leftOut } : {}),
    });
    return { ...full, counts };
  } catch (fault) {
    if (fault instanceof FileSkipped) {
      return { ...NOTHING, file, outcome: 'skipped', reason: fault.message };
    }
    if (fault instanceof FileRefused) {
      return { ...NOTHING, file, outcome: 'refused', findings: [fault.finding] };
    }
    throw fault;
  }
}

/** A file of this machine. @throws as {@link importBytes} */
export async function importFile(
  store: CandleStore,
  writer: StoreWriter,
  file: string,
  options: ImportOptions,
  lists: KnownLists = new Map(),
): Promise<FileReport> {
  const reason = skipReason(file);
  if (reason !== undefined) return { ...NOTHING, file, outcome: 'skipped', reason };
  const path = resolve(file);
  const provenance = provenanceOf(path, lists);
  return importBytes(store, writer, file, readFileSync(path), provenance, options);
}
