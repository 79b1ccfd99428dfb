/**
 * A real venue as a feed: its books, trades, mark and oracle prices and funding rates, relayed in real
 * time over the same REST and WebSocket protocol that this exchange serves. Orders never go there.
 *
 * What it brings cannot be asked for again, so the exchange journals each moment. Trading is halted
 * while the socket is down, and while any market has had no news for {@link STALE_MS}: resting orders
 * stay, and the first new book meets them. A gap is logged and its minutes are asked for again; its
 * trades are not played. Hours that end while the exchange is not running bring no funding.
 *
 * Tested against another paper exchange as the real venue; against mainnet itself it is unverified.
 */
import { setTimeout } from 'node:timers/promises';
import { fundingRateFor, premiumFor } from '../../../domain/matching/margin/funding-rate.ts';
import type { Meta } from '../../hyperliquid/wire/info-market.ts';
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';
import {
  type Feed,
  type FundingHour,
  type FundingRow,
  hoursWithin,
  type Moment,
  type SeenBars,
  TapeError,
} from './feed.ts';
import { readHyperliquidFrame } from './hyperliquid-messages.ts';
import { LiveHistory } from './live-history.ts';
import { LiveMarket } from './live-market.ts';
import { LiveSocket } from './live-socket.ts';
import { assetsOf } from './meta.ts';

/** The venue tells each book every half second; markets that are silent for longer are not known. */
export const STALE_MS = 10_000;
/** Steps are no closer than this: what is heard in between makes one. */
const STEP_MS = 100;
const FIRST_BOOKS_MS = 15_000;
/** The last day's figures need the 24 hours before now. */
const HISTORY_MS = 25 * 3_600_000;
const FUNDING_HISTORY_MS = 7 * 86_400_000;

const NO_MOMENT: Moment = { timeMs: 0, updates: [], fundings: [] };

export interface LiveOptions {
  /** Of the venue's HTTP API, such as `https://api.hyperliquid.xyz`; the socket is at its `/ws`. */
  readonly url: string;
  readonly coins: readonly string[];
}

export class LiveFeed implements Feed {
  readonly meta: Meta;
  readonly coins: readonly string[];
  readonly isReproducible = false;
  readonly lastStep = Number.POSITIVE_INFINITY;
  readonly fingerprint: string;
  readonly startOffsetMinutes = 0;
  readonly notes: readonly string[] = [];
  readonly #markets: ReadonlyMap<string, LiveMarket>;
  readonly #heardAt = new Map<string, number>();
  readonly #funding = new Map<string, FundingRow[]>();
  readonly #history: LiveHistory;
  readonly #socket: LiveSocket;
  readonly #log: Log;
  #latest: { readonly step: number; readonly moment: Moment } = { step: 0, moment: NO_MOMENT };
  /** The newest time of the venue's clock that was heard, ms. */
  #venueMs = 0;
  /** The venue's time when the socket was lost, ms. */
  #downSinceMs: number | undefined;
  #unreadable = 0;

