/**
 * Bar intervals by the venue's names. The venue's `1M` is left out: a month has no fixed length, so
 * neither gaps nor annualisation would be defined for it.
 */
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok } from '../kernel/outcome.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds of each interval. Source: the venue's documentation, "Candle snapshot". */
export const INTERVALS_MS = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
} as const;

export type Interval = keyof typeof INTERVALS_MS;

/** Crypto trades around the clock: a year is 365 days everywhere in this system. */
export const YEAR_MS = 365 * DAY_MS;

/** Reads an interval's name. */
export function parseInterval(name: string): Outcome<Interval, RuleViolation> {
  if (Object.hasOwn(INTERVALS_MS, name)) return ok(name as Interval);
  const rule = `must be one of ${Object.keys(INTERVALS_MS).join(', ')}`;
  return err({ field: 'interval', value: name, rule });
}
