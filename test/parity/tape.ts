/**
 * The tape of a parity run: real one-minute candles rounded to the venue's ticks and lots, as the
 * venue itself would have recorded them, written as files that the paper exchange plays, and the same
 * numbers as the columns that a backtest reads.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BacktestMarket } from '../../domain/evolution/backtest/backtest-market.ts';
import { decimalFromFloat, plain } from '../../domain/kernel/decimal.ts';
import { createRng } from '../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { roundSizeDown } from '../../domain/market/asset.ts';
import { aggregateBars } from '../../domain/market/history/aggregate.ts';
import type { FundingSeries, SentimentSeries } from '../../domain/market/side-series.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { VenueAsset, VenueConfig } from '../../domain/matching/contract/venue-config.ts';
import type { SeedInput } from '../../domain/signals/source.ts';
import { shownPrice } from '../../gateways/paper-exchange/feeds/candles.ts';
import { readMeta, SAMPLE_TAPE_DIR } from '../../gateways/paper-exchange/feeds/meta.ts';
import { configOf } from '../../gateways/paper-exchange/start.ts';

export const MINUTE_MS = 60_000;
const COLUMNS = 5;
const OHLC = 4;
const DAY_MS = 24 * HOUR_MS;

type Columns = readonly Float64Array[];

/** One coin's candles: open, high, low, close, volume. */
export interface Candles {
  readonly coin: string;
  readonly timeMs: Float64Array;
  readonly values: Columns;
}

export interface ParityTape {
  readonly dir: string;
  readonly coins: readonly string[];
  readonly candles: readonly Candles[];
  readonly markets: readonly BacktestMarket[];
  readonly marginTables: VenueConfig['marginTables'];
  readonly startMs: number;
  readonly endMs: number;
  /** A made-up index of fear and greed, from three days before. */
  readonly sentiment: SentimentSeries;
  /** What a strategy reads of a coin at an interval. */
  inputOf(coin: string, intervalMs: number): SeedInput;
  close(): void;
}

export interface TapeSource {
  /** A folder of `<COIN>.1m.csv.gz`; the sample data by default. */
  readonly dir?: string;
  readonly coins: readonly string[];
  /**
   * Minutes of it that are used, from the first full hour on; all by default. It must not end with an
   * hour: the exchange pays that hour's funding in its last moment, a backtest before the next bar.
   */
  readonly minutes?: number;
  /** Of the funding rates, which are made up: the sample data has none. */
  readonly fundingSeed: number;
}

function readRows(dir: string, coin: string): number[][] {
  const text = gunzipSync(readFileSync(join(dir, `${coin}.1m.csv.gz`))).toString('utf8');
  const lines = text.trim().split('\n').slice(1);
  const rows = lines.map((line) => line.split(',').map(Number));
  const first = rows.findIndex(([timeMs = 0]) => timeMs % HOUR_MS === 0);
  return rows.slice(first);
}

/** A candle as the venue shows it. */
function onVenueGrid(asset: AssetSpec, values: readonly number[]): number[] {
  const prices = values.slice(0, OHLC).map((value) => Number(shownPrice(asset, value)));
  return [...prices, Number(roundSizeDown(asset, decimalFromFloat(values[OHLC] ?? 0)))];
}

function readCandles(asset: AssetSpec, { dir, minutes }: TapeSource): Candles {
  const rows = readRows(dir ?? SAMPLE_TAPE_DIR, asset.name).slice(0, minutes);
  const onGrid = rows.map(([, ...values]) => onVenueGrid(asset, values));
  return {
    coin: asset.name,
    timeMs: Float64Array.from(rows, ([timeMs]) => timeMs ?? Number.NaN),
    values: Array.from({ length: COLUMNS }, (_, column) =>
      Float64Array.from(onGrid, (row) => row[column] ?? Number.NaN),
    ),
  };
}

/** Rates of every hour: slow waves and noise of the size that the venue publishes. */
function makeFunding(coin: string, seed: number, startMs: number, endMs: number) {
  const rng = createRng(seed + coin.length + coin.charCodeAt(0));
  const rates = new Map<number, string>();
  for (let hour = startMs; hour <= endMs; hour += HOUR_MS) {
    const wave = Math.sin((hour / HOUR_MS) * 0.13) * 4e-5;
    rates.set(hour, plain(decimalFromFloat(wave + (rng.next() - 0.5) * 4e-5).toDecimalPlaces(10)));
  }
  return rates;
}

