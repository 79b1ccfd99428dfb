/**
 * Best prices and marks by asset, kept warm by the socket that market data shares. What is older
 * than its trust is asked for instead of being served.
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { MarketDataPort } from '../../activities/ports/market-data.ts';
import type { MarketSight } from '../../domain/execution/parents/plan.ts';
import type { BookLevel, MarketGlance } from '../../domain/execution/quality/arrival.ts';
import type { Px, SizeBase } from '../../domain/kernel/decimal.ts';
import { decimal, px, sizeBase } from '../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { VenueConnection } from './connection.ts';
import { once } from './once.ts';
import { askSight, watchSight } from './sights.ts';
import type { Stream } from './streams.ts';
import { firstFrame } from './streams.ts';
import { allMidsSchema } from './wire/info-market.ts';

interface Quote {
  readonly bidPx: Px;
  readonly askPx: Px;
  readonly bidBase: SizeBase;
  readonly askBase: SizeBase;
  readonly receivedAtMs: number;
}

export interface Context {
  readonly markPx: Px;
  readonly fundingRatePerHour: string;
}

/** A quote older than this is asked for again instead of being served. */
const QUOTE_TRUST_MS = 2_000;
/** A book is told twice a second while it moves; one this old says nothing of the market now. */
const BOOK_TRUST_MS = 5_000;

interface HeardBook {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  readonly receivedAtMs: number;
}

interface Market {
  readonly quotes: Map<string, Quote>;
  readonly contexts: Map<string, Context>;
  readonly books: Map<string, HeardBook>;
  readonly watched: Map<string, Promise<void>>;
  /** Told of every change of an asset's quote or mark. */
  readonly listeners: Map<string, Set<(sight: MarketSight) => void>>;
}

const midOf = ({ bidPx, askPx }: Quote): Px => px(decimal(bidPx).plus(decimal(askPx)).div(2));

/** What the streams have told of an asset so far. */
function heardSight({ quotes, contexts }: Market, asset: string): MarketSight | undefined {
  const [quote, context] = [quotes.get(asset), contexts.get(asset)];
  if (quote === undefined || context === undefined) return undefined;
  const { bidPx, askPx, receivedAtMs } = quote;
  return { atMs: receivedAtMs, bidPx, askPx, markPx: context.markPx };
}

const isFresh = (receivedAtMs: number): boolean => Date.now() - receivedAtMs <= QUOTE_TRUST_MS;

const levelOf = ({ px: price, sz }: { readonly px: string; readonly sz: string }): BookLevel => ({
  px: px(price),
  sizeBase: sizeBase(sz),
});

/** The book is a benchmark, not a condition: nobody waits for it, and it may stay away. */
function watchBook(stream: Stream, { books }: Market, asset: string): void {
  const l2Book = { type: 'l2Book', coin: asset };
  stream
    .subscribe('l2Book', l2Book, ({ coin, levels: [bids, asks] }) => {
      if (coin !== asset) return;
      const receivedAtMs = Date.now();
      books.set(asset, { bids: bids.map(levelOf), asks: asks.map(levelOf), receivedAtMs });
    })
    .catch(() => undefined);
}

/** The newest quote, and behind it what the book, which is told less often, has of worse levels. */
const behind = (
  best: BookLevel,
  levels: readonly BookLevel[],
  isWorse: (level: BookLevel) => boolean,
): readonly BookLevel[] => [best, ...levels.filter(isWorse)];

/** The book as far as it is known, or undefined when it was told too long ago. */
function bookAt(quote: Quote, book: HeardBook | undefined, nowMs: number): MarketGlance['book'] {
  if (book === undefined || nowMs - book.receivedAtMs > BOOK_TRUST_MS) return undefined;
  const [bid, ask] = [decimal(quote.bidPx), decimal(quote.askPx)];
  const [bestBid, bestAsk] = [
    { px: quote.bidPx, sizeBase: quote.bidBase },
    { px: quote.askPx, sizeBase: quote.askBase },
  ];
  return {
    bids: behind(bestBid, book.bids, (level) => decimal(level.px).lt(bid)),
    asks: behind(bestAsk, book.asks, (level) => decimal(level.px).gt(ask)),
    ageMs: nowMs - book.receivedAtMs,
  };
}

