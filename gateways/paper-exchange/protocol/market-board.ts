/**
 * What everybody may see of the markets: mids, books, contexts, recent trades, candles, funding.
 * Times are the feed's. Only reads the exchange; a market without a feed has no book and no price.
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
import type { PublicTrade } from '../../../domain/matching/contract/venue-records.ts';
import type { BestPrices, MarketView } from '../../../domain/matching/contract/venue-views.ts';
import type {
  AssetCtx,
  BookLevel,
  Candle,
  L2Book,
  Trade,
} from '../../hyperliquid/wire/info-market.ts';
import type { CandleInterval } from '../../hyperliquid/wire/info-requests.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { Change, PaperExchange } from '../exchange.ts';
import { CandleBook } from '../feeds/candles.ts';
import { HOUR_MS } from '../feeds/feed.ts';
import { type Aggregation, impactPx, shownLevels } from './book-view.ts';
import { joinMonths, monthEndMs, monthOpenMs } from './month-candles.ts';

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

/** The two prices that nearly everybody watches. */
export interface FastCtx {
  readonly markPx: string;
  readonly midPx: string | null;
}

const max = (a: Decimal, b: Decimal): Decimal => (a.gt(b) ? a : b);
const shown = (value: Decimal): string => wireDecimal(plain(value.toDecimalPlaces(6)));

/** A public trade as the wire shows it: on the feed's clock. */
export function wireTrade({ marketTimeMs, ...trade }: PublicTrade): Trade {
  return { ...trade, users: [...trade.users], time: marketTimeMs };
}

export class MarketBoard {
  readonly #exchange: PaperExchange;
  readonly #candles: CandleBook;
  readonly #assets: ReadonlyMap<string, AssetSpec>;
  readonly #trades = new Map<string, Trade[]>();

  constructor(exchange: PaperExchange, assets: readonly AssetSpec[]) {
    this.#exchange = exchange;
    this.#candles = new CandleBook(exchange.feed, assets);
    this.#assets = new Map(assets.map((asset) => [asset.name, asset]));
    exchange.onChange((change) => this.#keepTrades(change));
  }

  isKnown(coin: string): boolean {
    return this.#assets.has(coin);
  }

  /** The market's clock, ms. */
  get timeMs(): number {
    return this.#exchange.feed.timeMs(this.#exchange.step);
  }

  mids(): Record<string, string> {
    return Object.fromEntries(
      this.#prices().map(([coin, { midPx, markPx }]) => [coin, midPx ?? markPx]),
    );
  }

  fastContexts(): Record<string, FastCtx> {
    return Object.fromEntries(
      this.#prices().map(([coin, { markPx, midPx }]) => [coin, { markPx, midPx }]),
    );
  }

  /** Best bid and ask; undefined for a coin that the venue does not know. */
  best(coin: string): readonly [bid: BookLevel | null, ask: BookLevel | null] | undefined {
    if (!this.isKnown(coin)) return undefined;
    const { bid = null, ask = null } = this.#exchange.venue.bestPrices(coin) ?? {};
    return [bid, ask];
  }

  /** Null for a coin that the venue does not know. */
  book(coin: string, aggregation: Aggregation = {}): L2Book | null {
    if (!this.isKnown(coin)) return null;
    const market = this.#exchange.venue.market(coin);
    const levels = market ? shownLevels(market, aggregation) : ([[], []] as L2Book['levels']);
    const time = this.timeMs;
    if (!aggregation.nSigFigs) return { coin, time, levels };
    const [bid, ask] = [levels[0][0], levels[1][0]];
    const spread = bid && ask ? plain(decimal(ask.px).minus(bid.px)) : '0';
    return { coin, time, levels, spread: wireDecimal(spread) };
  }

  /** Newest first. */
  recentTrades(coin: string): readonly Trade[] {
    return this.#trades.get(coin)?.toReversed() ?? [];
  }

  candles(coin: string, interval: CandleInterval, fromMs: number, toMs: number): Candle[] {
    const { step } = this.#exchange;
    if (interval !== '1M') return this.#candles.between(coin, interval, fromMs, toMs, step);
    const untilMs = monthEndMs(Math.min(toMs, this.timeMs));
    return joinMonths(this.#candles.between(coin, '1d', monthOpenMs(fromMs), untilMs, step));
  }

  currentCandle(coin: string, interval: CandleInterval): Candle | undefined {
    if (interval !== '1M') return this.#candles.current(coin, interval, this.#exchange.step);
    return this.candles(coin, interval, this.timeMs, this.timeMs).at(-1);
  }

  /** Oldest first; the first 500 of the range. */
  fundingHistory(coin: string, fromMs: number, toMs: number): object[] {
    const { feed, step } = this.#exchange;
    return feed
      .fundingHistory(coin, fromMs, toMs, step)
      .slice(0, MAX_FUNDING_ROWS)
      .map(({ rate, premium, timeMs }) => ({
        coin,
        fundingRate: wireDecimal(rate),
        premium: wireDecimal(premium),
        time: timeMs,
      }));
  }

  /** What each coin's next funding is expected to be: the rate that is shown now. */
  predictedFundings(): unknown[] {
    const { feed, step } = this.#exchange;
    const nextFundingTime = (Math.floor(this.timeMs / HOUR_MS) + 1) * HOUR_MS;
    return feed.coins.map((coin) => {
      const fundingRate = wireDecimal(feed.fundingRate(coin, step));
      const here = { fundingRate, nextFundingTime, fundingIntervalHours: 1 };
      return [
        coin,
        [
          ['BinPerp', null],
          ['HlPerp', here],
          ['BybitPerp', null],
        ],
      ];
    });
  }

  /** Of every listed market, in the order of `meta`. */
  contexts(): AssetCtx[] {
    return this.#exchange.feed.meta.universe.map(({ name }) => this.context(name));
  }

  context(coin: string): AssetCtx {
    const { feed, step, venue } = this.#exchange;
    const market = venue.market(coin);
    const asset = this.#assets.get(coin);
    if (!market || !asset) return NO_MARKET;
    const impact = impactPrices(market);
    return {
      funding: wireDecimal(feed.fundingRate(coin, step)),
      openInterest: market.openInterest,
      ...this.#lastDay(asset),
      premium: impact ? shown(premiumOf(market, impact)) : null,
      oraclePx: market.oraclePx,
      markPx: market.markPx,
      midPx: market.midPx,
      impactPxs: impact ? [shown(impact[0]), shown(impact[1])] : null,
    };
  }

  #prices(): [coin: string, prices: BestPrices][] {
    const { feed, venue } = this.#exchange;
    return feed.coins.flatMap((coin) => {
      const prices = venue.bestPrices(coin);
      return prices ? [[coin, prices]] : [];
    });
  }

  #lastDay(asset: AssetSpec) {
    const day = this.#candles.lastDay(asset.name, this.#exchange.step);
    const before = decimalFromFloat(day?.prevDayPx ?? 0);
    return {
      prevDayPx: wireDecimal(before.isZero() ? '0' : roundPrice(asset, before)),
      dayNtlVlm: shown(decimalFromFloat(day?.volumeUsd ?? 0)),
      dayBaseVlm: shown(decimalFromFloat(day?.volumeBase ?? 0)),
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
