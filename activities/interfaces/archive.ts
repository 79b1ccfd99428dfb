/** What the archive workflow may ask for. Types over domain, nothing else. */
import type { Interval } from '../../domain/market/interval.ts';

/** One series that is to be kept up to date; `interval` belongs to candles alone. */
export type ArchivedSeries =
  | { readonly kind: 'candles'; readonly asset: string; readonly interval: Interval }
  | { readonly kind: 'funding'; readonly asset: string }
  /** The index of fear and greed, of no asset. */
  | { readonly kind: 'sentiment' };

export interface SeriesArchived {
  readonly series: ArchivedSeries;
  readonly pages: number;
  /** Rows that the venue told, known ones included. */
  readonly told: number;
  readonly added: number;
  /** Slots where another source had told differently. */
  readonly disagreeing: number;
  /** Bars that the venue no longer served when it was asked: they are lost unless a file has them. */
  readonly lostBars: number;
}

export interface ArchiveActivities {
  /** Fetches what is missing and stores it page by page; safe to repeat and to end anywhere. */
  archiveSeries(series: ArchivedSeries): Promise<SeriesArchived>;
}
