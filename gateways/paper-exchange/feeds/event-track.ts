/**
 * One market of a tape of books and trades. It moves at each moment of the exchange's clock at which
 * the recording has something of it: trades first, in the old book, then the new book.
 *
 * Mark and oracle are the venue's own where the recording has them (`activeAssetCtx`), else the
 * middle of the book. Bars come from trades; a bar without trades comes from the middles, with no
 * volume. Everything before the first book is left out.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketUpdate, OutsideTrade } from '../../../domain/matching/contract/venue-inputs.ts';
import type { CandleTrack } from './candle-track.ts';
import { type Bar, lastAtMost, type SeenBars } from './feed.ts';
import {
  type BestEvent,
  type BookEvent,
  type ContextEvent,
  type LotLevel,
  venueLevels,
} from './market-events.ts';
import {
  afterBest,
  afterSnapshot,
  afterTrade,
  type BookSides,
  EMPTY_BOOK,
  midOf,
} from './running-book.ts';
import type { Track } from './track.ts';

const BAR_MS = 60_000;

type PackedLevel = readonly [px: string, lots: number, n: number];

/** All that one market tells at one moment. Books are packed: an hour has some 10,000 of them. */
export interface RecordedMoment {
  readonly timeMs: number;
  readonly trades: OutsideTrade[];
  best?: BestEvent;
  context?: ContextEvent;
  packedBook?: string;
}

export function packBook({ bids, asks }: BookEvent): string {
  const side = (levels: readonly LotLevel[]): PackedLevel[] =>
    levels.map(({ px, lots, n }) => [px, lots, n]);
  return JSON.stringify([side(bids), side(asks)]);
}

function unpackBook(text: string): BookEvent {
  const sides = JSON.parse(text) as [PackedLevel[], PackedLevel[]];
  const [bids, asks] = sides.map((side) => side.map(([px, lots, n]) => ({ px, lots, n })));
  return { kind: 'book', bids: bids ?? [], asks: asks ?? [] };
}

interface State {
  readonly book: BookSides;
  readonly markPx: string;
  readonly oraclePx: string;
}

interface BarUnderWay {
  readonly index: number;
  /** Moments that are in it so far. */
  readonly until: number;
  readonly fromTrades: Bar | undefined;
  readonly fromMids: Bar | undefined;
}

export class EventTrack implements Track {
  readonly asset: AssetSpec;
  readonly startMs: number;
  readonly endMs: number;
  readonly #moments: readonly RecordedMoment[];
  readonly #times: Float64Array;
  readonly #snapshots: Float64Array;
  readonly #contexts: Float64Array;
  readonly #history: CandleTrack | undefined;
  readonly #barMs: number;
  readonly #closed = new Map<number, Bar | undefined>();
  #underWay: BarUnderWay | undefined;
  #latest: { readonly place: number; readonly book: BookSides } | undefined;

  /** @param moments ascending, the first with a book. @param history candles of the time before. */
  constructor(asset: AssetSpec, moments: readonly RecordedMoment[], history?: CandleTrack) {
    this.asset = asset;
    this.#moments = moments;
    this.#times = Float64Array.from(moments, ({ timeMs }) => timeMs);
    const places = moments.map((_, place) => place);
    this.#snapshots = Float64Array.from(places.filter((at) => moments[at]?.packedBook));
    this.#contexts = Float64Array.from(places.filter((at) => moments[at]?.context));
    this.#history = history;
    this.#barMs = history ? history.bars(0).barMs : BAR_MS;
    this.startMs = moments[0]?.timeMs ?? 0;
    this.endMs = (moments.at(-1)?.timeMs ?? 0) + 1;
  }

