/** Line charts as SVG text: time to the right, one panel, drawn for print and screen alike. */

export interface Line {
  readonly values: ArrayLike<number>;
  /** A CSS class; see the page's style. */
  readonly look: string;
  /** Fills the area between the line and this value. */
  readonly fillTo?: number;
}

export interface Mark {
  readonly timeMs: number;
  readonly value: number;
  readonly look: string;
  /** Triangle up, triangle down or a dot. */
  readonly shape: 'up' | 'down' | 'dot';
  readonly title: string;
}

export interface ChartRequest {
  /** Ascending; one per value of every line. */
  readonly timesMs: ArrayLike<number>;
  readonly lines: readonly Line[];
  readonly marks?: readonly Mark[];
  readonly height: number;
  readonly label: string;
  readonly format: (value: number) => string;
  readonly isLogarithmic?: boolean;
}

const WIDTH = 1000;
const LEFT = 70;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
/** More points than this cannot be seen: each column keeps its lowest and highest value. */
const COLUMNS = WIDTH - LEFT - RIGHT;
const TICKS = 5;
/** Half the width of a label under the time axis. */
const LABEL_HALF = 24;

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

interface Scale {
  x(timeMs: number): number;
  y(value: number): number;
  readonly low: number;
  readonly high: number;
}

function scaleOf({ timesMs, lines, height, isLogarithmic = false }: ChartRequest): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { values } of lines) {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] ?? Number.NaN;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!(high > low))
    [low, high] = [low - Math.abs(low) * 0.01 - 1e-9, high + Math.abs(high) * 0.01 + 1e-9];
  const bend = isLogarithmic && low > 0 ? Math.log : (value: number): number => value;
  const first = timesMs[0] ?? 0;
  const span = Math.max(1, (timesMs[timesMs.length - 1] ?? 0) - first);
  const room = height - TOP - BOTTOM;
  return {
    low,
    high,
    x: (timeMs) => LEFT + ((timeMs - first) / span) * COLUMNS,
    y: (value) => TOP + room * (1 - (bend(value) - bend(low)) / (bend(high) - bend(low))),
  };
}

const point = (x: number, y: number): string => `${x.toFixed(1)},${y.toFixed(1)}`;

/** The line's points; where many fall into one column of pixels, only its extremes. */
function pointsOf(timesMs: ArrayLike<number>, values: ArrayLike<number>, scale: Scale): string[] {
  const count = values.length;
  const perColumn = Math.max(1, Math.floor(count / COLUMNS));
  const points: string[] = [];
  for (let from = 0; from < count; from += perColumn) {
    const to = Math.min(count, from + perColumn);
    let [least, most] = [from, from];
    for (let i = from; i < to; i += 1) {
      if ((values[i] ?? 0) < (values[least] ?? 0)) least = i;
      if ((values[i] ?? 0) > (values[most] ?? 0)) most = i;
    }
    for (const i of [...new Set([Math.min(least, most), Math.max(least, most)])]) {
      points.push(point(scale.x(timesMs[i] ?? 0), scale.y(values[i] ?? Number.NaN)));
    }
  }
  return points;
}

function lineSvg(request: ChartRequest, line: Line, scale: Scale): string {
  const points = pointsOf(request.timesMs, line.values, scale);
  const stroke = `<polyline class="line ${line.look}" points="${points.join(' ')}"/>`;
  if (line.fillTo === undefined || points.length === 0) return stroke;
  const floor = scale.y(Math.min(Math.max(line.fillTo, scale.low), scale.high));
  const ends = [points.at(-1) ?? '', points[0] ?? ''].map((text) =>
    point(Number(text.split(',')[0]), floor),
  );
  return `<polygon class="area ${line.look}" points="${[...points, ...ends].join(' ')}"/>${stroke}`;
}

const SHAPES = {
  up: 'M0,-5L4,3L-4,3Z',
  down: 'M0,5L4,-3L-4,-3Z',
  dot: 'M-2.5,0a2.5,2.5 0 1,0 5,0a2.5,2.5 0 1,0 -5,0',
};

function markSvg({ timeMs, value, look, shape, title }: Mark, scale: Scale): string {
  const place = point(scale.x(timeMs), scale.y(value));
  return `<path class="mark ${look}" d="${SHAPES[shape]}" transform="translate(${place})"><title>${escapeXml(title)}</title></path>`;
}

/** Days, months or years, whichever leaves a handful of labels. */
function timeTicks(firstMs: number, lastMs: number): readonly [number, string][] {
  const days = (lastMs - firstMs) / 86_400_000;
  const stepMonths = Math.max(1, Math.ceil(days / 30.4 / 8));
  const ticks: [number, string][] = [];
  const first = new Date(firstMs);
  if (days < 60) {
    const stepMs = Math.max(1, Math.ceil(days / 8)) * 86_400_000;
    for (let at = Math.ceil(firstMs / stepMs) * stepMs; at <= lastMs; at += stepMs) {
      ticks.push([at, new Date(at).toISOString().slice(5, 10)]);
    }
    return ticks;
  }
  for (let month = 1; ; month += stepMonths) {
    const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month, 1);
    if (at > lastMs) return ticks;
    ticks.push([at, new Date(at).toISOString().slice(0, 7)]);
  }
}

/** Round numbers within the range: multiples of 1, 2 or 5 times a power of ten. */
function valueTicks(low: number, high: number): readonly number[] {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1) ticks.push(n * step);
  return ticks;
}

function gridSvg(request: ChartRequest, scale: Scale): string {
  const { timesMs, height, format } = request;
  const rows = valueTicks(scale.low, scale.high).map((value) => {
    const y = scale.y(value).toFixed(1);
    const text = `<text class="tick" x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end">${escapeXml(format(value))}</text>`;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>${text}`;
  });
  const columns = timeTicks(timesMs[0] ?? 0, timesMs[timesMs.length - 1] ?? 0).map(([at, text]) => {
    const x = scale.x(at);
    // A label in the corner would be cut off.
    const anchor = x > WIDTH - RIGHT - LABEL_HALF ? 'end' : 'middle';
    return `<text class="tick" x="${x.toFixed(1)}" y="${height - 6}" text-anchor="${anchor}">${text}</text>`;
  });
  return rows.join('') + columns.join('');
}

/** One panel as an `<svg>` element that fills the width it is given. */
export function chartSvg(request: ChartRequest): string {
  const scale = scaleOf(request);
  const lines = request.lines.map((line) => lineSvg(request, line, scale)).join('');
  const marks = (request.marks ?? []).map((mark) => markSvg(mark, scale)).join('');
  const { height, label } = request;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(label)}">${gridSvg(request, scale)}${lines}${marks}</svg>`;
}
