/**
 * The market as decisions read it: closed bars and the price now, kept warm by one socket.
 *
 * An asset's bars are fetched once from `/info` and then maintained by the candle stream; after a
 * gap they are fetched again. Times are the market's own (a tape may run at any speed); only
 * `receivedAtMs` is our clock. Nothing is filled in: a missing bar stays missing.
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { BarClosed, MarketDataPort } from '../../activities/ports/market-data.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { CandleSeries } from '../../domain/market/candles.ts';
import { candleSeries, lastBars } from '../../domain/market/candles.ts';
import { marketSnapshot } from '../../domain/market/snapshot.ts';
import type { BarStore } from './bar-store.ts';
import { createBarStore } from './bar-store.ts';
import type { VenueConnection } from './connection.ts';
import { once } from './once.ts';
import { createQuotes } from './quotes.ts';
import type { Stream } from './streams.ts';
import { openStream } from './streams.ts';

/** The newest closed bars up to the one asked for, and the market's clock. */
async function closedBars(
  store: BarStore,
  count: number,
  barOpenTimeMs: number | undefined,
): Promise<{ readonly series: CandleSeries; readonly asOfMs: number }> {
  const asOfMs = await store.reach(barOpenTimeMs, count);
  const until = barOpenTimeMs ?? Number.POSITIVE_INFINITY;
  const known = store.bars().filter((bar) => bar.openTimeMs <= until);
  // One more than asked for, since the newest may still be open and is then left out.
  const recent = known.slice(-(count + 1));
  const series = candleSeries(store.asset, store.intervalMs, recent, asOfMs);
  if (!series.ok) throw new VenueDataCorrupt(describeViolation(series.error));
  return { series: lastBars(series.value, count), asOfMs };
}

/**
 * @param assets the venue's assets by name
 * @param onCorrupt told of stream frames that were dropped because of their shape
 */
export function createMarketData(
  connection: VenueConnection,
  assets: () => Promise<ReadonlyMap<string, AssetSpec>>,
  onCorrupt: (channel: string, problem: string) => void,
): MarketDataPort & { close(): void } {
  const stores = new Map<string, Promise<BarStore>>();
  let stream: Stream | undefined;
  const socket = (): Stream => {
    if (stream === undefined) {
      const opened = openStream(connection.endpoints, onCorrupt);
      stream = opened;
      opened.failed.catch(() => {
        opened.close();
        stream = undefined;
        stores.clear();
        quotes.forget();
      });
    }
    return stream;
  };
  const listed = async (asset: string): Promise<AssetSpec> => {
    const spec = (await assets()).get(asset);
    if (spec === undefined) throw new VenueDataCorrupt(`asset ${asset} is not listed`);
    return spec;
  };
  const quotes = createQuotes(connection, socket, listed);
  const bars = (asset: string, interval: string): Promise<BarStore> =>
    once(stores, `${asset}:${interval}`, () =>
      createBarStore(connection, socket(), asset, interval),
    );

  return {
    close: () => stream?.close(),
    midPx: async (asset) => (await quotes.mid(asset)).midPx,
    sight: quotes.sight,
    glance: quotes.glance,
    watchSight: quotes.watchSight,
    async snapshot(asset, interval, count, barOpenTimeMs) {
      const spec = await listed(asset);
      const [store, { midPx, receivedAtMs }] = await Promise.all([
        bars(asset, interval),
        quotes.mid(asset),
      ]);
      const { series, asOfMs } = await closedBars(store, count, barOpenTimeMs);
      const context = quotes.context(asset);
      const snapshot = marketSnapshot({
        asset: spec,
        series,
        midPx,
        markPx: context?.markPx ?? midPx,
        ...(context === undefined ? {} : { fundingRatePerHour: context.fundingRatePerHour }),
        receivedAtMs,
        asOfMs,
      });
      if (!snapshot.ok) throw new VenueDataCorrupt(describeViolation(snapshot.error));
      return snapshot.value;
    },
    async watchBars(names, interval, onBarClosed, signal) {
      const listening = socket();
      const watched = await Promise.all(names.map((asset) => bars(asset, interval)));
      const forget = watched.map((store) =>
        store.onClosed((openTimeMs) => {
          const closed: BarClosed = { asset: store.asset, barOpenTimeMs: openTimeMs };
          onBarClosed(closed);
        }),
      );
      try {
        const aborted = new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await Promise.race([aborted, listening.failed]);
      } finally {
        for (const stop of forget) stop();
      }
    },
  };
}
