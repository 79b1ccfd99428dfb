/**
 * Bars as kernels read them: one column per field, each in shared memory, so that worker threads see
 * them without a copy. Missing bars are missing: `gaps` says where.
 */
import type { HistoryGap } from './gaps.ts';
import type { SeriesKey } from './series.ts';

/** A stretch of time: from the first moment up to, but without, the second; ms since 1970, UTC. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

interface StoredColumns {
  readonly key: SeriesKey;
  readonly gaps: readonly HistoryGap[];
  /**
   * SHA-256 that follows from times and values alone: equal for equal data, however and wherever it is
   * stored. Results name it, so that a rerun can be checked.
   */
  readonly contentHash: string;
}

export interface StoredBars extends StoredColumns {
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** In units of the base asset; 0 throughout for mark and index prices. */
  readonly volumeBase: Float64Array;
}

/** Columns that prices are read to instead of new ones, given how many bars there are at most. */
export type PriceRoom = (
  bars: number,
) => Readonly<Record<'open' | 'high' | 'low' | 'close', Float64Array>>;

export interface StoredFunding extends StoredColumns {
  /** As the venue stamped it: milliseconds to minutes after its hour. */
  readonly timeMs: Float64Array;
  /** A fraction of notional per payment; longs pay when it is positive. */
  readonly rate: Float64Array;
}

export interface StoredSentiment extends StoredColumns {
  readonly timeMs: Float64Array;
  /** From 0, extreme fear, to 100, extreme greed. */
  readonly value: Float64Array;
}

/** A series at a glance. */
export interface SeriesSummary {
  readonly key: SeriesKey;
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows that lost against another source's. */
  readonly disputed: number;
  readonly sources: number;
  readonly bytes: number;
  readonly contentHash: string;
}
