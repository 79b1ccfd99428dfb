/**
 * Prices of a backtest's orders and the venue's refusals of them, in whole numbers: the rules of
 * `execution/order-terms` and `matching/orders/order-validation` for what a session sends, market
 * orders, stops and targets.
 */

import { collarOf, TRIGGER_COLLAR_FRACTION } from '../../execution/intent.ts';
import { decimal } from '../../kernel/decimal.ts';
import { MOST_POSITION } from '../../matching/margin/margin.ts';
import { valueProblem } from '../../matching/orders/order-caps.ts';
import { isFarFrom, MIN_NOTIONAL, tickAt, WORDS } from '../../matching/orders/order-validation.ts';
import { MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import { tierAt } from '../../matching/state/terms.ts';
import type { MarketNumbers } from './market-numbers.ts';

/** Collars in thousandths: whole numbers, as the test of this file's constants says. */
export const COLLAR_PER_MILLE = decimal(collarOf({})).times(1000).toNumber();
export const TRIGGER_COLLAR_PER_MILLE = decimal(TRIGGER_COLLAR_FRACTION).times(1000).toNumber();
const MILLE = 1000;

/** The worst price that a taker accepts, see `collaredPrice`: buys are rounded down, sales up. */
export function collared(
  { terms }: MarketNumbers,
  isBuy: boolean,
  referencePx: Micro,
  perMille: number,
): Micro {
  const scaled = referencePx * (isBuy ? MILLE + perMille : MILLE - perMille);
  const tick = tickAt(terms, Math.trunc(scaled / MILLE));
  const ticks = scaled / (MILLE * tick);
  return (isBuy ? Math.floor(ticks) : Math.ceil(ticks)) * tick;
}

/** What a check looks at besides the order. */
export interface Standing {
  readonly markPx: Micro;
  /** Size that a reduce-only order of this side can take off, in lots. */
  readonly reducible: number;
  /** Cross equity less initial margins. */
  readonly freeUsd: Micro;
  /** The best price that it would trade at; 0: nobody is there. */
  readonly contraPx: Micro;
}

const text = ({ terms }: MarketNumbers, words: string): string =>
  `${words} asset=${terms.spec.index}`;

function marginProblem(
  numbers: MarketNumbers,
  isBuy: boolean,
  limitPx: Micro,
  lots: number,
  { markPx, freeUsd }: Standing,
): string | undefined {
  const { terms, leverage } = numbers;
  const sz = lots * terms.lot;
  const isMarketable = isBuy ? limitPx > markPx : limitPx < markPx;
  const usd = ((isMarketable ? markPx : limitPx) / terms.pxStep) * lots;
  const isTooLarge =
    sz > MOST_POSITION ||
    Math.max(markPx, limitPx) * sz > MOST_POSITION * MICRO ||
    usd > MOST_POSITION;
  const needed = Math.trunc(usd / leverage);
  if (isTooLarge || (needed > 0 && freeUsd < needed)) return WORDS.margin;
  return usd > 0 && tierAt(terms, usd).maxLeverage < leverage ? WORDS.tier : undefined;
}

/** Why the venue refuses a market order, in its words; an entry starts from no position. */
export function marketProblem(
  numbers: MarketNumbers,
  isBuy: boolean,
  limitPx: Micro,
  lots: number,
  reduceOnly: boolean,
  standing: Standing,
): string | undefined {
  const { terms } = numbers;
  const { markPx, reducible, contraPx } = standing;
  if (terms.spec.isDelisted) return WORDS.halted;
  if (isFarFrom(markPx, limitPx)) return WORDS.far;
  const sz = lots * terms.lot;
  if (!reduceOnly && limitPx * sz < MIN_NOTIONAL * MICRO) return text(numbers, WORDS.small);
  const tooDear = valueProblem(terms, limitPx, sz, false);
  if (tooDear !== undefined) return text(numbers, tooDear);
  if (reduceOnly && reducible === 0) return text(numbers, WORDS.reduceOnly);
  const margin = reduceOnly ? undefined : marginProblem(numbers, isBuy, limitPx, lots, standing);
  if (margin !== undefined) return text(numbers, margin);
  const trades = contraPx !== 0 && (isBuy ? contraPx <= limitPx : contraPx >= limitPx);
  return trades ? undefined : text(numbers, WORDS.nothing);
}

interface TriggerOrder {
  readonly isBuy: boolean;
  readonly isTarget: boolean;
  readonly lots: number;
  readonly triggerPx: Micro;
  readonly limitPx: Micro;
}

/** Why the venue refuses a stop or a target. */
export function triggerProblem(
  numbers: MarketNumbers,
  { isBuy, isTarget, lots, triggerPx, limitPx }: TriggerOrder,
  markPx: Micro,
  midPx: Micro,
): string | undefined {
  const { terms } = numbers;
  if (terms.spec.isDelisted) return WORDS.halted;
  if (isFarFrom(markPx, limitPx)) return WORDS.far;
  const tooDear = valueProblem(terms, limitPx, lots * terms.lot, true);
  if (tooDear !== undefined) return text(numbers, tooDear);
  const from = midPx === 0 ? markPx : midPx;
  const isAbove = isBuy !== isTarget;
  const isBeyond = isAbove ? triggerPx > from : triggerPx < from;
  return isBeyond ? undefined : text(numbers, WORDS.triggerSide);
}