  times(fromMs: number, toMs: number): Float64Array {
    const first = lastAtMost(this.#times, fromMs - 1) + 1;
    const last = lastAtMost(this.#times, toMs - 1);
    return this.#times.subarray(first, last + 1);
  }

  updateAt(timeMs: number): MarketUpdate | undefined {
    const place = lastAtMost(this.#times, timeMs);
    const moment = this.#moments[place];
    if (moment?.timeMs !== timeMs) return undefined;
    const { book, markPx, oraclePx } = this.#state(place);
    return {
      coin: this.asset.name,
      bids: venueLevels(this.asset, book.bids),
      asks: venueLevels(this.asset, book.asks),
      markPx,
      oraclePx,
      trades: moment.trades,
    };
  }

  heardFundingRate(timeMs: number): string | undefined {
    return this.#contextAt(lastAtMost(this.#times, timeMs))?.fundingRate;
  }

  bars(timeMs: number): SeenBars {
    const barMs = this.#barMs;
    const ownStartMs = this.startMs - (this.startMs % barMs);
    const startMs = Math.min(this.#history?.startMs ?? ownStartMs, ownStartMs);
    const last = Math.floor((timeMs - startMs) / barMs);
    const before = Math.min(last, (ownStartMs - startMs) / barMs);
    const until = lastAtMost(this.#times, timeMs) + 1;
    return {
      startMs,
      barMs,
      last,
      bar: (index) => {
        if (index < before) return this.#history?.recordedBar(index);
        const openMs = startMs + index * barMs;
        if (index === last) return this.#barUnderWay(index, openMs, until);
        return index < last ? this.#closedBar(index, openMs) : undefined;
      },
    };
  }

  #contextAt(place: number): ContextEvent | undefined {
    const at = this.#contexts[lastAtMost(this.#contexts, place)];
    return at === undefined ? undefined : this.#moments[at]?.context;
  }

  /** The book after a moment: from the snapshot before it, or onward from where we are. */
  #book(place: number): BookSides {
    const snapshot = this.#snapshots[lastAtMost(this.#snapshots, place)] ?? 0;
    const known = this.#latest;
    const isOnward = known !== undefined && known.place <= place && known.place >= snapshot;
    let book = isOnward ? known.book : EMPTY_BOOK;
    for (let at = isOnward ? known.place + 1 : snapshot; at <= place; at += 1) {
      const moment = this.#moments[at];
      if (!moment) continue;
      const { trades, packedBook, best } = moment;
      for (const trade of trades) book = afterTrade(this.asset, book, trade);
      if (packedBook !== undefined) book = afterSnapshot(unpackBook(packedBook));
      if (best) book = afterBest(book, best);
    }
    this.#latest = { place, book };
    return book;
  }

  #state(place: number): State {
    const book = this.#book(place);
    const context = this.#contextAt(place);
    if (context) return { book, markPx: context.markPx, oraclePx: context.oraclePx };
    const mid = midOf(book) ?? this.#midOfSnapshot(place);
    return { book, markPx: mid, oraclePx: mid };
  }

  /** Where a side has been eaten up, the price stays that of the last whole book. */
  #midOfSnapshot(place: number): string {
    const snapshot = this.#snapshots[lastAtMost(this.#snapshots, place)] ?? 0;
    const packed = this.#moments[snapshot]?.packedBook;
    const mid = packed === undefined ? undefined : midOf(afterSnapshot(unpackBook(packed)));
    if (mid === undefined) throw new Error(`${this.asset.name}: a recorded book has one side only`);
    return mid;
  }

  #closedBar(index: number, openMs: number): Bar | undefined {
    if (!this.#closed.has(index)) {
      const until = lastAtMost(this.#times, openMs + this.#barMs - 1) + 1;
      this.#closed.set(index, barOf(this.#formed(undefined, index, openMs, until)));
    }
    return this.#closed.get(index);
  }

  #barUnderWay(index: number, openMs: number, until: number): Bar | undefined {
    const known = this.#underWay;
    const isOnward = known?.index === index && known.until <= until;
    this.#underWay = this.#formed(isOnward ? known : undefined, index, openMs, until);
    return barOf(this.#underWay);
  }

  #formed(
    known: BarUnderWay | undefined,
    index: number,
    openMs: number,
    until: number,
  ): BarUnderWay {
    let { fromTrades, fromMids } = known ?? { fromTrades: undefined, fromMids: undefined };
    const first = known ? known.until : lastAtMost(this.#times, openMs - 1) + 1;
    for (let place = first; place < until; place += 1) {
      for (const { px, sz } of this.#moments[place]?.trades ?? []) {
        fromTrades = withPrice(fromTrades, Number(px), Number(sz), 1);
      }
      if (!fromTrades) fromMids = withPrice(fromMids, Number(this.#state(place).markPx), 0, 0);
    }
    return { index, until, fromTrades, fromMids };
  }
}

const barOf = ({ fromTrades, fromMids }: BarUnderWay): Bar | undefined => fromTrades ?? fromMids;

function withPrice(bar: Bar | undefined, px: number, sz: number, trades: number): Bar {
  if (!bar) return { open: px, high: px, low: px, close: px, volumeBase: sz, trades };
  return {
    open: bar.open,
    high: Math.max(bar.high, px),
    low: Math.min(bar.low, px),
    close: px,
    volumeBase: bar.volumeBase + sz,
    trades: bar.trades + trades,
  };
}