/** What was heard of an asset lately; see `MarketDataPort.glance`. */
function glanceAt({ quotes, books }: Market, asset: string): MarketGlance | undefined {
  const [quote, book] = [quotes.get(asset), books.get(asset)];
  if (quote === undefined || !isFresh(quote.receivedAtMs)) return undefined;
  const nowMs = Date.now();
  const { bidPx, askPx, receivedAtMs } = quote;
  const known = bookAt(quote, book, nowMs);
  const quoteAgeMs = nowMs - receivedAtMs;
  return { bidPx, askPx, quoteAgeMs, ...(known === undefined ? {} : { book: known }) };
}

/** Subscribes to an asset's quotes once; later calls share the first one's promise. */
async function watchQuotes(stream: Stream, market: Market, asset: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const heard = (): void => {
    const sight = heardSight(market, asset);
    if (sight === undefined) return;
    first.resolve();
    for (const listener of market.listeners.get(asset) ?? []) listener(sight);
  };
  await stream.subscribe('bbo', { type: 'bbo', coin: asset }, ({ coin, bbo: [bid, ask] }) => {
    if (coin !== asset || bid === null || ask === null) return;
    market.quotes.set(asset, {
      bidPx: px(bid.px),
      askPx: px(ask.px),
      bidBase: sizeBase(bid.sz),
      askBase: sizeBase(ask.sz),
      receivedAtMs: Date.now(),
    });
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
  watchBook(stream, market, asset);
  await firstFrame(stream, first.promise, `quote of ${asset}`);
}

export interface Quotes extends Pick<MarketDataPort, 'sight' | 'watchSight' | 'glance'> {
  mid(asset: string): Promise<{ readonly midPx: Px; readonly receivedAtMs: number }>;
  /** As heard last; undefined before. */
  context(asset: string): Context | undefined;
  /** The socket is gone, and with it whatever it told. */
  forget(): void;
}

/** @param listed the asset's spec; rejects when the venue does not list it */
export function createQuotes(
  connection: VenueConnection,
  socket: () => Stream,
  listed: (asset: string) => Promise<AssetSpec>,
): Quotes {
  const market: Market = {
    quotes: new Map(),
    contexts: new Map(),
    books: new Map(),
    watched: new Map(),
    listeners: new Map(),
  };
  const listen = (asset: string): Promise<void> =>
    once(market.watched, asset, () => watchQuotes(socket(), market, asset));
  const sight = async (asset: string): Promise<MarketSight> => {
    await listen(asset);
    const heard = heardSight(market, asset);
    if (heard !== undefined && isFresh(heard.atMs)) return heard;
    return askSight(connection, await listed(asset));
  };
  return {
    sight,
    glance: (asset) => glanceAt(market, asset),
    context: (asset) => market.contexts.get(asset),
    forget() {
      const { quotes, contexts, books, watched } = market;
      for (const part of [quotes, contexts, books, watched]) part.clear();
    },
    async mid(asset) {
      await listen(asset);
      const known = market.quotes.get(asset);
      if (known !== undefined && isFresh(known.receivedAtMs)) {
        return { midPx: midOf(known), receivedAtMs: known.receivedAtMs };
      }
      const mids = await connection.info({ type: 'allMids' }, allMidsSchema);
      const price = mids[asset];
      if (price === undefined) throw new VenueDataCorrupt(`the venue quotes no price for ${asset}`);
      return { midPx: px(price), receivedAtMs: Date.now() };
    },
    watchSight(asset, until, signal) {
      const ofAsset = market.listeners.get(asset) ?? new Set();
      market.listeners.set(asset, ofAsset);
      const hear = (heard: (seen: MarketSight) => void): (() => void) => {
        ofAsset.add(heard);
        return () => ofAsset.delete(heard);
      };
      return watchSight({ look: () => sight(asset), listen: hear }, until, signal);
    },
  };
}
