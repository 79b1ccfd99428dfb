/**
 * Feather version 2, which is Arrow's IPC file format: what freqtrade stores its candles in. Flat
 * columns of numbers, timestamps and dates; buffers plain, LZ4 or zstd. Source: the Arrow Columnar
 * Format 1.5, "IPC File Format", Schema.fbs and Message.fbs.
 */
import { zstdDecompressSync } from 'node:zlib';
import { FileRefused } from '../file-error.ts';
import { FlatTable } from './flat-table.ts';
import { decodeLz4Frame } from './lz4.ts';

export const FEATHER_MAGIC = 'ARROW1';

const TYPE = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
};
const LARGE_BINARY = 19;
const LARGE_UTF8 = 20;
const RECORD_BATCH = 3;
const LZ4_FRAME = 0;
const DOUBLE = 2;
/** Milliseconds of a timestamp's unit: seconds, milli-, micro- and nanoseconds. */
const UNIT_MS = [1_000, 1, 1e-3, 1e-6];
const DAY_MS = 86_400_000;

interface Field {
  readonly name: string;
  readonly buffers: number;
  /** Numbers of the data buffer; absent for a column that cannot be one of ours. */
  readonly read?: (data: Buffer, count: number) => Float64Array;
}

export interface FeatherTable {
  readonly names: readonly string[];
  readonly rows: number;
  /** Times are in milliseconds, missing values NaN. @throws FileRefused for a column of no numbers */
  column(index: number): Float64Array;
}

const numbersBy =
  (bytesEach: number, read: (data: Buffer, at: number) => number) =>
  (data: Buffer, count: number): Float64Array =>
    Float64Array.from({ length: count }, (_, row) => read(data, row * bytesEach));

/** Nanoseconds do not fit a double: the integer part is taken while they are whole. */
const timestamps = (unit: number) =>
  numbersBy(8, (data, at) => {
    const ticks = data.readBigInt64LE(at);
    if (unit === 3) return Number(ticks / 1_000_000n);
    return Math.floor(Number(ticks) * (UNIT_MS[unit] ?? 1));
  });

function intReader(type: FlatTable): Field['read'] {
  const bits = type.int(0, 0);
  if (bits === 64) return numbersBy(8, (data, at) => Number(data.readBigInt64LE(at)));
  return bits === 32 ? numbersBy(4, (data, at) => data.readInt32LE(at)) : undefined;
}

function readerOf(kind: number, type: FlatTable): Field['read'] {
  if (kind === TYPE.int) return intReader(type);
  if (kind === TYPE.float) {
    return type.short(0, 0) === DOUBLE
      ? numbersBy(8, (data, at) => data.readDoubleLE(at))
      : numbersBy(4, (data, at) => data.readFloatLE(at));
  }
  if (kind === TYPE.timestamp) return timestamps(type.short(0, 0));
  if (kind === TYPE.date) {
    return type.short(0, 1) === 0
      ? numbersBy(4, (data, at) => data.readInt32LE(at) * DAY_MS)
      : numbersBy(8, (data, at) => Number(data.readBigInt64LE(at)));
  }
  return undefined;
}

function fieldOf(field: FlatTable): Field {
  const name = field.text(0);
  const kind = field.byte(2, 0);
  const type = field.table(3);
  const isDictionary = field.table(4) !== undefined;
  if (field.tables(5).length > 0 || kind > LARGE_UTF8) {
    throw new FileRefused('columns', `column ${name} is nested: must be flat`);
  }
  const isText = [TYPE.binary, TYPE.utf8, LARGE_BINARY, LARGE_UTF8].includes(kind);
  const buffers = kind === TYPE.null ? 0 : isText && !isDictionary ? 3 : 2;
  const read = type === undefined || isDictionary ? undefined : readerOf(kind, type);
  return { name, buffers, ...(read ? { read } : {}) };
}

/** One buffer of a batch, unpacked. */
function unpackBuffer(packed: Buffer, codec: number | undefined): Buffer {
  if (codec === undefined || packed.length === 0) return packed;
  const length = Number(packed.readBigInt64LE(0));
  const content = packed.subarray(8);
  if (length === -1) return content;
  const bytes = codec === LZ4_FRAME ? decodeLz4Frame(content, length) : zstdDecompressSync(content);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

interface Batch {
  readonly rows: number;
  buffer(index: number): Buffer;
}

function batchAt(file: Buffer, offset: number): Batch {
  const isLong = file.readInt32LE(offset) === -1;
  const start = offset + (isLong ? 8 : 4);
  const metaBytes = file.readInt32LE(offset + (isLong ? 4 : 0));
  const message = FlatTable.root(file.subarray(start, start + metaBytes));
  const header = message.table(2);
  if (message.byte(1, 0) !== RECORD_BATCH || header === undefined) throw new Error('no batch');
  const body = file.subarray(start + metaBytes, start + metaBytes + message.long(3, 0));
  const buffers = header.structs(2, 2);
  const codec = header.table(3)?.byte(0, LZ4_FRAME);
  return {
    rows: header.long(0, 0),
    buffer(index) {
      const [at = 0, length = 0] = buffers[index] ?? [];
      const packed = body.subarray(at, at + length);
      if (packed.length !== length) throw new Error('a buffer is cut off');
      return unpackBuffer(packed, codec);
    },
  };
}

function readColumn(
  fields: readonly Field[],
  batches: readonly Batch[],
  index: number,
): Float64Array {
  const field = fields[index];
  if (field?.read === undefined) {
    throw new FileRefused('columns', `column ${field?.name} must hold numbers or times`);
  }
  const first = fields.slice(0, index).reduce((sum, { buffers }) => sum + buffers, 0);
  const column = new Float64Array(batches.reduce((sum, { rows }) => sum + rows, 0));
  let at = 0;
  for (const batch of batches) {
    const values = field.read(batch.buffer(first + 1), batch.rows);
    const validity = batch.buffer(first);
    if (validity.length > 0) {
      values.forEach((_, row) => {
        if ((((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0) values[row] = Number.NaN;
      });
    }
    column.set(values, at);
    at += batch.rows;
  }
  return column;
}

/** @throws FileRefused when the file is damaged, or has columns that are not flat */
export function openFeather(file: Buffer): FeatherTable {
  const guard = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (fault) {
      if (fault instanceof FileRefused) throw fault;
      throw new FileRefused('unreadable', `is damaged feather: ${(fault as Error).message}`);
    }
  };
  return guard(() => {
    if (file.toString('latin1', file.length - 6) !== FEATHER_MAGIC) {
      throw new FileRefused('unreadable', 'is feather that was cut off');
    }
    const footerBytes = file.readInt32LE(file.length - 10);
    const footer = FlatTable.root(file.subarray(file.length - 10 - footerBytes, file.length - 10));
    const fields = footer.table(1)?.tables(1).map(fieldOf) ?? [];
    const batches = footer.structs(3, 3).map(([offset = 0]) => batchAt(file, offset));
    return {
      names: fields.map(({ name }) => name),
      rows: batches.reduce((sum, { rows }) => sum + rows, 0),
      column: (index) => guard(() => readColumn(fields, batches, index)),
    };
  });
}
