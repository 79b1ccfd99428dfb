/**
 * One market of a live feed: its book, the venue's own prices and rate, what has been heard since
 * the last step, and its minutes. After a loss of the connection nothing counts before a new book:
 * the trades in between belong to the gap and are not played.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketUpdate, OutsideTrade } from '../../../domain/matching/contract/venue-inputs.ts';
import { joinBars } from './candles.ts';
import type { Bar, SeenBars } from './feed.ts';
import type { MinuteBar } from './live-history.ts';
import {
  bookFault,
  type ContextEvent,
  isCrossed,
  type MarketEvent,
  type TradeEvent,
  venueLevels,
} from './market-events.ts';
import { afterBest, afterSnapshot, type BookSides, midOf } from './running-book.ts';

const MINUTE_MS = 60_000;
/** Repetitions come right after a subscription, which brings the last 30 trades. */
const IDS_KEPT = 1_000;

export class LiveMarket {
  readonly asset: AssetSpec;
  readonly #bars = new Map<number, Bar>();
  readonly #tradeIds = new Set<string>();
  #startMs = Number.POSITIVE_INFINITY;
  #book: BookSides | undefined;
  #context: ContextEvent | undefined;
  #trades: OutsideTrade[] = [];
  #hasNews = false;
  /** Exchange time of the first book since the connection stands, ms. */
  #sinceMs = Number.POSITIVE_INFINITY;

  constructor(asset: AssetSpec) {
    this.asset = asset;
  }

  /** Whether a book has been heard since the connection stands. */
  get hasBook(): boolean {
    return this.#book !== undefined;
  }

  get fundingRate(): string | undefined {
    return this.#context?.fundingRate;
  }

  /** The venue's own, else the last middle of the book; undefined before both. */
  get oraclePx(): string | undefined {
    return this.#context?.oraclePx ?? (this.#book && midOf(this.#book));
  }

  /** Takes in what the venue says; returns whether it counts. */
  hear({ timeMs, fact }: MarketEvent): boolean {
    switch (fact.kind) {
      case 'book': {
        if (bookFault(fact)) return false;
        this.#book = afterSnapshot(fact);
        this.#sinceMs = Math.min(this.#sinceMs, timeMs);
        this.#startMs = Math.min(this.#startMs, Math.floor(timeMs / MINUTE_MS) * MINUTE_MS);
        break;
      }
      case 'best':
        if (!this.#book || isCrossed(fact.bid, fact.ask)) return false;
        this.#book = afterBest(this.#book, fact);
        break;
      case 'context':
        this.#context = fact;
        break;
      case 'trade':
        if (timeMs < this.#sinceMs || !this.#isNew(fact)) return false;
        this.#trades.push(fact.trade);
        this.#addToBar(timeMs, fact.trade);
        break;
    }
    this.#hasNews = true;
    return true;
  }

  /** The connection is lost: what the book shows is no longer known. */
  forget(): void {
    this.#book = undefined;
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** What has happened since the last call; undefined when nothing has. */
  takeUpdate(): MarketUpdate | undefined {
    const book = this.#book;
    const mid = book && midOf(book);
    if (!book || mid === undefined || !this.#hasNews) return undefined;
    const trades = this.#trades;
    this.#trades = [];
    this.#hasNews = false;
    return {
      coin: this.asset.name,
      bids: venueLevels(this.asset, book.bids),
      asks: venueLevels(this.asset, book.asks),
      markPx: this.#context?.markPx ?? mid,
      oraclePx: this.#context?.oraclePx ?? mid,
      trades,
    };
  }

  /** The venue's own minutes, which are whole, take the place of what was heard. */
  fill(minutes: readonly MinuteBar[]): void {
    for (const { openMs, bar } of minutes) {
      this.#bars.set(openMs, bar);
      this.#startMs = Math.min(this.#startMs, openMs);
    }
  }

  bars(timeMs: number): SeenBars {
    const startMs = this.#startMs;
    return {
      startMs,
      barMs: MINUTE_MS,
      last: Math.floor((timeMs - startMs) / MINUTE_MS),
      bar: (index) => this.#bars.get(startMs + index * MINUTE_MS),
    };
  }

  #isNew({ id }: TradeEvent): boolean {
    if (id === undefined) return true;
    if (this.#tradeIds.has(id)) return false;
    this.#tradeIds.add(id);
    if (this.#tradeIds.size > IDS_KEPT) {
      const [oldest] = this.#tradeIds;
      if (oldest !== undefined) this.#tradeIds.delete(oldest);
    }
    return true;
  }

  #addToBar(timeMs: number, { px, sz }: OutsideTrade): void {
    const openMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    const price = Number(px);
    const bar: Bar = {
      open: price,
      high: price,
      low: price,
      close: price,
      volumeBase: Number(sz),
      trades: 1,
    };
    const known = this.#bars.get(openMs);
    this.#bars.set(openMs, known ? joinBars(known, bar) : bar);
  }
}
