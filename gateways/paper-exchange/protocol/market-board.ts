/**
 * What everybody may see of the markets: mids, books, contexts, recent trades, candles, funding.
 * Times are the tape's. Only reads the exchange; a market without a tape has no book and no price.
 */
import {
  type Decimal,
  decimal,
  decimalFromFloat,
  plain,
  ZERO,
} from '../../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { roundPrice } from '../../../domain/market/asset.ts';
import type { Interval } from '../../../domain/market/interval.ts';
import type { MarketView, PublicTrade } from '../../../domain/matching/venue-types.ts';
import type { AssetCtx, Candle, L2Book, Trade } from '../../hyperliquid/wire/info-market.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { Change, PaperExchange } from '../exchange.ts';
import { CandleBook, type SeenMarket } from '../feeds/candles.ts';
import type { MarketFeed } from '../feeds/market-feed.ts';
import type { Tape, TapeSeries } from '../feeds/tape.ts';
import { type Aggregation, impactPx, shownLevels } from './book-view.ts';

const DAY_MINUTES = 1440;
const HOUR_MS = 3_600_000;
const TRADES_KEPT = 100;
const MAX_FUNDING_ROWS = 500;

/** Impact notionals in USD; source: the venue's documentation, "Funding". */
const impactUsd = (coin: string): number => (coin === 'BTC' || coin === 'ETH' ? 20_000 : 6_000);

const NO_MARKET: AssetCtx = {
  funding: '0.0',
  openInterest: '0.0',
  prevDayPx: '0.0',
  dayNtlVlm: '0.0',
  premium: null,
  oraclePx: '0.0',
  markPx: '0.0',
  midPx: null,
  impactPxs: null,
  dayBaseVlm: '0.0',
};

const max = (a: Decimal, b: Decimal): Decimal => (a.gt(b) ? a : b);
const shown = (value: Decimal): string => wireDecimal(plain(value.toDecimalPlaces(6)));

/** A public trade as the wire shows it: on the tape's clock. */
export function wireTrade({ marketTimeMs, ...trade }: PublicTrade): Trade {
  return { ...trade, users: [...trade.users], time: marketTimeMs };
}

export class MarketBoard {
  readonly #exchange: PaperExchange;
  readonly #feed: MarketFeed;
  readonly #tape: Tape;
  readonly #candles: CandleBook;
  readonly #assets: ReadonlyMap<string, AssetSpec>;
  readonly #trades = new Map<string, Trade[]>();

