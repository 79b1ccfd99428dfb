/**
 * One market of a tape of candles: the seeded model of domain/matching/candle-market fed bar by bar.
 * A pure function of the file, the seed and the moment.
 *
 * Where the file has a gap the market is held: the book stands at the last close, nothing prints,
 * and no candle is shown for the missing bars. Nothing is interpolated.
 */
import { decimalFromFloat, plain } from '../../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import { modelStep, type TapeCandle } from '../../../domain/matching/market/candle-market.ts';
import type { CandleSeries } from './candle-file.ts';
import { joinBars } from './candles.ts';
import type { Bar, SeenBars } from './feed.ts';
import type { Track } from './track.ts';

const MINUTE_MS = 60_000;

export interface ModelOptions {
  readonly seed: number;
  /** Steps in which each bar forms. */
  readonly stepsPerBar: number;
}

export class CandleTrack implements Track {
  readonly asset: AssetSpec;
  readonly startMs: number;
  readonly endMs: number;
  readonly #series: CandleSeries;
  readonly #options: ModelOptions;
  readonly #stepMs: number;
  #underWay: { readonly index: number; readonly step: number; readonly bar: Bar } | undefined;
  #candle: { readonly index: number; readonly candle: TapeCandle } | undefined;
  #latest: { readonly timeMs: number; readonly update: MarketUpdate } | undefined;

  constructor(asset: AssetSpec, series: CandleSeries, options: ModelOptions) {
    this.asset = asset;
    this.#series = series;
    this.#options = options;
    this.#stepMs = series.barMs / options.stepsPerBar;
    this.startMs = series.startMs;
    this.endMs = series.startMs + series.open.length * series.barMs;
  }

  /** A step ends at the last moment before the next begins, so inside its bar. */
  times(fromMs: number, toMs: number): Float64Array {
    const { startMs, barMs } = this.#series;
    const { stepsPerBar } = this.#options;
    const firstBar = Math.floor((Math.max(fromMs, startMs) - startMs) / barMs);
    const endMs = Math.min(toMs, this.endMs);
    const bars = Math.max(0, Math.ceil((endMs - startMs) / barMs) - firstBar);
    const times = new Float64Array(bars * stepsPerBar);
    let made = 0;
    for (let bar = firstBar; bar < firstBar + bars; bar += 1) {
      for (let step = 0; step < stepsPerBar; step += 1) {
        const timeMs = this.#stepTimeMs(startMs + bar * barMs, step);
        if (timeMs < fromMs || timeMs >= endMs) continue;
        times[made] = timeMs;
        made += 1;
      }
    }
    return times.subarray(0, made);
  }

  updateAt(timeMs: number): MarketUpdate | undefined {
    if (this.#latest?.timeMs === timeMs) return this.#latest.update;
    const { index, step, isOnStep } = this.#place(timeMs);
    if (!isOnStep || index < 0 || timeMs >= this.endMs) return undefined;
    const update = this.#model(index, step);
    this.#latest = { timeMs, update };
    return update;
  }

  bars(timeMs: number): SeenBars {
    const { startMs, barMs, open } = this.#series;
    const place = this.#place(timeMs);
    const last = Math.min(place.index, open.length - 1);
    return {
      startMs,
      barMs,
      last,
      bar: (index) => {
        if (index < last || place.index > last) return this.recordedBar(index);
        return index === last ? this.#barUnderWay(index, place.step) : undefined;
      },
    };
  }

  /** A whole bar of the file; undefined in a gap and outside of it. */
  recordedBar(index: number): Bar | undefined {
    const { open, high, low, close, volumeBase, isMissing } = this.#series;
    if (!(index in open) || isMissing[index] === 1) return undefined;
    return {
      open: open[index] ?? Number.NaN,
      high: high[index] ?? Number.NaN,
      low: low[index] ?? Number.NaN,
      close: close[index] ?? Number.NaN,
      volumeBase: volumeBase[index] ?? 0,
      trades: this.#options.stepsPerBar,
    };
  }

  #stepTimeMs(openMs: number, step: number): number {
    return openMs + Math.floor((step + 1) * this.#stepMs) - 1;
  }

  /** The bar of a moment, and the last of its steps that has been made by then (-1 for none). */
  #place(timeMs: number): { index: number; step: number; isOnStep: boolean } {
    const { startMs, barMs } = this.#series;
    const index = Math.floor((timeMs - startMs) / barMs);
    const openMs = startMs + index * barMs;
    let step = Math.round((timeMs + 1 - openMs) / this.#stepMs) - 1;
    if (this.#stepTimeMs(openMs, step) > timeMs) step -= 1;
    return { index, step, isOnStep: step >= 0 && this.#stepTimeMs(openMs, step) === timeMs };
  }

  #barUnderWay(index: number, step: number): Bar | undefined {
    if (step < 0 || this.#series.isMissing[index] === 1) return undefined;
    const known = this.#underWay?.index === index ? this.#underWay : undefined;
    if (known?.step === step) return known.bar;
    const isOnward = known !== undefined && known.step < step;
    let bar = isOnward ? known.bar : this.#stepBar(index, 0);
    for (let next = isOnward ? known.step + 1 : 1; next <= step; next += 1) {
      bar = joinBars(bar, this.#stepBar(index, next));
    }
    this.#underWay = { index, step, bar };
    return bar;
  }

  #stepBar(index: number, step: number): Bar {
    const openMs = this.#series.startMs + index * this.#series.barMs;
    const update = this.updateAt(this.#stepTimeMs(openMs, step)) ?? this.#model(index, step);
    const px = Number(update.markPx);
    const volumeBase = update.trades.reduce((sum, trade) => sum + Number(trade.sz), 0);
    return { open: px, high: px, low: px, close: px, volumeBase, trades: 1 };
  }

  #model(index: number, step: number): MarketUpdate {
    const { seed, stepsPerBar: steps } = this.#options;
    if (this.#candle?.index !== index) {
      this.#candle = { index, candle: tapeCandle(this.#series, index) };
    }
    const { candle } = this.#candle;
    const candleMinutes = this.#series.barMs / MINUTE_MS;
    return modelStep({ asset: this.asset, candle, candleMinutes, step, steps, seed });
  }
}

function tapeCandle(series: CandleSeries, index: number): TapeCandle {
  const text = (column: Float64Array): string => plain(decimalFromFloat(column[index] ?? 0));
  return {
    openTimeMs: series.startMs + index * series.barMs,
    open: text(series.open),
    high: text(series.high),
    low: text(series.low),
    close: text(series.close),
    volume: text(series.volumeBase),
  };
}
