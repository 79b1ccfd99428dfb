/**
 * The vector backtest: the same fills, funding, trades and equity as `EventBacktest`, to the last
 * digit. It walks typed arrays and stops only at bars where something may happen: a verdict that
 * differs from what is held, a stop or a liquidation within reach of the bar. There it plays the
 * moments of the bar as the event-driven engine does, on `VectorDesk`.
 */
import { HOUR_MS } from '../../market/side-series.ts';
import { MICRO } from '../../matching/state/fixed-point.ts';
import type { BacktestRun, BacktestSetup } from '../backtest/backtest-run.ts';
import { stepTime } from '../backtest/check-setup.ts';
import { type AssetSignals, wantsAnything } from '../backtest/signal-source.ts';
import { TradeBook } from '../backtest/trade-book.ts';
import { Decisions, type GenomeSetup } from './decisions.ts';
import { FeeRate } from './fee-rate.ts';
import type { MarketNumbers } from './market-numbers.ts';
import { PreparedMarkets, readDeposit } from './prepared.ts';
import {
  type Clock,
  type Curve,
  hoursUntil,
  QuietWalk,
  SAFE_MARGINS,
  startOfNextDay,
} from './quiet-walk.ts';
import { StepBook } from './step-book.ts';
import { LIQUIDATED_ID, Reaches, type ReasonId } from './triggers.ts';
import { VectorDesk } from './vector-desk.ts';

/** An empty curve over the prepared markets; one may serve many runs that are looked at in turn. */
export function newCurve({ closeMs: { length } }: PreparedMarkets): Curve {
  return {
    equityUsd: new Float64Array(length),
    netWeight: new Float64Array(length),
    grossWeight: new Float64Array(length),
  };
}

export class VectorBacktest {
  readonly #prepared: PreparedMarkets;
  readonly #setup: GenomeSetup;
  readonly #trades = new TradeBook<ReasonId>(LIQUIDATED_ID);
  readonly #desk: VectorDesk;
  readonly #curve: Curve;
  /** By market: the newest price known, and the newest bar that was looked at. */
  readonly #lastPx: Float64Array;
  readonly #lastBar: Int32Array;
  readonly #reaches: Reaches;
  readonly #decisions: Decisions;
  readonly #clock: Clock;
  /** Of a backtest of one market. */
  readonly #quiet: QuietWalk | undefined;

