/**
 * Brings stops and targets in line with what is held: `execution/exits` in whole numbers, looked at
 * until nothing more is wanted, as the event-driven engine does.
 */
import { type TargetLevel, targetLevels } from '../../execution/target-levels.ts';
import { assertInvariant } from '../../kernel/assert.ts';
import { MIN_NOTIONAL } from '../../matching/orders/order-validation.ts';
import type { Micro } from '../../matching/state/fixed-point.ts';
import type { ExitCause } from '../backtest/trade-book.ts';
import type { ExitNumbers } from './exit-numbers.ts';
import type { MarketNumbers } from './market-numbers.ts';
import { AT_TARGET_ID, type ReasonId, STOPPED_ID, type Trigger } from './triggers.ts';

/** It converges in a few looks; more means that the venue keeps refusing. */
const MOST_LOOKS = 5;

/** The account whose exits are kept: what is used of `VectorDesk`. */
export interface ExitDesk {
  readonly lots: Float64Array;
  readonly markPx: Float64Array;
  readonly triggers: readonly (readonly Trigger[])[];
  of(market: number): MarketNumbers;
  book(market: number): { midPx(): Micro };
  doing(cause: ExitCause, reason: ReasonId): void;
  forgetExposed(market: number): void;
  cancelAllBut(market: number, keeps: (trigger: Trigger) => boolean): boolean;
  placeTrigger(
    market: number,
    isBuy: boolean,
    lots: number,
    triggerPx: Micro,
    isTarget: boolean,
  ): void;
  placeMarket(
    market: number,
    isBuy: boolean,
    lots: number,
    reduceOnly: boolean,
    referencePx: Micro,
  ): unknown;
}

interface TargetPlan {
  readonly start: readonly TargetLevel[];
  readonly kept: ReadonlySet<Trigger>;
}

export class ExitKeeper {
  readonly #desk: ExitDesk;
  /** The decided stop of each market; NaN: none. */
  readonly #stopPx: Float64Array;
  readonly #exits: (ExitNumbers | undefined)[];
  /** The most that was held since the decision. */
  readonly #fullLots: Float64Array;
  /** 1 where a target is to be tried again. */
  readonly #lacking: Uint8Array;

  constructor(desk: ExitDesk, markets: number) {
    this.#desk = desk;
    this.#stopPx = new Float64Array(markets).fill(Number.NaN);
    this.#exits = Array.from({ length: markets }, () => undefined);
    this.#fullLots = new Float64Array(markets);
    this.#lacking = new Uint8Array(markets);
  }

  /** What the decision that opens a position leaves for its exits. */
  decide(market: number, stopPx: Micro, exits: ExitNumbers | undefined): void {
    this.#stopPx[market] = stopPx;
    this.#exits[market] = exits;
    this.#fullLots[market] = 0;
  }

  isLacking(market: number): boolean {
    return this.#lacking[market] === 1;
  }

  /** Whether a stop covers the whole position. */
  isCovered(market: number): boolean {
    return this.#coveringStop(market) !== undefined;
  }

