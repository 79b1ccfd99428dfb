/** The venue's memory of prices: one-minute candles of a past moment. */
import type { PriceHistoryPort } from '../../activities/ports/quality.ts';
import { px } from '../../domain/kernel/decimal.ts';
import type { VenueConnection } from './connection.ts';
import { candleSnapshotSchema } from './wire/info-market.ts';

const MINUTE_MS = 60_000;
/** The newest candle of an asset that trades is never older than this. */
const NEWEST_WITHIN_MS = 5 * MINUTE_MS;
/** How long it is remembered whether the candles are on the venue's own clock. */
const CLOCK_TRUST_MS = 300_000;

/** See `PriceHistoryPort`. Rejects when the venue cannot be asked. */
export function createPriceHistory(connection: VenueConnection): PriceHistoryPort {
  const clocks = new Map<string, { readonly agrees: boolean; readonly askedMs: number }>();
  const ask = (coin: string, startTime: number, endTime?: number) =>
    connection.info(
      {
        type: 'candleSnapshot',
        req: { coin, interval: '1m', startTime, ...(endTime === undefined ? {} : { endTime }) },
      },
      candleSnapshotSchema,
    );
  /** Candles of a tape carry the tape's time: whatever they say of our moment is of another one. */
  const isOnOneClock = async (asset: string): Promise<boolean> => {
    const known = clocks.get(asset);
    const nowMs = await connection.exchangeTimeMs();
    if (known !== undefined && nowMs - known.askedMs < CLOCK_TRUST_MS) return known.agrees;
    const newest = (await ask(asset, nowMs - NEWEST_WITHIN_MS)).at(-1);
    const agrees = newest !== undefined && Math.abs(nowMs - newest.t) <= NEWEST_WITHIN_MS;
    clocks.set(asset, { agrees, askedMs: nowMs });
    return agrees;
  };
  return {
    async minuteCandles(asset, fromMs, toMs) {
      if (!(await isOnOneClock(asset))) return [];
      const rows = await ask(asset, fromMs - (fromMs % MINUTE_MS), toMs);
      return rows.map(({ t, T, o, c }) => ({
        openMs: t,
        openPx: px(o),
        closeMs: T,
        closePx: px(c),
      }));
    },
  };
}
