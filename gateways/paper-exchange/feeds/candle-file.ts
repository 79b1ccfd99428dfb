/**
 * Files of candles: `<COIN>.<interval>.csv[.gz]` with the header `time_ms,open,high,low,close,volume`
 * (open times in ms, ascending, on the grid of the interval; volume in units of the base asset). A
 * name without an interval takes it from the rows. Bars are at most an hour long, since funding is
 * hourly.
 *
 * Missing rows are kept as missing, held at the last close, and noted. A wrong row is refused: a
 * price that is silently left out would change what every strategy sees.
 */
import { createHash } from 'node:crypto';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import { HOUR_MS, TapeError } from './feed.ts';
import { csvRows, type TapeFile } from './tape-file.ts';

/** One market's candles as columns over a grid without holes. */
export interface CandleSeries {
  readonly startMs: number;
  readonly barMs: number;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volumeBase: Float64Array;
  /** 1 where the file had no row: the prices there are the last close. */
  readonly isMissing: Uint8Array;
  readonly missing: number;
}

export const CANDLE_COLUMNS = ['time_ms', 'open', 'high', 'low', 'close', 'volume'] as const;

type Row = readonly [timeMs: number, o: number, h: number, l: number, c: number, volume: number];

interface Rows {
  readonly rows: readonly Row[];
  readonly lineOf: (row: number) => number;
}

/** A year of missing minutes: more is no gap but two files in one. */
const LONGEST_GAP_BARS = 525_600;

function isCandle([time, open, high, low, close, volume]: Row): boolean {
  const isOrdered = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
  return Number.isSafeInteger(time) && isOrdered && Number.isFinite(high) && volume >= 0;
}

function readRows(file: TapeFile): Rows {
  const rows: Row[] = [];
  const numbers: number[] = [];
  for (const { line, values } of csvRows(file, CANDLE_COLUMNS)) {
    const row = values.map(Number) as unknown as Row;
    if (values.includes('') || !isCandle(row)) {
      throw file.error(line.number, line.text, 'must be a candle');
    }
    const previous = rows.at(-1);
    if (previous && row[0] <= previous[0]) {
      throw file.error(line.number, line.text, 'must be later than the row before');
    }
    rows.push(row);
    numbers.push(line.number);
  }
  if (rows.length === 0) throw new TapeError(`${file.path}: must hold at least one candle`);
  return { rows, lineOf: (row) => numbers[row] ?? 0 };
}

/** The interval that the name says, else the least distance of two rows. */
function barLength(file: TapeFile, rows: readonly Row[]): number {
  const named = file.name.split('.').find((part) => Object.hasOwn(INTERVALS_MS, part));
  let barMs = named ? INTERVALS_MS[named as Interval] : Number.POSITIVE_INFINITY;
  if (!named) {
    rows.forEach(([time], index) => {
      const before = rows[index - 1];
      if (before) barMs = Math.min(barMs, time - before[0]);
    });
  }
  if (Object.values<number>(INTERVALS_MS).includes(barMs) && barMs <= HOUR_MS) return barMs;
  throw new TapeError(`${file.path}: bars of ${barMs} ms: must be 1m, 3m, 5m, 15m, 30m or 1h`);
}

/** Files that were read already, by their content and name: a process opens the same tape often. */
const known = new Map<string, CandleSeries>();
const MOST_KNOWN = 16;

/** Never changed by its readers. @throws TapeError naming file and line. */
export function readCandles(file: TapeFile): CandleSeries {
  const key = createHash('sha256').update(file.name).update(file.bytes).digest('base64');
  const series = known.get(key) ?? parseCandles(file);
  known.delete(key);
  known.set(key, series);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return series;
}

function parseCandles(file: TapeFile): CandleSeries {
  const { rows, lineOf } = readRows(file);
  const barMs = barLength(file, rows);
  const startMs = rows[0]?.[0] ?? 0;
  const length = Math.floor(((rows.at(-1)?.[0] ?? startMs) - startMs) / barMs) + 1;
  if (length - rows.length > LONGEST_GAP_BARS) {
    throw new TapeError(`${file.path}: misses ${length - rows.length} bars: cut it into two tapes`);
  }
  const columns = [1, 2, 3, 4, 5].map(() => new Float64Array(length));
  const isMissing = new Uint8Array(length).fill(1);
  rows.forEach((row, place) => {
    const index = (row[0] - startMs) / barMs;
    if (row[0] % barMs !== 0 || !Number.isInteger(index)) {
      throw file.error(lineOf(place), row.join(','), `must open on a multiple of ${barMs} ms`);
    }
    isMissing[index] = 0;
    columns.forEach((column, cell) => {
      column[index] = row[cell + 1] ?? Number.NaN;
    });
  });
  const [open, high, low, close, volumeBase] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let index = 1; index < length; index += 1) {
    if (isMissing[index] === 0) continue;
    const held = close[index - 1] ?? Number.NaN;
    for (const column of [open, high, low, close]) column[index] = held;
  }
  const missing = length - rows.length;
  return { startMs, barMs, open, high, low, close, volumeBase, isMissing, missing };
}
