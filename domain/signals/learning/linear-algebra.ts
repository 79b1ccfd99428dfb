/** Small dense algebra: standardised samples, ridge regression, principal components. */

/** Mean and deviation of feature columns over a span of samples. */
export interface Scaling {
  readonly mean: Float64Array;
  /** 0 where a feature does not move: it then counts for nothing. */
  readonly inverseDeviation: Float64Array;
}

type Columns = readonly Float64Array[];

export function scalingOf(columns: Columns, from: number, to: number): Scaling {
  const mean = new Float64Array(columns.length);
  const inverseDeviation = new Float64Array(columns.length);
  const count = to - from;
  columns.forEach((values, c) => {
    let sum = 0;
    for (let i = from; i < to; i += 1) sum += values[i] as number;
    const middle = sum / count;
    let squares = 0;
    for (let i = from; i < to; i += 1) squares += ((values[i] as number) - middle) ** 2;
    mean[c] = middle;
    inverseDeviation[c] = squares > 1e-18 * count ? 1 / Math.sqrt(squares / count) : 0;
  });
  return { mean, inverseDeviation };
}

/** One standardised feature of one bar. */
export const scaled = (columns: Columns, scaling: Scaling, c: number, i: number): number =>
  ((columns[c]?.[i] as number) - (scaling.mean[c] as number)) *
  (scaling.inverseDeviation[c] as number);

/** Products of standardised columns summed over the span: a symmetric matrix, row by row. */
export function gramOf(columns: Columns, scaling: Scaling, from: number, to: number): Float64Array {
  const size = columns.length;
  const gram = new Float64Array(size * size);
  const row = new Float64Array(size);
  for (let i = from; i < to; i += 1) {
    for (let c = 0; c < size; c += 1) row[c] = scaled(columns, scaling, c, i);
    for (let a = 0; a < size; a += 1) {
      for (let b = 0; b <= a; b += 1) {
        gram[a * size + b] =
          (gram[a * size + b] as number) + (row[a] as number) * (row[b] as number);
      }
    }
  }
  for (let a = 0; a < size; a += 1) {
    for (let b = a + 1; b < size; b += 1) gram[a * size + b] = gram[b * size + a] as number;
  }
  return gram;
}

/** Solves a symmetric positive definite system by Cholesky's decomposition, in place of its input. */
export function solvePositive(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  for (let a = 0; a < size; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      let sum = matrix[a * size + b] as number;
      for (let c = 0; c < b; c += 1) {
        sum -= (matrix[a * size + c] as number) * (matrix[b * size + c] as number);
      }
      matrix[a * size + b] = a === b ? Math.sqrt(sum) : sum / (matrix[b * size + b] as number);
    }
  }
  for (let a = 0; a < size; a += 1) {
    let sum = right[a] as number;
    for (let c = 0; c < a; c += 1) sum -= (matrix[a * size + c] as number) * (right[c] as number);
    right[a] = sum / (matrix[a * size + a] as number);
  }
  for (let a = size - 1; a >= 0; a -= 1) {
    let sum = right[a] as number;
    for (let c = a + 1; c < size; c += 1) {
      sum -= (matrix[c * size + a] as number) * (right[c] as number);
    }
    right[a] = sum / (matrix[a * size + a] as number);
  }
  return right;
}

const SWEEPS = 8;

/**
 * The `count` leading eigenvectors of a symmetric matrix by cyclic Jacobi rotations (a fixed number
 * of sweeps, so that the same input always gives the same bits), each with its largest part positive.
 * Source: G. Golub, C. Van Loan, Matrix Computations, 4th ed., section 8.5.
 */
export function leadingVectors(matrix: Float64Array, count: number): readonly Float64Array[] {
  const size = Math.round(Math.sqrt(matrix.length));
  const a = Float64Array.from(matrix);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) v[i * size + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let p = 0; p < size - 1; p += 1) {
      for (let q = p + 1; q < size; q += 1) rotate(a, v, size, p, q);
    }
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (one, other) => (a[other * size + other] as number) - (a[one * size + one] as number),
  );
  return order.slice(0, count).map((column) => {
    const vector = Float64Array.from(
      { length: size },
      (_, row) => v[row * size + column] as number,
    );
    const largest = vector.reduce(
      (best, part) => (Math.abs(part) > Math.abs(best) ? part : best),
      0,
    );
    return largest < 0 ? vector.map((part) => -part) : vector;
  });
}

/** One rotation that zeroes the pair (p, q). */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const off = a[p * size + q] as number;
  if (off === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * off);
  const sign = theta < 0 ? -1 : 1;
  const t = sign / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < size; i += 1) turn(a, i * size + p, i * size + q, c, s);
  for (let i = 0; i < size; i += 1) turn(a, p * size + i, q * size + i, c, s);
  for (let i = 0; i < size; i += 1) turn(v, i * size + p, i * size + q, c, s);
}

function turn(values: Float64Array, one: number, other: number, c: number, s: number): void {
  const x = values[one] as number;
  const y = values[other] as number;
  values[one] = c * x - s * y;
  values[other] = s * x + c * y;
}
