/** What the account pays today: the tier that its volume of the 14 full days before has earned. */
import type { FeeSchedule } from '../../matching/accounts/fee-schedule.ts';
import type { Micro, Rate } from '../../matching/state/fixed-point.ts';

const DAY_MS = 86_400_000;
const TIER_DAYS = 14;

export class FeeRate {
  readonly #cutoffs: readonly number[];
  readonly #takerRates: readonly Rate[];
  /** By day modulo {@link #days}: the day and its volume in millionths of a USD. */
  readonly #days = new Float64Array(TIER_DAYS + 1).fill(Number.NaN);
  readonly #volumes = new Float64Array(TIER_DAYS + 1);
  #day = Number.NaN;
  #rate: Rate = 0;

  constructor({ tiers }: FeeSchedule) {
    // The largest cutoff is 7 billion USD, a safe integer in millionths.
    this.#cutoffs = tiers.map(({ cutoff }) => Number(cutoff));
    this.#takerRates = tiers.map(({ takerRate }) => takerRate);
  }

  /** Forgets every trade. */
  clear(): void {
    this.#days.fill(Number.NaN);
    this.#day = Number.NaN;
  }

  takerOn(atMs: number): Rate {
    const day = Math.floor(atMs / DAY_MS);
    if (day === this.#day) return this.#rate;
    this.#day = day;
    let volume = 0;
    for (let place = 0; place < this.#days.length; place += 1) {
      const traded = this.#days[place] as number;
      if (traded < day && traded >= day - TIER_DAYS) volume += this.#volumes[place] as number;
    }
    const tier = this.#cutoffs.findLastIndex((cutoff) => volume > cutoff);
    this.#rate = this.#takerRates[tier] ?? 0;
    return this.#rate;
  }

  /** Notes a trade. */
  count(atMs: number, usd: Micro): void {
    const day = Math.floor(atMs / DAY_MS);
    const place = day % this.#days.length;
    if (this.#days[place] !== day) {
      this.#days[place] = day;
      this.#volumes[place] = 0;
    }
    this.#volumes[place] = (this.#volumes[place] as number) + usd;
  }
}
