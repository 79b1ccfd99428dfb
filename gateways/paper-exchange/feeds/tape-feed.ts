/**
 * A tape as a feed: the markets of its tracks on one line of steps, and the funding of each hour. A
 * pure function of the files, the seed and the step.
 *
 * The funding of an hour is the recorded one when the tape has a row for it, else what the recording
 * heard its venue say (`activeAssetCtx`), else the venue's formula: mark and oracle are the same here,
 * so the premium is 0 and the rate is the interest rate's. During an hour the last known rate is
 * shown: what the hour's end will bring is not looked up ahead.
 */

import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import { fundingRateFor, premiumFor } from '../../../domain/matching/margin/funding-rate.ts';
import type { Meta } from '../../hyperliquid/wire/info-market.ts';
import {
  type Feed,
  type FundingHour,
  type FundingRow,
  HOUR_MS,
  hoursWithin,
  lastAtMost,
  type Moment,
  type SeenBars,
} from './feed.ts';
import type { FundingHistory } from './funding-file.ts';
import type { Track } from './track.ts';

/** With mark and oracle the same there is no premium. */
const FORMULA_RATE = fundingRateFor('0');

export interface TapeParts {
  readonly meta: Meta;
  readonly tracks: readonly Track[];
  readonly funding: ReadonlyMap<string, FundingHistory>;
  /** The part of the tape that is played, ms: what lies before is history. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly fingerprint: string;
  readonly startOffsetMinutes: number;
  readonly notes: readonly string[];
}

export class TapeFeed implements Feed {
  readonly meta: Meta;
  readonly coins: readonly string[];
  readonly isReproducible = true;
  readonly lastStep: number;
  readonly fingerprint: string;
  readonly startOffsetMinutes: number;
  readonly notes: readonly string[];
  readonly #parts: TapeParts;
  readonly #tracks: ReadonlyMap<string, Track>;
  readonly #times: Float64Array;
  #latest: { readonly step: number; readonly moment: Moment } | undefined;

  constructor(parts: TapeParts) {
    this.#parts = parts;
    this.meta = parts.meta;
    this.fingerprint = parts.fingerprint;
    this.startOffsetMinutes = parts.startOffsetMinutes;
    this.notes = parts.notes;
    this.#tracks = new Map(parts.tracks.map((track) => [track.asset.name, track]));
    this.coins = [...this.#tracks.keys()];
    this.#times = joinedTimes(parts);
    this.lastStep = this.#times.length;
  }

  timeMs(step: number): number {
    return step < 1 ? this.#parts.fromMs - 1 : (this.#times[step - 1] ?? this.#parts.toMs);
  }

  moment(step: number): Moment {
    if (this.#latest?.step === step) return this.#latest.moment;
    const timeMs = this.timeMs(step);
    const updates = [...this.#tracks.values()].flatMap((track) => track.updateAt(timeMs) ?? []);
    const hours = hoursWithin(this.timeMs(step - 1) + 1, timeMs + 1);
    const fundings = hours.map((hourMs) => this.#fundingAt(hourMs, timeMs, updates));
    const moment = { timeMs, updates, fundings };
    this.#latest = { step, moment };
    return moment;
  }

  fundingRate(coin: string, step: number): string {
    const timeMs = this.timeMs(step);
    const track = this.#tracks.get(coin);
    const hourMs = Math.floor((timeMs + 1) / HOUR_MS) * HOUR_MS;
    const heard = track?.heardFundingRate?.(timeMs);
    return heard ?? this.#parts.funding.get(coin)?.get(hourMs) ?? FORMULA_RATE;
  }

  fundingHistory(coin: string, fromMs: number, toMs: number, step: number): FundingRow[] {
    const track = this.#tracks.get(coin);
    if (!track) return [];
    const newestMs = Math.min(toMs, this.timeMs(step) + 1);
    return hoursWithin(Math.max(fromMs, track.startMs) - 1, newestMs).map((timeMs) => {
      const rate = this.#rateOf(coin, timeMs);
      return { coin, timeMs, rate, premium: premiumFor(rate) };
    });
  }

  bars(coin: string, step: number): SeenBars | undefined {
    return step < 1 ? undefined : this.#tracks.get(coin)?.bars(this.timeMs(step));
  }

  haltReason(step: number): string | undefined {
    return step >= this.lastStep ? 'the tape has ended' : undefined;
  }

  #rateOf(coin: string, hourMs: number): string {
    const heard = this.#tracks.get(coin)?.heardFundingRate?.(hourMs);
    return this.#parts.funding.get(coin)?.get(hourMs) ?? heard ?? FORMULA_RATE;
  }

  #fundingAt(hourMs: number, timeMs: number, updates: readonly MarketUpdate[]): FundingHour {
    const rates = [...this.#tracks.values()].flatMap((track) => {
      const coin = track.asset.name;
      const moved = updates.find((update) => update.coin === coin);
      const oraclePx = moved?.oraclePx ?? this.#lastOracle(track, timeMs);
      return oraclePx === undefined ? [] : [{ coin, rate: this.#rateOf(coin, hourMs), oraclePx }];
    });
    return { timeMs: hourMs, rates };
  }

  /** The oracle price of a market that stands still at this moment. */
  #lastOracle(track: Track, timeMs: number): string | undefined {
    const place = lastAtMost(this.#times, timeMs);
    for (let at = place; at >= 0; at -= 1) {
      const update = track.updateAt(this.#times[at] ?? Number.NaN);
      if (update) return update.oraclePx;
    }
    return undefined;
  }
}

/** Every moment at which some market moves, ascending, each once. */
function joinedTimes({ tracks, fromMs, toMs }: TapeParts): Float64Array {
  return tracks.map((track) => track.times(fromMs, toMs)).reduce(merged, new Float64Array());
}

function merged(one: Float64Array, other: Float64Array): Float64Array {
  const times = new Float64Array(one.length + other.length);
  let made = 0;
  for (let i = 0, j = 0; i < one.length || j < other.length; made += 1) {
    const a = one[i] ?? Number.POSITIVE_INFINITY;
    const b = other[j] ?? Number.POSITIVE_INFINITY;
    times[made] = Math.min(a, b);
    if (a <= b) i += 1;
    if (b <= a) j += 1;
  }
  return times.slice(0, made);
}
