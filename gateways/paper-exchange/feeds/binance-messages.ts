/**
 * Binance futures' WebSocket frames as market events: `depthUpdate`, `trade`, `bookTicker`. Depth
 * comes as changes, so the whole book is kept here and told anew after each change; a hole in the
 * numbering of changes forgets it, since nothing says which levels still stand.
 */
import { z } from 'zod';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { decimalText, unsignedInt } from '../../hyperliquid/wire/scalars.ts';
import type { Read } from './hyperliquid-messages.ts';
import { gridSide, gridTrade, type LotLevel, type RawLevel } from './market-events.ts';

/** The venue's books show this many levels; ticks here are coarser, so more of theirs make one. */
const LEVELS = 20;
/** A snapshot takes less than a second to come, and changes come every few ms at the most. */
const RECENT_CHANGES = 256;

const change = z.tuple([decimalText, decimalText]);
const head = { s: z.string(), T: unsignedInt };

const frameSchema = z.discriminatedUnion('e', [
  z.looseObject({
    ...head,
    e: z.literal('depthUpdate'),
    U: unsignedInt,
    u: unsignedInt,
    pu: unsignedInt,
    b: z.array(change),
    a: z.array(change),
  }),
  z.looseObject({
    ...head,
    e: z.literal('trade'),
    t: unsignedInt,
    p: decimalText,
    q: decimalText,
    /** Whether the buyer was the maker: then the aggressor sold. */
    m: z.boolean(),
  }),
  z.looseObject({
    ...head,
    e: z.literal('bookTicker'),
    b: decimalText,
    B: decimalText,
    a: decimalText,
    A: decimalText,
  }),
]);

/** The answer of REST's `depth`, which recorders log among the frames; it names no symbol. */
const snapshotSchema = z.looseObject({
  lastUpdateId: unsignedInt,
  bids: z.array(change),
  asks: z.array(change),
});

type Frame = z.infer<typeof frameSchema>;
type Depth = Extract<Frame, { e: 'depthUpdate' }>;
type Trade = Extract<Frame, { e: 'trade' }>;
type Ticker = Extract<Frame, { e: 'bookTicker' }>;

/** One side of a whole book, best first. */
class DepthSide {
  readonly #isBid: boolean;
  readonly #levels: { readonly value: number; readonly px: string; sz: string }[] = [];

  constructor(isBid: boolean) {
    this.#isBid = isBid;
  }

  /** Sets the size at a price; 0 ends the level. */
  set(px: string, sz: string): void {
    const value = Number(px);
    const place = this.#placeOf(value);
    const known = this.#levels[place];
    const isEnd = Number(sz) === 0;
    if (known?.value === value) {
      if (isEnd) this.#levels.splice(place, 1);
      else known.sz = sz;
    } else if (!isEnd) this.#levels.splice(place, 0, { value, px, sz });
  }

  clear(): void {
    this.#levels.length = 0;
  }

  *[Symbol.iterator](): Generator<RawLevel> {
    yield* this.#levels;
  }

