/**
 * The numbers of one market that every genome reads alike: its columns, its venue terms and its
 * hourly rates, made once. Prices become whole millionths only where an order or a payment needs it.
 */
import { decimalFromFloat, plain } from '../../kernel/decimal.ts';
import { HOUR_MS } from '../../market/side-series.ts';
import { fundingRateFor } from '../../matching/margin/funding-rate.ts';
import {
  type CandlePrices,
  type Grid,
  gridOf,
  pathPx,
} from '../../matching/market/candle-market.ts';
import {
  MICRO,
  type Micro,
  type Rate,
  roundToStep,
  toMicro,
  toRate,
  truncateScaled,
  truncateToMicro,
} from '../../matching/state/fixed-point.ts';
import { DEFAULT_LEVERAGE } from '../../matching/state/state.ts';
import { type AssetTerms, tierAt } from '../../matching/state/terms.ts';
import type { BacktestMarket } from '../backtest/backtest-market.ts';

/** Text of 15 digits reads back a float that is nearest to a whole number of units below this. */
const READS_BACK = 1e15;
/** What an hour without a recorded rate pays: that of a premium of 0. */
const BASE_RATE: Rate = toRate(fundingRateFor('0'));
const RATE_ONE = 1e12;

const textOf = (value: number): string => plain(decimalFromFloat(value));

/** The float as whole units of 1 / scale when it is nearest to such a number, else NaN. */
function wholeUnits(value: number, scale: number): number {
  const units = Math.round(value * scale);
  return units / scale === value && Math.abs(units) < READS_BACK ? units : Number.NaN;
}

/** A candle's price as the market model reads it: decimals beyond the sixth are cut off. */
function candleMicro(value: number): Micro {
  const units = wholeUnits(value, MICRO);
  return Number.isNaN(units) ? truncateToMicro(textOf(value)) : units;
}

export class MarketNumbers {
  readonly market: BacktestMarket;
  readonly name: string;
  readonly terms: AssetTerms;
  readonly grid: Grid;
  /** Initial margin is reckoned at this leverage. */
  readonly leverage: number;
  /** The least leverage of any tier: maintenance is never more than value / (2 x this). */
  readonly leastTierLeverage: number;
  readonly #steps: number;
  readonly #firstHour: number;
  readonly #rates: Float64Array;
  /** The largest rate of any hour, either way, as a fraction. */
  readonly mostRate: number;
  /** By bar, NaN before it is asked for. */
  #closePips: Float64Array | undefined;

  constructor(market: BacktestMarket, terms: AssetTerms, steps: number) {
    this.market = market;
    this.name = market.asset.name;
    this.terms = terms;
    this.grid = gridOf(market.asset);
    this.leverage = Math.min(DEFAULT_LEVERAGE, market.asset.maxLeverage);
    this.leastTierLeverage = Math.min(...terms.tiers.map(({ maxLeverage }) => maxLeverage));
    this.#steps = steps;
    const { openTimeMs } = market.bars;
    const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);
    this.#firstHour = hourOf(openTimeMs[0] ?? 0);
    const lastHour = hourOf((openTimeMs.at(-1) ?? 0) + market.intervalMs) + 1;
    this.#rates = new Float64Array(lastHour - this.#firstHour + 1).fill(Number.NaN);
    for (const [atMs, rate] of market.fundingRates) {
      const place = atMs / HOUR_MS - this.#firstHour;
      if (place in this.#rates) this.#rates[place] = toRate(rate, `${this.name}.rate`);
    }
    let most = BASE_RATE;
    for (const rate of this.#rates) if (Math.abs(rate) > most) most = Math.abs(rate);
    this.mostRate = most / RATE_ONE;
  }

  get bars(): BacktestMarket['bars'] {
    return this.market.bars;
  }

  /** The hourly rate recorded for an hour, or NaN; {@link baseRate} is paid then. */
  rateAt(hourMs: number): Rate {
    return this.#rates[hourMs / HOUR_MS - this.#firstHour] ?? Number.NaN;
  }

  get baseRate(): Rate {
    return BASE_RATE;
  }

  /** What funding values a position at. @throws RangeError for more than 6 decimals, as the venue */
  oraclePx(price: number): Micro {
    const units = wholeUnits(price, MICRO);
    const field = `${this.name}.oraclePx`;
    const micro = Number.isNaN(units) ? toMicro(textOf(price), field) : units;
    return roundToStep(micro, this.terms.pxStep);
  }

  /** The oracle price at the close of a bar, in steps of the asset's prices. */
  closeOraclePips(bar: number): number {
    const { close } = this.market.bars;
    this.#closePips ??= new Float64Array(close.length).fill(Number.NaN);
    const known = this.#closePips[bar] as number;
    if (!Number.isNaN(known)) return known;
    const pips = this.oraclePx(close[bar] as number) / this.terms.pxStep;
    this.#closePips[bar] = pips;
    return pips;
  }

  prices(bar: number): CandlePrices {
    const { open, high, low, close } = this.market.bars;
    return {
      open: candleMicro(open[bar] as number),
      high: candleMicro(high[bar] as number),
      low: candleMicro(low[bar] as number),
      close: candleMicro(close[bar] as number),
    };
  }

  /** Volume of a minute of the bar, in lots. */
  minuteLots(bar: number): number {
    const volume = this.market.bars.volumeBase[bar] as number;
    const { szDecimals } = this.grid;
    const units = wholeUnits(volume, 10 ** szDecimals);
    const lots = Number.isNaN(units)
      ? truncateScaled(textOf(volume), szDecimals, 'candle.volume')
      : units;
    return Math.trunc(Math.abs(lots) / (this.market.intervalMs / 60_000));
  }

  /** The mark at the first moment of a bar. */
  firstMark(bar: number): Micro {
    return pathPx(this.grid, this.prices(bar), 0, this.#steps);
  }

  /** Maintenance margin of a position of this value. */
  maintenance(valueUsd: Micro): Micro {
    const { maxLeverage, deduction } = tierAt(this.terms, valueUsd);
    return Math.trunc(valueUsd / (2 * maxLeverage)) - deduction;
  }
}
