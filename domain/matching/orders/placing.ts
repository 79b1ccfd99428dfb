/**
 * Placing an order: read, checked, matched, then rested, finished or refused, with the venue's
 * answer for each. One bad order of a batch does not stop the others.
 */

import type { OrderStatusEntry } from '../contract/venue-answers.ts';
import { reducibleSz } from '../margin/positions.ts';
import { averagePx, wireText } from '../state/fixed-point.ts';
import { keepOrder } from '../state/order-index.ts';
import { recordPartialFill, recordStatus } from '../state/order-records.ts';
import {
  type AccountState,
  accountOf,
  assetOf,
  type LiveOrder,
  marketOf,
  type OrderBuilder,
  type Step,
  type Tie,
} from '../state/state.ts';
import { joinQueue, type Taken, takeLiquidity } from './matching.ts';
import { findRejection, NOTHING_TO_MATCH, type ReadOrder, withAsset } from './order-validation.ts';

export function nextOid(step: Step): number {
  const oid = step.state.nextOid;
  step.state.nextOid += 1;
  return oid;
}

/** What an order has from the action that places it. */
export interface Attachments {
  readonly tie: Tie | null;
  readonly builder: OrderBuilder | null;
}

const NOTHING_ATTACHED: Attachments = { tie: null, builder: null };

function newOrder(
  step: Step,
  account: AccountState,
  read: ReadOrder,
  { tie, builder }: Attachments,
): LiveOrder {
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
    builder,
    trigger:
      trigger === null
        ? null
        : {
            px: read.triggerPx ?? 0,
            isMarket: trigger.isMarket,
            tpsl: trigger.tpsl,
            isAbove: wire.b === (trigger.tpsl === 'sl'),
            hasFired: false,
          },
    tie,
    twapId: null,
    priority: 0,
    queueAhead: 0,
  };
}

/** An order that the venue sends for an account, to be matched at once and never to rest. */
export function takingOrder(
  step: Step,
  facts: Pick<
    LiveOrder,
    'account' | 'coin' | 'isBuy' | 'limitPx' | 'left' | 'reduceOnly' | 'tif'
  > & {
    readonly twapId?: number;
  },
): LiveOrder {
  return {
    oid: nextOid(step),
    account: facts.account,
    coin: facts.coin,
    isBuy: facts.isBuy,
    limitPx: facts.limitPx,
    origSz: facts.left,
    left: facts.left,
    timestamp: step.atMs,
    reduceOnly: facts.reduceOnly,
    tif: facts.tif,
    cloid: null,
    builder: null,
    trigger: null,
    tie: null,
    twapId: facts.twapId ?? null,
    priority: 0,
    queueAhead: 0,
  };
}

const takesOnly = (order: LiveOrder): boolean =>
  order.tif === 'Ioc' || order.tif === 'FrontendMarket';

const reducesNothing = (step: Step, order: LiveOrder): boolean =>
  order.reduceOnly &&
  reducibleSz(accountOf(step.state, order.account), order.coin, order.isBuy) === 0;

/**
 * Matches an order that was told of as open or triggered, and settles what becomes of the rest:
 * filled, cancelled (IOC, useless reduce-only) or resting.
 */
export function executeOrder(step: Step, order: LiveOrder): Taken {
  const taken = takeLiquidity(step, order);
  if (order.left === 0) recordStatus(step, order, 'filled');
  else if (takesOnly(order)) {
    recordStatus(step, order, taken.sz === 0 ? NOTHING_TO_MATCH.status : 'canceled');
  } else if (reducesNothing(step, order)) recordStatus(step, order, 'reduceOnlyCanceled');
  else {
    joinQueue(order, marketOf(step.state, order.coin));
    keepOrder(step, order);
    if (taken.sz > 0) recordPartialFill(step, order);
  }
  return taken;
}

/** What an answer calls the order. */
const nameOf = ({ oid, cloid }: LiveOrder): { readonly oid: number; readonly cloid?: string } =>
  cloid ? { oid, cloid } : { oid };

function placeLimit(step: Step, account: AccountState, order: LiveOrder): OrderStatusEntry {
  if (order.reduceOnly && takesOnly(order)) {
    order.left = Math.min(order.left, reducibleSz(account, order.coin, order.isBuy));
  }
  recordStatus(step, order, 'open');
  const taken = executeOrder(step, order);
  const asset = assetOf(step, order.coin);
  const rests = step.state.orders.has(order.oid);
  if (rests) return { resting: nameOf(order) };
  if (taken.sz === 0) return { error: withAsset(NOTHING_TO_MATCH.text, asset.spec.index) };
  return {
    filled: {
      totalSz: wireText(taken.sz),
      avgPx: wireText(averagePx(taken.usd, taken.sz, asset.pxPlaces)),
      ...nameOf(order),
    },
  };
}

/**
 * Places one order of a batch. A stand-alone trigger answers `resting`: whether the venue says
 * that or `waitingForTrigger` is an open question, and clients accept both.
 */
export function placeOrder(
  step: Step,
  account: AccountState,
  read: ReadOrder,
  attached: Attachments = NOTHING_ATTACHED,
): OrderStatusEntry {
  const order = newOrder(step, account, read, attached);
  const rejection = findRejection(step, account, read, order);
  if (rejection) {
    recordStatus(step, order, rejection.status);
    return { error: withAsset(rejection.text, read.asset.spec.index) };
  }
  if (!order.trigger) return placeLimit(step, account, order);
  keepOrder(step, order);
  recordStatus(step, order, 'open');
  if (order.tie?.role === 'held') return 'waitingForFill';
  if (order.tie?.role === 'sibling') return 'waitingForTrigger';
  return { resting: nameOf(order) };
}
