/** Market facts for tests: bars of the sample tape, hand-made series, snapshots around them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { Candle, CandleSeries } from '../../../domain/market/candles.ts';
import type { MarketFacts, MarketSnapshot } from '../../../domain/market/snapshot.ts';
import { marketSnapshot } from '../../../domain/market/snapshot.ts';

export const MINUTE_MS = 60_000;

export const BTC: AssetSpec = {
  name: 'BTC',
  index: 0,
  szDecimals: 5,
  maxLeverage: 40,
  isDelisted: false,
};

/** `count` real 1-minute bars of an asset from the given row of the sample tape. */
export function sampleBars(from: number, count: number, asset = 'BTC'): CandleSeries {
  const text = gunzipSync(readFileSync(`data/sample/${asset}.1m.csv.gz`)).toString('utf8');
  const rows = text.split('\n').slice(1 + from, 1 + from + count);
  const columns = rows.map((row) => row.split(',').map(Number));
  const column = (index: number) => columns.map((row) => row[index] ?? Number.NaN);
  return {
    asset,
    intervalMs: MINUTE_MS,
    openTimeMs: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volumeBase: column(5),
  };
}

/** Minute bars that open at the close before them and reach `reach` beyond both ends. */
export function barsFromCloses(closes: readonly number[], reach = 0): CandleSeries {
  const open = closes.map((close, index) => closes[index - 1] ?? close);
  return {
    asset: 'BTC',
    intervalMs: MINUTE_MS,
    openTimeMs: closes.map((_, index) => index * MINUTE_MS),
    open,
    high: closes.map((close, index) => Math.max(close, open[index] ?? close) + reach),
    low: closes.map((close, index) => Math.min(close, open[index] ?? close) - reach),
    close: closes,
    volumeBase: closes.map(() => 1),
  };
}

/** Facts heard 250 ms after the last bar closed, with the last close as mid and mark price. */
export function factsOf(series: CandleSeries, changes: Partial<MarketFacts> = {}): MarketFacts {
  const asOfMs = (series.openTimeMs.at(-1) ?? 0) + series.intervalMs + 250;
  const price = String(series.close.at(-1) ?? 1);
  return {
    asset: BTC,
    series,
    midPx: price,
    markPx: price,
    receivedAtMs: asOfMs,
    asOfMs,
    ...changes,
  };
}

export function snapshotOf(
  series: CandleSeries,
  changes: Partial<MarketFacts> = {},
): MarketSnapshot {
  const made = marketSnapshot(factsOf(series, changes));
  if (!made.ok) throw new Error(`${made.error.field} ${made.error.value}: ${made.error.rule}`);
  return made.value;
}

export function candleAt(openTimeMs: number, close: number): Candle {
  return { openTimeMs, open: close, high: close, low: close, close, volumeBase: 0 };
}
