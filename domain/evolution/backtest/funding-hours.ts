/** Pays funding for every full hour that passes while positions are held. */
import { decimalFromFloat, plain } from '../../kernel/decimal.ts';
import { HOUR_MS } from '../../market/side-series.ts';
import { fundingRateFor } from '../../matching/margin/funding-rate.ts';
import type { AccountWatch } from './account-watch.ts';
import type { BacktestMarket } from './backtest-market.ts';
import type { VenueDesk } from './venue-desk.ts';

/** What an hour without a recorded rate pays: that of a premium of 0. */
const BASE_RATE = fundingRateFor('0');

export class FundingHours {
  readonly #rates: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly #desk: VenueDesk;
  readonly #watch: AccountWatch;
  readonly #lastPx: ReadonlyMap<string, number>;
  #paidUntilMs: number;
  /** Hours of a position that were paid at the base rate, for want of a record. */
  hoursAssumed = 0;

  /** @param lastPx the newest price known of each asset, kept up to date by the caller */
  constructor(
    markets: readonly BacktestMarket[],
    desk: VenueDesk,
    watch: AccountWatch,
    lastPx: ReadonlyMap<string, number>,
    startMs: number,
  ) {
    this.#rates = new Map(markets.map(({ asset, fundingRates }) => [asset.name, fundingRates]));
    this.#desk = desk;
    this.#watch = watch;
    this.#lastPx = lastPx;
    this.#paidUntilMs = startMs;
  }

  /** Pays the hours since the last call, up to and including one at `untilMs`. */
  payUntil(untilMs: number): void {
    const firstMs = (Math.floor(this.#paidUntilMs / HOUR_MS) + 1) * HOUR_MS;
    this.#paidUntilMs = Math.max(this.#paidUntilMs, untilMs);
    if (this.#watch.held.length === 0) return;
    for (let hourMs = firstMs; hourMs <= untilMs; hourMs += HOUR_MS) {
      const rates = this.#watch.held.map(({ asset }) => {
        const recorded = this.#rates.get(asset)?.get(hourMs);
        if (recorded === undefined) this.hoursAssumed += 1;
        const oraclePx = plain(decimalFromFloat(this.#lastPx.get(asset) ?? Number.NaN));
        return { coin: asset, rate: recorded ?? BASE_RATE, oraclePx };
      });
      this.#desk.payFunding(hourMs, rates);
    }
  }
}
