/** The venue's market at one moment of a bar, from the model that the paper exchange's tapes use. */
import { decimalFromFloat, plain } from '../../kernel/decimal.ts';
import type { MarketUpdate } from '../../matching/contract/venue-inputs.ts';
import {
  DEFAULT_SPREAD_BPS,
  modelStep,
  type TapeCandle,
} from '../../matching/market/candle-market.ts';
import type { BacktestMarket } from './backtest-market.ts';

const MINUTE_MS = 60_000;

export interface ModelTerms {
  readonly seed: number;
  readonly stepsPerBar: number;
  readonly spreadBps?: number;
  /** By asset; others have `spreadBps`. */
  readonly spreadBpsOf?: Readonly<Record<string, number>>;
}

/** The spread of an asset's book in basis points. */
export const spreadOf = (
  { spreadBps = DEFAULT_SPREAD_BPS, spreadBpsOf }: ModelTerms,
  asset: string,
): number => spreadBpsOf?.[asset] ?? spreadBps;

export class CandleModel {
  readonly #terms: ModelTerms;
  /** The bar under way of each market, as text: its steps are asked for one after the other. */
  readonly #candles = new Map<string, TapeCandle>();

  constructor(terms: ModelTerms) {
    this.#terms = terms;
  }

  updateOf(market: BacktestMarket, index: number, step: number): MarketUpdate {
    const { stepsPerBar: steps, seed } = this.#terms;
    return modelStep({
      asset: market.asset,
      candle: this.#candleOf(market, index),
      candleMinutes: market.intervalMs / MINUTE_MS,
      step,
      steps,
      seed,
      spreadBps: spreadOf(this.#terms, market.asset.name),
    });
  }

  #candleOf({ asset, bars }: BacktestMarket, index: number): TapeCandle {
    const openTimeMs = bars.openTimeMs[index] ?? Number.NaN;
    const known = this.#candles.get(asset.name);
    if (known?.openTimeMs === openTimeMs) return known;
    const text = (column: Float64Array): string =>
      plain(decimalFromFloat(column[index] ?? Number.NaN));
    const candle: TapeCandle = {
      openTimeMs,
      open: text(bars.open),
      high: text(bars.high),
      low: text(bars.low),
      close: text(bars.close),
      volume: text(bars.volumeBase),
    };
    this.#candles.set(asset.name, candle);
    return candle;
  }
}
