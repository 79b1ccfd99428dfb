/** From the bytes of a file to rows and what they are rows of. Formats are told by content, not by name. */
import { basename } from 'node:path';
import { usualStepMs } from '../../../domain/market/history/check.ts';
import { BAR, isBars, type SeriesKey } from '../../../domain/market/history/series.ts';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import type { Parquet } from '../parquet.ts';
import type { FileContent } from './content.ts';
import { readCsv } from './csv.ts';
import { FEATHER_MAGIC } from './feather/feather.ts';
import { FileRefused, FileSkipped } from './file-error.ts';
import { readJson } from './json.ts';
import { assetOfPair, factsFromPath } from './names.ts';
import { readFeather, readParquet } from './tables.ts';
import { unpack } from './unpack.ts';

export const FORMATS = ['csv', 'json', 'feather', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** What the user said about the files; it stands above what they say themselves. */
export interface Told {
  readonly kind?: SeriesKey['kind'];
  readonly venue?: string;
  readonly asset?: string;
  readonly interval?: Interval;
  readonly format?: Format;
}

export interface ReadFile {
  readonly key: SeriesKey;
  readonly content: FileContent;
  /** Of the file as it lies there: `csv.gz`, `csv in zip`. */
  readonly format: string;
}

/** Recordings of books and trades, and lists of files: the store keeps none of them. */
const TAPE = /(^|[/\\])(l2book|orderbooks|prices|trades|ws)_[^/\\]*$/i;
const NO_DATA =
  /\.(md|txt|log|html|pdf|png|jpe?g|checksum|sha256|lock|ya?ml)$|(^|[/\\])SHA256SUMS$/i;

/** Why a path holds nothing for the store, by its name alone. */
export function skipReason(path: string): string | undefined {
  const plain = path.replace(/\.gz$/i, '');
  if (TAPE.test(plain))
    return 'a recording of books or trades: the paper exchange plays it as a tape';
  if (/\.jsonl$/i.test(plain)) return 'a recording of messages, no candles, funding or sentiment';
  return NO_DATA.test(plain) ? 'no data' : undefined;
}

function formatOf(bytes: Buffer): Format {
  const start = bytes.toString('latin1', 0, 6);
  if (start === FEATHER_MAGIC) return 'feather';
  if (start.startsWith('FEA1')) {
    throw new FileRefused('unreadable', 'is feather version 1: write it again as version 2');
  }
  if (start.startsWith('PAR1')) return 'parquet';
  return /^\s*[[{]/.test(bytes.toString('latin1', 0, 64)) ? 'json' : 'csv';
}

async function readContent(
  parquet: () => Promise<Parquet>,
  path: string,
  bytes: Buffer,
  packing: string,
  format: Format,
): Promise<FileContent> {
  if (format === 'feather') return readFeather(bytes);
  if (format === 'json') return readJson(bytes);
  if (format === 'csv') return readCsv(bytes);
  if (packing !== 'none') throw new FileRefused('unreadable', 'is packed Parquet: unpack it first');
  return readParquet(await parquet(), path);
}

/** freqtrade keeps funding in candles, the rate in the place of the open. */
function asFunding(content: FileContent): FileContent {
  if (content.shape !== 'bars') return content;
  const { rows, lines } = content.raw;
  const rate = rows.values[BAR.open] ?? new Float64Array(0);
  return {
    ...content,
    shape: 'funding',
    raw: { rows: { timeMs: rows.timeMs, values: [rate] }, lines },
  };
}

function kindOf(
  shape: FileContent['shape'],
  named: SeriesKey['kind'] | undefined,
): SeriesKey['kind'] {
  if (shape !== 'bars') return shape;
  return named !== undefined && isBars(named) ? named : 'candles';
}

const intervalNamed = (ms: number | undefined): Interval | undefined =>
  (Object.keys(INTERVALS_MS) as Interval[]).find((name) => INTERVALS_MS[name] === ms);

function missing(field: string, rule: string): FileRefused {
  return new FileRefused('columns', `${field}: ${rule}`);
}

function keyOf(path: string, content: FileContent, told: Told): SeriesKey {
  const named = factsFromPath(path);
  const kind = kindOf(content.shape, told.kind ?? named.kind);
  if (kind === 'sentiment') {
    return {
      kind,
      venue: told.venue ?? 'alternative-me',
      asset: told.asset ?? 'BTC',
      interval: '1d',
    };
  }
  const venue = told.venue ?? content.facts.venue ?? named.venue;
  if (venue === undefined) throw missing('venue', 'neither name nor content says it: give --venue');
  const ofPair = named.pair && assetOfPair(named.pair, venue);
  const asset = told.asset ?? content.facts.asset ?? ofPair ?? named.asset;
  if (asset === undefined) throw missing('asset', 'neither name nor content says it: give --asset');
  if (kind === 'funding') return { kind, venue, asset, interval: '1h' };
  const interval =
    told.interval ??
    content.facts.interval ??
    named.interval ??
    intervalNamed(usualStepMs(content.raw.rows.timeMs));
  if (interval !== undefined) return { kind, venue, asset, interval };
  throw missing('interval', 'neither name nor rows say it: give --interval');
}

/** @throws FileRefused, FileSkipped */
export async function readFile(
  parquet: () => Promise<Parquet>,
  path: string,
  fileBytes: Buffer,
  told: Told,
): Promise<ReadFile> {
  if (fileBytes.length === 0) throw new FileRefused('unreadable', 'is empty');
  const { bytes, packing, name } = unpack(basename(path), fileBytes);
  const format = told.format ?? formatOf(bytes);
  const inner = packing === 'zip' ? path.replace(/[^/\\]*$/, name) : path;
  const read = await readContent(parquet, path, bytes, packing, format);
  const isFunding = (told.kind ?? factsFromPath(inner).kind) === 'funding';
  const content = isFunding ? asFunding(read) : read;
  if (content.raw.rows.timeMs.length === 0) throw new FileSkipped('holds no rows');
  const suffix = { none: '', gzip: '.gz', zip: ' in zip' }[packing];
  return { key: keyOf(inner, content, told), content, format: `${format}${suffix}` };
}
