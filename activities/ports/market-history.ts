/** What a venue tells of its past, page by page. Implemented by `gateways/hyperliquid`. */
import type { Rows } from '../../domain/market/history/rows.ts';
import type { Interval } from '../../domain/market/interval.ts';

export interface HistoryPage {
  /** Ascending; bars that had closed when they were told. */
  readonly rows: Rows;
  /** Where the next page begins, ms; absent behind the last one. */
  readonly nextMs?: number;
}

export interface MarketHistoryPort {
  /** What its data is stored under: `hyperliquid`; test networks and tapes have names of their own. */
  readonly venue: string;
  /** Address of the API, for provenance. */
  readonly address: string;
  /** The most bars of an interval that it still serves. */
  readonly barsServed: number;
  /** @throws VenueUnreachable, VenueDataCorrupt, RateLimited */
  candles(asset: string, interval: Interval, fromMs: number): Promise<HistoryPage>;
  /** @throws VenueUnreachable, VenueDataCorrupt, RateLimited */
  funding(asset: string, fromMs: number): Promise<HistoryPage>;
}
