/**
 * Rows of a series as columns of doubles: times, then the values of the kind. A double holds every
 * millisecond and, by the shortest text that reads back as itself, every price that a venue serves.
 */

export interface Rows {
  /** Milliseconds since 1970, UTC. */
  readonly timeMs: Float64Array;
  readonly values: readonly Float64Array[];
}

export const rowCount = (rows: Rows): number => rows.timeMs.length;

export const makeRows = (count: number, columns: number): Rows => ({
  timeMs: new Float64Array(count),
  values: Array.from({ length: columns }, () => new Float64Array(count)),
});

/** The rows from index `from` up to, but without, `to`: views of the same memory. */
export const sliceRows = (rows: Rows, from: number, to: number): Rows => ({
  timeMs: rows.timeMs.subarray(from, to),
  values: rows.values.map((column) => column.subarray(from, to)),
});

/** The rows at these indices, in their order. */
export function pickRows(rows: Rows, indices: ArrayLike<number>): Rows {
  const pick = (column: Float64Array): Float64Array => {
    const picked = new Float64Array(indices.length);
    for (let i = 0; i < picked.length; i += 1) picked[i] = column[indices[i] as number] as number;
    return picked;
  };
  return { timeMs: pick(rows.timeMs), values: rows.values.map(pick) };
}

/** The values of one row. */
export const valuesAt = (rows: Rows, index: number): readonly number[] =>
  rows.values.map((column) => column[index] as number);

export function sameValues(a: Rows, atA: number, b: Rows, atB: number): boolean {
  for (let column = 0; column < a.values.length; column += 1) {
    const [left, right] = [a.values[column], b.values[column]];
    if (left?.[atA] !== right?.[atB]) return false;
  }
  return true;
}

/** The first index whose time is not before the moment; times ascend. */
export function firstAtOrAfter(timeMs: Float64Array, momentMs: number): number {
  let low = 0;
  let high = timeMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timeMs[middle] as number) < momentMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
