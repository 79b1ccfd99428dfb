/**
 * Liquidation. Below maintenance margin the account's orders are cancelled and its positions sent
 * to the book as market orders, whole (the venue splits positions above 100,000 USD: not modelled);
 * below two thirds of it the liquidator takes over positions and margin at the mark (backstop).
 * What is lost beyond an account's cash is the liquidator's; auto-deleveraging is not modelled.
 */
import { type Micro, magnitude, most, wireText } from './fixed-point.ts';
import {
  crossEquity,
  crossMaintenance,
  isCross,
  isolatedEquity,
  maintenanceOf,
  positionValue,
} from './margin.ts';
import { takeLiquidity } from './matching.ts';
import { accountOrders } from './order-index.ts';
import { recordStatus } from './order-records.ts';
import { nextOid } from './placing.ts';
import { bookHouseTrade, settleFill } from './settlement.ts';
import {
  type AccountState,
  accountOf,
  type LiveOrder,
  marketOf,
  nextTradeId,
  type Position,
  type Step,
} from './state.ts';

type Method = 'market' | 'backstop';

/** A liquidation order has no limit: a buy carries the highest price that can be written. */
const HIGHEST_PX: Micro = 10n ** 15n;

function liquidationOrder(step: Step, account: AccountState, position: Position): LiveOrder {
  const isBuy = position.szi < 0n;
  const sz = magnitude(position.szi);
  return {
    oid: nextOid(step),
    account: account.address,
    coin: position.coin,
    isBuy,
    limitPx: isBuy ? HIGHEST_PX : 0n,
    origSz: sz,
    left: sz,
    timestamp: step.atMs,
    reduceOnly: true,
    tif: 'LiquidationMarket',
    cloid: null,
    trigger: null,
    priority: 0,
    queueAhead: 0n,
  };
}

function announce(
  step: Step,
  account: AccountState,
  positions: readonly Position[],
  equity: Micro,
  method: Method,
): void {
  let value = 0n;
  for (const position of positions) value += positionValue(step, position);
  step.events.push({
    kind: 'liquidation',
    account: account.address,
    time: step.atMs,
    lid: step.state.nextLiquidation,
    method,
    liquidatedNtlPos: wireText(value),
    accountValue: wireText(equity),
  });
  step.state.nextLiquidation += 1;
}

const factsOf = (step: Step, order: LiveOrder, method: Method) => ({
  liquidatedUser: order.account,
  markPx: wireText(marketOf(step.state, order.coin).markPx),
  method,
});

/** Sends a whole position to the book; what the book cannot take stays for the next look. */
function sellToBook(step: Step, account: AccountState, position: Position): void {
  const order = liquidationOrder(step, account, position);
  recordStatus(step, order, 'open');
  takeLiquidity(step, order, factsOf(step, order, 'market'));
  recordStatus(step, order, order.left === 0n ? 'filled' : 'canceled');
}

/** Hands a position to the liquidator at the mark; returns the isolated margin that came free. */
function handOver(step: Step, account: AccountState, position: Position): Micro {
  const order = liquidationOrder(step, account, position);
  const sz = order.left;
  const px = marketOf(step.state, order.coin).markPx;
  recordStatus(step, order, 'open');
  bookHouseTrade(step.state.liquidator, order.coin, order.isBuy ? -sz : sz, px);
  const liquidation = factsOf(step, order, 'backstop');
  const tid = nextTradeId(step);
  const change = settleFill(step, { order, px, sz, tid, isTaker: true, liquidation, isFree: true });
  recordStatus(step, order, 'filled');
  return change.releasedUsd;
}

function moveToLiquidator(step: Step, account: AccountState, amount: Micro): void {
  account.cash -= amount;
  step.state.liquidator.cash += amount;
}

function cancelOrders(step: Step, account: AccountState, coin?: string): void {
  for (const order of [...accountOrders(step.index, account.address).values()]) {
    if (coin === undefined || order.coin === coin) {
      recordStatus(step, order, 'liquidatedCanceled');
    }
  }
}

/** Below maintenance: by market; below two thirds of it: by backstop. */
function methodFor(equity: Micro, maintenance: Micro): Method | undefined {
  if (equity >= maintenance) return undefined;
  return equity * 3n < maintenance * 2n ? 'backstop' : 'market';
}

function liquidateIsolated(step: Step, account: AccountState, position: Position): void {
  const equity = isolatedEquity(step, position);
  const method = methodFor(equity, maintenanceOf(step, position));
  if (!method) return;
  announce(step, account, [position], equity, method);
  cancelOrders(step, account, position.coin);
  if (method === 'market') sellToBook(step, account, position);
  else moveToLiquidator(step, account, handOver(step, account, position));
}

function liquidateCross(step: Step, account: AccountState): void {
  const positions = [...account.positions.values()].filter(isCross);
  if (positions.length === 0) return;
  const equity = crossEquity(step, account);
  const method = methodFor(equity, crossMaintenance(step, account));
  if (!method) return;
  announce(step, account, positions, equity, method);
  cancelOrders(step, account);
  for (const position of positions) {
    if (method === 'market') sellToBook(step, account, position);
    else handOver(step, account, position);
  }
  const isEmptied = ![...account.positions.values()].some(isCross);
  if (method === 'backstop') moveToLiquidator(step, account, account.cash);
  else if (isEmptied) moveToLiquidator(step, account, -most(-account.cash, 0n));
}

/** Looks once at every account whose equity may have changed, and at those its sales touch. */
export function liquidateTouched(step: Step): void {
  for (const address of step.touched) {
    const account = accountOf(step.state, address);
    for (const position of [...account.positions.values()]) {
      if (!isCross(position)) liquidateIsolated(step, account, position);
    }
    liquidateCross(step, account);
  }
}
