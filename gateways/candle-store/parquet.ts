/**
 * Parquet by DuckDB: columns of doubles in, columns of doubles out. Times are stored as whole
 * milliseconds, so that any other reader of Parquet understands them.
 */
import type { DuckDBConnection, DuckDBResult, DuckDBVector } from '@duckdb/node-api';
import { DOUBLE, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';

/** Rows of one vector of DuckDB's. */
const CHUNK_ROWS = 2_048;
const THREADS = '2';

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Also for an array of another realm, which `instanceof` would not know. */
const isDoubles = (items: unknown): items is Float64Array =>
  Object.prototype.toString.call(items) === '[object Float64Array]';

/** The memory behind a column of doubles; read value by value should DuckDB's client hide it. */
function doublesOf(vector: DuckDBVector): Float64Array {
  const items: unknown = Reflect.get(vector, 'items');
  if (isDoubles(items)) return items;
  return Float64Array.from({ length: vector.itemCount }, (_, row) => Number(vector.getItem(row)));
}

function fill(vector: DuckDBVector, values: Float64Array): void {
  const items: unknown = Reflect.get(vector, 'items');
  if (isDoubles(items)) items.set(values);
  else for (const [row, value] of values.entries()) vector.setItem(row, value);
  vector.flush();
}

/** Columns of a result whose length is known at most; views of the room that was made for them. */
async function collect(
  result: DuckDBResult,
  room: readonly Float64Array[],
): Promise<Float64Array[]> {
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (let column = 0; column < room.length; column += 1) {
      room[column]?.set(doublesOf(chunk.getColumnVector(column)), rows);
    }
    rows += chunk.rowCount;
  }
  return room.map((column) => column.subarray(0, rows));
}

export const TIME_COLUMN = 'time_ms';
export const SOURCE_COLUMN = 'source';

export class Parquet {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open(): Promise<Parquet> {
    return new Parquet(await DuckDBInstance.create(':memory:', { threads: THREADS }));
  }

  close(): void {
    this.#instance.closeSync();
  }

  /** A connection of its own for each piece of work: a stream ends when its connection is asked anew. */
  async #connected<Value>(work: (connection: DuckDBConnection) => Promise<Value>): Promise<Value> {
    const connection = await this.#instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }

  /** Writes columns of one length; a name ending in `_ms` or called `source` becomes a whole number. */
  write(path: string, names: readonly string[], columns: readonly Float64Array[]): Promise<void> {
    return this.#connected(async (connection) => {
      const quoted = names.map((name) => `"${name}"`);
      const typed = quoted.map((name) => `${name} double`).join(', ');
      await connection.run(`create temp table draft (${typed})`);
      await append(connection, columns);
      const casts = names.map((name, index) => {
        const type = name.endsWith('_ms')
          ? 'bigint'
          : name === SOURCE_COLUMN
            ? 'integer'
            : 'double';
        return `${quoted[index]}::${type} as ${quoted[index]}`;
      });
      const options = 'format parquet, compression zstd';
      await connection.run(
        `copy (select ${casts.join(', ')} from draft) to ${literal(path)} (${options})`,
      );
    });
  }

  /**
   * Reads columns as doubles, file after file, row after row.
   * @param room where they are read to: at least as long as there are rows
   * @param range rows from `fromMs` up to, but without, `toMs`
   */
  async read(
    paths: readonly string[],
    names: readonly string[],
    room: readonly Float64Array[],
    range?: TimeRange,
  ): Promise<readonly Float64Array[]> {
    if (paths.length === 0) return room.map((column) => column.subarray(0, 0));
    const columns = names.map((name) => `"${name}"::double`).join(', ');
    const files = `[${paths.map(literal).join(', ')}]`;
    const sql = `select ${columns} from read_parquet(${files})${range ? within(range) : ''}`;
    return this.#connected(async (connection) => collect(await connection.stream(sql), room));
  }

  /** Names, types and number of rows of any Parquet file. */
  describe(path: string): Promise<{ names: string[]; types: string[]; rows: number }> {
    return this.#connected(async (connection) => {
      const from = `read_parquet(${literal(path)})`;
      const described = await connection.runAndReadAll(`describe select * from ${from}`);
      const counted = await connection.runAndReadAll(`select count(*)::double from ${from}`);
      const rows = described.getRows();
      return {
        names: rows.map(([name]) => `${name}`),
        types: rows.map(([, type]) => `${type}`),
        rows: Number(counted.getRows()[0]?.[0]),
      };
    });
  }

  /** Evaluates expressions over any Parquet file, in the order of its rows; nulls come as NaN. */
  evaluate(
    path: string,
    expressions: readonly string[],
    rows: number,
  ): Promise<readonly Float64Array[]> {
    const columns = expressions.map((one) => `coalesce((${one})::double, 'nan'::double)`);
    const sql = `select ${columns.join(', ')} from read_parquet(${literal(path)})`;
    const room = expressions.map(() => new Float64Array(rows));
    return this.#connected(async (connection) => collect(await connection.stream(sql), room));
  }
}

/** The condition on times; an open end leaves its side out. */
function within({ fromMs, toMs }: TimeRange): string {
  const sides = [
    ...(Number.isFinite(fromMs) ? [`${TIME_COLUMN} >= ${fromMs}`] : []),
    ...(Number.isFinite(toMs) ? [`${TIME_COLUMN} < ${toMs}`] : []),
  ];
  return sides.length === 0 ? '' : ` where ${sides.join(' and ')}`;
}

async function append(
  connection: DuckDBConnection,
  columns: readonly Float64Array[],
): Promise<void> {
  const appender = await connection.createAppender('draft', undefined, 'temp');
  const types = columns.map(() => DOUBLE);
  const rows = columns[0]?.length ?? 0;
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach((column, index) => {
      fill(chunk.getColumnVector(index), column.subarray(from, from + count));
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
