/** What the index of fear and greed must provide. Implemented by `gateways/sentiment`. */

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
  /** @throws VenueUnreachable, VenueDataCorrupt when nothing was ever fetched */
  fearGreed(): Promise<FearGreedReading>;
}
