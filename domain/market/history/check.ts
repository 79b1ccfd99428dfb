/**
 * The rules that rows must keep to be stored, and what is remarked on rows that keep them. The rules
 * are the same for every format.
 */
import { type Finding, FindingBook, type Refusal } from './finding.ts';
import { historyGaps } from './gaps.ts';
import { settleRows } from './merge.ts';
import { findOutliers } from './outliers.ts';
import { pickRows, type Rows, rowCount, sameValues } from './rows.ts';
import { BAR, isBars, type SeriesKey, seriesIntervalMs, slotOf } from './series.ts';

/** Rows as a file has them, in its order. */
export interface RawRows {
  readonly rows: Rows;
  /** The line or row number in the file of each row. */
  readonly lines: ArrayLike<number>;
}

export interface CheckedRows {
  /** Ascending, each slot once; empty when something was refused. */
  readonly rows: Rows;
  readonly findings: readonly Finding[];
  readonly isRefused: boolean;
  /** Rows that were left out because the user asked for it. */
  readonly leftOut: number;
}

/** Anything before it is no market we know; a time in the wrong unit lies far outside. */
const EARLIEST_MS = Date.UTC(2009, 0, 3);
const LATEST_MS = Date.UTC(2100, 0, 1);
const HOUR_MS = 3_600_000;

interface Broken {
  readonly what: Refusal;
  readonly field: string;
  readonly value: number;
  readonly rule: string;
}

const broken = (what: Refusal, field: string, value: number, rule: string): Broken => ({
  what,
  field,
  value,
  rule,
});

function checkTime(key: SeriesKey, timeMs: number): Broken | undefined {
  if (!Number.isSafeInteger(timeMs) || timeMs < EARLIEST_MS || timeMs >= LATEST_MS) {
    return broken('time', 'time', timeMs, 'must be a moment from 2009 to 2100');
  }
  if (!isBars(key.kind) || timeMs === slotOf(timeMs, seriesIntervalMs(key))) return undefined;
  return broken('grid', 'time', timeMs, `must open on a whole ${key.interval} of UTC`);
}

const isPrice = (price: number): boolean => price > 0 && price < Number.POSITIVE_INFINITY;

/** Called for every bar of every file: nothing is made unless something is wrong. */
function checkBar(rows: Rows, index: number): Broken | undefined {
  const { values } = rows;
  const open = values[BAR.open]?.[index] as number;
  const high = values[BAR.high]?.[index] as number;
  const low = values[BAR.low]?.[index] as number;
  const close = values[BAR.close]?.[index] as number;
  const volume = values[BAR.volume]?.[index] as number;
  if (!(isPrice(open) && isPrice(high) && isPrice(low) && isPrice(close))) {
    const field = (['open', 'high', 'low', 'close'] as const).find(
      (name) => !isPrice(values[BAR[name]]?.[index] as number),
    );
    const value = values[BAR[field ?? 'open']]?.[index] as number;
    return broken('price', field ?? 'open', value, 'must be a finite number above 0');
  }
  if (high < open || high < close) {
    return broken('range', 'high', high, 'must be at least open, close and low');
  }
  if (low > open || low > close) {
    return broken('range', 'low', low, 'must be at most open, close and high');
  }
  if (volume >= 0 && volume < Number.POSITIVE_INFINITY) return undefined;
  return broken('volume', 'volume', volume, 'must be a finite number of at least 0');
}

function checkValue(key: SeriesKey, rows: Rows, index: number): Broken | undefined {
  if (isBars(key.kind)) return checkBar(rows, index);
  const value = rows.values[0]?.[index] as number;
  if (key.kind === 'funding') {
    if (Math.abs(value) < 1) return undefined;
    return broken('rate', 'rate', value, 'must be a fraction between -1 and 1');
  }
  if (value >= 0 && value <= 100) return undefined;
  return broken('value', 'value', value, 'must be from 0 to 100');
}

