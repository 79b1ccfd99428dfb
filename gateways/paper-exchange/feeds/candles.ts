/**
 * Candles of every interval out of a feed's bars, up to the feed's position. Never shows a bar that
 * the feed has not reached, and no interval shorter than the feed's bars. Intervals that began
 * before the feed's first bar are left out, since their open is not known.
 */
import { decimalFromFloat, plain, ROUND_HALF_UP } from '../../../domain/kernel/decimal.ts';
import {
  type AssetSpec,
  maxPriceDecimals,
  PRICE_SIGNIFICANT_FIGURES,
  roundPrice,
} from '../../../domain/market/asset.ts';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import { plainText } from '../../../domain/matching/state/fixed-point.ts';
import type { Candle } from '../../hyperliquid/wire/info-market.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { Bar, Feed, SeenBars } from './feed.ts';

/** The venue serves at most this many candles, the newest. */
export const MAX_CANDLES = 5000;
const DAY_MS = 86_400_000;

/** The last 24 hours of a market, in floats; `prevDayPx` is undefined when nothing is known. */
export interface LastDay {
  readonly prevDayPx: number | undefined;
  readonly volumeBase: number;
  readonly volumeUsd: number;
}

/** Two bars in a row as one. */
export function joinBars(first: Bar, next: Bar): Bar {
  return {
    open: first.open,
    high: Math.max(first.high, next.high),
    low: Math.min(first.low, next.low),
    close: next.close,
    volumeBase: first.volumeBase + next.volumeBase,
    trades: first.trades + next.trades,
  };
}

/** Makes and remembers candles; closed ones never change. */
export class CandleBook {
  readonly #feed: Feed;
  readonly #assets: ReadonlyMap<string, AssetSpec>;
  readonly #closed = new Map<string, Map<number, Candle>>();
  readonly #days = new Map<string, { readonly last: number; readonly day: LastDay }>();

  constructor(feed: Feed, assets: readonly AssetSpec[]) {
    this.#feed = feed;
    this.#assets = new Map(assets.map((asset) => [asset.name, asset]));
  }

  /** The candle under way: what the `candle` channel pushes. Undefined when its open is unknown. */
  current(coin: string, interval: Interval, step: number): Candle | undefined {
    const bars = this.#feed.bars(coin, step);
    if (!bars) return undefined;
    const nowMs = bars.startMs + bars.last * bars.barMs;
    return this.#candle(coin, interval, bars, nowMs - (nowMs % INTERVALS_MS[interval]));
  }

  /** Candles that overlap [fromMs, toMs], oldest first, at most the newest {@link MAX_CANDLES}. */
  between(coin: string, interval: Interval, fromMs: number, toMs: number, step: number): Candle[] {
    const bars = this.#feed.bars(coin, step);
    if (!bars) return [];
    const intervalMs = INTERVALS_MS[interval];
    const firstKnownMs = Math.ceil(bars.startMs / intervalMs) * intervalMs;
    const newestMs = Math.min(toMs, bars.startMs + bars.last * bars.barMs);
    const newestOpenMs = newestMs - (newestMs % intervalMs);
    const oldestOpenMs = Math.max(
      firstKnownMs,
      fromMs - (fromMs % intervalMs),
      newestOpenMs - (MAX_CANDLES - 1) * intervalMs,
    );
    const candles: Candle[] = [];
    for (let openMs = oldestOpenMs; openMs <= newestOpenMs; openMs += intervalMs) {
      const candle = this.#candle(coin, interval, bars, openMs);
      if (candle) candles.push(candle);
    }
    return candles;
  }

  /** Volume of the closed bars of the last 24 hours, and the price before them. */
  lastDay(coin: string, step: number): LastDay | undefined {
    const bars = this.#feed.bars(coin, step);
    if (!bars) return undefined;
    const known = this.#days.get(coin);
    if (known?.last === bars.last) return known.day;
    const start = Math.max(0, bars.last - Math.floor(DAY_MS / bars.barMs));
    let prevDayPx = bars.bar(start - 1)?.close;
    let volumeBase = 0;
    let volumeUsd = 0;
    for (let index = start; index < bars.last; index += 1) {
      const bar = bars.bar(index);
      if (!bar) continue;
      prevDayPx ??= bar.close;
      volumeBase += bar.volumeBase;
      volumeUsd += bar.volumeBase * bar.close;
    }
    const day = { prevDayPx: prevDayPx ?? bars.bar(bars.last)?.open, volumeBase, volumeUsd };
    this.#days.set(coin, { last: bars.last, day });
    return day;
  }

  #candle(coin: string, interval: Interval, bars: SeenBars, openMs: number): Candle | undefined {
    const asset = this.#assets.get(coin);
    const perCandle = INTERVALS_MS[interval] / bars.barMs;
    const first = (openMs - bars.startMs) / bars.barMs;
    if (!asset || first < 0 || !Number.isInteger(perCandle)) return undefined;
    const isClosed = first + perCandle <= bars.last;
    const cache = this.#cacheOf(coin, interval);
    const known = isClosed ? cache.get(openMs) : undefined;
    if (known) return known;
    let joined: Bar | undefined;
    for (let index = first; index < first + perCandle && index <= bars.last; index += 1) {
      const next = bars.bar(index);
      if (next) joined = joined ? joinBars(joined, next) : next;
    }
    if (!joined) return undefined;
    const candle = toCandle(asset, interval, openMs, joined);
    if (isClosed) cache.set(openMs, candle);
    return candle;
  }

  #cacheOf(coin: string, interval: Interval): Map<number, Candle> {
    const key = `${coin} ${interval}`;
    const known = this.#closed.get(key);
    if (known) return known;
    const fresh = new Map<number, Candle>();
    this.#closed.set(key, fresh);
    return fresh;
  }
}

/** Prices in this range are rounded as text, which is {@link roundPrice} without its decimals. */
const [TEXT_FROM_PX, TEXT_BELOW_PX] = [1, 1e9];

function roundedText(asset: AssetSpec, value: number): string {
  const [whole = '', decimals = ''] = value.toPrecision(15).split('.');
  const significant = Math.max(0, PRICE_SIGNIFICANT_FIGURES - whole.length);
  const places = Math.min(maxPriceDecimals(asset), significant);
  const ticks =
    Number(whole + decimals.slice(0, places)) + (decimals.charAt(places) >= '5' ? 1 : 0);
  return plainText(ticks, places);
}

/** Halves go up, as in the modelled market: a bar must close where its last print was. */
export function shownPrice(asset: AssetSpec, value: number): string {
  const isPlain = value >= TEXT_FROM_PX && value < TEXT_BELOW_PX;
  return wireDecimal(
    isPlain ? roundedText(asset, value) : roundPrice(asset, decimalFromFloat(value), ROUND_HALF_UP),
  );
}

function toCandle(asset: AssetSpec, interval: Interval, openMs: number, bar: Bar): Candle {
  return {
    t: openMs,
    T: openMs + INTERVALS_MS[interval] - 1,
    s: asset.name,
    i: interval,
    o: shownPrice(asset, bar.open),
    c: shownPrice(asset, bar.close),
    h: shownPrice(asset, bar.high),
    l: shownPrice(asset, bar.low),
    v: wireDecimal(plain(decimalFromFloat(bar.volumeBase).toDecimalPlaces(asset.szDecimals))),
    n: bar.trades,
  };
}
