/**
 * What a decision may read beside bars: funding payments and sentiment readings, each stamped with
 * the moment from which it was known. Hyperliquid pays funding every hour.
 */
import type { RuleViolation } from '../kernel/outcome.ts';

export const HOUR_MS = 3_600_000;

/** An index that is published daily says nothing of a market after some days. */
export const SENTIMENT_AGE_MS = 72 * HOUR_MS;

/** Values by the time at which each became known, ascending, on the market's clock. */
export interface TimedSeries {
  readonly timeMs: Float64Array;
  readonly value: Float64Array;
}

/** Funding payments of one asset: fractions of the position's value per hour; positive: longs pay. */
export type FundingSeries = TimedSeries;

/** Readings of a sentiment index from 0 (fear) to 100 (greed). */
export type SentimentSeries = TimedSeries;

/** The first broken rule of a series, or undefined. */
export function checkTimed(field: string, series: TimedSeries): RuleViolation | undefined {
  const { timeMs, value } = series;
  if (timeMs.length !== value.length) {
    const rule = `must have one value per time (${timeMs.length})`;
    return { field, value: `${value.length} values`, rule };
  }
  for (let i = 0; i < timeMs.length; i += 1) {
    if (!Number.isFinite(value[i])) {
      return { field: `${field}[${i}]`, value: `${value[i]}`, rule: 'must be a finite number' };
    }
    if (
      !Number.isSafeInteger(timeMs[i]) ||
      (i > 0 && !((timeMs[i] as number) > (timeMs[i - 1] as number)))
    ) {
      const rule = 'must be whole milliseconds after the value before it';
      return { field: `${field}[${i}]`, value: `${timeMs[i]}`, rule };
    }
  }
  return undefined;
}
