/**
 * Liquidation. Below maintenance margin the account's orders are cancelled and its positions sent
 * to the book as market orders: a fifth of a position above 100,000 USD, the whole of others, and
 * for 30 s after a fifth the whole of all. Below two thirds of it the liquidator takes over
 * positions and margin at the mark (backstop). What is lost beyond an account's cash is the
 * liquidator's; auto-deleveraging is not modelled. Source: the venue's documentation.
 */

import { takeLiquidity } from '../orders/matching.ts';
import { takingOrder } from '../orders/placing.ts';
import { bookHouseTrade, settleFill } from '../orders/settlement.ts';
import { MICRO, type Micro, negated, quotient, wireText } from '../state/fixed-point.ts';
import { recordLedger } from '../state/ledger.ts';
import { accountOrders } from '../state/order-index.ts';
import { endOrders, recordStatus } from '../state/order-records.ts';
import {
  type AccountState,
  accountOf,
  assetOf,
  type LiveOrder,
  marketOf,
  nextTradeId,
  type Position,
  type Step,
} from '../state/state.ts';
import {
  crossEquity,
  crossMaintenance,
  isCross,
  isolatedEquity,
  maintenanceOf,
  positionValue,
} from './margin.ts';

export type Method = 'market' | 'backstop';

/** A liquidation order has no limit: a buy carries the highest price that can be written. */
const HIGHEST_PX: Micro = 10 ** 15;

const LARGE_POSITION: Micro = 100_000 * MICRO;
const PART_OF_LARGE = 5;
export const WHOLE_AFTER_PART_MS = 30_000;

function liquidationOrder(
  step: Step,
  account: AccountState,
  position: Position,
  left: Micro = Math.abs(position.szi),
): LiveOrder {
  const isBuy = position.szi < 0;
  return takingOrder(step, {
    account: account.address,
    coin: position.coin,
    isBuy,
    limitPx: isBuy ? HIGHEST_PX : 0,
    left,
    reduceOnly: true,
    tif: 'LiquidationMarket',
  });
}

function announce(
  step: Step,
  account: AccountState,
  positions: readonly Position[],
  equity: Micro,
  method: Method,
): void {
  let value = 0;
  for (const position of positions) value += positionValue(step, position);
  const facts = { liquidatedNtlPos: wireText(value), accountValue: wireText(equity) };
  step.events.push({
    kind: 'liquidation',
    account: account.address,
    time: step.atMs,
    lid: step.state.nextLiquidation,
    method,
    ...facts,
  });
  recordLedger(step, account, {
    type: 'liquidation',
    ...facts,
    leverageType: positions.every(isCross) ? 'Cross' : 'Isolated',
    liquidatedPositions: positions.map(({ coin, szi }) => ({ coin, szi: wireText(szi) })),
  });
  step.state.nextLiquidation += 1;
}

const factsOf = (step: Step, order: LiveOrder, method: Method) => ({
  liquidatedUser: order.account,
  markPx: wireText(marketOf(step.state, order.coin).markPx),
  method,
});

/** Of a large position a fifth, in whole lots, of others all. Sizes in any unit, `lot` in the same. */
export function partToSell(whole: number, valueUsd: Micro, lot: number): number {
  if (valueUsd <= LARGE_POSITION) return whole;
  const part = quotient(whole, PART_OF_LARGE);
  return Math.min(part - (part % lot) + lot, whole);
}

/** What is sent to the book: in the 30 s after a part was sold, all. */
function marketSz(step: Step, account: AccountState, position: Position): Micro {
  const whole = Math.abs(position.szi);
  if (step.atMs < account.wholeLiquidationUntilMs) return whole;
  const { lot } = assetOf(step, position.coin);
  return partToSell(whole, positionValue(step, position), lot);
}

