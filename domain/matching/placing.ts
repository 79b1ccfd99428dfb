/**
 * Placing an order: read, checked, matched, then rested, finished or refused, with the venue's
 * answer for each. One bad order of a batch does not stop the others.
 */
import { averagePx, least, wireText } from './fixed-point.ts';
import { joinQueue, type Taken, takeLiquidity } from './matching.ts';
import { keepOrder } from './order-index.ts';
import { recordPartialFill, recordStatus } from './order-records.ts';
import { findRejection, NOTHING_TO_MATCH, type ReadOrder, withAsset } from './order-validation.ts';
import { reducibleSz } from './positions.ts';
import {
  type AccountState,
  accountOf,
  assetOf,
  type LiveOrder,
  marketOf,
  type Step,
} from './state.ts';
import type { OrderStatusEntry } from './venue-types.ts';

export function nextOid(step: Step): number {
  const oid = step.state.nextOid;
  step.state.nextOid += 1;
  return oid;
}

function newOrder(step: Step, account: AccountState, read: ReadOrder): LiveOrder {
  const { wire } = read;
  const trigger = 'trigger' in wire.t ? wire.t.trigger : null;
  return {
    oid: nextOid(step),
    account: account.address,
    coin: read.asset.spec.name,
    isBuy: wire.b,
    limitPx: read.px,
    origSz: read.sz,
    left: read.sz,
    timestamp: step.atMs,
    reduceOnly: wire.r,
    // A trigger becomes a limit order that rests, or one that takes what there is.
    tif: 'limit' in wire.t ? wire.t.limit.tif : trigger?.isMarket ? 'Ioc' : 'Gtc',
    cloid: wire.c ?? null,
    trigger:
      trigger === null
        ? null
        : {
            px: read.triggerPx ?? 0n,
            isMarket: trigger.isMarket,
            tpsl: trigger.tpsl,
            isAbove: wire.b === (trigger.tpsl === 'sl'),
            hasFired: false,
          },
    priority: 0,
    queueAhead: 0n,
  };
}

const takesOnly = (order: LiveOrder): boolean =>
  order.tif === 'Ioc' || order.tif === 'FrontendMarket';

const reducesNothing = (step: Step, order: LiveOrder): boolean =>
  order.reduceOnly &&
  reducibleSz(accountOf(step.state, order.account), order.coin, order.isBuy) === 0n;

/**
 * Matches an order that was told of as open or triggered, and settles what becomes of the rest:
 * filled, cancelled (IOC, useless reduce-only) or resting.
 */
export function executeOrder(step: Step, order: LiveOrder): Taken {
  const taken = takeLiquidity(step, order);
  if (order.left === 0n) recordStatus(step, order, 'filled');
  else if (takesOnly(order)) {
    recordStatus(step, order, taken.sz === 0n ? NOTHING_TO_MATCH.status : 'canceled');
  } else if (reducesNothing(step, order)) recordStatus(step, order, 'reduceOnlyCanceled');
  else {
    joinQueue(order, marketOf(step.state, order.coin));
    keepOrder(step, order);
    if (taken.sz > 0n) recordPartialFill(step, order);
  }
  return taken;
}

function placeLimit(step: Step, account: AccountState, order: LiveOrder): OrderStatusEntry {
  const tag = order.cloid ? { cloid: order.cloid } : {};
  if (order.reduceOnly && takesOnly(order)) {
    order.left = least(order.left, reducibleSz(account, order.coin, order.isBuy));
  }
  recordStatus(step, order, 'open');
  const taken = executeOrder(step, order);
  const asset = assetOf(step, order.coin);
  const rests = step.state.orders.has(order.oid);
  if (rests) return { resting: { oid: order.oid, ...tag } };
  if (taken.sz === 0n) return { error: withAsset(NOTHING_TO_MATCH.text, asset.spec.index) };
  return {
    filled: {
      totalSz: wireText(taken.sz),
      avgPx: wireText(averagePx(taken.usd, taken.sz, asset.pxPlaces)),
      oid: order.oid,
      ...tag,
    },
  };
}

/**
 * Places one order of a batch. A stand-alone trigger answers `resting`: whether the venue says
 * that or `waitingForTrigger` is an open question, and clients accept both.
 */
export function placeOrder(step: Step, account: AccountState, read: ReadOrder): OrderStatusEntry {
  const order = newOrder(step, account, read);
  const rejection = findRejection(step, account, read, order);
  if (rejection) {
    recordStatus(step, order, rejection.status);
    return { error: withAsset(rejection.text, read.asset.spec.index) };
  }
  if (!order.trigger) return placeLimit(step, account, order);
  keepOrder(step, order);
  recordStatus(step, order, 'open');
  return { resting: { oid: order.oid, ...(order.cloid ? { cloid: order.cloid } : {}) } };
}
