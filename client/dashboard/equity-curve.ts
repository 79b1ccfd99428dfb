/**
 * The equity curve in the form in which the page draws it: thinned without hiding extremes, and
 * broken where samples are missing, so that a pause never looks like a straight line of trading.
 */
export interface EquityPoint {
  readonly atMs: number;
  readonly equityUsd: string;
}

/** Parallel columns; `null` in `equityUsd` breaks the line. */
export interface EquityCurve {
  readonly timesMs: readonly number[];
  readonly equityUsd: readonly (number | null)[];
}

/** A pause longer than this many usual steps is a gap. */
const GAP_STEPS = 5;

/**
 * Keeps at most about `limit` points: the first, the last, and of each bucket of equal count its
 * lowest and highest point, in the order of time.
 */
export function thinned(points: readonly EquityPoint[], limit: number): readonly EquityPoint[] {
  if (points.length <= limit) return points;
  const bucketSize = Math.ceil(points.length / Math.max(1, Math.floor(limit / 2)));
  const kept = new Set<EquityPoint>();
  for (let start = 0; start < points.length; start += bucketSize) {
    const bucket = points.slice(start, start + bucketSize);
    const by = (a: EquityPoint, b: EquityPoint): number =>
      Number(a.equityUsd) - Number(b.equityUsd);
    const sorted = bucket.toSorted(by);
    for (const point of [sorted.at(0), sorted.at(-1)]) if (point) kept.add(point);
  }
  for (const point of [points.at(0), points.at(-1)]) if (point) kept.add(point);
  return points.filter((point) => kept.has(point));
}

/** The usual distance of two samples: the median, 0 with fewer than two samples. */
export function usualStepMs(points: readonly EquityPoint[]): number {
  const steps = points
    .slice(1)
    .map((point, index) => point.atMs - (points[index]?.atMs ?? point.atMs))
    .sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** The moments before which a line must not be drawn: the first sample after each gap. */
function afterGaps(points: readonly EquityPoint[]): ReadonlySet<EquityPoint> {
  const gapMs = GAP_STEPS * usualStepMs(points);
  return new Set(
    points.filter((point, i) => i > 0 && point.atMs - (points[i - 1]?.atMs ?? 0) > gapMs),
  );
}

function columnsOf(points: readonly EquityPoint[], breaks: ReadonlySet<EquityPoint>): EquityCurve {
  const timesMs: number[] = [];
  const equityUsd: (number | null)[] = [];
  for (const point of points) {
    if (breaks.has(point)) {
      timesMs.push(point.atMs - 1);
      equityUsd.push(null);
    }
    timesMs.push(point.atMs);
    equityUsd.push(Number(point.equityUsd));
  }
  return { timesMs, equityUsd };
}

/** The whole curve: `points` in the order of time, thinned to about `limit` of them. */
export function curveOf(points: readonly EquityPoint[], limit: number): EquityCurve {
  const breaks = afterGaps(points);
  const kept = new Set([...thinned(points, limit), ...breaks]);
  return columnsOf(
    points.filter((point) => kept.has(point)),
    breaks,
  );
}

/** Samples whose usual step tells whether the next one comes after a gap. */
const STEP_WINDOW = 100;

/** The columns that continue the curve of `before` with the samples of `next`. */
export function continuationOf(
  before: readonly EquityPoint[],
  next: readonly EquityPoint[],
): EquityCurve {
  return columnsOf(next, afterGaps([...before.slice(-STEP_WINDOW), ...next]));
}
