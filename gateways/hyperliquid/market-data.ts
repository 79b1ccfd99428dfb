/**
 * The market as decisions read it: closed bars and the price now, kept warm by one socket.
 *
 * An asset's bars are fetched once from `/info` and then maintained by the candle stream; after a
 * gap they are fetched again. Times are the market's own (a tape may run at any speed); only
 * `receivedAtMs` is our clock. Nothing is filled in: a missing bar stays missing.
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { BarClosed, MarketDataPort, MarketNeeds } from '../../activities/ports/market-data.ts';
import type { SentimentHistory } from '../../activities/ports/sentiment.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { CandleSeries } from '../../domain/market/candles.ts';
import { candleSeries, lastBars } from '../../domain/market/candles.ts';
import { HOUR_MS, SENTIMENT_AGE_MS } from '../../domain/market/side-series.ts';
import type { MarketFacts } from '../../domain/market/snapshot.ts';
import { marketSnapshot } from '../../domain/market/snapshot.ts';
import type { BarStore } from './bar-store.ts';
import { createBarStore } from './bar-store.ts';
import type { VenueConnection } from './connection.ts';
import type { FundingStore } from './funding-store.ts';
import { createFundingStore } from './funding-store.ts';
import { once } from './once.ts';
import { createQuotes } from './quotes.ts';
import type { OpenStream, Stream } from './streams.ts';
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

/** How long the bars of another asset are waited for when they close a little later. */
const OTHERS_WAIT_MS = 1_000;

/** Resolves when the store has seen a bar after this one, or some time is over. */
async function untilClosed(store: BarStore, barOpenTimeMs: number): Promise<void> {
  if ((await store.reach(undefined, 1)) > barOpenTimeMs) return;
  await new Promise<void>((resolve) => {
    const stop = store.onClosed((openTimeMs) => {
      if (openTimeMs >= barOpenTimeMs) done();
    });
    const timer = setTimeout(() => done(), OTHERS_WAIT_MS);
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
  });
}

interface Beside {
  readonly funding: FundingStore;
  readonly storeOf: (asset: string) => Promise<BarStore>;
  readonly sentiment: SentimentHistory;
}

/** Payments, readings and other assets' bars that belong beside a series, up to its last bar. */
async function besideOf(
  series: CandleSeries,
  needs: MarketNeeds,
  { funding, storeOf, sentiment }: Beside,
): Promise<Pick<MarketFacts, 'funding' | 'others' | 'sentiment'>> {
  const { fundingHours } = needs;
  const [firstMs = 0, lastMs = 0] = [series.openTimeMs.at(0), series.openTimeMs.at(-1)];
  const others = (needs.others ?? []).map(async (name) => {
    const store = await storeOf(name);
    await untilClosed(store, lastMs);
    const count = Math.round((lastMs - firstMs) / series.intervalMs) + 1;
    return [name, (await closedBars(store, count, lastMs)).series] as const;
  });
  const closeMs = lastMs + series.intervalMs;
  const [pairs, payments, readings] = await Promise.all([
    Promise.all(others),
    fundingHours === undefined
      ? undefined
      : funding.payments(series.asset, firstMs - fundingHours * HOUR_MS, closeMs),
    needs.sentiment === true ? sentiment(firstMs - SENTIMENT_AGE_MS, closeMs) : undefined,
  ]);
  return {
    ...(pairs.length === 0 ? {} : { others: Object.fromEntries(pairs) }),
    ...(payments === undefined ? {} : { funding: payments }),
    ...(readings === undefined ? {} : { sentiment: readings }),
  };
}

export interface MarketDataOptions {
  /** Sockets by default. */
  readonly open?: OpenStream;
  /** Where the index of fear and greed is kept; nothing is known of it by default. */
  readonly sentiment?: SentimentHistory;
}

const noSentiment: SentimentHistory = () =>
  Promise.resolve({ timeMs: new Float64Array(0), value: new Float64Array(0) });

/**
 * @param assets the venue's assets by name
 * @param onCorrupt told of stream frames that were dropped because of their shape
 */
export function createMarketData(
  connection: VenueConnection,
  assets: () => Promise<ReadonlyMap<string, AssetSpec>>,
  onCorrupt: (channel: string, problem: string) => void,
  { open = openStream, sentiment = noSentiment }: MarketDataOptions = {},
): MarketDataPort & { close(): void } {
  const stores = new Map<string, Promise<BarStore>>();
  let stream: Stream | undefined;
  const socket = (): Stream => {
    if (stream === undefined) {
      const opened = open(connection.endpoints, onCorrupt);
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

  const funding = createFundingStore(connection);

  return {
    close: () => stream?.close(),
    midPx: async (asset) => (await quotes.mid(asset)).midPx,
    sight: quotes.sight,
    glance: quotes.glance,
    watchSight: quotes.watchSight,
    async snapshot(asset, interval, count, barOpenTimeMs, needs = {}) {
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
        ...(await besideOf(series, needs, {
          funding,
          sentiment,
          storeOf: async (other) => {
            await listed(other);
            return bars(other, interval);
          },
        })),
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
