/** Bars that benchmarks read from a file of candles. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { BarArrays } from '../domain/market/bar-arrays.ts';

/** A month of real minutes of BTC, which the project ships. */
export const SAMPLE = fileURLToPath(new URL('../data/sample/BTC.1m.csv.gz', import.meta.url));
const MINUTE_MS = 60_000;

/** Minutes of BTC from a compressed file with a heading: time, open, high, low, close, volume. */
export function barsOfFile(path: string): BarArrays {
  const rows = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n').slice(1);
  const table = rows.map((row) => row.split(',').map(Number));
  const column = (index: number): Float64Array =>
    Float64Array.from(table, (row) => row[index] ?? Number.NaN);
  return {
    asset: 'BTC',
    intervalMs: MINUTE_MS,
    length: rows.length,
    openTimeMs: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volumeBase: column(5),
  };
}
