/** Formats whose columns have types: feather and Parquet. */

import type { Rows } from '../../../domain/market/history/rows.ts';
import type { Parquet } from '../parquet.ts';
import { type FileContent, MEANINGS_OF, type Shape, shapeOf, toMs } from './content.ts';
import { openFeather } from './feather/feather.ts';
import { FileRefused, FileSkipped } from './file-error.ts';

/** The shape of a table and the places of its columns. @throws FileRefused, FileSkipped */
function placesOf(names: readonly string[]): { shape: Shape; columns: readonly number[] } {
  const found = shapeOf(names);
  if (found.kind === 'found') return found;
  const shown = names.join(', ');
  if (found.kind === 'other') {
    throw new FileSkipped(`names no columns of candles, funding or sentiment: ${shown}`);
  }
  const at = { row: 0, field: 'columns', value: shown };
  throw new FileRefused('columns', `must also have ${found.missing.join(', ')}`, at);
}

function contentOf(format: string, shape: Shape, columns: readonly Float64Array[]): FileContent {
  const [times = new Float64Array(0), ...values] = columns;
  const rows: Rows = { timeMs: times.map(toMs), values };
  const lines = Uint32Array.from({ length: times.length }, (_, row) => row + 1);
  const fields = ['time', ...MEANINGS_OF[shape]];
  columns.forEach((column, index) => {
    const row = column.findIndex((value) => Number.isNaN(value));
    if (row < 0) return;
    const at = { row: row + 1, field: fields[index] ?? '', value: '' };
    throw new FileRefused('number', 'must be a number', at);
  });
  return { format, shape, raw: { rows, lines }, rowWord: 'row', facts: {}, remarks: [] };
}

/** @throws FileRefused, FileSkipped */
export function readFeather(bytes: Buffer): FileContent {
  const table = openFeather(bytes);
  const { shape, columns } = placesOf(table.names);
  return contentOf(
    'feather',
    shape,
    columns.map((index) => table.column(index)),
  );
}

/** SQL that gives a time column in ms; plain numbers are recognised by their size later. */
function timeExpression(name: string, type: string): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  return /^(TIMESTAMP|DATE)/.test(type) ? `epoch_ms(${column}::timestamp)` : column;
}

/** @throws FileRefused, FileSkipped */
export async function readParquet(parquet: Parquet, path: string): Promise<FileContent> {
  try {
    const { names, types, rows } = await parquet.describe(path);
    const { shape, columns } = placesOf(names);
    const expressions = columns.map((place, index) =>
      index === 0
        ? timeExpression(names[place] ?? '', types[place] ?? '')
        : `"${(names[place] ?? '').replaceAll('"', '""')}"`,
    );
    return contentOf('parquet', shape, await parquet.evaluate(path, expressions, rows));
  } catch (fault) {
    if (fault instanceof FileRefused || fault instanceof FileSkipped) throw fault;
    const [line] = `${(fault as Error).message}`.split('\n');
    throw new FileRefused('unreadable', `is damaged Parquet: ${line}`);
  }
}
