/**
 * Where things lie: `<root>/<kind>/<venue>/<asset>/<interval>/<period>.<hash>.parquet`. A row's key is
 * its day and slot. Days lie together in files of a month for bars below five minutes, of a year for
 * those below an hour, of a decade for all else: a day of minutes is 1,440 rows, and ten years of such
 * files would take ten times as long to open as to read.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkSeriesKey,
  HISTORY_KINDS,
  type SeriesKey,
  seriesIntervalMs,
} from '../../domain/market/history/series.ts';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';

export const seriesFolder = (root: string, { kind, venue, asset, interval }: SeriesKey): string =>
  join(root, kind, venue, encodeURIComponent(asset), interval);

const FIVE_MINUTES_MS = 300_000;
const HOUR_MS = 3_600_000;

/** The period whose file a moment's row lies in: `2025-03`, `2025` or `2020s`. */
export function periodOf(key: SeriesKey, timeMs: number): string {
  const day = new Date(timeMs).toISOString();
  const intervalMs = seriesIntervalMs(key);
  if (intervalMs < FIVE_MINUTES_MS) return day.slice(0, 7);
  return intervalMs < HOUR_MS ? day.slice(0, 4) : `${day.slice(0, 3)}0s`;
}

const foldersIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Every series that has a folder, in the order of their names. */
export function storedSeries(root: string): readonly SeriesKey[] {
  const keys: SeriesKey[] = [];
  for (const kind of HISTORY_KINDS) {
    if (!existsSync(join(root, kind))) continue;
    for (const venue of foldersIn(join(root, kind))) {
      for (const folder of foldersIn(join(root, kind, venue))) {
        const asset = decodeURIComponent(folder);
        const intervals = foldersIn(join(root, kind, venue, folder)) as Interval[];
        for (const interval of Object.keys(INTERVALS_MS) as Interval[]) {
          const key = { kind, venue, asset, interval };
          if (intervals.includes(interval) && checkSeriesKey(key).ok) keys.push(key);
        }
      }
    }
  }
  return keys;
}
