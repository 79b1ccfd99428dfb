/**
 * JSON as it is met: freqtrade's rows of numbers, Binance's and Hyperliquid's answers, recorded
 * exchanges of Hyperliquid (`{source, request, response}`), and alternative.me's index.
 */
import { makeRows } from '../../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../../domain/market/history/series.ts';
import { parseInterval } from '../../../domain/market/interval.ts';
import { columnsByMeaning, type FileContent, MEANINGS_OF, type Shape, toMs } from './content.ts';
import { FileRefused, FileSkipped, shown } from './file-error.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (fault) {
    throw new FileRefused('unreadable', `is no JSON: ${(fault as Error).message}`);
  }
}

/** A number, or text that is one, as venues write prices. */
function numeric(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** Rows from a function that says each cell: the time at 0, then the values. */
function tableOf(
  count: number,
  shape: Shape,
  cell: (row: number, column: number) => unknown,
): FileContent['raw'] {
  const meanings = MEANINGS_OF[shape];
  const rows = makeRows(count, meanings.length);
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column <= meanings.length; column += 1) {
      const value = numeric(cell(row, column));
      const target = column === 0 ? rows.timeMs : rows.values[column - 1];
      if (target === undefined || Number.isNaN(value)) {
        const field = column === 0 ? 'time' : (meanings[column - 1] as string);
        const at = { row: row + 1, field, value: shown(`${cell(row, column)}`) };
        throw new FileRefused('number', 'must be a number', at);
      }
      target[row] = column === 0 ? toMs(value) : value;
    }
  }
  return { rows, lines: Uint32Array.from({ length: count }, (_, row) => row + 1) };
}

const content = (
  shape: Shape,
  raw: FileContent['raw'],
  facts: Partial<SeriesKey> = {},
): FileContent => ({ format: 'json', shape, raw, rowWord: 'row', facts, remarks: [] });

/** `[[time, open, high, low, close, volume, ...], ...]` */
function readArrays(rows: readonly (readonly unknown[])[]): FileContent {
  const short = rows.findIndex((row) => !Array.isArray(row) || row.length < 6);
  if (short >= 0) {
    const at = { row: short + 1, field: 'row', value: shown(JSON.stringify(rows[short])) };
    throw new FileRefused('columns', 'must be a list of time, open, high, low, close, volume', at);
  }
  return content(
    'bars',
    tableOf(rows.length, 'bars', (row, column) => rows[row]?.[column]),
  );
}

/** What Hyperliquid's candles say of themselves: `s` is the coin, `i` the interval. */
function factsIn(rows: readonly Json[]): Partial<SeriesKey> {
  const [{ s, i, coin } = {} as Json] = rows;
  const interval = typeof i === 'string' ? parseInterval(i) : undefined;
  const asset = typeof s === 'string' ? s : coin;
  const isHyperliquid =
    typeof asset === 'string' && (interval !== undefined || 'premium' in (rows[0] ?? {}));
  return {
    ...(typeof asset === 'string' ? { asset } : {}),
    ...(interval?.ok ? { interval: interval.value } : {}),
    ...(isHyperliquid ? { venue: 'hyperliquid' } : {}),
  };
}

function readObjects(rows: readonly Json[]): FileContent {
  const [first = {}] = rows;
  const names = Object.keys(first);
  // Hyperliquid has the open time as `t` and the close time as `T`.
  const visible = names.filter((name) => name !== 'T');
  const known = columnsByMeaning(visible);
  const shape = (['bars', 'funding', 'sentiment'] as const).find(
    (one) => known.has('time') && MEANINGS_OF[one].every((meaning) => known.has(meaning)),
  );
  if (shape === undefined) throw new FileSkipped(`holds no candles, funding or sentiment`);
  const fields = ['time' as const, ...MEANINGS_OF[shape]].map(
    (meaning) => visible[known.get(meaning) ?? -1] ?? '',
  );
  const raw = tableOf(rows.length, shape, (row, column) => rows[row]?.[fields[column] ?? '']);
  return content(shape, raw, shape === 'sentiment' ? {} : factsIn(rows));
}

/** The rows inside whatever wraps them. */
function rowsIn(document: unknown): unknown {
  if (!isObject(document)) return document;
  if ('request' in document && 'response' in document) return document.response;
  return Array.isArray(document.data) ? document.data : document;
}

/** @throws FileRefused, FileSkipped */
export function readJson(bytes: Buffer): FileContent {
  const rows = rowsIn(parse(bytes));
  if (!Array.isArray(rows)) throw new FileSkipped('holds no candles, funding or sentiment');
  if (rows.length === 0) throw new FileSkipped('holds no rows');
  if (rows.every(isObject)) return readObjects(rows);
  const isTable = Array.isArray(rows[0]) && rows[0].length >= 6;
  if (!isTable) throw new FileSkipped('holds no candles, funding or sentiment');
  return readArrays(rows as readonly (readonly unknown[])[]);
}
