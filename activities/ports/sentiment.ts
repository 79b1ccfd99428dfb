/** What the index of fear and greed must provide. Implemented by `gateways/sentiment`. */
import type { SentimentSeries } from '../../domain/market/side-series.ts';

export interface FearGreedDay {
  /** 00:00 UTC of the day that the value is for, ms. */
  readonly timeMs: number;
  /** From 0, extreme fear, to 100, extreme greed. */
  readonly value: number;
}

export interface FearGreedReading {
  /** Ascending, each day once. */
  readonly days: readonly FearGreedDay[];
  /** When it was fetched, on our clock. */
  readonly fetchedMs: number;
  /** The source could not be asked just now: this is what it told last. */
  readonly isStale: boolean;
  /** Why it could not be asked. */
  readonly problem?: string;
}

export interface SentimentPort {
  /** Address of the source, for provenance. */
  readonly address: string;
  /** @throws VenueUnreachable, VenueDataCorrupt when nothing was ever fetched */
  fearGreed(): Promise<FearGreedReading>;
}

/**
 * The readings that are stored, from one time to another (both included), on the market's clock. What
 * is not stored is missing. Implemented by `gateways/candle-store`.
 */
export type SentimentHistory = (fromMs: number, toMs: number) => Promise<SentimentSeries>;
