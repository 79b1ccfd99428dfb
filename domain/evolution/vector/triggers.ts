/** What waits for the mark, why trades are made, and how far prices may go before anything fires. */
import { MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import { triggerReach } from '../backtest/account-watch.ts';

/** A stop or a target that waits for the mark; it then takes what its limit allows. */
export interface Trigger {
  readonly isBuy: boolean;
  readonly isTarget: boolean;
  readonly lots: number;
  readonly triggerPx: Micro;
  readonly limitPx: Micro;
}

/** Why a trade was made: a number that stands for a sentence. */
export type ReasonId = number;
export const STOPPED_ID: ReasonId = -1;
export const LIQUIDATED_ID: ReasonId = -2;
export const AT_TARGET_ID: ReasonId = -3;

/** By market: prices at or beyond which one of the triggers may fire. */
export class Reaches {
  /** A low (of a short: a high); beyond all prices, so that every bar is looked at, without a stop. */
  readonly stop: Float64Array;
  /** A high (of a short: a low); out of reach of all prices without a target. */
  readonly target: Float64Array;

  constructor(markets: number) {
    this.stop = new Float64Array(markets).fill(Number.NaN);
    this.target = new Float64Array(markets).fill(Number.NaN);
  }

  find(market: number, pxStep: Micro, isLong: boolean, triggers: readonly Trigger[]): void {
    const prices = { stop: [] as number[], target: [] as number[] };
    for (const { isTarget, triggerPx } of triggers) {
      prices[isTarget ? 'target' : 'stop'].push(triggerPx / MICRO);
    }
    const isBare = prices.stop.length === 0 || triggers.some(({ isBuy }) => isBuy === isLong);
    const everywhere = isLong ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.stop[market] = isBare ? everywhere : triggerReach(pxStep, isLong, prices.stop);
    this.target[market] = triggerReach(pxStep, !isLong, prices.target);
  }
}