  /**
   * @param curve where the run writes its curve: a new one, or one whose last run is done with
   * @throws RangeError naming the broken rule of the setup
   */
  constructor(prepared: PreparedMarkets, setup: GenomeSetup, curve = newCurve(prepared)) {
    this.#prepared = prepared;
    this.#setup = setup;
    const { markets, model, fees, startMs } = prepared;
    const books = markets.map((numbers) => new StepBook(numbers, model));
    const cash = readDeposit(setup.equityUsd);
    this.#desk = new VectorDesk(markets, books, this.#trades, new FeeRate(fees), cash);
    this.#decisions = new Decisions(prepared, setup, this.#desk);
    this.#clock = {
      paidUntilMs: startMs,
      nextDayMs: Number.NEGATIVE_INFINITY,
      dayStartUsd: cash,
      hoursAssumed: 0,
    };
    this.#curve = curve;
    const [signals] = setup.signals;
    if (markets.length === 1 && signals !== undefined) {
      this.#quiet = new QuietWalk(prepared, signals, this.#desk, this.#trades, curve, this.#clock);
    }
    this.#lastPx = new Float64Array(markets.length).fill(Number.NaN);
    this.#lastBar = new Int32Array(markets.length).fill(-1);
    this.#reaches = new Reaches(markets.length);
  }

  run(): BacktestRun {
    const run = this.trade();
    return { ...run, trades: run.trades.map((trade) => this.#decisions.worded(trade)) };
  }

  /** The same without sentences, which cost more than the trades: what evolution asks for. */
  trade(): BacktestRun<ReasonId> {
    const { openMs, firstTick, closeMs } = this.#prepared;
    const ticks = openMs.length;
    for (let tick = firstTick; tick < ticks; tick += 1) {
      tick = this.#desk.held.length === 0 ? this.#waitFlat(tick) : this.#waitHeld(tick);
      if (tick === ticks) break;
      this.#playTick(tick);
      this.#note(tick);
    }
    const { counts, refusals, held } = this.#desk;
    return {
      trades: this.#trades.closed,
      closeTimeMs: closeMs,
      ...this.#curve,
      ...counts,
      fundingHoursAssumed: this.#clock.hoursAssumed,
      refusals,
      openAtEnd: held.map((market) => this.#numbers(market).name),
    };
  }

  /** The first tick from one on that must be played, with a curve that stands still until then. */
  #waitFlat(tick: number): number {
    const next = this.#nextEntry(tick);
    const { firstTick } = this.#prepared;
    const { equityUsd, netWeight, grossWeight } = this.#curve;
    const [from, to] = [tick - firstTick, next - firstTick];
    equityUsd.fill(this.#desk.cash / MICRO, from, to);
    netWeight.fill(0, from, to);
    grossWeight.fill(0, from, to);
    return next;
  }

  #waitHeld(from: number): number {
    const { exposed, isSuspect } = this.#desk;
    if (this.#quiet !== undefined) {
      if (exposed.length > 0 || isSuspect || this.#desk.exits.isLacking(0)) return from;
      const { stop, target } = this.#reaches;
      const tick = this.#quiet.pass(from, stop[0] as number, target[0] as number);
      this.#lastBar[0] = tick - 1;
      this.#lastPx[0] = this.#numbers(0).bars.close[tick - 1] as number;
      return tick;
    }
    let tick = from;
    for (; tick < this.#prepared.openMs.length && this.#isQuiet(tick); tick += 1) {
      this.#passTick(tick);
      this.#note(tick);
    }
    return tick;
  }

  #numbers(market: number): MarketNumbers {
    return this.#prepared.markets[market] as MarketNumbers;
  }

  #signals(market: number): AssetSignals | undefined {
    return this.#setup.signals[market];
  }

  #barAt(market: number, tick: number): number {
    return (this.#prepared.barAt[market] as Int32Array)[tick] as number;
  }

  /** Whether the bar before has just closed, so that its signal is decided on now. */
  #follows(market: number, bar: number): boolean {
    return bar >= 0 && (this.#prepared.follows[market] as Uint8Array)[bar] === 1;
  }

  /** The first tick from one on at which a flat account is asked to enter. */
  #nextEntry(from: number): number {
    const { openMs, markets, barAt, follows } = this.#prepared;
    let found = openMs.length;
    for (let market = 0; market < markets.length; market += 1) {
      const signals = this.#signals(market);
      if (signals === undefined) continue;
      const { stance, mayOpen } = signals;
      const places = barAt[market] as Int32Array;
      const following = follows[market] as Uint8Array;
      for (let tick = from; tick < found; tick += 1) {
        const bar = places[tick] as number;
        if (bar < 1 || mayOpen[bar - 1] !== 1 || following[bar] !== 1) continue;
        const wanted = stance[bar - 1] as number;
        if (wanted === 1 || wanted === -1) found = tick;
      }
    }
    return found;
  }

  /** Equity and weights at the close of a tick. */
  #note(tick: number): void {
    const place = tick - this.#prepared.firstTick;
    const { held, lots, cash } = this.#desk;
    let equity = cash / MICRO;
    for (const market of held) equity += this.#valueAt(market, lots);
    let net = 0;
    let gross = 0;
    for (const market of held) {
      const value = this.#valueAt(market, lots);
      net += value / equity;
      gross += Math.abs(value) / equity;
    }
    this.#curve.equityUsd[place] = equity;
    this.#curve.netWeight[place] = net;
    this.#curve.grossWeight[place] = gross;
  }

  #valueAt(market: number, lots: Float64Array): number {
    const size = ((lots[market] as number) * this.#numbers(market).terms.lot) / MICRO;
    return size * (this.#lastPx[market] as number);
  }

  #payUntil(untilMs: number, isQuiet = false): void {
    const { paidUntilMs } = this.#clock;
    if (untilMs <= paidUntilMs) return;
    this.#clock.paidUntilMs = untilMs;
    if (this.#desk.held.length === 0) return;
    for (
      let hourMs = (Math.floor(paidUntilMs / HOUR_MS) + 1) * HOUR_MS;
      hourMs <= untilMs;
      hourMs += HOUR_MS
    ) {
      this.#clock.hoursAssumed += this.#desk.payFunding(hourMs, this.#lastPx, isQuiet);
    }
  }

  #lastStepMs(openMs: number): number {
    const { intervalMs, model } = this.#prepared;
    return stepTime(openMs, model.stepsPerBar - 1, intervalMs / model.stepsPerBar);
  }

  /** A tick of a held position in which only time passes. */
  #passTick(tick: number): void {
    const { openMs, intervalMs } = this.#prepared;
    const nowMs = openMs[tick] as number;
    this.#payUntil(nowMs, true);
    if (nowMs >= this.#clock.nextDayMs) this.#beginDay(tick, nowMs, true);
    const hasHoursWithin = intervalMs > HOUR_MS;
    for (const market of this.#desk.held) {
      const bar = this.#barAt(market, tick);
      if (bar < 0) continue;
      const { open, close } = this.#numbers(market).bars;
      this.#lastBar[market] = bar;
      this.#lastPx[market] = (hasHoursWithin ? open : close)[bar] as number;
    }
    if (!hasHoursWithin) return;
    this.#payUntil(this.#lastStepMs(nowMs), true);
    this.#closeBars(tick);
  }

  #closeBars(tick: number): void {
    for (const market of this.#desk.held) {
      const bar = this.#barAt(market, tick);
      if (bar < 0) continue;
      this.#lastPx[market] = this.#numbers(market).bars.close[bar] as number;
    }
  }

  /** The first tick of a day that decides something sets the equity that losses are measured from. */
  #beginDay(tick: number, nowMs: number, isPassing: boolean): void {
    const { markets } = this.#prepared;
    if (!markets.some((_, market) => this.#follows(market, this.#barAt(market, tick)))) return;
    this.#clock.nextDayMs = startOfNextDay(nowMs);
    if (isPassing) {
      for (const market of this.#desk.held) {
        const bar = this.#barAt(market, tick);
        if (bar >= 0) this.#desk.markPx[market] = this.#numbers(market).firstMark(bar);
        else this.#desk.rememberMoment(market, this.#lastBar[market] as number, this.#lastStep);
      }
    }
    this.#clock.dayStartUsd = this.#desk.equity();
  }

  get #lastStep(): number {
    return this.#prepared.model.stepsPerBar - 1;
  }

  /** Whether nothing can happen in a tick but that time passes. */
  #isQuiet(tick: number): boolean {
    const { markets } = this.#prepared;
    for (let market = 0; market < markets.length; market += 1) {
      const bar = this.#barAt(market, tick);
      if (bar >= 0 && this.#wants(market, bar)) return false;
    }
    return this.#isSafe(tick);
  }

  #wants(market: number, bar: number): boolean {
    const signals = this.#signals(market);
    if (signals === undefined || !this.#follows(market, bar)) return false;
    const lots = this.#desk.lots[market] as number;
    if (wantsAnything(signals, bar - 1, Math.sign(lots))) return true;
    const { exits } = this.#desk;
    return lots !== 0 && (!exits.isCovered(market) || exits.isLacking(market));
  }

  /** Whether no stop, no target and no liquidation is within reach of the tick's bars. */
  #isSafe(tick: number): boolean {
    const { held, lots, cash, exposed, isSuspect } = this.#desk;
    if (exposed.length > 0 || isSuspect) return false;
    const { openMs, intervalMs } = this.#prepared;
    const hours = hoursUntil((openMs[tick] as number) + intervalMs, this.#clock.paidUntilMs);
    let equity = cash / MICRO;
    let maintenance = 0;
    for (const market of held) {
      const numbers = this.#numbers(market);
      const size = (lots[market] as number) * numbers.terms.lot;
      const bar = this.#barAt(market, tick);
      let worst = this.#lastPx[market] as number;
      let top = worst;
      if (bar >= 0) {
        top = Math.max(top, numbers.bars.high[bar] as number);
        const extreme = (size > 0 ? numbers.bars.low : numbers.bars.high)[bar] as number;
        const reach = this.#reaches.stop[market] as number;
        if (size > 0 ? !(extreme > reach) : !(extreme < reach)) return false;
        const best = (size > 0 ? numbers.bars.high : numbers.bars.low)[bar] as number;
        const target = this.#reaches.target[market] as number;
        if (size > 0 ? best >= target : best <= target) return false;
        if (size > 0 ? extreme < worst : extreme > worst) worst = extreme;
      }
      const value = (size / MICRO) * worst;
      equity += value - (hours * numbers.mostRate * Math.abs(size) * top) / MICRO;
      maintenance += Math.abs(value) / (2 * numbers.leastTierLeverage);
    }
    return equity >= SAFE_MARGINS * maintenance;
  }

  /** A tick in which something may happen: funding, first prices, decisions, the rest of the path. */
  #playTick(tick: number): void {
    const { openMs, markets } = this.#prepared;
    const nowMs = openMs[tick] as number;
    const desk = this.#desk;
    for (const market of desk.held) {
      desk.rememberMoment(market, this.#lastBar[market] as number, this.#lastStep);
    }
    this.#payUntil(nowMs);
    for (let market = 0; market < markets.length; market += 1) {
      const bar = this.#barAt(market, tick);
      if (bar < 0) continue;
      this.#lastPx[market] = this.#numbers(market).bars.open[bar] as number;
      this.#lastBar[market] = bar;
    }
    this.#showStep(tick, 0, nowMs);
    const wanting: number[] = [];
    for (let market = 0; market < markets.length; market += 1) {
      const bar = this.#barAt(market, tick);
      if (bar >= 0 && this.#wants(market, bar)) wanting.push(market);
    }
    for (const market of wanting) {
      const bar = this.#lastBar[market] as number;
      if (!desk.book(market).shows(bar, 0)) desk.showMoment(market, bar, 0);
    }
    if (nowMs >= this.#clock.nextDayMs) this.#beginDay(tick, nowMs, false);
    if (wanting.length > 0) this.#decisions.decide(wanting, this.#lastBar, this.#clock.dayStartUsd);
    this.#playOn(tick, nowMs);
    for (let market = 0; market < markets.length; market += 1) {
      const bar = this.#barAt(market, tick);
      if (bar >= 0) this.#lastPx[market] = this.#numbers(market).bars.close[bar] as number;
    }
    this.#findReaches();
  }

  #findReaches(): void {
    const { held, lots, triggers } = this.#desk;
    for (const market of held) {
      const { pxStep } = this.#numbers(market).terms;
      const isLong = (lots[market] as number) > 0;
      this.#reaches.find(market, pxStep, isLong, triggers[market] ?? []);
    }
  }

  #playOn(tick: number, nowMs: number): void {
    this.#findReaches();
    if (this.#isSafe(tick)) {
      this.#payUntil(this.#lastStepMs(nowMs));
      return;
    }
    for (let step = 1; step <= this.#lastStep; step += 1) this.#showStep(tick, step, nowMs);
  }

  /** One moment of the bars of all held assets, in the order of the markets. */
  #showStep(tick: number, step: number, openMs: number): void {
    const { markets, intervalMs, model } = this.#prepared;
    const desk = this.#desk;
    const atMs = stepTime(openMs, step, intervalMs / model.stepsPerBar);
    if (step > 0) this.#payUntil(atMs);
    desk.atMs = atMs;
    for (let market = 0; market < markets.length; market += 1) {
      const bar = this.#barAt(market, tick);
      if (bar < 0) continue;
      if (desk.lots[market] !== 0) desk.showMoment(market, bar, step);
      else if (desk.isSuspect) desk.endInput(false);
    }
  }
}

/** Runs one setup. @throws RangeError naming the broken rule of a market or of the setup */
export function vectorBacktest(setup: BacktestSetup): BacktestRun {
  if (setup.hear !== undefined) {
    throw new RangeError('hear: the events of a venue need the event-driven engine');
  }
  return new VectorBacktest(new PreparedMarkets(setup), setup).run();
}
