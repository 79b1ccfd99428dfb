/**
 * The venue's past: candles, of which it serves the newest 5,000 of an interval, and funding, 500
 * payments a page. Source: the venue's documentation, "Candle snapshot" and "Historical funding rates".
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { HistoryPage, MarketHistoryPort } from '../../activities/ports/market-history.ts';
import { makeRows, type Rows, sliceRows } from '../../domain/market/history/rows.ts';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';
import type { VenueConnection } from './connection.ts';
import { candleSnapshotSchema, fundingHistorySchema } from './wire/info-market.ts';

const BARS_SERVED = 5_000;
const FUNDING_A_PAGE = 500;

/** Rows of values told as text; what is no number is not stored. */
function tableOf(rows: readonly (readonly [timeMs: number, ...values: string[]])[]): Rows {
  const table = makeRows(rows.length, (rows[0]?.length ?? 1) - 1);
  for (const [at, [timeMs, ...values]] of rows.entries()) {
    table.timeMs[at] = timeMs;
    for (const [column, text] of values.entries()) {
      const target = table.values[column];
      if (target) target[at] = Number(text) + 0;
    }
  }
  return table;
}

function refuseUnsorted({ timeMs }: Rows, what: string): void {
  const at = timeMs.findIndex((time, index) => index > 0 && time <= (timeMs[index - 1] as number));
  if (at > 0) throw new VenueDataCorrupt(`${what}: ${timeMs[at]} is not later than the row before`);
}

async function candlePage(
  connection: VenueConnection,
  asset: string,
  interval: Interval,
  fromMs: number,
): Promise<HistoryPage> {
  const req = { coin: asset, interval, startTime: fromMs };
  const told = await connection.info({ type: 'candleSnapshot', req }, candleSnapshotSchema);
  const all = tableOf(told.map(({ t, o, h, l, c, v }) => [t, o, h, l, c, v]));
  refuseUnsorted(all, `candles of ${asset}`);
  const newestMs = all.timeMs.at(-1);
  if (newestMs === undefined) return { rows: makeRows(0, 5) };
  // The newest bar may still change: without another one behind it nobody knows that it has closed.
  const rows = sliceRows(all, 0, all.timeMs.length - 1);
  const isFull = told.length >= BARS_SERVED && newestMs > fromMs;
  return isFull ? { rows, nextMs: newestMs } : { rows };
}

async function fundingPage(
  connection: VenueConnection,
  asset: string,
  fromMs: number,
): Promise<HistoryPage> {
  const question = { type: 'fundingHistory' as const, coin: asset, startTime: fromMs };
  const told = await connection.info(question, fundingHistorySchema);
  const rows = tableOf(told.map(({ time, fundingRate }) => [time, fundingRate]));
  refuseUnsorted(rows, `funding of ${asset}`);
  const newestMs = rows.timeMs.at(-1);
  if (newestMs === undefined) return { rows: makeRows(0, 1) };
  return told.length >= FUNDING_A_PAGE ? { rows, nextMs: newestMs + 1 } : { rows };
}

/** @param venue what its data is stored under */
export const createMarketHistory = (
  connection: VenueConnection,
  venue: string,
): MarketHistoryPort => ({
  venue,
  address: connection.endpoints.url,
  barsServed: BARS_SERVED,
  candles: (asset, interval, fromMs) => candlePage(connection, asset, interval, fromMs),
  funding: (asset, fromMs) => fundingPage(connection, asset, fromMs),
});

/** A bar's length, for whoever counts how long the venue serves it. */
export const servedForMs = (interval: Interval): number => BARS_SERVED * INTERVALS_MS[interval];
