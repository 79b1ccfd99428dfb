/**
 * Settlement: books one trade on both sides (positions, cash, fee, fill, public trade).
 * Whatever leaves one ledger enters another; nothing is created or lost here.
 */
import { type Micro, notional, wireText } from './fixed-point.ts';
import { accountOrders } from './order-index.ts';
import { pushBounded, recordStatus } from './order-records.ts';
import { applyTrade, type PositionChange, reducibleSz } from './positions.ts';
import {
  accountOf,
  assetOf,
  type HouseLedger,
  type LiveOrder,
  marketOf,
  nextTradeId,
  OUTSIDE_ADDRESS,
  type Step,
  transactionHash,
} from './state.ts';
import { feeOn } from './terms.ts';
import type { Fill } from './venue-types.ts';

/** The counterparty's side of a trade when it is not one of our accounts. */
export function bookHouseTrade(ledger: HouseLedger, coin: string, delta: Micro, px: Micro): void {
  const szi = (ledger.positions.get(coin) ?? 0n) + delta;
  if (szi === 0n) ledger.positions.delete(coin);
  else ledger.positions.set(coin, szi);
  ledger.cash -= notional(px, delta);
}

export interface FillFacts {
  readonly order: LiveOrder;
  readonly px: Micro;
  readonly sz: Micro;
  readonly tid: number;
  readonly isTaker: boolean;
  readonly liquidation?: Fill['liquidation'];
  /** Backstop transfers are free. */
  readonly isFree?: boolean;
}

/** A resting reduce-only order that no longer reduces is cancelled (triggers wait on). */
function cancelUselessReduceOnly(step: Step, address: string, coin: string): void {
  const account = accountOf(step.state, address);
  for (const order of [...accountOrders(step.index, address).values()]) {
    if (order.coin !== coin || !order.reduceOnly || order.left === 0n) continue;
    if (order.trigger && !order.trigger.hasFired) continue;
    if (reducibleSz(account, coin, order.isBuy) === 0n) {
      recordStatus(step, order, 'reduceOnlyCanceled');
    }
  }
}

/** Books one account's side of a trade and tells of it. */
export function settleFill(step: Step, facts: FillFacts): PositionChange {
  const { order, px, sz } = facts;
  const asset = assetOf(step, order.coin);
  const account = accountOf(step.state, order.account);
  const change = applyTrade(account, asset, order.isBuy ? sz : -sz, px);
  const value = notional(px, sz);
  const fee = facts.isFree ? 0n : feeOn(step.terms, value, facts.isTaker);
  account.cash -= fee;
  step.state.fees += fee;
  // An isolated position cannot lose more than its margin: the liquidator bears the rest.
  step.state.liquidator.cash -= change.badDebtUsd;
  account.volumeUsd += value;
  order.left -= sz;
  const fill: Fill = {
    coin: order.coin,
    px: wireText(px),
    sz: wireText(sz),
    side: order.isBuy ? 'B' : 'A',
    time: step.atMs,
    startPosition: wireText(change.startSzi),
    dir: change.dir,
    closedPnl: wireText(change.closedPnl),
    hash: transactionHash(step),
    oid: order.oid,
    crossed: facts.isTaker,
    fee: wireText(fee),
    tid: facts.tid,
    feeToken: 'USDC',
    twapId: null,
    ...(order.cloid ? { cloid: order.cloid } : {}),
    ...(facts.liquidation ? { liquidation: facts.liquidation } : {}),
  };
  pushBounded(account.fills, fill);
  step.events.push({ kind: 'fill', account: order.account, fill });
  step.touched.add(order.account);
  const isReduction = order.isBuy ? change.startSzi < 0n : change.startSzi > 0n;
  if (isReduction) cancelUselessReduceOnly(step, order.account, order.coin);
  return change;
}

/** Tells everybody of a trade; `side` is the aggressor's. */
export function publishTrade(
  step: Step,
  trade: {
    readonly coin: string;
    readonly px: Micro;
    readonly sz: Micro;
    readonly isBuy: boolean;
    readonly tid: number;
    readonly taker: string;
    readonly maker: string;
  },
): void {
  step.events.push({
    kind: 'trade',
    trade: {
      coin: trade.coin,
      side: trade.isBuy ? 'B' : 'A',
      px: wireText(trade.px),
      sz: wireText(trade.sz),
      time: step.atMs,
      marketTimeMs: marketOf(step.state, trade.coin).marketTimeMs,
      hash: transactionHash(step),
      tid: trade.tid,
      users: trade.isBuy ? [trade.taker, trade.maker] : [trade.maker, trade.taker],
    },
  });
}

/** One of our orders trades with the outside world. */
export function settleWithOutside(
  step: Step,
  order: LiveOrder,
  px: Micro,
  sz: Micro,
  role: { readonly isTaker: boolean; readonly liquidation?: Fill['liquidation'] },
): void {
  const tid = nextTradeId(step);
  bookHouseTrade(step.state.outside, order.coin, order.isBuy ? -sz : sz, px);
  settleFill(step, { order, px, sz, tid, ...role });
  const [taker, maker] = role.isTaker
    ? [order.account, OUTSIDE_ADDRESS]
    : [OUTSIDE_ADDRESS, order.account];
  const isBuy = order.isBuy === role.isTaker;
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
  const mark = liquidation ? { liquidation } : {};
  settleFill(step, { order: maker, px, sz, tid, isTaker: false, ...mark });
  settleFill(step, { order: taker, px, sz, tid, isTaker: true, ...mark });
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
