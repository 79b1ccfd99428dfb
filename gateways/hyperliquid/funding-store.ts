/**
 * Funding payments by asset, asked for once and then hour by hour. A payment that the venue has not
 * told yet is missing, never guessed.
 */
import type { FundingSeries } from '../../domain/market/side-series.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { VenueConnection } from './connection.ts';
import { fundingHistorySchema } from './wire/info-market.ts';

/** Rows of one answer at most: a full one has more after it. */
const ROWS_PER_ANSWER = 500;

interface Known {
  readonly rates: Map<number, number>;
  /** Everything from here on was asked for. */
  fromMs: number;
}

export interface FundingStore {
  /**
   * Payments of an asset from one time to another (both included), in order.
   * @throws VenueUnreachable, VenueDataCorrupt
   */
  payments(asset: string, fromMs: number, toMs: number): Promise<FundingSeries>;
}

export function createFundingStore(connection: VenueConnection): FundingStore {
  const known = new Map<string, Known>();

  /** Asks for everything from a time on, answer by answer. */
  async function ask(coin: string, rates: Map<number, number>, fromMs: number): Promise<void> {
    for (let startTime = fromMs; ; ) {
      const request = { type: 'fundingHistory' as const, coin, startTime };
      const rows = await connection.info(request, fundingHistorySchema);
      for (const row of rows) rates.set(row.time, Number(row.fundingRate));
      const last = rows.at(-1)?.time;
      if (rows.length < ROWS_PER_ANSWER || last === undefined) return;
      startTime = last + 1;
    }
  }

  return {
    async payments(asset, fromMs, toMs) {
      const from = Math.max(0, fromMs);
      const store = known.get(asset) ?? { rates: new Map(), fromMs: Number.POSITIVE_INFINITY };
      known.set(asset, store);
      if (from < store.fromMs) {
        await ask(asset, store.rates, from);
        store.fromMs = from;
      }
      const newestMs = Math.max(store.fromMs, ...store.rates.keys());
      // The payment of the hour that began last is due, if it was not told yet.
      if (newestMs < Math.floor(toMs / HOUR_MS) * HOUR_MS)
        await ask(asset, store.rates, newestMs + 1);
      const times = [...store.rates.keys()]
        .filter((time) => time >= from && time <= toMs)
        .sort((a, b) => a - b);
      return {
        timeMs: Float64Array.from(times),
        value: Float64Array.from(times, (time) => store.rates.get(time) ?? Number.NaN),
      };
    },
  };
}