  constructor(exchange: PaperExchange, assets: readonly AssetSpec[]) {
    this.#exchange = exchange;
    this.#feed = exchange.feed;
    this.#tape = exchange.feed.tape;
    this.#candles = new CandleBook(this.#tape);
    this.#assets = new Map(assets.map((asset) => [asset.name, asset]));
    exchange.onChange((change) => this.#keepTrades(change));
  }

  isKnown(coin: string): boolean {
    return this.#assets.has(coin);
  }

  /** Coins that have a tape. */
  get coins(): readonly string[] {
    return [...this.#tape.series.keys()];
  }

  mids(): Record<string, string> {
    return Object.fromEntries(
      this.coins.flatMap((coin) => {
        const market = this.#exchange.venue.market(coin);
        return market ? [[coin, market.midPx ?? market.markPx]] : [];
      }),
    );
  }

  /** Null for a coin that the venue does not know. */
  book(coin: string, aggregation: Aggregation = {}): L2Book | null {
    if (!this.isKnown(coin)) return null;
    const market = this.#exchange.venue.market(coin);
    const levels = market ? shownLevels(market, aggregation) : ([[], []] as L2Book['levels']);
    const time = this.#feed.timeMs(this.#exchange.step);
    if (!aggregation.nSigFigs) return { coin, time, levels };
    const [bid, ask] = [levels[0][0], levels[1][0]];
    const spread = bid && ask ? plain(decimal(ask.px).minus(bid.px)) : '0';
    return { coin, time, levels, spread: wireDecimal(spread) };
  }

  /** Newest first. */
  recentTrades(coin: string): readonly Trade[] {
    return this.#trades.get(coin)?.toReversed() ?? [];
  }

  candles(coin: string, interval: Interval, fromMs: number, toMs: number): Candle[] {
    const market = this.#seen(coin);
    return market ? this.#candles.between(market, interval, fromMs, toMs) : [];
  }

  currentCandle(coin: string, interval: Interval): Candle | undefined {
    const market = this.#seen(coin);
    return market && this.#candles.current(market, interval);
  }

  /** One row per full hour of the tape, oldest first. */
  fundingHistory(coin: string, fromMs: number, toMs: number): object[] {
    if (!this.#tape.series.has(coin)) return [];
    const newest = Math.min(toMs, this.#feed.timeMs(this.#exchange.step) + 1);
    const oldest = Math.max(fromMs, this.#tape.startMs);
    const rows: object[] = [];
    let time = Math.ceil(oldest / HOUR_MS) * HOUR_MS;
    for (; time <= newest && rows.length < MAX_FUNDING_ROWS; time += HOUR_MS) {
      rows.push({ coin, fundingRate: this.#feed.hourlyFundingRate, premium: '0.0', time });
    }
    return rows;
  }

  context(coin: string): AssetCtx {
    const market = this.#exchange.venue.market(coin);
    const series = this.#tape.series.get(coin);
    const asset = this.#assets.get(coin);
    if (!market || !series || !asset) return NO_MARKET;
    const impact = impactPrices(market);
    return {
      funding: this.#feed.hourlyFundingRate,
      openInterest: market.openInterest,
      ...this.#lastDay(series, asset),
      premium: impact ? shown(premiumOf(market, impact)) : null,
      oraclePx: market.oraclePx,
      markPx: market.markPx,
      midPx: market.midPx,
      impactPxs: impact ? [shown(impact[0]), shown(impact[1])] : null,
    };
  }

  #lastDay(series: TapeSeries, asset: AssetSpec) {
    const end = this.#feed.minute(this.#exchange.step);
    const start = Math.max(0, end - DAY_MINUTES);
    let base = 0;
    let usd = 0;
    for (let minute = start; minute < end; minute += 1) {
      const volume = series.volumeBase[minute] ?? 0;
      base += volume;
      usd += volume * (series.close[minute] ?? 0);
    }
    const before = series.close[Math.max(0, start - 1)] ?? Number.NaN;
    return {
      prevDayPx: wireDecimal(roundPrice(asset, decimalFromFloat(before))),
      dayNtlVlm: shown(decimalFromFloat(usd)),
      dayBaseVlm: shown(decimalFromFloat(base)),
    };
  }

  #seen(coin: string): SeenMarket | undefined {
    const series = this.#tape.series.get(coin);
    const asset = this.#assets.get(coin);
    if (!series || !asset) return undefined;
    const { step } = this.#exchange;
    return {
      asset,
      series,
      stepsPerMinute: this.#feed.stepsPerBar,
      minute: this.#feed.minute(step),
      underWay: this.#feed.barUnderWay(coin, step),
    };
  }

  #keepTrades({ events }: Change): void {
    for (const event of events) {
      if (event.kind !== 'trade') continue;
      const trades = this.#trades.get(event.trade.coin) ?? [];
      trades.push(wireTrade(event.trade));
      if (trades.length > TRADES_KEPT) trades.shift();
      this.#trades.set(event.trade.coin, trades);
    }
  }
}

function impactPrices(market: MarketView): [bid: Decimal, ask: Decimal] | undefined {
  const notional = impactUsd(market.coin);
  const bid = impactPx(market.bids, notional);
  const ask = impactPx(market.asks, notional);
  return bid && ask && [bid, ask];
}

/** Source: the venue's documentation, "Funding": (max(0, bid - oracle) - max(0, oracle - ask)) / oracle. */
function premiumOf(market: MarketView, [bid, ask]: [Decimal, Decimal]): Decimal {
  const oracle = decimal(market.oraclePx);
  return max(ZERO, bid.minus(oracle))
    .minus(max(ZERO, oracle.minus(ask)))
    .div(oracle);
}
