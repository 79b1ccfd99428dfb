/**
 * An order as it was at one moment, in numbers, and the wire's view of it, made when it is read.
 * Rows are never changed, so a history may keep them. Decides nothing.
 */

import type { OrderStatus, OrderUpdate, OrderView } from '../contract/venue-records.ts';
import { plainText, wireText } from './fixed-point.ts';
import type { LiveOrder, OrderFacts, OrderRow } from './state.ts';

export function rowOf(order: LiveOrder, status: OrderStatus, statusTimestamp: number): OrderRow {
  return {
    oid: order.oid,
    coin: order.coin,
    isBuy: order.isBuy,
    limitPx: order.limitPx,
    origSz: order.origSz,
    left: order.left,
    timestamp: order.timestamp,
    reduceOnly: order.reduceOnly,
    tif: order.tif,
    cloid: order.cloid,
    trigger: order.trigger,
    tie: order.tie,
    twapId: order.twapId,
    status,
    statusTimestamp,
  };
}

function orderTypeOf(order: OrderFacts): OrderView['orderType'] {
  if (!order.trigger) return order.tif === 'FrontendMarket' ? 'Market' : 'Limit';
  if (order.trigger.tpsl === 'sl') return order.trigger.isMarket ? 'Stop Market' : 'Stop Limit';
  return order.trigger.isMarket ? 'Take Profit Market' : 'Take Profit Limit';
}

function triggerConditionOf(order: OrderFacts): string {
  if (!order.trigger) return 'N/A';
  if (order.trigger.hasFired) return 'Triggered';
  return `Price ${order.trigger.isAbove ? 'above' : 'below'} ${plainText(order.trigger.px)}`;
}

/** The order as `frontendOpenOrders` shows it. */
export function viewOf(order: OrderFacts, children: readonly OrderView[] = []): OrderView {
  return {
    coin: order.coin,
    side: order.isBuy ? 'B' : 'A',
    limitPx: wireText(order.limitPx),
    sz: wireText(order.left),
    oid: order.oid,
    timestamp: order.timestamp,
    triggerCondition: triggerConditionOf(order),
    isTrigger: order.trigger !== null,
    triggerPx: wireText(order.trigger?.px ?? 0),
    children,
    isPositionTpsl: order.tie?.isPositionTpsl ?? false,
    reduceOnly: order.reduceOnly,
    orderType: orderTypeOf(order),
    origSz: wireText(order.origSz),
    tif: order.trigger ? null : order.tif,
    cloid: order.cloid,
  };
}

export const updateOf = (row: OrderRow): OrderUpdate => ({
  order: viewOf(row),
  status: row.status,
  statusTimestamp: row.statusTimestamp,
});
