/** Series, times and sizes for people. */
import { formatTime } from '../../client/cli/format.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';

const COUNT = new Intl.NumberFormat('en-US');

export const formatCount = (count: number): string => COUNT.format(count);
export const formatBytes = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
export const formatMoment = (timeMs: number | undefined): string =>
  timeMs === undefined ? '' : formatTime(timeMs).replace(/:00Z$/, 'Z');
export const formatKey = ({ kind, venue, asset, interval }: SeriesKey): string =>
  `${kind} ${venue} ${asset} ${interval}`;
