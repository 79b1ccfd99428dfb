/**
 * Settlement: books one trade on both sides (positions, cash, fee, fill, public trade).
 * Whatever leaves one ledger enters another; nothing is created or lost here.
 */
import { payBuilder } from '../accounts/builders.ts';
import { countTrade, countVolume, feeOn } from '../accounts/fees.ts';
import type { Fill } from '../contract/venue-records.ts';
import { applyTrade, type PositionChange, reducibleSz } from '../margin/positions.ts';
import { FillEvent, TradeEvent } from '../state/events.ts';
import { exact, type Micro, negated, notional } from '../state/fixed-point.ts';
import { accountOrders, reduceOrder } from '../state/order-index.ts';
import { endOrders, pushBounded } from '../state/order-records.ts';
import {
  type AccountState,
  accountOf,
  assetOf,
  type HouseLedger,
  type LiveOrder,
  marketOf,
  nextTradeId,
  OUTSIDE_ADDRESS,
  type Step,
} from '../state/state.ts';
import type { FillRow, TradeRow } from '../state/trade-rows.ts';

/** The counterparty's side of a trade when it is not one of our accounts. */
export function bookHouseTrade(ledger: HouseLedger, coin: string, delta: Micro, px: Micro): void {
  const szi = (ledger.positions.get(coin) ?? 0n) + BigInt(delta);
  if (szi === 0n) ledger.positions.delete(coin);
  else ledger.positions.set(coin, szi);
  ledger.cash -= BigInt(notional(px, delta));
}

export interface FillFacts {
  readonly order: LiveOrder;
  readonly px: Micro;
  readonly sz: Micro;
  readonly tid: number;
  readonly isTaker: boolean;
  readonly liquidation?: Fill['liquidation'] | undefined;
  /** Backstop transfers are free. */
  readonly isFree?: boolean;
}

/**
 * A resting reduce-only order that no longer reduces is cancelled, and so is a trigger that belongs
 * to the position; other triggers wait on.
 */
function cancelUselessReduceOnly(step: Step, account: AccountState, filled: LiveOrder): void {
  const exposure = step.index.exposures.get(account.address)?.get(filled.coin);
  if (!exposure || exposure.reduceOnlyOrders === 0) return;
  for (const order of [...accountOrders(step.index, account.address).values()]) {
    if (order.coin !== filled.coin || !order.reduceOnly) continue;
    const isWaiting = order.trigger !== null && !order.trigger.hasFired;
    if (isWaiting ? !order.tie?.isPositionTpsl : order.left === 0) continue;
    if (reducibleSz(account, order.coin, order.isBuy) > 0) continue;
    const isSibling = order.tie !== null && order.tie.group === filled.tie?.group;
    endOrders(step, [order], isSibling ? 'siblingFilledCanceled' : 'reduceOnlyCanceled');
  }
}

/** Books one account's side of a trade and tells of it. */
export function settleFill(step: Step, facts: FillFacts): PositionChange {
  const { order, px, sz } = facts;
  const asset = assetOf(step, order.coin);
  const account = accountOf(step.state, order.account);
  const change = applyTrade(account, asset, order.isBuy ? sz : negated(sz), px);
  const value = notional(px, sz);
  const venueFee = facts.isFree ? 0 : feeOn(step, account, value, facts.isTaker);
  const builderFee = order.builder ? payBuilder(step, order.builder, value) : 0;
  const fee = venueFee + builderFee;
  account.cash = exact(account.cash - fee);
  step.state.fees += BigInt(venueFee);
  // An isolated position cannot lose more than its margin: the liquidator bears the rest.
  if (change.badDebtUsd !== 0) step.state.liquidator.cash -= BigInt(change.badDebtUsd);
  const volume = BigInt(value);
  account.volumeUsd += volume;
  countVolume(step, account, volume, facts.isTaker);
  reduceOrder(step, order, sz);
  const row: FillRow = {
    coin: order.coin,
    isBuy: order.isBuy,
    px,
    sz,
    time: step.atMs,
    startSzi: change.startSzi,
    dir: change.dir,
    closedPnl: change.closedPnl,
    input: step.state.inputs,
    oid: order.oid,
    isTaker: facts.isTaker,
    fee,
    builderFee,
    tid: facts.tid,
    cloid: order.cloid,
    twapId: order.twapId,
    liquidation: facts.liquidation ?? null,
  };
  pushBounded(account.fills, row);
  step.events.push(new FillEvent(order.account, step.terms, row));
  step.touched.add(order.account);
  if (facts.liquidation) step.state.suspects.add(order.account);
  const isReduction = order.isBuy ? change.startSzi < 0 : change.startSzi > 0;
  if (isReduction) cancelUselessReduceOnly(step, account, order);
  return change;
}

/** Tells everybody of a trade; `isBuy` is the aggressor's side. */
export function publishTrade(
  step: Step,
  trade: Omit<TradeRow, 'time' | 'marketTimeMs' | 'input'>,
): void {
  const row: TradeRow = {
    coin: trade.coin,
    isBuy: trade.isBuy,
    px: trade.px,
    sz: trade.sz,
    time: step.atMs,
    marketTimeMs: marketOf(step.state, trade.coin).marketTimeMs,
    input: step.state.inputs,
    tid: trade.tid,
    taker: trade.taker,
    maker: trade.maker,
  };
  countTrade(step, BigInt(notional(trade.px, trade.sz)));
  step.events.push(new TradeEvent(step.terms, row));
}

/** One of our orders trades with the outside world. */
export function settleWithOutside(
  step: Step,
  order: LiveOrder,
  px: Micro,
  sz: Micro,
  { isTaker, liquidation }: Pick<FillFacts, 'isTaker' | 'liquidation'>,
): void {
  const tid = nextTradeId(step);
  bookHouseTrade(step.state.outside, order.coin, order.isBuy ? negated(sz) : sz, px);
  settleFill(step, { order, px, sz, tid, isTaker, liquidation });
  const taker = isTaker ? order.account : OUTSIDE_ADDRESS;
  const maker = isTaker ? OUTSIDE_ADDRESS : order.account;
  const isBuy = order.isBuy === isTaker;
  publishTrade(step, { coin: order.coin, px, sz, isBuy, tid, taker, maker });
}

/** Two of our accounts trade with each other. */
export function settleBetween(
  step: Step,
  taker: LiveOrder,
  maker: LiveOrder,
  sz: Micro,
  liquidation?: Fill['liquidation'],
): void {
  const tid = nextTradeId(step);
  const px = maker.limitPx;
  settleFill(step, { order: maker, px, sz, tid, isTaker: false, liquidation });
  settleFill(step, { order: taker, px, sz, tid, isTaker: true, liquidation });
  publishTrade(step, {
    coin: taker.coin,
    px,
    sz,
    isBuy: taker.isBuy,
    tid,
    taker: taker.account,
    maker: maker.account,
  });
}