/** Sends positions to the book; what it cannot take stays for the next look. */
function sellToBook(step: Step, account: AccountState, positions: readonly Position[]): void {
  const orders = positions.map((position) =>
    liquidationOrder(step, account, position, marketSz(step, account, position)),
  );
  for (const order of orders) {
    const size = Math.abs(account.positions.get(order.coin)?.szi ?? 0);
    const isPart = order.left < size;
    recordStatus(step, order, 'open');
    const taken = takeLiquidity(step, order, factsOf(step, order, 'market'));
    if (isPart && taken.sz > 0) {
      account.wholeLiquidationUntilMs = step.atMs + WHOLE_AFTER_PART_MS;
    }
    recordStatus(step, order, order.left === 0 ? 'filled' : 'canceled');
  }
}

/** Hands a position to the liquidator at the mark; returns the isolated margin that came free. */
function handOver(step: Step, account: AccountState, position: Position): Micro {
  const order = liquidationOrder(step, account, position);
  const sz = order.left;
  const px = marketOf(step.state, order.coin).markPx;
  recordStatus(step, order, 'open');
  bookHouseTrade(step.state.liquidator, order.coin, order.isBuy ? negated(sz) : sz, px);
  const liquidation = factsOf(step, order, 'backstop');
  const tid = nextTradeId(step);
  const change = settleFill(step, { order, px, sz, tid, isTaker: true, liquidation, isFree: true });
  recordStatus(step, order, 'filled');
  return change.releasedUsd;
}

function moveToLiquidator(step: Step, account: AccountState, amount: Micro): void {
  account.cash -= amount;
  step.state.liquidator.cash += BigInt(amount);
}

function cancelOrders(step: Step, account: AccountState, coin?: string): void {
  const orders = [...accountOrders(step.index, account.address).values()];
  const ending = orders.filter((order) => coin === undefined || order.coin === coin);
  endOrders(step, ending, 'liquidatedCanceled');
}

/** Below maintenance: by market; below two thirds of it: by backstop. */
export function methodFor(equity: Micro, maintenance: Micro): Method | undefined {
  if (equity >= maintenance) return undefined;
  return equity < 2 * (maintenance - equity) ? 'backstop' : 'market';
}

function liquidateIsolated(step: Step, account: AccountState, position: Position): void {
  const equity = isolatedEquity(step, position);
  const method = methodFor(equity, maintenanceOf(step, position));
  if (!method) return;
  announce(step, account, [position], equity, method);
  cancelOrders(step, account, position.coin);
  if (method === 'market') sellToBook(step, account, [position]);
  else moveToLiquidator(step, account, handOver(step, account, position));
}

function liquidateCross(step: Step, account: AccountState): void {
  if (account.positions.size === 0) return;
  const positions = [...account.positions.values()].filter(isCross);
  if (positions.length === 0) return;
  const equity = crossEquity(step, account);
  const method = methodFor(equity, crossMaintenance(step, account));
  if (!method) return;
  announce(step, account, positions, equity, method);
  cancelOrders(step, account);
  if (method === 'market') sellToBook(step, account, positions);
  else for (const position of positions) handOver(step, account, position);
  const isEmptied = ![...account.positions.values()].some(isCross);
  if (method === 'backstop') moveToLiquidator(step, account, account.cash);
  else if (isEmptied) moveToLiquidator(step, account, Math.min(account.cash, 0));
}

/**
 * Looks once at every account whose equity may have changed, and at those its sales touch. Who
 * traded in a liquidation is looked at again with the next input, whatever that is: a part sold may
 * not have been enough, and who bought it may have been looked at before. Selling on at once would
 * not be right: the venue looks again in its next block.
 */
export function liquidateTouched(step: Step): void {
  const { suspects } = step.state;
  if (suspects.size > 0) {
    for (const address of suspects) step.touched.add(address);
    suspects.clear();
  }
  for (const address of step.touched) {
    const account = accountOf(step.state, address);
    for (const position of [...account.positions.values()]) {
      if (!isCross(position)) liquidateIsolated(step, account, position);
    }
    liquidateCross(step, account);
  }
}
