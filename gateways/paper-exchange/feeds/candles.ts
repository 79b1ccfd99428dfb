/**
 * Candles of every interval out of the tape's one-minute bars, up to the tape's position.
 * Never shows a minute that the tape has not reached: the bar under way comes from its caller.
 * Intervals that began before the tape did are left out, since their open is not known.
 */
import { decimalFromFloat, plain, ROUND_HALF_UP } from '../../../domain/kernel/decimal.ts';
import { type AssetSpec, roundPrice } from '../../../domain/market/asset.ts';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';
import type { Candle } from '../../hyperliquid/wire/info-market.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { Tape, TapeSeries } from './tape.ts';

/** One bar in floats, and the steps in which it formed. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volumeBase: number;
  readonly steps: number;
}

/** What of a market can be seen at a moment: whole minutes of the tape and the one under way. */
export interface SeenMarket {
  readonly asset: AssetSpec;
  readonly series: TapeSeries;
  readonly stepsPerMinute: number;
  /** Index of the minute under way: the minutes before it are closed. */
  readonly minute: number;
  /** Undefined before the minute's first step. */
  readonly underWay: Bar | undefined;
}

/** The venue serves at most this many candles, the newest. */
export const MAX_CANDLES = 5000;

function minuteBar(market: SeenMarket, minute: number): Bar | undefined {
  const { open, high, low, close, volumeBase } = market.series;
  if (minute === market.minute) return market.underWay;
  if (minute > market.minute) return undefined;
  return {
    open: open[minute] ?? Number.NaN,
    high: high[minute] ?? Number.NaN,
    low: low[minute] ?? Number.NaN,
    close: close[minute] ?? Number.NaN,
    volumeBase: volumeBase[minute] ?? 0,
    steps: market.stepsPerMinute,
  };
}

/** Two bars in a row as one. */
export function joinBars(first: Bar, next: Bar): Bar {
  return {
    open: first.open,
    high: Math.max(first.high, next.high),
    low: Math.min(first.low, next.low),
    close: next.close,
    volumeBase: first.volumeBase + next.volumeBase,
    steps: first.steps + next.steps,
  };
}

/** Makes and remembers candles; closed ones never change. */
export class CandleBook {
  readonly #tape: Tape;
  readonly #closed = new Map<string, Map<number, Candle>>();

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** The candle under way: what the `candle` channel pushes. Undefined when its open is unknown. */
  current(market: SeenMarket, interval: Interval): Candle | undefined {
    const intervalMs = INTERVALS_MS[interval];
    const nowMs = this.#tape.startMs + market.minute * this.#tape.barMs;
    return this.#candle(market, interval, nowMs - (nowMs % intervalMs));
  }

  /** Candles that overlap [fromMs, toMs], oldest first, at most the newest {@link MAX_CANDLES}. */
  between(market: SeenMarket, interval: Interval, fromMs: number, toMs: number): Candle[] {
    const { startMs, barMs } = this.#tape;
    const intervalMs = INTERVALS_MS[interval];
    const firstKnownMs = Math.ceil(startMs / intervalMs) * intervalMs;
    const nowMs = startMs + market.minute * barMs;
    const newestMs = Math.min(toMs, nowMs);
    const newestOpenMs = newestMs - (newestMs % intervalMs);
    const oldestOpenMs = Math.max(
      firstKnownMs,
      fromMs - (fromMs % intervalMs),
      newestOpenMs - (MAX_CANDLES - 1) * intervalMs,
    );
    const candles: Candle[] = [];
    for (let openMs = oldestOpenMs; openMs <= newestOpenMs; openMs += intervalMs) {
      const candle = this.#candle(market, interval, openMs);
      if (candle) candles.push(candle);
    }
    return candles;
  }

  #candle(market: SeenMarket, interval: Interval, openMs: number): Candle | undefined {
    const { startMs, barMs } = this.#tape;
    const intervalMs = INTERVALS_MS[interval];
    const first = (openMs - startMs) / barMs;
    if (first < 0) return undefined;
    const end = first + intervalMs / barMs;
    const isClosed = end <= market.minute;
    const cache = this.#cacheOf(market.asset.name, interval);
    const known = isClosed ? cache.get(openMs) : undefined;
    if (known) return known;
    let bar: Bar | undefined;
    for (let minute = first; minute < end && minute <= market.minute; minute += 1) {
      const next = minuteBar(market, minute);
      if (next) bar = bar ? joinBars(bar, next) : next;
    }
    if (!bar) return undefined;
    const candle = toCandle(market.asset, interval, openMs, bar);
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

function toCandle(asset: AssetSpec, interval: Interval, openMs: number, bar: Bar): Candle {
  // Halves go up, as in the modelled market: a bar must close where its last print was.
  const price = (value: number): string =>
    wireDecimal(roundPrice(asset, decimalFromFloat(value), ROUND_HALF_UP));
  return {
    t: openMs,
    T: openMs + INTERVALS_MS[interval] - 1,
    s: asset.name,
    i: interval,
    o: price(bar.open),
    c: price(bar.close),
    h: price(bar.high),
    l: price(bar.low),
    v: wireDecimal(plain(decimalFromFloat(bar.volumeBase).toDecimalPlaces(asset.szDecimals))),
    n: bar.steps, // the tape does not say how many trades made a bar
  };
}
