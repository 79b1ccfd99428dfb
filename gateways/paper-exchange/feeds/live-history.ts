/**
 * What a live feed asks the real venue over REST: `meta`, the minutes before now, the funding of the
 * last days. Reads only what the wire's schemas accept.
 */
import type { z } from 'zod';
import {
  candleSnapshotSchema,
  fundingHistorySchema,
  type Meta,
  metaSchema,
} from '../../hyperliquid/wire/info-market.ts';
import { type Bar, type FundingRow, TapeError } from './feed.ts';

const TIMEOUT_MS = 10_000;

/** A minute's bar and when it opened, ms. */
export interface MinuteBar {
  readonly openMs: number;
  readonly bar: Bar;
}

export class LiveHistory {
  readonly #url: string;

  /** @param url of the venue's HTTP API, such as `https://api.hyperliquid.xyz` */
  constructor(url: string) {
    this.#url = url;
  }

  meta(): Promise<Meta> {
    return this.#ask({ type: 'meta' }, metaSchema);
  }

  async minutes(coin: string, startTime: number, endTime: number): Promise<MinuteBar[]> {
    const req = { coin, interval: '1m', startTime, endTime };
    const candles = await this.#ask({ type: 'candleSnapshot', req }, candleSnapshotSchema);
    return candles.map(({ t, o, h, l, c, v, n }) => {
      const [open, high, low, close, volumeBase] = [o, h, l, c, v].map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      return { openMs: t, bar: { open, high, low, close, volumeBase, trades: n } };
    });
  }

  async funding(coin: string, startTime: number): Promise<FundingRow[]> {
    const rows = await this.#ask({ type: 'fundingHistory', coin, startTime }, fundingHistorySchema);
    return rows.map(({ time, fundingRate: rate, premium }) => ({
      coin,
      timeMs: time,
      rate,
      premium,
    }));
  }

  async #ask<Schema extends z.ZodType>(question: object, schema: Schema): Promise<z.infer<Schema>> {
    const { type } = question as { type: string };
    try {
      const response = await fetch(`${this.#url}/info`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return schema.parse(await response.json());
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new TapeError(`live ${this.#url}: no answer to ${type}: ${problem}`, { cause });
    }
  }
}
