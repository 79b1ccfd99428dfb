/** What the store of market data must provide. Implemented by `gateways/candle-store`. */
import type { Rows } from '../../domain/market/history/rows.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';
import type {
  PriceRoom,
  SeriesSummary,
  StoredBars,
  StoredFunding,
  StoredSentiment,
  TimeRange,
} from '../../domain/market/history/stored-bars.ts';
import type { Interval } from '../../domain/market/interval.ts';

export interface BarsWanted {
  /** `candles` when absent. */
  readonly kind?: 'candles' | 'mark' | 'index';
  readonly venue: string;
  readonly asset: string;
  readonly interval: Interval;
}

/** Reading. Nothing is filled: a series that is not stored comes back empty. */
export interface MarketStorePort {
  /** @param room memory that the prices are wanted in; new shared memory when absent */
  loadBars(wanted: BarsWanted, range?: TimeRange, room?: PriceRoom): Promise<StoredBars>;
  loadFunding(venue: string, asset: string, range?: TimeRange): Promise<StoredFunding>;
  loadSentiment(range?: TimeRange): Promise<StoredSentiment>;
  series(): readonly SeriesSummary[];
}

/** Rows from a venue's API, as they are appended. */
export interface FetchedRows {
  readonly key: SeriesKey;
  readonly rows: Rows;
  /** Address of the API: the pages of one address count as one source. */
  readonly source: string;
}

export interface AppendCounts {
  readonly added: number;
  readonly same: number;
  /** Slots that another source had told differently. */
  readonly disagreeing: number;
}

/** Writing what a venue told. Doing it twice changes nothing. */
export interface MarketArchivePort {
  /**
   * From where on a series is incomplete: the row before the first gap among its last `rows`, else the
   * newest row; undefined for a series that is not stored.
   */
  resumeFromMs(key: SeriesKey, rows: number): Promise<number | undefined>;
  append(fetched: FetchedRows): Promise<AppendCounts>;
}
