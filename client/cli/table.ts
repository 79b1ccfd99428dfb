/** Aligned text tables: headers, two spaces between columns, numbers to the right. */
import type { Style, Tone } from './style.ts';

export interface Column {
  readonly header: string;
  readonly align?: 'left' | 'right';
}

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

const cellOf = (cell: Cell | string): Cell =>
  typeof cell === 'string' ? { text: cell, tone: 'plain' } : cell;

const pad = (text: string, width: number, align: 'left' | 'right'): string =>
  align === 'right' ? text.padStart(width) : text.padEnd(width);

/** Renders rows under headers; every row has one cell per column. Ends without a line break. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  style: Style,
): string {
  const cells = rows.map((row) => row.map(cellOf));
  const widths = columns.map((column, index) =>
    Math.max(column.header.length, ...cells.map((row) => row[index]?.text.length ?? 0)),
  );
  const line = (row: readonly Cell[]): string =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? { text: '', tone: 'plain' };
        const isLast = index === columns.length - 1;
        const width = isLast && column.align !== 'right' ? 0 : (widths[index] ?? 0);
        return style.paint(cell.tone, pad(cell.text, width, column.align ?? 'left'));
      })
      .join('  ')
      .trimEnd();
  const header = line(columns.map(({ header: text }) => ({ text, tone: 'muted' })));
  return [header, ...cells.map(line)].join('\n');
}

/** Renders `label  value` lines with the values aligned. */
export function renderFields(
  fields: readonly (readonly [label: string, value: Cell | string])[],
  style: Style,
): string {
  const width = Math.max(0, ...fields.map(([label]) => label.length));
  return fields
    .map(([label, value]) => {
      const cell = cellOf(value);
      const name = style.paint('muted', label.padEnd(width));
      return `${name}  ${style.paint(cell.tone, cell.text)}`.trimEnd();
    })
    .join('\n');
}
