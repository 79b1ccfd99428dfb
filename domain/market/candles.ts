/**
 * Closed bars of one asset as a structure of arrays.
 *
 * Prices and volumes are floats: they are input of indicators only. Money is never computed from
 * them; prices that orders are valued at travel as decimals in the snapshot. Nothing is filled,
 * smoothed or repaired here: bad bars are refused, missing bars are reported.
 */
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok } from '../kernel/outcome.ts';

export interface Candle {
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Traded volume in units of the base asset; 0 for a bar without a trade. */
  readonly volumeBase: number;
}

export interface CandleSeries {
  readonly asset: string;
  readonly intervalMs: number;
  /** Ascending, whole intervals apart; the market's own clock. */
  readonly openTimeMs: readonly number[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volumeBase: readonly number[];
}

/** A hole in a series: how many bars are missing right after the bar that opened at this time. */
export interface CandleGap {
  readonly afterOpenTimeMs: number;
  readonly missingBars: number;
}

const COLUMNS = ['open', 'high', 'low', 'close', 'volumeBase'] as const;

/**
 * Builds a series from ascending candles, leaving out bars that are not closed at `asOfMs` (the
 * market's clock): a decision must never see a bar that can still change.
 */
export function candleSeries(
  asset: string,
  intervalMs: number,
  candles: readonly Candle[],
  asOfMs: number,
): Outcome<CandleSeries, RuleViolation> {
  const closed = candles.filter((candle) => candle.openTimeMs + intervalMs <= asOfMs);
  const series: CandleSeries = {
    asset,
    intervalMs,
    openTimeMs: closed.map((candle) => candle.openTimeMs),
    open: closed.map((candle) => candle.open),
    high: closed.map((candle) => candle.high),
    low: closed.map((candle) => candle.low),
    close: closed.map((candle) => candle.close),
    volumeBase: closed.map((candle) => candle.volumeBase),
  };
  const violation = checkSeries(series);
  return violation ? err(violation) : ok(series);
}

/** The first broken rule of a series, or undefined. An empty series is legal. */
export function checkSeries(series: CandleSeries): RuleViolation | undefined {
  const { intervalMs, openTimeMs } = series;
  if (!Number.isSafeInteger(intervalMs) || intervalMs <= 0) {
    return { field: 'intervalMs', value: `${intervalMs}`, rule: 'must be a whole number above 0' };
  }
  const bars = openTimeMs.length;
  for (const column of COLUMNS) {
    const length = series[column].length;
    if (length !== bars) {
      return { field: column, value: `${length} values`, rule: `must have one per bar (${bars})` };
    }
  }
  for (let i = 0; i < bars; i += 1) {
    const violation = checkTime(series, i) ?? checkBar(series, i);
    if (violation) return violation;
  }
  return undefined;
}

function checkTime(series: CandleSeries, index: number): RuleViolation | undefined {
  const time = series.openTimeMs[index] ?? Number.NaN;
  // Whole intervals after a bar that was checked are whole milliseconds too.
  const step = index === 0 ? Number.NaN : time - (series.openTimeMs[index - 1] ?? Number.NaN);
  if (step > 0 && step % series.intervalMs === 0 && Number.isSafeInteger(time)) return undefined;
  const field = `openTimeMs[${index}]`;
  if (!Number.isSafeInteger(time)) {
    return { field, value: `${time}`, rule: 'must be whole milliseconds' };
  }
  if (index === 0) return undefined;
  const rule = `must be whole intervals of ${series.intervalMs} ms after the bar before it`;
  return { field, value: `${time}`, rule };
}

function checkBar(series: CandleSeries, index: number): RuleViolation | undefined {
  const open = series.open[index] ?? Number.NaN;
  const high = series.high[index] ?? Number.NaN;
  const low = series.low[index] ?? Number.NaN;
  const close = series.close[index] ?? Number.NaN;
  const volume = series.volumeBase[index] ?? Number.NaN;
  const ordered = low > 0 && low <= open && low <= close && high >= open && high >= close;
  // Nearly every bar is good: what is wrong with one is only worded for one that is not.
  if (ordered && Number.isFinite(high) && volume >= 0 && Number.isFinite(volume)) return undefined;
  const at = `bar at ${series.openTimeMs[index]}`;
  if (!ordered || !Number.isFinite(high)) {
    const value = `open ${open}, high ${high}, low ${low}, close ${close}`;
    return { field: at, value, rule: 'needs 0 < low <= open, close <= high, all finite' };
  }
  return { field: `${at}: volume`, value: `${volume}`, rule: 'must be finite and at least 0' };
}

/** Every hole in the series, oldest first. */
export function gapsOf(series: CandleSeries): readonly CandleGap[] {
  const gaps: CandleGap[] = [];
  let before: number | undefined;
  for (const time of series.openTimeMs) {
    if (before !== undefined && time - before > series.intervalMs) {
      const missingBars = Math.round((time - before) / series.intervalMs) - 1;
      gaps.push({ afterOpenTimeMs: before, missingBars });
    }
    before = time;
  }
  return gaps;
}

/** The newest `count` bars; the whole series when it has fewer. */
export function lastBars(series: CandleSeries, count: number): CandleSeries {
  const from = Math.max(0, series.openTimeMs.length - count);
  return sliceBars(series, from, series.openTimeMs.length);
}

/** The bars that open at `fromMs` or later. */
export function barsFrom(series: CandleSeries, fromMs: number): CandleSeries {
  const from = series.openTimeMs.findIndex((time) => time >= fromMs);
  const bars = series.openTimeMs.length;
  return sliceBars(series, from < 0 ? bars : from, bars);
}

/** The bars from index `from` up to, but without, index `to`. */
export function sliceBars(series: CandleSeries, from: number, to: number): CandleSeries {
  return {
    asset: series.asset,
    intervalMs: series.intervalMs,
    openTimeMs: series.openTimeMs.slice(from, to),
    open: series.open.slice(from, to),
    high: series.high.slice(from, to),
    low: series.low.slice(from, to),
    close: series.close.slice(from, to),
    volumeBase: series.volumeBase.slice(from, to),
  };
}