  constructor(options: LiveOptions, meta: Meta, history: LiveHistory, log: Log) {
    const { url, coins } = options;
    this.meta = meta;
    this.coins = coins;
    this.fingerprint = `live ${url} ${coins.join(',')}`;
    this.#history = history;
    this.#log = log;
    const assets = assetsOf(meta).filter(({ name }) => coins.includes(name));
    this.#markets = new Map(assets.map((asset) => [asset.name, new LiveMarket(asset)]));
    this.#socket = new LiveSocket({
      wsUrl: `${url.replace(/^http/, 'ws')}/ws`,
      subscriptions: coins.flatMap((coin) =>
        ['l2Book', 'trades', 'activeAssetCtx'].map((type) => ({ type, coin })),
      ),
      onFrame: (frame) => this.#hear(frame),
      onUp: () => this.#up(),
      onDown: (problem) => this.#down(problem),
    });
  }

  timeMs(step: number): number {
    return step === this.#latest.step + 1 ? this.#nextMs() : this.#latest.moment.timeMs;
  }

  moment(step: number): Moment {
    if (step <= this.#latest.step) return this.#latest.moment;
    const timeMs = this.#nextMs();
    const updates = [...this.#markets.values()].flatMap((market) => market.takeUpdate() ?? []);
    const hours = hoursWithin(this.#latest.moment.timeMs + 1, timeMs + 1);
    const fundings = hours.map((hourMs) => this.#fundingAt(hourMs));
    this.#latest = { step, moment: { timeMs, updates, fundings } };
    return this.#latest.moment;
  }

  /** Steps go on where they stopped; the venue's clock has meanwhile gone on by itself. */
  remember(step: number): void {
    this.#latest = { ...this.#latest, step };
  }

  fundingRate(coin: string): string {
    return this.#markets.get(coin)?.fundingRate ?? fundingRateFor('0');
  }

  fundingHistory(coin: string, fromMs: number, toMs: number): FundingRow[] {
    const rows = this.#funding.get(coin) ?? [];
    return rows.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  }

  bars(coin: string): SeenBars | undefined {
    return this.#markets.get(coin)?.bars(this.#latest.moment.timeMs);
  }

  haltReason(): string | undefined {
    if (this.#downSinceMs !== undefined) return 'the live feed is disconnected';
    const nowMs = performance.now();
    const silent = this.coins.find((coin) => {
      const isFresh = nowMs - (this.#heardAt.get(coin) ?? 0) <= STALE_MS;
      return !isFresh || this.#markets.get(coin)?.hasBook !== true;
    });
    return silent === undefined ? undefined : `the live feed of ${silent} is stale`;
  }

  /** Moves the exchange as the venue moves. Returns how to stop. */
  run(exchange: PaperExchange, log: Log): () => void {
    const timer = setInterval(() => {
      try {
        if (this.#downSinceMs === undefined) exchange.advance();
      } catch (error) {
        log.error({ err: error }, 'the market could not move');
      }
    }, STEP_MS);
    return () => clearInterval(timer);
  }

  close(): void {
    this.#socket.close();
  }

  /** The books are there: the clock begins, and the history before it is asked for. */
  async begin(): Promise<void> {
    this.#latest = { step: 0, moment: { ...NO_MOMENT, timeMs: this.#venueMs } };
    await this.#fill(this.#venueMs - HISTORY_MS);
  }

  async #fill(fromMs: number): Promise<void> {
    for (const [coin, market] of this.#markets) {
      market.fill(await this.#history.minutes(coin, fromMs, this.#venueMs));
      const fundingFromMs = this.#venueMs - FUNDING_HISTORY_MS;
      this.#funding.set(coin, await this.#history.funding(coin, fundingFromMs));
    }
  }

  /** Its time never goes back, whatever the venue's clock does. */
  #nextMs(): number {
    return Math.max(this.#latest.moment.timeMs, this.#venueMs);
  }

  #hear(frame: unknown): void {
    const assetOf = (coin: string) => this.#markets.get(coin)?.asset;
    const read = readHyperliquidFrame(frame, assetOf, this.#venueMs);
    if (read === 'unreadable') {
      this.#unreadable += 1;
      this.#log.warn({ count: this.#unreadable }, 'a live frame could not be read');
      return;
    }
    if (read === 'foreign') return;
    for (const event of read) {
      if (this.#markets.get(event.coin)?.hear(event) !== true) continue;
      this.#heardAt.set(event.coin, performance.now());
      this.#venueMs = Math.max(this.#venueMs, event.timeMs);
    }
  }

  #up(): void {
    const sinceMs = this.#downSinceMs;
    this.#downSinceMs = undefined;
    if (sinceMs === undefined || sinceMs === 0) return; // nothing had been heard before
    this.#log.warn({ fromMs: sinceMs }, 'the live feed is back: a gap lies behind');
    this.#fill(sinceMs).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the minutes of the gap could not be had');
    });
  }

  #down(problem: string): void {
    for (const market of this.#markets.values()) market.forget();
    if (this.#downSinceMs !== undefined) return;
    this.#downSinceMs = this.#venueMs;
    this.#log.warn({ problem }, 'the live feed is disconnected: trading is halted');
  }

  /** The rate that the venue showed last is the one that the hour ends with. */
  #fundingAt(hourMs: number): FundingHour {
    const rates = [...this.#markets].flatMap(([coin, { oraclePx }]) => {
      const rate = this.fundingRate(coin);
      this.#funding.get(coin)?.push({ coin, timeMs: hourMs, rate, premium: premiumFor(rate) });
      return oraclePx === undefined ? [] : [{ coin, rate, oraclePx }];
    });
    return { timeMs: hourMs, rates };
  }
}

/**
 * Connects to a real venue and resolves when every market has a book.
 * @throws TapeError when the venue does not answer, does not know a coin, or sends no books.
 */
export async function openLiveFeed(options: LiveOptions, log: Log): Promise<LiveFeed> {
  const history = new LiveHistory(options.url);
  const meta = await history.meta();
  const known = new Set(meta.universe.map(({ name }) => name));
  for (const coin of options.coins) {
    if (!known.has(coin)) throw new TapeError(`live ${options.url}: knows no coin ${coin}`);
  }
  const feed = new LiveFeed(options, meta, history, log);
  try {
    const deadlineMs = performance.now() + FIRST_BOOKS_MS;
    while (feed.haltReason() !== undefined) {
      if (performance.now() > deadlineMs) {
        throw new TapeError(`live ${options.url}: ${feed.haltReason()}`);
      }
      await setTimeout(STEP_MS);
    }
    await feed.begin();
    return feed;
  } catch (error) {
    feed.close();
    throw error;
  }
}
