/**
 * The one account of a vector backtest: what `matching` does with a session's orders (market orders,
 * stops and targets, all takers, cross margin), in whole numbers and without its records. Prices are
 * millionths, sizes lots; a price over its step times lots is exact in millionths of a USD.
 *
 * Every public call but `protect` is one input of the venue: after it the margin is looked at, and
 * only then is told what happened.
 */
import { methodFor, partToSell, WHOLE_AFTER_PART_MS } from '../../matching/margin/liquidation.ts';
import { applyRate, MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import type { ExitCause, TradeBook, TradeFill } from '../backtest/trade-book.ts';
import { ExitKeeper } from './exit-keeper.ts';
import type { FeeRate } from './fee-rate.ts';
import type { MarketNumbers } from './market-numbers.ts';
import {
  COLLAR_PER_MILLE,
  collared,
  marketProblem,
  type Standing,
  TRIGGER_COLLAR_PER_MILLE,
  triggerProblem,
} from './order-checks.ts';
import type { StepBook } from './step-book.ts';
import { AT_TARGET_ID, type ReasonId, STOPPED_ID, type Trigger } from './triggers.ts';

/** A liquidation order has no limit. */
const ANY_PRICE: Micro = 10 ** 15;

export interface Counts {
  orders: number;
  fills: number;
  feesUsd: number;
  fundingUsd: number;
  liquidations: number;
}

interface UntoldFill {
  readonly market: number;
  readonly fill: TradeFill;
  readonly cause: ExitCause;
  readonly reason: ReasonId;
}

export class VectorDesk {
  readonly #numbers: readonly MarketNumbers[];
  readonly #books: readonly StepBook[];
  readonly #trades: TradeBook<ReasonId>;
  readonly #feeRate: FeeRate;
  readonly counts: Counts = { orders: 0, fills: 0, feesUsd: 0, fundingUsd: 0, liquidations: 0 };
  readonly refusals: Record<string, number> = {};
  cash: Micro;
  /** Signed, by market. */
  readonly lots: Float64Array;
  readonly markPx: Float64Array;
  /** Markets with a position, in the order in which they were entered. */
  readonly held: number[] = [];
  /** By market, oldest first. */
  readonly triggers: readonly Trigger[][];
  readonly exits: ExitKeeper;
  /** Markets with a fill since their exits were looked at, oldest first. */
  readonly exposed: number[] = [];
  atMs = 0;
  isSuspect = false;
  #cause: ExitCause = 'stop';
  #reason: ReasonId = STOPPED_ID;
  #wholeUntilMs = 0;
  readonly #untold: UntoldFill[] = [];

  constructor(
    numbers: readonly MarketNumbers[],
    books: readonly StepBook[],
    trades: TradeBook<ReasonId>,
    feeRate: FeeRate,
    cash: Micro,
  ) {
    this.#numbers = numbers;
    this.#books = books;
    this.#trades = trades;
    this.#feeRate = feeRate;
    this.cash = cash;
    this.lots = new Float64Array(numbers.length);
    this.markPx = new Float64Array(numbers.length).fill(Number.NaN);
    this.triggers = numbers.map(() => []);
    this.exits = new ExitKeeper(this, numbers.length);
  }

  of(market: number): MarketNumbers {
    return this.#numbers[market] as MarketNumbers;
  }

  book(market: number): StepBook {
    return this.#books[market] as StepBook;
  }

  /** Signed value of a position at the mark. */
  valueOf(market: number): Micro {
    const { pxStep } = this.of(market).terms;
    return ((this.markPx[market] as number) / pxStep) * (this.lots[market] as number);
  }

  equity(): Micro {
    let equity = this.cash;
    for (const market of this.held) equity += this.valueOf(market);
    return equity;
  }

  #maintenance(): Micro {
    let sum = 0;
    for (const market of this.held) {
      sum += this.of(market).maintenance(Math.abs(this.valueOf(market)));
    }
    return sum;
  }

  #freeUsd(): Micro {
    let free = this.cash;
    for (const market of this.held) {
      const value = this.valueOf(market);
      free += value - Math.trunc(Math.abs(value) / this.of(market).leverage);
    }
    return free;
  }

  /** What happens next follows from a decision; all else happens on its own. */
  doing(cause: ExitCause, reason: ReasonId): void {
    this.#cause = cause;
    this.#reason = reason;
  }

  refuse(why: string): void {
    this.refusals[why] = (this.refusals[why] ?? 0) + 1;
  }

  /** The venue is shown a moment of a bar: triggers fire on the mark, oldest first. */
  showMoment(market: number, bar: number, step: number): void {
    this.doing('stop', STOPPED_ID);
    const book = this.book(market);
    book.show(bar, step);
    this.markPx[market] = book.markPx;
    const triggers = this.triggers[market] as Trigger[];
    if (triggers.length > 0) this.#fire(market, triggers, book.markPx);
    this.endInput(this.lots[market] !== 0);
    if (this.exposed.includes(market)) this.exits.protect(market);
  }

  /** The mark that an asset was left at, where nothing could happen since. */
  rememberMoment(market: number, bar: number, step: number): void {
    const book = this.book(market);
    if (book.shows(bar, step)) return;
    book.show(bar, step);
    this.markPx[market] = book.markPx;
  }

  #fire(market: number, triggers: Trigger[], markPx: Micro): void {
    for (const trigger of [...triggers]) {
      const { isBuy, isTarget, lots, triggerPx, limitPx } = trigger;
      const isAbove = isBuy !== isTarget;
      if (isAbove ? markPx < triggerPx : markPx > triggerPx) continue;
      triggers.splice(triggers.indexOf(trigger), 1);
      if (isTarget) this.doing('target', AT_TARGET_ID);
      this.#take(market, isBuy, lots, limitPx, true, false);
      if (isTarget) this.doing('stop', STOPPED_ID);
    }
  }

  #reducible(market: number, isBuy: boolean): number {
    const lots = this.lots[market] as number;
    return isBuy ? Math.max(0 - lots, 0) : Math.max(lots, 0);
  }

  /** Walks the book within the limit; returns the lots taken. */
  #take(
    market: number,
    isBuy: boolean,
    lots: number,
    limitPx: Micro,
    reduceOnly: boolean,
    isLiquidation: boolean,
  ): number {
    const book = this.book(market);
    let left = reduceOnly ? Math.min(lots, this.#reducible(market, isBuy)) : lots;
    let taken = 0;
    while (left > 0) {
      const px = book.bestPx(isBuy);
      if (px === 0 || (isBuy ? px > limitPx : px < limitPx)) break;
      const part = book.take(isBuy, left);
      this.#settle(market, isBuy, px, part, false, isLiquidation);
      left -= part;
      taken += part;
    }
    return taken;
  }

  #settle(
    market: number,
    isBuy: boolean,
    px: Micro,
    lots: number,
    isFree: boolean,
    isLiquidation: boolean,
  ): void {
    const { terms, name } = this.of(market);
    const start = this.lots[market] as number;
    const value = (px / terms.pxStep) * lots;
    const fee = isFree ? 0 : applyRate(value, this.#feeRate.takerOn(this.atMs));
    this.cash += (isBuy ? -value : value) - fee;
    this.#feeRate.count(this.atMs, value);
    const after = start + (isBuy ? lots : -lots);
    this.lots[market] = after;
    if (start === 0) this.held.push(market);
    else if (after === 0) this.held.splice(this.held.indexOf(market), 1);
    if (isLiquidation) this.isSuspect = true;
    const fill: TradeFill = {
      asset: name,
      isBuy,
      px: px / MICRO,
      sizeBase: (lots * terms.lot) / MICRO,
      feeUsd: fee / MICRO,
      startBase: (start * terms.lot) / MICRO,
      timeMs: this.atMs,
      isLiquidation,
    };
    this.#untold.push({ market, fill, cause: this.#cause, reason: this.#reason });
  }

  /** Margin is looked at when the account was touched, or after a liquidation; then fills are told. */
  endInput(isTouched: boolean): void {
    if (isTouched || this.isSuspect || this.#untold.length > 0) {
      this.isSuspect = false;
      if (this.held.length > 0) this.#liquidate();
    }
    if (this.#untold.length === 0) return;
    const equityUsd = this.equity() / MICRO;
    for (const { market, fill, cause, reason } of this.#untold) {
      const hasBothSides = this.book(market).midPx() !== 0;
      const markPx = hasBothSides ? (this.markPx[market] as number) / MICRO : fill.px;
      this.counts.fills += 1;
      this.counts.feesUsd += fill.feeUsd;
      this.#trades.fill(fill, { cause, reason, markPx, equityUsd });
      if (!this.exposed.includes(market)) this.exposed.push(market);
    }
    this.#untold.length = 0;
  }

  #liquidate(): void {
    const equity = this.equity();
    const method = methodFor(equity, this.#maintenance());
    if (method === undefined) return;
    this.counts.liquidations += 1;
    for (const triggers of this.triggers) triggers.length = 0;
    const markets = [...this.held];
    if (method === 'backstop') for (const market of markets) this.#handOver(market);
    else this.#sellToBook(markets);
    if (method === 'backstop') this.cash = 0;
    else if (this.held.length === 0) this.cash = Math.max(this.cash, 0);
  }

  #sellToBook(markets: readonly number[]): void {
    const isWhole = this.atMs < this.#wholeUntilMs;
    const sizes = markets.map((market) => {
      const size = Math.abs(this.lots[market] as number);
      return isWhole ? size : partToSell(size, Math.abs(this.valueOf(market)), 1);
    });
    markets.forEach((market, place) => {
      const before = this.lots[market] as number;
      const size = sizes[place] as number;
      const limit = before < 0 ? ANY_PRICE : 0;
      const taken = this.#take(market, before < 0, size, limit, true, true);
      if (size < Math.abs(before) && taken > 0) {
        this.#wholeUntilMs = this.atMs + WHOLE_AFTER_PART_MS;
      }
    });
  }

  #handOver(market: number): void {
    const lots = this.lots[market] as number;
    this.#settle(market, lots < 0, this.markPx[market] as number, Math.abs(lots), true, true);
  }

  /** Sends a market order; returns the venue's words when it is refused. */
  placeMarket(
    market: number,
    isBuy: boolean,
    lots: number,
    reduceOnly: boolean,
    referencePx: Micro,
  ): string | undefined {
    const numbers = this.of(market);
    this.counts.orders += 1;
    const limitPx = collared(numbers, isBuy, referencePx, COLLAR_PER_MILLE);
    const standing: Standing = {
      markPx: this.markPx[market] as number,
      reducible: this.#reducible(market, isBuy),
      freeUsd: reduceOnly ? 0 : this.#freeUsd(),
      contraPx: this.book(market).bestPx(isBuy),
    };
    const problem = marketProblem(numbers, isBuy, limitPx, lots, reduceOnly, standing);
    if (problem === undefined) this.#take(market, isBuy, lots, limitPx, reduceOnly, false);
    this.endInput(false);
    if (problem !== undefined) this.refuse(`venue: ${problem}`);
    return problem;
  }

  /** Sends a stop or a target. */
  placeTrigger(
    market: number,
    isBuy: boolean,
    lots: number,
    triggerPx: Micro,
    isTarget: boolean,
  ): void {
    const numbers = this.of(market);
    this.counts.orders += 1;
    const limitPx = collared(numbers, isBuy, triggerPx, TRIGGER_COLLAR_PER_MILLE);
    const markPx = this.markPx[market] as number;
    const midPx = this.book(market).midPx();
    const trigger: Trigger = { isBuy, isTarget, lots, triggerPx, limitPx };
    const problem = triggerProblem(numbers, trigger, markPx, midPx);
    if (problem === undefined) this.triggers[market]?.push(trigger);
    this.endInput(false);
    if (problem !== undefined) this.refuse(`venue: ${problem}`);
  }

  /** Whether anything was to be cancelled. */
  cancelAllBut(market: number, keeps: (trigger: Trigger) => boolean): boolean {
    const triggers = this.triggers[market] as Trigger[];
    const kept = triggers.filter(keeps);
    if (kept.length === triggers.length) return false;
    triggers.splice(0, triggers.length, ...kept);
    this.endInput(false);
    return true;
  }

  forgetExposed(market: number): void {
    const place = this.exposed.indexOf(market);
    if (place >= 0) this.exposed.splice(place, 1);
  }

  /**
   * One hour's funding of every position, at the newest prices by market; returns how many had no
   * recorded rate. `isQuiet`: no liquidation is anywhere near, and the marks are not up to date.
   */
  payFunding(hourMs: number, pxOf: Float64Array, isQuiet: boolean): number {
    this.atMs = Math.max(this.atMs, hourMs);
    let assumed = 0;
    for (const market of this.held) {
      const numbers = this.of(market);
      const recorded = numbers.rateAt(hourMs);
      const isAssumed = Number.isNaN(recorded);
      if (isAssumed) assumed += 1;
      const oraclePx = numbers.oraclePx(pxOf[market] as number);
      const value = (oraclePx / numbers.terms.pxStep) * (this.lots[market] as number);
      const usdc = 0 - applyRate(value, isAssumed ? numbers.baseRate : recorded);
      this.cash += usdc;
      const usd = usdc / MICRO;
      this.#trades.fund(numbers.name, usd);
      this.counts.fundingUsd += usd;
    }
    if (!isQuiet) this.endInput(this.held.length > 0);
    return assumed;
  }
}
