/**
 * The store of market data: rows a second from CSV into the store, beside DuckDB's own reading of the
 * same file and beside that plus writing Parquet; and ten years of minutes into shared memory.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createRng } from '../domain/kernel/rng.ts';
import { makeRows, type Rows } from '../domain/market/history/rows.ts';
import type { SeriesKey } from '../domain/market/history/series.ts';
import { csvText } from '../gateways/candle-store/export.ts';
import { importMany } from '../gateways/candle-store/import-many.ts';
import { CandleStore } from '../gateways/candle-store/store.ts';
import { quantile, round } from './statistics.ts';

const KEY: SeriesKey = { kind: 'candles', venue: 'bench', asset: 'BTC', interval: '1m' };
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2016, 0, 1);
/** 2016 to 2025. */
const TEN_YEARS_OF_BARS = (Date.UTC(2026, 0, 1) - START_MS) / MINUTE_MS;
const CSV_BARS = 500_000;
const ROUNDS = 5;

export interface DataResult {
  readonly benchmark: 'data';
  readonly csvImport: {
    readonly rows: number;
    readonly rowsPerSecond: number;
    /** `create table as select * from read_csv(...)`, nothing checked, nothing stored. */
    readonly duckdbReadCsvRowsPerSecond: number;
    /** The same with a Parquet file written, as an import by DuckDB alone would do. */
    readonly duckdbCsvToParquetRowsPerSecond: number;
    /** Of our rows a second to those of DuckDB's CSV to Parquet. */
    readonly ratio: number;
    /** Processor time of all threads for a million rows: it says the same on a busy machine. */
    readonly cpuMsPerMillionRows: { readonly ours: number; readonly duckdbCsvToParquet: number };
  };
  readonly load: {
    readonly bars: number;
    readonly p50Ms: number;
    readonly worstMs: number;
    readonly cpuMs: number;
    readonly barsPerSecond: number;
    readonly aimMs: number;
  };
}

/** A seeded walk in cents with volumes in thousandths. */
function walk(bars: number): Rows {
  const rng = createRng(7);
  const rows = makeRows(bars, 5);
  const [open, high, low, close, volume] = rows.values as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let cents = 4_000_000;
  for (let at = 0; at < bars; at += 1) {
    const next = Math.max(1_000, cents + Math.round((rng.next() - 0.5) * 2_000));
    rows.timeMs[at] = START_MS + at * MINUTE_MS;
    open[at] = cents / 100;
    close[at] = next / 100;
    high[at] = (Math.max(cents, next) + Math.floor(rng.next() * 500)) / 100;
    low[at] = (Math.min(cents, next) - Math.floor(rng.next() * 500)) / 100;
    volume[at] = Math.floor(rng.next() * 1e6) / 1_000;
    cents = next;
  }
  return rows;
}

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startedMs, cpuMs: (user + system) / 1_000 };
}

const median = (taken: readonly Taken[], of: keyof Taken = 'ms'): number =>
  quantile(
    taken.map((one) => one[of]),
    0.5,
  );

async function measureImport(folder: string): Promise<DataResult['csvImport']> {
  const file = join(folder, 'bars.csv');
  writeFileSync(file, csvText(KEY, walk(CSV_BARS)));
  const duckdb = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await duckdb.connect();
  const times = { ours: [] as Taken[], read: [] as Taken[], parquet: [] as Taken[] };
  // In turn, so that the machine's moods meet all of them alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    const store = new CandleStore(join(folder, `store-${round}`));
    times.ours.push(
      await timed(async () => {
        const [report] = await importMany(store, [file], KEY);
        if (report?.counts?.added !== CSV_BARS)
          throw new Error(`not imported: ${JSON.stringify(report)}`);
      }),
    );
    await store.close();
    const from = `read_csv('${file}')`;
    times.read.push(
      await timed(() => connection.run(`create or replace table t as select * from ${from}`)),
    );
    const copy = `copy (select * from ${from}) to '${join(folder, 'x.parquet')}' (compression zstd)`;
    times.parquet.push(await timed(() => connection.run(copy)));
  }
  connection.closeSync();
  duckdb.closeSync();
  const perSecond = (taken: readonly Taken[]): number =>
    round((CSV_BARS / median(taken)) * 1_000, 0);
  const cpu = (taken: readonly Taken[]): number =>
    round((median(taken, 'cpuMs') / CSV_BARS) * 1e6, 0);
  return {
    rows: CSV_BARS,
    rowsPerSecond: perSecond(times.ours),
    duckdbReadCsvRowsPerSecond: perSecond(times.read),
    duckdbCsvToParquetRowsPerSecond: perSecond(times.parquet),
    ratio: round(median(times.parquet) / median(times.ours)),
    cpuMsPerMillionRows: { ours: cpu(times.ours), duckdbCsvToParquet: cpu(times.parquet) },
  };
}

/** A store of ten years of minutes, which `KEY_WANTED` names; returns how many they are. */
export async function fillTenYears(root: string): Promise<number> {
  const store = new CandleStore(root);
  const source = { rank: 'file' as const, name: 'bench', sha256: '0'.repeat(64) };
  await store.write((writer) => writer.append(KEY, walk(TEN_YEARS_OF_BARS), source));
  await store.close();
  return TEN_YEARS_OF_BARS;
}

async function measureLoad(folder: string): Promise<DataResult['load']> {
  const root = join(folder, 'ten-years');
  await fillTenYears(root);
  const times: Taken[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const reader = new CandleStore(root);
    times.push(
      await timed(async () => {
        const { openTimeMs } = await reader.loadBars(KEY_WANTED);
        if (openTimeMs.length !== TEN_YEARS_OF_BARS) throw new Error('bars are missing');
      }),
    );
    await reader.close();
  }
  const p50Ms = median(times);
  return {
    bars: TEN_YEARS_OF_BARS,
    p50Ms: round(p50Ms, 0),
    worstMs: round(Math.max(...times.map(({ ms }) => ms)), 0),
    cpuMs: round(median(times, 'cpuMs'), 0),
    barsPerSecond: round((TEN_YEARS_OF_BARS / p50Ms) * 1_000, 0),
    aimMs: 1_000,
  };
}

export const KEY_WANTED = { venue: KEY.venue, asset: KEY.asset, interval: KEY.interval };

export async function data(): Promise<DataResult> {
  const folder = mkdtempSync(join(tmpdir(), 'perpetua-bench-data-'));
  try {
    return {
      benchmark: 'data',
      csvImport: await measureImport(folder),
      load: await measureLoad(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