  #placeOf(value: number): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#levels[middle]?.value ?? Number.NaN;
      if (this.#isBid ? at > value : at < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A price's distance to the next legal one, where five significant figures decide it. */
const coarseTick = (px: number): number => 10 ** (Math.floor(Math.log10(px)) - 4);

/** The best levels of a side, as many as make `LEVELS` on our coarser grid. */
function shownSide(asset: AssetSpec, side: DepthSide, isBid: boolean): LotLevel[] {
  const raw: RawLevel[] = [];
  let best: number | undefined;
  for (const level of side) {
    const px = Number(level.px);
    best ??= px;
    if (raw.length >= LEVELS && Math.abs(px - best) > LEVELS * coarseTick(best)) break;
    raw.push(level);
  }
  return gridSide(asset, raw, isBid).slice(0, LEVELS);
}

function tradeEvent({ T: timeMs, t, p, q, m }: Trade, asset: AssetSpec): Read {
  const trade = gridTrade(asset, p, q, m ? 'A' : 'B');
  return trade ? [{ coin: asset.name, timeMs, fact: { kind: 'trade', trade, id: `${t}` } }] : [];
}

function tickerEvent({ T: timeMs, b, B, a, A }: Ticker, asset: AssetSpec): Read {
  const [bid] = gridSide(asset, [{ px: b, sz: B }], true);
  const [ask] = gridSide(asset, [{ px: a, sz: A }], false);
  return [{ coin: asset.name, timeMs, fact: { kind: 'best', bid, ask } }];
}

interface DepthBook {
  readonly asset: AssetSpec;
  readonly bids: DepthSide;
  readonly asks: DepthSide;
  /** The newest changes, oldest first: a snapshot is brought up to date with them. */
  readonly recent: Depth[];
}

function applyDepth({ bids, asks }: DepthBook, { b, a }: Pick<Depth, 'b' | 'a'>): void {
  for (const [px, sz] of b) bids.set(px, sz);
  for (const [px, sz] of a) asks.set(px, sz);
}

function bookEvent({ asset, bids, asks }: DepthBook, timeMs: number): Read {
  const fact = {
    kind: 'book' as const,
    bids: shownSide(asset, bids, true),
    asks: shownSide(asset, asks, false),
  };
  return [{ coin: asset.name, timeMs, fact }];
}

/** Reads the frames of one recording; frames must come in the order in which they were received. */
export class BinanceReader {
  readonly #assetOf: (symbol: string) => AssetSpec | undefined;
  readonly #books = new Map<string, DepthBook>();
  #newest: DepthBook | undefined;

  constructor(assetOf: (symbol: string) => AssetSpec | undefined) {
    this.#assetOf = assetOf;
  }

  /** Whether a frame is in the form of this venue at all. */
  static isFrame(frame: object): boolean {
    return 'stream' in frame || 'e' in frame || 'lastUpdateId' in frame;
  }

  read(frame: object): Read {
    const payload = 'stream' in frame && 'data' in frame ? frame.data : frame;
    if (payload instanceof Object && 'lastUpdateId' in payload) return this.#snapshot(payload);
    const parsed = frameSchema.safeParse(payload);
    if (!parsed.success) return 'unreadable';
    const asset = this.#assetOf(parsed.data.s);
    if (!asset) return 'foreign';
    switch (parsed.data.e) {
      case 'trade':
        return tradeEvent(parsed.data, asset);
      case 'bookTicker':
        return tickerEvent(parsed.data, asset);
      case 'depthUpdate':
        return bookEvent(this.#changed(asset, parsed.data), parsed.data.T);
    }
  }

  #changed(asset: AssetSpec, depth: Depth): DepthBook {
    const fresh = { asset, bids: new DepthSide(true), asks: new DepthSide(false), recent: [] };
    const book: DepthBook = this.#books.get(depth.s) ?? fresh;
    this.#books.set(depth.s, book);
    const before = book.recent.at(-1);
    if (before && depth.pu !== before.u) {
      book.bids.clear();
      book.asks.clear();
      book.recent.length = 0;
    }
    book.recent.push(depth);
    if (book.recent.length > RECENT_CHANGES) book.recent.shift();
    this.#newest = book;
    applyDepth(book, depth);
    return book;
  }

  /** The whole book, brought up to the last change: a snapshot comes a little late. */
  #snapshot(payload: object): Read {
    const parsed = snapshotSchema.safeParse(payload);
    const book = this.#newest;
    if (!parsed.success || !book) return 'unreadable';
    const { lastUpdateId, bids: b, asks: a } = parsed.data;
    const [oldest] = book.recent;
    if (!oldest || lastUpdateId + 1 < oldest.U) return 'unreadable';
    book.bids.clear();
    book.asks.clear();
    applyDepth(book, { b, a });
    for (const depth of book.recent) if (depth.u > lastUpdateId) applyDepth(book, depth);
    return []; // the next change shows it
  }
}