/** The step between neighbours that occurs most often, or undefined for fewer than two rows. */
export function usualStepMs(timeMs: Float64Array): number | undefined {
  const counts = new Map<number, number>();
  let usual: number | undefined;
  let most = 0;
  for (let i = 1; i < timeMs.length; i += 1) {
    const step = Math.abs((timeMs[i] as number) - (timeMs[i - 1] as number));
    const count = (counts.get(step) ?? 0) + 1;
    counts.set(step, count);
    if (count <= most) continue;
    most = count;
    usual = step;
  }
  return usual;
}

class RowChecker {
  readonly book = new FindingBook();
  readonly #key: SeriesKey;
  readonly #raw: RawRows;
  readonly #mend: boolean;
  isRefused = false;

  constructor(key: SeriesKey, raw: RawRows, mend: boolean) {
    this.#key = key;
    this.#raw = raw;
    this.#mend = mend;
  }

  /** Notes a broken rule; it is mended only where it can be and the user asked for it. */
  fault({ what, field, value, rule }: Broken, index: number, isMendable = true): void {
    const isMended = this.#mend && isMendable;
    if (!isMended) this.isRefused = true;
    this.note(what, isMended ? 'mended' : 'refused', rule, index, field, `${value}`);
  }

  note(
    what: Parameters<FindingBook['add']>[0],
    treatment: Finding['treatment'],
    rule: string,
    index: number,
    field: string,
    value: string,
  ): void {
    this.book.add(what, treatment, rule, { row: this.#raw.lines[index] ?? 0, field, value });
  }

  /** Whether bars come at the pace that the series says. */
  checkPace(): void {
    const { timeMs } = this.#raw.rows;
    const wantedMs = seriesIntervalMs(this.#key);
    const usual = usualStepMs(timeMs);
    if (!isBars(this.#key.kind) || usual === undefined || usual === wantedMs) return;
    // Two rows tell little: a gap of any length may lie between them.
    if (timeMs.length < 4 && usual % wantedMs === 0) return;
    const at = 1 + [...steps(timeMs)].findIndex((step) => Math.abs(step) === usual);
    const rule = `must be ${this.#key.interval} apart (${wantedMs} ms): most rows are ${usual} ms apart`;
    this.fault(broken('interval', 'time', timeMs[at] as number, rule), at, false);
  }

  /** The indices of the rows that may stay, in the file's order. */
  checkRows(): number[] {
    const { rows } = this.#raw;
    const good: number[] = [];
    for (let i = 0; i < rowCount(rows); i += 1) {
      const fault =
        checkTime(this.#key, rows.timeMs[i] as number) ?? checkValue(this.#key, rows, i);
      if (fault) this.fault(fault, i);
      else good.push(i);
    }
    return good;
  }

  /** Rows ascend, or descend all of them; a clock that was set back gives itself away. */
  checkOrder(rows: Rows, indexOf: (at: number) => number): void {
    const { timeMs } = rows;
    const intervalMs = seriesIntervalMs(this.#key);
    const isDescending = timeMs.length > 1 && (timeMs[0] as number) > (timeMs.at(-1) as number);
    const direction = isDescending ? -1 : 1;
    if (isDescending) {
      this.note(
        'newestFirst',
        'kept',
        'rows run from the newest to the oldest',
        indexOf(0),
        '',
        '',
      );
    }
    for (let i = 1; i < timeMs.length; i += 1) {
      const [time, before] = [timeMs[i] as number, timeMs[i - 1] as number];
      const step = (slotOf(time, intervalMs) - slotOf(before, intervalMs)) * direction;
      if (step > 0) continue;
      const isSetBack = intervalMs < HOUR_MS && step === intervalMs - HOUR_MS;
      const isHourTwice =
        intervalMs === HOUR_MS && isAutumnHour(time) && !sameValues(rows, i, rows, i - 1);
      if (isSetBack || (step === 0 && isHourTwice)) {
        const rule = 'must not go back by an hour: times that are set back in autumn are no UTC';
        this.fault(broken('clockChange', 'time', time, rule), indexOf(i), false);
      } else if (step === 0) {
        const rule = 'must occur once: the row before has the same time';
        this.fault(broken('duplicate', 'time', time, rule), indexOf(i));
      } else {
        const rule = `must be ${isDescending ? 'earlier' : 'later'} than the row before`;
        this.fault(broken('order', 'time', time, rule), indexOf(i));
      }
    }
  }

  /** Remarks on rows that are kept. */
  remark(rows: Rows, indexOf: (at: number) => number): void {
    const key = this.#key;
    for (const gap of historyGaps(key, rows.timeMs)) {
      const at = 1 + lastAtOrBefore(rows.timeMs, gap.afterMs + seriesIntervalMs(key) - 1);
      const rule = 'rows are missing before it; they stay missing';
      this.note('gap', 'kept', rule, indexOf(at), 'missing rows', `${gap.missingRows}`);
      if (
        isClockHour(gap.afterMs + seriesIntervalMs(key), gap.missingRows * seriesIntervalMs(key))
      ) {
        const rule =
          'an hour is missing on a Sunday on which clocks are set forward: are times UTC?';
        this.note('clockHour', 'kept', rule, indexOf(at), 'time', `${rows.timeMs[at]}`);
      }
    }
    if (!isBars(key.kind)) return;
    if (key.kind === 'candles') this.#remarkVolume(rows, indexOf);
    for (const { index, field, move } of findOutliers(key, rows)) {
      const rule = `is ${(100 * Math.expm1(move)).toFixed(1)} % away, far more than usual here`;
      const value = `${rows.values[BAR[field]]?.[index]}`;
      this.note('outlier', 'kept', rule, indexOf(index), field, value);
    }
  }

  #remarkVolume(rows: Rows, indexOf: (at: number) => number): void {
    const volume = rows.values[BAR.volume] as Float64Array;
    volume.forEach((value, at) => {
      if (value === 0) this.note('zeroVolume', 'kept', 'nobody traded', indexOf(at), 'volume', '0');
    });
  }
}

function* steps(timeMs: Float64Array): Generator<number> {
  for (let i = 1; i < timeMs.length; i += 1)
    yield (timeMs[i] as number) - (timeMs[i - 1] as number);
}

function lastAtOrBefore(timeMs: Float64Array, momentMs: number): number {
  let at = -1;
  let [low, high] = [0, timeMs.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if ((timeMs[middle] as number) <= momentMs) {
      at = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return at;
}

/** An hour missing on a Sunday in March, early in the day: clocks of the US and of Europe do that. */
function isClockHour(fromMs: number, lengthMs: number): boolean {
  const at = new Date(fromMs);
  const isSpringSunday = at.getUTCDay() === 0 && at.getUTCMonth() === 2;
  return lengthMs === HOUR_MS && isSpringSunday && at.getUTCHours() <= 3;
}

/** Zero has one sign, so that what is equal is equal to the bit. */
function withoutMinusZero(rows: Rows): void {
  for (const column of rows.values) {
    for (let i = 0; i < column.length; i += 1) if (column[i] === 0) column[i] = 0;
  }
}

/** The hour that occurs twice where clocks are set back, on a Sunday in autumn. */
function isAutumnHour(timeMs: number): boolean {
  const at = new Date(timeMs);
  return at.getUTCDay() === 0 && [9, 10].includes(at.getUTCMonth()) && at.getUTCHours() <= 3;
}

/**
 * Checks the rows of one file against the rules of their series.
 * @param mend leaves rows that break a rule out and sorts the rest; without it they refuse the file
 */
export function checkRows(key: SeriesKey, raw: RawRows, mend = false): CheckedRows {
  withoutMinusZero(raw.rows);
  const checker = new RowChecker(key, raw, mend);
  checker.checkPace();
  const good = checker.checkRows();
  const all = rowCount(raw.rows);
  const rows = good.length === all ? raw.rows : pickRows(raw.rows, good);
  const indexOf = (at: number): number => good[at] ?? at;
  checker.checkOrder(rows, indexOf);
  if (checker.isRefused) {
    return {
      rows: pickRows(raw.rows, []),
      findings: checker.book.all(),
      isRefused: true,
      leftOut: 0,
    };
  }
  const settled = settleRows(key, rows);
  checker.remark(settled.rows, (at) => indexOf(settled.indices[at] ?? at));
  return {
    rows: settled.rows,
    findings: checker.book.all(),
    isRefused: false,
    leftOut: all - rowCount(settled.rows),
  };
}
