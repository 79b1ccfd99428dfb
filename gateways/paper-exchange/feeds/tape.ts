/**
 * The tape: real one-minute candles and the recorded `meta` that the paper market is made of.
 * Prices and volumes are floats here: they drive the modelled market and its candles, and become
 * decimals on the venue's ticks before anything is valued at them. Refuses gaps and bad rows.
 *
 * A directory holds `meta.json` and one `<COIN>.1m.csv.gz` per market
 * (`time_ms,open,high,low,close,volume`, open times in ms, ascending, one minute apart).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Meta, metaSchema } from '../../hyperliquid/wire/info-market.ts';

/** The tape cannot be used; the message names file, line and rule. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}

/** One market's candles as columns, all of the tape's length. */
export interface TapeSeries {
  readonly coin: string;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volumeBase: Float64Array;
}

export interface Tape {
  readonly meta: Meta;
  /** Open time of the first bar, ms. */
  readonly startMs: number;
  readonly bars: number;
  readonly barMs: number;
  readonly series: ReadonlyMap<string, TapeSeries>;
  /** SHA-256 over the files: two tapes are the same when this is the same. */
  readonly fingerprint: string;
}

const BAR_MS = 60_000;
const FILE_SUFFIX = '.1m.csv.gz';
const COLUMNS = ['open', 'high', 'low', 'close', 'volumeBase'] as const;

interface LoadedSeries extends TapeSeries {
  readonly firstMs: number;
}

function parseRows(coin: string, file: string, text: string): LoadedSeries {
  const rows = text.split('\n').slice(1);
  if (rows.at(-1) === '') rows.pop();
  const columns = COLUMNS.map(() => new Float64Array(rows.length));
  const firstMs = Number(rows[0]?.split(',')[0]);
  rows.forEach((row, index) => {
    const [time = Number.NaN, ...values] = row.split(',').map(Number);
    const [open = Number.NaN, high = 0, low = 0, close = Number.NaN, volume = -1] = values;
    const ordered = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
    if (time !== firstMs + index * BAR_MS || !ordered || !(volume >= 0)) {
      throw new TapeError(
        `${file} line ${index + 2} ${JSON.stringify(row)}: must be a candle one minute after the last`,
      );
    }
    columns.forEach((column, position) => {
      column[index] = values[position] ?? 0;
    });
  });
  const [open, high, low, close, volumeBase] = columns;
  if (!open?.length || !high || !low || !close || !volumeBase) {
    throw new TapeError(`${file}: must hold at least one candle`);
  }
  return { coin, firstMs, open, high, low, close, volumeBase };
}

function readMeta(dir: string, bytes: Uint8Array): Meta {
  const path = join(dir, 'meta.json');
  try {
    return metaSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new TapeError(`${path}: must be the answer of the venue to "meta"`, { cause });
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TapeError(`${path}: cannot be read`, { cause });
  }
}

function tapeFiles(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((name) => name.endsWith(FILE_SUFFIX));
    if (names.length > 0) return names.sort();
  } catch {
    // reported below: a directory that cannot be listed holds no tape
  }
  throw new TapeError(`tape ${dir}: must be a directory with files named <COIN>${FILE_SUFFIX}`);
}

/**
 * Reads a tape directory.
 * @throws TapeError when a file is missing, has a gap, or starts or ends unlike the others.
 */
export function loadTape(dir: string): Tape {
  const names = tapeFiles(dir);
  const metaBytes = readFile(join(dir, 'meta.json'));
  const meta = readMeta(dir, metaBytes);
  const hash = sha256.create().update(metaBytes);
  const series = new Map<string, LoadedSeries>();
  for (const name of names) {
    const coin = name.slice(0, -FILE_SUFFIX.length);
    const bytes = readFile(join(dir, name));
    hash.update(bytes);
    if (!meta.universe.some((asset) => asset.name === coin)) {
      throw new TapeError(`${join(dir, name)}: ${coin} must be in meta.json`);
    }
    series.set(coin, parseRows(coin, join(dir, name), gunzipSync(bytes).toString('utf8')));
  }
  const all = [...series.values()];
  const startMs = all[0]?.firstMs ?? 0;
  const bars = all[0]?.open.length ?? 0;
  for (const { coin, firstMs, open } of all) {
    if (firstMs !== startMs || open.length !== bars) {
      throw new TapeError(`tape ${dir}: ${coin} must cover the same minutes as the other markets`);
    }
  }
  return { meta, startMs, bars, barMs: BAR_MS, series, fingerprint: bytesToHex(hash.digest()) };
}
