/**
 * The bars of one held position in which only time passes: funding by the hour, the equity of a day's
 * beginning, and the curve. One loop over typed arrays without an allocation; it ends before the first
 * bar in which anything else may happen.
 */
import { HOUR_MS } from '../../market/side-series.ts';
import { applyRate, MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import { stepTime } from '../backtest/check-setup.ts';
import type { AssetSignals } from '../backtest/signal-source.ts';
import type { TradeBook } from '../backtest/trade-book.ts';
import type { MarketNumbers } from './market-numbers.ts';
import type { PreparedMarkets } from './prepared.ts';
import type { ReasonId } from './triggers.ts';
import type { VectorDesk } from './vector-desk.ts';

const DAY_MS = 86_400_000;
/** Equity below this many maintenance margins is looked at moment by moment. */
export const SAFE_MARGINS = 3;

/** What a run knows of time. */
export interface Clock {
  /** Funding is paid up to here. */
  paidUntilMs: number;
  /** The first moment of the next day that has not begun for risk. */
  nextDayMs: number;
  dayStartUsd: Micro;
  hoursAssumed: number;
}

/** By tick from the first that counts: equity at its close, signed and total exposure over equity. */
export interface Curve {
  readonly equityUsd: Float64Array;
  readonly netWeight: Float64Array;
  readonly grossWeight: Float64Array;
}

export const startOfNextDay = (nowMs: number): number => (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;

/** Hours that funding may be paid for until a bar has closed, both ends counted. */
export const hoursUntil = (closeMs: number, paidUntilMs: number): number =>
  (closeMs - paidUntilMs) / HOUR_MS + 1;

export class QuietWalk {
  readonly #prepared: PreparedMarkets;
  readonly #numbers: MarketNumbers;
  readonly #signals: AssetSignals;
  readonly #desk: VectorDesk;
  readonly #trades: TradeBook<ReasonId>;
  readonly #curve: Curve;
  readonly #clock: Clock;

  /** Of a backtest of one market. */
  constructor(
    prepared: PreparedMarkets,
    signals: AssetSignals,
    desk: VectorDesk,
    trades: TradeBook<ReasonId>,
    curve: Curve,
    clock: Clock,
  ) {
    this.#prepared = prepared;
    this.#numbers = prepared.markets[0] as MarketNumbers;
    this.#signals = signals;
    this.#desk = desk;
    this.#trades = trades;
    this.#curve = curve;
    this.#clock = clock;
  }

  /**
   * Walks from a tick on; a bar is a tick, there being one market.
   * @param reachPx where a stop comes within reach
   * @param targetPx where a target does: beyond all prices when there is none
   * @returns the first tick that must be played
   */
  pass(from: number, reachPx: number, targetPx: number): number {
    const { openMs, intervalMs, firstTick } = this.#prepared;
    const { bars, terms, leastTierLeverage, mostRate } = this.#numbers;
    const { low, high, close } = bars;
    const following = this.#prepared.follows[0] as Uint8Array;
    const { stance } = this.#signals;
    const { equityUsd, netWeight, grossWeight } = this.#curve;
    const lots = this.#desk.lots[0] as number;
    const size = (lots * terms.lot) / MICRO;
    const isLong = lots > 0;
    const sign = isLong ? 1 : -1;
    const safeShare = SAFE_MARGINS / (2 * leastTierLeverage);
    const hasHoursWithin = intervalMs > HOUR_MS;
    let raw = this.#desk.cash / MICRO;
    let lastPx = close[from - 1] as number;
    let nextHourMs = nextHour(this.#clock.paidUntilMs);
    let tick = from;
    for (; tick < openMs.length; tick += 1) {
      const nowMs = openMs[tick] as number;
      if (following[tick] === 1) {
        const wanted = stance[tick - 1];
        if (wanted !== sign && wanted !== 2) break;
      }
      const extreme = (isLong ? low : high)[tick] as number;
      if (isLong ? !(extreme > reachPx) : !(extreme < reachPx)) break;
      if (isLong ? !((high[tick] as number) < targetPx) : !((low[tick] as number) > targetPx))
        break;
      const top = Math.max(high[tick] as number, lastPx);
      const worst = isLong ? Math.min(extreme, lastPx) : top;
      const hours = hoursUntil(nowMs + intervalMs, nextHourMs - HOUR_MS);
      const mostFunding = hours * mostRate * Math.abs(size) * top;
      const value = size * worst;
      if (!(raw + value - mostFunding >= safeShare * Math.abs(value))) break;
      if (nowMs >= nextHourMs) {
        this.#payUntil(nowMs, lots, this.#numbers.closeOraclePips(tick - 1));
        nextHourMs = nextHour(nowMs);
        raw = this.#desk.cash / MICRO;
      }
      if (nowMs >= this.#clock.nextDayMs && following[tick] === 1) this.#beginDay(tick, lots);
      if (hasHoursWithin) {
        this.#payWithin(tick, nowMs, lots);
        nextHourMs = nextHour(this.#clock.paidUntilMs);
        raw = this.#desk.cash / MICRO;
      }
      lastPx = close[tick] as number;
      const held = size * lastPx;
      const equity = raw + held;
      equityUsd[tick - firstTick] = equity;
      netWeight[tick - firstTick] = held / equity;
      grossWeight[tick - firstTick] = Math.abs(held) / equity;
    }
    return tick;
  }

  #payUntil(untilMs: number, lots: number, oraclePips: number): void {
    const { counts } = this.#desk;
    const { name, baseRate } = this.#numbers;
    const value = oraclePips * lots;
    for (let hour = nextHour(this.#clock.paidUntilMs); hour <= untilMs; hour += HOUR_MS) {
      const recorded = this.#numbers.rateAt(hour);
      const isAssumed = Number.isNaN(recorded);
      if (isAssumed) this.#clock.hoursAssumed += 1;
      const usdc = 0 - applyRate(value, isAssumed ? baseRate : recorded);
      this.#desk.cash += usdc;
      const usd = usdc / MICRO;
      this.#trades.fund(name, usd);
      counts.fundingUsd += usd;
    }
    this.#clock.paidUntilMs = untilMs;
  }

  #payWithin(tick: number, nowMs: number, lots: number): void {
    const { intervalMs, model } = this.#prepared;
    const { stepsPerBar: steps } = model;
    const untilMs = stepTime(nowMs, steps - 1, intervalMs / steps);
    const { bars, terms } = this.#numbers;
    const oraclePx = this.#numbers.oraclePx(bars.open[tick] as number);
    this.#payUntil(untilMs, lots, oraclePx / terms.pxStep);
  }

  #beginDay(tick: number, lots: number): void {
    const nowMs = this.#prepared.openMs[tick] as number;
    this.#clock.nextDayMs = startOfNextDay(nowMs);
    const { terms } = this.#numbers;
    const value = (this.#numbers.firstMark(tick) / terms.pxStep) * lots;
    this.#clock.dayStartUsd = this.#desk.cash + value;
  }
}

/** The first whole hour after a moment. */
const nextHour = (paidUntilMs: number): number => (Math.floor(paidUntilMs / HOUR_MS) + 1) * HOUR_MS;
