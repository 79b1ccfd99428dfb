/**
 * The market as decisions read it: closed bars and the price now, kept warm by one socket.
 *
 * An asset's bars are fetched once from `/info` and then maintained by the candle stream; after a
 * gap they are fetched again. Times are the market's own (a tape may run at any speed); only
 * `receivedAtMs` is our clock. Nothing is filled in: a missing bar stays missing.
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { BarClosed, MarketDataPort } from '../../activities/ports/market-data.ts';
import type { Px } from '../../domain/kernel/decimal.ts';
import { decimal, px } from '../../domain/kernel/decimal.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { CandleSeries } from '../../domain/market/candles.ts';
import { candleSeries, lastBars } from '../../domain/market/candles.ts';
import { marketSnapshot } from '../../domain/market/snapshot.ts';
import type { BarStore } from './bar-store.ts';
import { createBarStore } from './bar-store.ts';
import type { VenueConnection } from './connection.ts';
import type { Stream } from './streams.ts';
import { firstFrame, openStream } from './streams.ts';
import { allMidsSchema } from './wire/info-market.ts';

interface Quote {
  readonly midPx: Px;
  readonly receivedAtMs: number;
}

interface Context {
  readonly markPx: Px;
  readonly fundingRatePerHour: string;
}

/** A quote older than this is asked for again instead of being served. */
const QUOTE_TRUST_MS = 2_000;

interface Market {
  readonly quotes: Map<string, Quote>;
  readonly contexts: Map<string, Context>;
  readonly bars: Map<string, Promise<BarStore>>;
  readonly watched: Map<string, Promise<void>>;
}

/** Subscribes to an asset's quotes once; later calls share the first one's promise. */
async function watchQuotes(stream: Stream, market: Market, asset: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const heard = (): void => {
    if (market.quotes.has(asset) && market.contexts.has(asset)) first.resolve();
  };
  await stream.subscribe('bbo', { type: 'bbo', coin: asset }, ({ coin, bbo: [bid, ask] }) => {
    if (coin !== asset || bid === null || ask === null) return;
    const midPx = px(decimal(bid.px).plus(decimal(ask.px)).div(2));
    market.quotes.set(asset, { midPx, receivedAtMs: Date.now() });
    heard();
  });
  const context = { type: 'activeAssetCtx', coin: asset };
  await stream.subscribe('activeAssetCtx', context, ({ coin, ctx }) => {
    if (coin !== asset) return;
    market.contexts.set(asset, { markPx: px(ctx.markPx), fundingRatePerHour: ctx.funding });
    const quote = market.quotes.get(asset);
    // The context arrives on a schedule, so it also proves that an unchanged quote still stands.
    if (quote !== undefined) market.quotes.set(asset, { ...quote, receivedAtMs: Date.now() });
    heard();
  });
  await firstFrame(stream, first.promise, `quote of ${asset}`);
}

/** Remembers a promise by key until it fails. */
function once<Value>(
  memory: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  made.catch(() => memory.delete(key));
  return made;
}

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
  const market: Market = {
    quotes: new Map(),
    contexts: new Map(),
    bars: new Map(),
    watched: new Map(),
  };
  let stream: Stream | undefined;
  const socket = (): Stream => {
    if (stream === undefined) {
      const opened = openStream(connection.endpoints, onCorrupt);
      stream = opened;
      opened.failed.catch(() => {
        opened.close();
        stream = undefined;
        for (const part of [market.quotes, market.contexts, market.bars, market.watched]) {
          part.clear();
        }
      });
    }
    return stream;
  };
  const quote = async (asset: string): Promise<Quote> => {
    await once(market.watched, asset, () => watchQuotes(socket(), market, asset));
    const known = market.quotes.get(asset);
    if (known !== undefined && Date.now() - known.receivedAtMs <= QUOTE_TRUST_MS) return known;
    const mids = await connection.info({ type: 'allMids' }, allMidsSchema);
    const mid = mids[asset];
    if (mid === undefined) throw new VenueDataCorrupt(`the venue quotes no price for ${asset}`);
    return { midPx: px(mid), receivedAtMs: Date.now() };
  };
  const bars = (asset: string, interval: string): Promise<BarStore> =>
    once(market.bars, `${asset}:${interval}`, () =>
      createBarStore(connection, socket(), asset, interval),
    );

  return {
    close: () => stream?.close(),
    async midPx(asset) {
      return (await quote(asset)).midPx;
    },
    async snapshot(asset, interval, count, barOpenTimeMs) {
      const spec = (await assets()).get(asset);
      if (spec === undefined) throw new VenueDataCorrupt(`asset ${asset} is not listed`);
      const [store, { midPx, receivedAtMs }] = await Promise.all([
        bars(asset, interval),
        quote(asset),
      ]);
      const { series, asOfMs } = await closedBars(store, count, barOpenTimeMs);
      const context = market.contexts.get(asset);
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
      const stores = await Promise.all(names.map((asset) => bars(asset, interval)));
      const forget = stores.map((store) =>
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
