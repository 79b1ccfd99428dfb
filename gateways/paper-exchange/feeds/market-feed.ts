/**
 * The tape as a market: what books, prints and funding each step brings. A pure function of the
 * tape, the seed and the step, so a journal needs the step alone. Holds no position of its own.
 */
import { decimalFromFloat, plain } from '../../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { modelStep, type TapeCandle } from '../../../domain/matching/candle-market.ts';
import { fundingRateFor } from '../../../domain/matching/funding-rate.ts';
import type { FundingRate, MarketUpdate } from '../../../domain/matching/venue-types.ts';
import { type Bar, joinBars } from './candles.ts';
import { type Tape, TapeError, type TapeSeries } from './tape.ts';

const HOUR_MS = 3_600_000;

export interface FeedOptions {
  readonly seed: number;
  /** Steps in which each bar of the tape forms. */
  readonly stepsPerBar: number;
  /** Bars of the tape that are history at the start. */
  readonly startMinute: number;
}

interface Market {
  readonly asset: AssetSpec;
  readonly series: TapeSeries;
}

export class MarketFeed {
  readonly tape: Tape;
  readonly seed: number;
  readonly stepsPerBar: number;
  readonly startMinute: number;
  /** Tape time of one step, ms. */
  readonly stepMs: number;
  /** The step after which the tape is at its end. */
  readonly lastStep: number;
  /** The modelled mark is the oracle, so the premium is 0 and the rate is the interest rate's. */
  readonly hourlyFundingRate: string = fundingRateFor('0');
  readonly #markets: ReadonlyMap<string, Market>;
  readonly #underWay = new Map<string, { step: number; bar: Bar }>();
  #latest: { step: number; updates: readonly MarketUpdate[] } = { step: 0, updates: [] };

  /** @throws TapeError when the start lies beyond the tape. */
  constructor(tape: Tape, assets: readonly AssetSpec[], options: FeedOptions) {
    const { seed, stepsPerBar, startMinute } = options;
    if (startMinute >= tape.bars) {
      throw new TapeError(
        `startOffsetMinutes ${startMinute}: must be less than the tape's ${tape.bars} minutes`,
      );
    }
    this.tape = tape;
    this.seed = seed;
    this.stepsPerBar = stepsPerBar;
    this.startMinute = startMinute;
    this.stepMs = tape.barMs / stepsPerBar;
    this.lastStep = (tape.bars - startMinute) * stepsPerBar;
    this.#markets = new Map(
      assets.flatMap((asset) => {
        const series = tape.series.get(asset.name);
        return series ? [[asset.name, { asset, series }] as const] : [];
      }),
    );
  }

  /** Index of the bar that the step belongs to. Steps count from 1. */
  minute(step: number): number {
    return this.startMinute + Math.floor((step - 1) / this.stepsPerBar);
  }

  /** The tape's clock after a step, ms: the last moment of the step, so inside its bar. */
  timeMs(step: number): number {
    const openMs = this.tape.startMs + this.minute(step) * this.tape.barMs;
    return openMs + Math.floor((this.#stepInBar(step) + 1) * this.stepMs) - 1;
  }

  /** What every market does in a step. */
  updates(step: number): readonly MarketUpdate[] {
    if (this.#latest.step !== step) {
      const updates = [...this.#markets.values()].map((market) => this.#update(market, step));
      this.#latest = { step, updates };
    }
    return this.#latest.updates;
  }

  /** Whether funding is due after the step. */
  endsHour(step: number): boolean {
    return (this.timeMs(step) + 1) % HOUR_MS === 0;
  }

  fundingRates(updates: readonly MarketUpdate[]): FundingRate[] {
    const rate = this.hourlyFundingRate;
    return updates.map(({ coin, oraclePx }) => ({ coin, rate, oraclePx }));
  }

  /** The bar that a step belongs to, as far as it has formed. */
  barUnderWay(coin: string, step: number): Bar | undefined {
    const market = this.#markets.get(coin);
    if (!market || step < 1) return undefined;
    const known = this.#underWay.get(coin);
    if (known?.step === step) return known.bar;
    const firstStep = step - this.#stepInBar(step);
    const isNext = known?.step === step - 1 && known.step >= firstStep;
    let bar = isNext ? known.bar : this.#stepBar(market, firstStep);
    for (let next = isNext ? step : firstStep + 1; next <= step; next += 1) {
      bar = joinBars(bar, this.#stepBar(market, next));
    }
    this.#underWay.set(coin, { step, bar });
    return bar;
  }

  #stepInBar(step: number): number {
    return (step - 1) % this.stepsPerBar;
  }

  #stepBar(market: Market, step: number): Bar {
    const latest = this.#latest.step === step ? this.#latest.updates : [];
    const update =
      latest.find(({ coin }) => coin === market.asset.name) ?? this.#update(market, step);
    const px = Number(update.markPx);
    const sizes = update.trades.map((trade) => Number(trade.sz));
    const volumeBase = sizes.reduce((sum, sz) => sum + sz, 0);
    return { open: px, high: px, low: px, close: px, volumeBase, steps: 1 };
  }

  #update({ asset, series }: Market, step: number): MarketUpdate {
    return modelStep({
      asset,
      candle: tapeCandle(this.tape, series, this.minute(step)),
      step: this.#stepInBar(step),
      steps: this.stepsPerBar,
      seed: this.seed,
    });
  }
}

function tapeCandle(tape: Tape, series: TapeSeries, minute: number): TapeCandle {
  const text = (column: Float64Array): string => plain(decimalFromFloat(column[minute] ?? 0));
  return {
    openTimeMs: tape.startMs + minute * tape.barMs,
    open: text(series.open),
    high: text(series.high),
    low: text(series.low),
    close: text(series.close),
    volume: text(series.volumeBase),
  };
}