  #coveringStop(market: number): Trigger | undefined {
    const lots = this.#desk.lots[market] as number;
    return this.#desk.triggers[market]?.findLast(
      (stop) => !stop.isTarget && stop.isBuy === lots < 0 && stop.lots >= Math.abs(lots),
    );
  }

  protect(market: number): void {
    const desk = this.#desk;
    desk.forgetExposed(market);
    desk.doing('stop', STOPPED_ID);
    this.#lacking[market] = 0;
    const tried = new Set<Micro>();
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      if (!this.#look(market, tried)) continue;
      desk.forgetExposed(market);
      return;
    }
    if (this.#exits[market] !== undefined) this.#lacking[market] = 1;
  }

  /** Whether nothing more is wanted. */
  #look(market: number, tried: Set<Micro>): boolean {
    const lots = this.#desk.lots[market] as number;
    if (lots === 0) {
      this.#desk.cancelAllBut(market, () => false);
      this.decide(market, Number.NaN, undefined);
      return true;
    }
    const exits = this.#exits[market];
    if (exits !== undefined) return this.#lookAtTargets(market, exits, tried);
    const keep = this.#coveringStop(market);
    if (keep === undefined) this.#startStop(market, this.#stopPx[market] as number);
    else this.#desk.cancelAllBut(market, (trigger) => trigger === keep);
    return keep !== undefined;
  }

  #lookAtTargets(market: number, exits: ExitNumbers, tried: Set<Micro>): boolean {
    const size = Math.abs(this.#desk.lots[market] as number);
    const full = Math.max(this.#fullLots[market] as number, size);
    this.#fullLots[market] = full;
    const { pxStep } = this.#desk.of(market).terms;
    const isWorth = (place: number, lots: number): boolean =>
      ((exits.targetPx[place] as number) / pxStep) * lots >= MIN_NOTIONAL;
    const { open, isFirstTaken } = targetLevels(full, size, exits.upTo, isWorth);
    const triggers = this.#desk.triggers[market] as readonly Trigger[];
    const stop = triggers.findLast(
      (each) => !each.isTarget && each.isBuy === exits.isBuy && each.lots === size,
    );
    const { start, kept } = this.#planTargets(triggers, exits, open);
    const cancelled = this.#desk.cancelAllBut(market, (each) =>
      each.isTarget ? kept.has(each) : stop === undefined || each === stop,
    );
    const fresh = start.filter(({ place }) => !tried.has(exits.targetPx[place] as number));
    if (stop !== undefined && fresh.length === 0) {
      if (start.length > 0) this.#lacking[market] = 1;
      return !cancelled;
    }
    if (stop === undefined) {
      const moves = isFirstTaken && !Number.isNaN(exits.stopAfterPx);
      this.#startStop(market, moves ? exits.stopAfterPx : (this.#stopPx[market] as number));
    }
    for (const { place, lots } of fresh) {
      tried.add(exits.targetPx[place] as number);
      this.#startTarget(market, exits.isBuy, lots, exits.targetPx[place] as number);
    }
    return false;
  }

  #planTargets(
    triggers: readonly Trigger[],
    { isBuy, targetPx }: ExitNumbers,
    open: readonly TargetLevel[],
  ): TargetPlan {
    const kept = new Set<Trigger>();
    const start = open.filter(({ place, lots }) => {
      const mine = triggers.filter((each) => each.isTarget && each.triggerPx === targetPx[place]);
      const keep = mine.findLast((each) => each.isBuy === isBuy && each.lots === lots);
      if (keep !== undefined) kept.add(keep);
      return mine.length === 0;
    });
    return { start, kept };
  }

  #startStop(market: number, stopPx: Micro): void {
    const desk = this.#desk;
    const lots = desk.lots[market] as number;
    const isBuy = lots < 0;
    assertInvariant(stopPx > 0, `a position in ${desk.of(market).name} without a decided stop`);
    desk.doing('stop', STOPPED_ID);
    const markPx = desk.markPx[market] as number;
    const isPast = isBuy ? markPx >= stopPx : markPx <= stopPx;
    if (isPast) this.#closeAtOnce(market, isBuy, Math.abs(lots));
    else desk.placeTrigger(market, isBuy, Math.abs(lots), stopPx, false);
  }

  #startTarget(market: number, isBuy: boolean, lots: number, targetPx: Micro): void {
    const desk = this.#desk;
    desk.doing('target', AT_TARGET_ID);
    const markPx = desk.markPx[market] as number;
    const isReached = isBuy ? markPx <= targetPx : markPx >= targetPx;
    if (isReached) this.#closeAtOnce(market, isBuy, lots);
    else desk.placeTrigger(market, isBuy, lots, targetPx, true);
  }

  #closeAtOnce(market: number, isBuy: boolean, lots: number): void {
    const referencePx = this.#desk.book(market).midPx() || (this.#desk.markPx[market] as number);
    this.#desk.placeMarket(market, isBuy, lots, true, referencePx);
  }
}
