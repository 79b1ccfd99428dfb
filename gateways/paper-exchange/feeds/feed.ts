/**
 * What the paper exchange asks of a source of market data, whatever it is made of: recorded candles,
 * recorded books and trades, or a live venue. A feed never trades and knows no account.
 *
 * A feed moves in steps, counted from 1. A recorded feed is a pure function of the step, so a
 * journal needs the step alone; what a live feed brought cannot be asked for again, so the journal
 * keeps its moments as they were.
 */
import type { FundingRate, MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import type { Meta } from '../../hyperliquid/wire/info-market.ts';

/** Funding that is due on the hour `timeMs`. */
export interface FundingHour {
  readonly timeMs: number;
  readonly rates: readonly FundingRate[];
}

/** What one step brings: the market's clock, what moved, and the funding that became due. */
export interface Moment {
  readonly timeMs: number;
  readonly updates: readonly MarketUpdate[];
  readonly fundings: readonly FundingHour[];
}

/** A row of funding history: fractions of notional, the time on the hour. */
export interface FundingRow {
  readonly coin: string;
  readonly timeMs: number;
  readonly rate: string;
  readonly premium: string;
}

/** One bar in floats: what candles are made of. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volumeBase: number;
  /** How many trades made it; a recorded candle does not say, so a modelled one counts its steps. */
  readonly trades: number;
}

/** The bars of a coin that can be seen at a step, by their place on the grid of `barMs`. */
export interface SeenBars {
  /** Open time of bar 0, ms. */
  readonly startMs: number;
  readonly barMs: number;
  /** The bar under way; those before it are closed and never change. */
  readonly last: number;
  /** Undefined when nothing is known of it: a gap, or after the last. */
  bar(index: number): Bar | undefined;
}

export interface Feed {
  readonly meta: Meta;
  /** Coins that have a market. */
  readonly coins: readonly string[];
  /** Whether a step can be asked for again; if not, moments must be journalled. */
  readonly isReproducible: boolean;
  /** The step after which nothing follows. */
  readonly lastStep: number;
  /** Names the source: with the same seed and start, the same text brings the same. */
  readonly fingerprint: string;
  /** Minutes of the source that were history at the start. */
  readonly startOffsetMinutes: number;
  /** What was skipped, held or assumed while the feed was opened, for the log. */
  readonly notes: readonly string[];
  /** The market's clock after a step, ms; step 0 is the moment before the first. */
  timeMs(step: number): number;
  moment(step: number): Moment;
  /** The hourly rate that is shown during the hour of a step. */
  fundingRate(coin: string, step: number): string;
  /** Rows with `fromMs <= timeMs <= toMs` up to the step, oldest first. */
  fundingHistory(coin: string, fromMs: number, toMs: number, step: number): FundingRow[];
  bars(coin: string, step: number): SeenBars | undefined;
  /** Why nobody may trade on the feed now; undefined when they may. */
  haltReason(step: number): string | undefined;
  /** Told of each moment that the journal kept, when an exchange finds back to where it was. */
  remember?(step: number, moment: Moment): void;
}

/** A tape cannot be used; the message names file, line and rule. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}

export const HOUR_MS = 3_600_000;

/** The full hours in `(afterMs, untilMs]`, ms. */
export function hoursWithin(afterMs: number, untilMs: number): number[] {
  const hours: number[] = [];
  for (let at = Math.floor(afterMs / HOUR_MS + 1) * HOUR_MS; at <= untilMs; at += HOUR_MS) {
    hours.push(at);
  }
  return hours;
}

/** Index of the last of ascending values that is at most `value`; -1 when there is none. */
export function lastAtMost(
  values: { readonly length: number; readonly [index: number]: number },
  value: number,
): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
