/**
 * Text with columns: with a header that names them, or without one in the orders that are common
 * (time, open, high, low, close, volume and whatever follows, as in Binance's archive).
 */
import { makeRows, type Rows, sliceRows } from '../../../domain/market/history/rows.ts';
import { dateMs, type FileContent, MEANINGS_OF, type Shape, shapeOf, toMs } from './content.ts';
import { FileRefused, FileSkipped, shown } from './file-error.ts';
import { numberFrom } from './number-text.ts';

const [NEWLINE, RETURN, QUOTE] = [10, 13, 34];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const DELIMITERS = [',', ';', '\t'] as const;
/** Columns of a bar file without a header: the time, four prices, the volume. */
const BAR_COLUMNS = 6;
/** Binance's funding archive had no header until 2023: time, hours, rate. */
const FUNDING_COLUMNS = [0, 2];

interface Layout {
  readonly shape: Shape;
  /** Places of the time and of the values. */
  readonly columns: readonly number[];
  readonly fields: number;
  readonly delimiter: number;
  readonly hasHeader: boolean;
}

const isNumberText = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text.trim());

/** What the first line says of the file. @throws FileRefused, FileSkipped */
function layoutOf(firstLine: string): Layout {
  const delimiter = DELIMITERS.find((one) => firstLine.includes(one)) ?? ',';
  const names = firstLine.split(delimiter).map((name) => name.trim());
  const common = { fields: names.length, delimiter: delimiter.charCodeAt(0) };
  const [first = ''] = names;
  const startsWithTime = isNumberText(first) || !Number.isNaN(dateMs(first).timeMs);
  if (startsWithTime && names.slice(1, BAR_COLUMNS).every(isNumberText)) {
    if (names.length >= BAR_COLUMNS) {
      return { ...common, shape: 'bars', columns: [0, 1, 2, 3, 4, 5], hasHeader: false };
    }
    if (names.length === 3) {
      return { ...common, shape: 'funding', columns: FUNDING_COLUMNS, hasHeader: false };
    }
    const rule = `must have ${BAR_COLUMNS} columns or a header that names them`;
    throw new FileRefused('columns', rule, { row: 1, field: 'columns', value: shown(firstLine) });
  }
  const found = shapeOf(names);
  if (found.kind === 'found') {
    return { ...common, shape: found.shape, columns: found.columns, hasHeader: true };
  }
  if (found.kind === 'other') {
    throw new FileSkipped(`names no columns of candles, funding or sentiment: ${shown(firstLine)}`);
  }
  const rule = `must also name ${found.missing.join(', ')}`;
  throw new FileRefused('columns', rule, { row: 1, field: 'header', value: shown(firstLine) });
}

class CsvReader {
  readonly #bytes: Buffer;
  readonly #layout: Layout;
  readonly #rows: Rows;
  readonly #lines: Uint32Array;
  /** Start and end of each field of the line that is read. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #count = 0;
  assumesUtc = false;

  constructor(bytes: Buffer, layout: Layout, mostRows: number) {
    this.#bytes = bytes;
    this.#layout = layout;
    this.#rows = makeRows(mostRows, layout.columns.length - 1);
    this.#lines = new Uint32Array(mostRows);
    this.#starts = new Int32Array(layout.fields);
    this.#ends = new Int32Array(layout.fields);
  }

  read(from: number, firstLine: number): void {
    const bytes = this.#bytes;
    let line = firstLine;
    for (let start = from; start < bytes.length; line += 1) {
      const newline = bytes.indexOf(NEWLINE, start);
      const next = newline < 0 ? bytes.length : newline + 1;
      let end = newline < 0 ? bytes.length : newline;
      if (end > start && bytes[end - 1] === RETURN) end -= 1;
      if (end > start) this.#readLine(start, end, line);
      start = next;
    }
  }

  taken(): { rows: Rows; lines: Uint32Array } {
    const rows = sliceRows(this.#rows, 0, this.#count);
    return { rows, lines: this.#lines.subarray(0, this.#count) };
  }

  #readLine(start: number, end: number, line: number): void {
    this.#split(start, end, line);
    const { columns, shape } = this.#layout;
    const at = this.#count;
    this.#rows.timeMs[at] = this.#time(columns[0] as number, line);
    for (let column = 1; column < columns.length; column += 1) {
      const place = columns[column] as number;
      const value = numberFrom(
        this.#bytes,
        this.#starts[place] as number,
        this.#ends[place] as number,
      );
      if (Number.isNaN(value)) {
        throw this.#refused(
          line,
          MEANINGS_OF[shape][column - 1] as string,
          place,
          'must be a number',
        );
      }
      const target = this.#rows.values[column - 1];
      if (target) target[at] = value;
    }
    this.#lines[at] = line;
    this.#count += 1;
  }

  #split(start: number, end: number, line: number): void {
    const { delimiter, fields } = this.#layout;
    let field = 0;
    let from = start;
    for (let at = start; at <= end; at += 1) {
      if (at < end && this.#bytes[at] !== delimiter) continue;
      if (field < fields) {
        this.#starts[field] = from;
        this.#ends[field] = at;
        this.#unquote(field);
      }
      field += 1;
      from = at + 1;
    }
    if (field === fields) return;
    const text = this.#bytes.toString('utf8', start, end);
    const rule = `must have ${fields} fields like the first line, it has ${field}`;
    throw new FileRefused('columns', rule, { row: line, field: 'line', value: shown(text) });
  }

  #unquote(field: number): void {
    const [from, to] = [this.#starts[field] as number, this.#ends[field] as number];
    if (to - from < 2 || this.#bytes[from] !== QUOTE || this.#bytes[to - 1] !== QUOTE) return;
    this.#starts[field] = from + 1;
    this.#ends[field] = to - 1;
  }

  #time(place: number, line: number): number {
    const [from, to] = [this.#starts[place] as number, this.#ends[place] as number];
    const number = numberFrom(this.#bytes, from, to);
    if (!Number.isNaN(number)) return toMs(number);
    const { timeMs, isZoned } = dateMs(this.#bytes.toString('utf8', from, to));
    if (Number.isNaN(timeMs)) {
      throw this.#refused(line, 'time', place, 'must be a time: a number, or a date in UTC');
    }
    if (!isZoned) this.assumesUtc = true;
    return timeMs;
  }

  #refused(line: number, field: string, place: number, rule: string): FileRefused {
    const text = this.#bytes.toString(
      'utf8',
      this.#starts[place] as number,
      this.#ends[place] as number,
    );
    return new FileRefused('number', rule, { row: line, field, value: shown(text) });
  }
}

function countLines(bytes: Buffer): number {
  let count = 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** @throws FileRefused naming line, field and value; FileSkipped */
export function readCsv(bytes: Buffer): FileContent {
  const hasMark = BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte);
  const from = hasMark ? BYTE_ORDER_MARK.length : 0;
  const newline = bytes.indexOf(NEWLINE, from);
  const end = newline < 0 ? bytes.length : newline;
  const firstLine = bytes.toString('utf8', from, end).trimEnd();
  if (firstLine === '')
    throw new FileRefused('unreadable', 'is empty, or begins with an empty line');
  const layout = layoutOf(firstLine);
  const reader = new CsvReader(bytes, layout, countLines(bytes));
  if (layout.hasHeader) reader.read(end + 1, 2);
  else reader.read(from, 1);
  return {
    format: 'csv',
    shape: layout.shape,
    raw: reader.taken(),
    rowWord: 'line',
    facts: {},
    remarks: reader.assumesUtc ? ['assumedUtc'] : [],
  };
}
