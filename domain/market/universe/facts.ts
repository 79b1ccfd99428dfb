/**
 * What is known of an asset at one moment. Everything but the daily bars may be unknown; what is unknown
 * stays so, and is never guessed from something else.
 */

/** Days that had ended by the moment, ascending. */
export interface DailyBars {
  readonly openTimeMs: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  /** Traded value of each day in USD. */
  readonly volumeUsd: readonly number[];
}

export interface AssetFacts {
  readonly asset: string;
  readonly daily: DailyBars;
  /** Value of the best five levels of both sides, USD. */
  readonly depthUsd?: number;
  /** Best ask less best bid, as a fraction of the mid price. */
  readonly spreadFraction?: number;
  readonly openInterestUsd?: number;
  /** Mean funding of the last days, as a fraction of notional per day; longs pay when positive. */
  readonly fundingPerDay?: number;
  readonly maxLeverage?: number;
  readonly isDelisted?: boolean;
}

export interface UniversePolicy {
  /** Most members. */
  readonly size: number;
  /** Days of bars that an asset needs, and that it is judged by. */
  readonly leastDays: number;
  readonly judgedDays: number;
  /** At these an asset has the full score of its kind. */
  readonly fullDepthUsd: number;
  readonly fullVolumeUsd: number;
  readonly fullOpenInterestUsd: number;
  /** At this spread the score is nothing. */
  readonly widestSpreadFraction: number;
  /** Standard deviation of daily log returns: outside of the band an asset is refused. */
  readonly volatility: { readonly least: number; readonly best: number; readonly most: number };
  /** Funding per day, either way, at which an asset is too costly to hold. */
  readonly mostFundingPerDay: number;
  readonly leastLeverage: number;
  /** No two members are more correlated than this. */
  readonly mostCorrelation: number;
  /** Days that two assets need in common for a correlation. */
  readonly leastCommonDays: number;
  /** What a newcomer's value must have above a member's, so that members do not come and go. */
  readonly churnMargin: number;
}

/** Bounds of the system that this one re-creates, where it had any. */
export const DEFAULT_UNIVERSE: UniversePolicy = {
  size: 20,
  leastDays: 14,
  judgedDays: 30,
  fullDepthUsd: 100_000,
  fullVolumeUsd: 20_000_000,
  fullOpenInterestUsd: 10_000_000,
  widestSpreadFraction: 0.002,
  volatility: { least: 0.01, best: 0.04, most: 0.15 },
  mostFundingPerDay: 0.005,
  leastLeverage: 3,
  mostCorrelation: 0.95,
  leastCommonDays: 10,
  churnMargin: 0.05,
};

const DAY_MS = 86_400_000;

/** The bars that had closed at the moment, the newest `days` of them: the future cannot be seen. */
export function barsAsOf(daily: DailyBars, atMs: number, days: number): DailyBars {
  const closed = daily.openTimeMs.filter((time) => time + DAY_MS <= atMs).length;
  const cut = (column: readonly number[]): readonly number[] =>
    column.slice(Math.max(0, closed - days), closed);
  return {
    openTimeMs: cut(daily.openTimeMs),
    high: cut(daily.high),
    low: cut(daily.low),
    close: cut(daily.close),
    volumeUsd: cut(daily.volumeUsd),
  };
}

/** Daily log returns by the day that they ended on; not over a day that is missing. */
export function dailyReturns({ openTimeMs, close }: DailyBars): ReadonlyMap<number, number> {
  const returns = new Map<number, number>();
  for (let i = 1; i < close.length; i += 1) {
    const time = openTimeMs[i] as number;
    if (time - (openTimeMs[i - 1] as number) !== DAY_MS) continue;
    returns.set(time, Math.log((close[i] as number) / (close[i - 1] as number)));
  }
  return returns;
}