function writeTape(dir: string, candles: Candles, rates: ReadonlyMap<number, string>): void {
  const { coin, timeMs, values } = candles;
  const rows = Array.from(timeMs, (time, row) =>
    [time, ...values.map((column) => plain(decimalFromFloat(column[row] ?? 0)))].join(','),
  );
  const header = 'time_ms,open,high,low,close,volume';
  writeFileSync(join(dir, `${coin}.1m.csv`), `${[header, ...rows].join('\n')}\n`);
  const funding = [...rates].map(([time, rate]) => `${time},${rate}`);
  writeFileSync(join(dir, `${coin}.funding.csv`), `${['time_ms,rate', ...funding].join('\n')}\n`);
}

const columnsOf = (timeMs: Float64Array, values: Columns) => {
  const [open, high, low, close, volumeBase] = values as unknown as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return { openTimeMs: timeMs, open, high, low, close, volumeBase };
};

const marketOf = (
  asset: VenueAsset,
  { timeMs, values }: Candles,
  fundingRates: ReadonlyMap<number, string>,
): BacktestMarket => ({
  asset,
  intervalMs: MINUTE_MS,
  bars: columnsOf(timeMs, values),
  fundingRates,
});

function fundingSeries(rates: ReadonlyMap<number, string>): FundingSeries {
  return {
    timeMs: Float64Array.from(rates.keys()),
    value: Float64Array.from(rates.values(), Number),
  };
}

/** From fear to greed and back in some days. */
function makeSentiment(startMs: number, endMs: number): SentimentSeries {
  const first = Math.floor(startMs / DAY_MS) - 3;
  const count = Math.ceil(endMs / DAY_MS) - first;
  const days = Array.from({ length: count }, (_, at) => first + at);
  return {
    timeMs: Float64Array.from(days, (day) => day * DAY_MS),
    value: Float64Array.from(days, (day) => Math.round(50 + 40 * Math.sin(day * 1.9))),
  };
}

/** The bars of an interval, made of minutes. */
function barsOf({ coin, timeMs, values }: Candles, intervalMs: number): SeedInput['bars'] {
  const rows =
    intervalMs === MINUTE_MS
      ? { timeMs, values }
      : aggregateBars({ timeMs, values: [...values] }, MINUTE_MS, intervalMs);
  const columns = columnsOf(rows.timeMs, rows.values as Columns);
  return { asset: coin, intervalMs, length: rows.timeMs.length, ...columns };
}

/** Writes the tape into a folder of its own, which `close` removes. */
export function makeTape(source: TapeSource): ParityTape {
  const dir = mkdtempSync(join(tmpdir(), 'perpetua-parity-tape-'));
  const { meta, bytes } = readMeta(SAMPLE_TAPE_DIR);
  writeFileSync(join(dir, 'meta.json'), bytes);
  const { universe, marginTables } = configOf(meta, 1);
  const assets = source.coins.map((coin) => {
    const asset = universe.find(({ name }) => name === coin);
    if (asset === undefined) throw new RangeError(`coin ${coin}: is not listed`);
    return asset;
  });
  const candles = assets.map((asset) => readCandles(asset, source));
  const [first] = candles;
  const startMs = first?.timeMs[0] ?? Number.NaN;
  const endMs = (first?.timeMs.at(-1) ?? Number.NaN) + MINUTE_MS;
  if (endMs % HOUR_MS === 0) {
    throw new RangeError(`minutes ${source.minutes}: must not end an hour`);
  }
  const rates = assets.map(({ name }) => makeFunding(name, source.fundingSeed, startMs, endMs));
  for (const [index, each] of candles.entries()) writeTape(dir, each, rates[index] ?? new Map());
  const sentiment = makeSentiment(startMs, endMs);
  return {
    dir,
    coins: source.coins,
    candles,
    markets: assets.map((asset, index) =>
      marketOf(asset, candles[index] as Candles, rates[index] ?? new Map()),
    ),
    marginTables,
    startMs,
    endMs,
    sentiment,
    inputOf(coin, intervalMs) {
      const index = source.coins.indexOf(coin);
      const others = candles.filter((each) => each.coin !== coin);
      return {
        bars: barsOf(candles[index] as Candles, intervalMs),
        funding: fundingSeries(rates[index] ?? new Map()),
        sentiment,
        others: Object.fromEntries(others.map((each) => [each.coin, barsOf(each, intervalMs)])),
      };
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
