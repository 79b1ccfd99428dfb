/**
 * Indicators of one window of bars, each computed once: whoever asks again gets the same array, so
 * that a population of genomes shares them. Nobody may write into what it gets.
 */
import type { BarArrays } from '../market/bar-arrays.ts';
import type { FundingSeries, SentimentSeries } from '../market/side-series.ts';
import type { Kernel } from './indicators/kernel-regression.ts';
import { nadarayaWatson } from './indicators/kernel-regression.ts';
import { ema, sma, wma } from './indicators/means.ts';
import type { Macd, Stochastic } from './indicators/momentum.ts';
import { macd, rsi, stochastic } from './indicators/momentum.ts';
import type { Channel, Ichimoku } from './indicators/ranges.ts';
import { adx, atr, donchian, highest, ichimoku, lowest, trueRange } from './indicators/ranges.ts';
import { logReturns, realisedVolatility, simpleReturns } from './indicators/returns.ts';
import type { Bands } from './indicators/spread.ts';
import { bollinger, correlation, quantile, stdev, zscore } from './indicators/spread.ts';
import type { Vwap } from './indicators/volume.ts';
import { obv, vwap } from './indicators/volume.ts';

/** A column of bars that indicators are computed from. */
export type Column = 'open' | 'high' | 'low' | 'close' | 'volumeBase';

/** Everything that a seed may read: closed bars, and what else was known when they closed. */
export interface SeedInput {
  /** The bars of one window, the newest last. */
  readonly bars: BarArrays;
  /** Payments of the asset; those after a bar's close are not that bar's to read. */
  readonly funding?: FundingSeries;
  readonly sentiment?: SentimentSeries;
  /** Bars of other assets by name, of the same interval. */
  readonly others?: Readonly<Record<string, BarArrays>>;
}

export class IndicatorSource {
  readonly input: SeedInput;
  readonly bars: BarArrays;
  readonly #kept = new Map<string, unknown>();

  constructor(input: SeedInput) {
    this.input = input;
    this.bars = input.bars;
  }

  /** What `make` made under this key the first time. The key must name everything it depends on. */
  memo<Value>(key: string, make: () => Value): Value {
    const known = this.#kept.get(key);
    if (known !== undefined) return known as Value;
    const made = make();
    this.#kept.set(key, made);
    return made;
  }

  /** Bytes of the arrays kept here. */
  get sizeBytes(): number {
    const bytesOf = (value: unknown): number => {
      if (ArrayBuffer.isView(value)) return value.byteLength;
      if (typeof value !== 'object' || value === null) return 0;
      return Object.values(value).reduce<number>((sum, part) => sum + bytesOf(part), 0);
    };
    let bytes = 0;
    for (const value of this.#kept.values()) bytes += bytesOf(value);
    return bytes;
  }

  sma(column: Column, period: number): Float64Array {
    return this.memo(`sma ${column} ${period}`, () => sma(this.bars[column], period));
  }

  ema(column: Column, period: number): Float64Array {
    return this.memo(`ema ${column} ${period}`, () => ema(this.bars[column], period));
  }

  wma(column: Column, period: number): Float64Array {
    return this.memo(`wma ${column} ${period}`, () => wma(this.bars[column], period));
  }

  rsi(column: Column, period: number): Float64Array {
    return this.memo(`rsi ${column} ${period}`, () => rsi(this.bars[column], period));
  }

  macd(fast: number, slow: number, signal: number): Macd {
    return this.memo(`macd ${fast} ${slow} ${signal}`, () =>
      macd(this.bars.close, fast, slow, signal),
    );
  }

  stochastic(period: number, slowing: number, signal: number): Stochastic {
    return this.memo(`stochastic ${period} ${slowing} ${signal}`, () =>
      stochastic(this.bars, period, slowing, signal),
    );
  }

  trueRange(): Float64Array {
    return this.memo('trueRange', () => trueRange(this.bars));
  }

  atr(period: number): Float64Array {
    return this.memo(`atr ${period}`, () => atr(this.bars, period));
  }

  adx(period: number): Float64Array {
    return this.memo(`adx ${period}`, () => adx(this.bars, period));
  }

  highest(column: Column, period: number): Float64Array {
    return this.memo(`highest ${column} ${period}`, () => highest(this.bars[column], period));
  }

  lowest(column: Column, period: number): Float64Array {
    return this.memo(`lowest ${column} ${period}`, () => lowest(this.bars[column], period));
  }

  donchian(period: number): Channel {
    return this.memo(`donchian ${period}`, () => donchian(this.bars, period));
  }

  ichimoku(tenkan: number, kijun: number, spanB: number): Ichimoku {
    return this.memo(`ichimoku ${tenkan} ${kijun} ${spanB}`, () =>
      ichimoku(this.bars, tenkan, kijun, spanB, kijun),
    );
  }

  stdev(column: Column, period: number): Float64Array {
    return this.memo(`stdev ${column} ${period}`, () => stdev(this.bars[column], period));
  }

  zscore(column: Column, period: number): Float64Array {
    return this.memo(`zscore ${column} ${period}`, () => zscore(this.bars[column], period));
  }

  bollinger(period: number, deviations: number): Bands {
    return this.memo(`bollinger ${period} ${deviations}`, () =>
      bollinger(this.bars.close, period, deviations),
    );
  }

  quantile(column: Column, period: number, share: number): Float64Array {
    return this.memo(`quantile ${column} ${period} ${share}`, () =>
      quantile(this.bars[column], period, share),
    );
  }

  /** Simple returns over `bars` bars. */
  returns(bars = 1): Float64Array {
    return this.memo(`returns ${bars}`, () => simpleReturns(this.bars.close, bars));
  }

  logReturns(): Float64Array {
    return this.memo('logReturns', () => logReturns(this.bars.close));
  }

  /** Standard deviation of the simple return of one bar. */
  volatility(period: number): Float64Array {
    return this.memo(`volatility ${period}`, () => stdev(this.returns(), period));
  }

  realisedVolatility(period: number): Float64Array {
    return this.memo(`realisedVolatility ${period}`, () =>
      realisedVolatility(this.bars.close, period),
    );
  }

  vwap(period: number): Vwap {
    return this.memo(`vwap ${period}`, () => vwap(this.bars, period));
  }

  obv(): Float64Array {
    return this.memo('obv', () => obv(this.bars.close, this.bars.volumeBase));
  }

  nadarayaWatson(kernel: Kernel, bandwidth: number): Float64Array {
    return this.memo(`nadarayaWatson ${kernel} ${bandwidth}`, () =>
      nadarayaWatson(this.bars.close, kernel, bandwidth),
    );
  }

  /** Closes of another asset on this asset's bars; NaN where that bar is not there. */
  otherClose(asset: string): Float64Array {
    return this.memo(`otherClose ${asset}`, () => {
      const out = new Float64Array(this.bars.length).fill(Number.NaN);
      const other = this.input.others?.[asset];
      if (other === undefined) return out;
      let at = 0;
      for (let i = 0; i < out.length; i += 1) {
        const timeMs = this.bars.openTimeMs[i] as number;
        while (at < other.length && (other.openTimeMs[at] as number) < timeMs) at += 1;
        if (other.openTimeMs[at] === timeMs) out[i] = other.close[at] as number;
      }
      return out;
    });
  }

  /** Correlation of log returns with another asset's over `period` bars; NaN where bars are missing. */
  correlationWith(asset: string, period: number): Float64Array {
    return this.memo(`correlationWith ${asset} ${period}`, () =>
      correlation(this.logReturns(), logReturns(this.otherClose(asset)), period),
    );
  }
}
