/** Small series for tests of the store's rules. */
import type { Rows } from '../../../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../../../domain/market/history/series.ts';

export const MINUTES: SeriesKey = {
  kind: 'candles',
  venue: 'hyperliquid',
  asset: 'BTC',
  interval: '1m',
};
export const HOURS: SeriesKey = { ...MINUTES, interval: '1h' };
export const FUNDING: SeriesKey = { ...MINUTES, kind: 'funding', interval: '1h' };

/** 2025-03-05 00:00 UTC, a Wednesday. */
export const START_MS = 1_741_132_800_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** `[time, open, high, low, close, volume]` */
export type BarRow = readonly [number, number, number, number, number, number];

/** A bar that moves a little around its price. */
export const barAt = (timeMs: number, price = 100, volume = 5): BarRow => [
  timeMs,
  price,
  price + 1,
  price - 1,
  price + 0.5,
  volume,
];

export const rowsOf = (rows: readonly (readonly number[])[], columns = 5): Rows => ({
  timeMs: Float64Array.from(rows, ([time = 0]) => time),
  values: Array.from({ length: columns }, (_, column) =>
    Float64Array.from(rows, (row) => row[column + 1] ?? 0),
  ),
});

export const rawOf = (rows: readonly (readonly number[])[], columns = 5) => ({
  rows: rowsOf(rows, columns),
  lines: Uint32Array.from(rows, (_, index) => index + 2),
});

export const minutes = (count: number, from = START_MS): BarRow[] =>
  Array.from({ length: count }, (_, index) =>
    barAt(from + index * MINUTE_MS, 100 + (index % 7) / 100),
  );
