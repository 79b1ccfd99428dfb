/**
 * Whether an order may be placed, in the venue's own words.
 *
 * Pre-validation depends on the payload alone and refuses the whole batch with one error; the
 * other checks refuse single orders, which still get an id and a recorded status. Texts are the
 * venue's; per-order ones end with ` asset=<id>` as recorded live. Nothing is changed here.
 */
import { MIN_NOTIONAL_USD, PRICE_SIGNIFICANT_FIGURES } from '../../market/asset.ts';
import type { WireOrder } from '../contract/venue-actions.ts';
import { countableReach, isAffordable } from '../margin/margin.ts';
import { reducibleSz } from '../margin/positions.ts';
import { bestPrices, midPx } from '../market/outside-book.ts';
import { MICRO, type Micro, plainText, readAmount, type WideMicro } from '../state/fixed-point.ts';
import { accountOrders, groupOrders } from '../state/order-index.ts';
import {
  type AccountState,
  type LiveOrder,
  leverageOf,
  marketOf,
  type Step,
} from '../state/state.ts';
import { type AssetTerms, tierAt } from '../state/terms.ts';
import { crosses } from './matching.ts';
import { checkCaps, type Rejection, reject } from './order-caps.ts';

export const MIN_NOTIONAL: Micro = MIN_NOTIONAL_USD * MICRO;
/** 1000 open orders, one more per 5 million USD traded, never more than 5000. */
const BASE_OPEN_ORDERS = 1000;
const MOST_OPEN_ORDERS = 5000;
const VOLUME_PER_ORDER: WideMicro = 5_000_000_000_000n;
/** A limit price further than this from the mark is refused whole. */
const FURTHEST_PER_CENT = 95;

/** The venue's words for the refusals that a backtest's orders can meet. */
export const WORDS = {
  far: 'Order price cannot be more than 95% away from the reference price',
  halted: 'Trading is halted.',
  small: 'Order must have minimum value of $10.',
  triggerSide: 'Invalid TP/SL price.',
  reduceOnly: 'Reduce only order would increase position.',
  margin: 'Insufficient margin to place order.',
  nothing: 'Order could not immediately match against any resting orders.',
  tier: 'Order would cause position to exceed margin tier limit at current leverage',
} as const;

export const withAsset = (text: string, assetId: number): string => `${text} asset=${assetId}`;

/** An order's numbers, read. */
export interface ReadOrder {
  readonly wire: WireOrder;
  readonly asset: AssetTerms;
  readonly px: Micro;
  readonly sz: Micro;
  readonly triggerPx: Micro | null;
}

export type BatchProblem =
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'batchError'; readonly text: string };

function readPositive(text: string): Micro | undefined {
  const value = readAmount(text);
  return value === 0 ? undefined : value;
}

export function isFarFrom(reference: Micro, px: Micro): boolean {
  return Math.abs(px - reference) * 100 > reference * FURTHEST_PER_CENT;
}

/** Size zero stands for the whole position, where that is allowed. */
function readOrder(step: Step, wire: WireOrder, mayBeWhole: boolean): ReadOrder | BatchProblem {
  const refused = (text: string): BatchProblem => ({ kind: 'refused', text });
  const batchError = (text: string): BatchProblem => ({
    kind: 'batchError',
    text: withAsset(text, wire.a),
  });
  const asset = step.terms.assets[wire.a];
  // The venue's text for an unknown asset id is not recorded; formed like its siblings.
  if (!asset) return refused('Order has invalid asset.');
  const market = step.state.markets.get(asset.spec.name);
  if (!market || asset.spec.isDelisted) return refused(WORDS.halted);
  const sz = readAmount(wire.s);
  if (sz === 0 && !mayBeWhole) return batchError('Order has zero size.');
  if (sz === undefined || sz % asset.lot !== 0) return batchError('Order has invalid size.');
  const px = readPositive(wire.p);
  if (px === undefined) return batchError('Order has invalid price.');
  const triggerText = 'trigger' in wire.t ? wire.t.trigger.triggerPx : null;
  const triggerPx = triggerText === null ? null : readPositive(triggerText);
  if (triggerPx === undefined) return batchError('Order has invalid price.');
  if (isFarFrom(market.markPx, px)) {
    return { kind: 'batchError', text: WORDS.far };
  }
  return { wire, asset, px, sz, triggerPx };
}

/** Reads a batch; the first error of pre-validation refuses all of it. */
export function readBatch(
  step: Step,
  orders: readonly WireOrder[],
  mayBeWhole = false,
): ReadOrder[] | BatchProblem {
  if (orders.length === 0) return { kind: 'refused', text: 'Orders are empty' };
  const read: ReadOrder[] = [];
  for (const wire of orders) {
    const order = readOrder(step, wire, mayBeWhole);
    if ('kind' in order) return order;
    read.push(order);
  }
  return read;
}

/**
 * The step of legal prices at this height, by the rule of `checkPrice` in domain/market: whole
 * numbers always, else 5 significant figures and the asset's decimals.
 */
export function tickAt(asset: Pick<AssetTerms, 'pxStep'>, px: Micro): Micro {
  let figures = 10 ** PRICE_SIGNIFICANT_FIGURES;
  let unit = 1;
  while (px >= figures) {
    figures *= 10;
    unit *= 10;
  }
  return Math.min(Math.max(asset.pxStep, unit), MICRO);
}

export const isOffTick = (asset: Pick<AssetTerms, 'pxStep'>, px: Micro): boolean =>
  px % MICRO !== 0 && px % tickAt(asset, px) !== 0;

function checkForm(read: ReadOrder): Rejection | undefined {
  const { asset, px, sz, triggerPx } = read;
  if (isOffTick(asset, px) || (triggerPx !== null && isOffTick(asset, triggerPx))) {
    return reject('tickRejected', 'Price must be divisible by tick size.');
  }
  // Assumed as third parties report it: reduce-only orders are exempt from the least value.
  if (!read.wire.r && px * sz < MIN_NOTIONAL * MICRO) {
    return reject('minTradeNtlRejected', WORDS.small);
  }
  return undefined;
}

function checkCount(step: Step, account: AccountState, order: LiveOrder): Rejection | undefined {
  const open = accountOrders(step.index, account.address).size;
  if (open < BASE_OPEN_ORDERS) return undefined;
  const earned = BASE_OPEN_ORDERS + Number(account.volumeUsd / VOLUME_PER_ORDER);
  const isExtra = order.reduceOnly || order.trigger !== null;
  const limit = isExtra ? BASE_OPEN_ORDERS : Math.min(MOST_OPEN_ORDERS, earned);
  return open >= limit ? reject('tooManyOpenOrdersRejected', 'Too many open orders') : undefined;
}

/** Where a held child's position will be entered: at its parent's price, or better. */
function entryPx(step: Step, child: LiveOrder, mid: Micro): Micro {
  const group = child.tie?.group ?? child.oid;
  const [parent] = groupOrders(step.index, child.account, group, 'parent');
  if (!parent) return mid;
  if (parent.trigger && !parent.trigger.hasFired) return parent.trigger.px;
  return parent.isBuy ? Math.min(parent.limitPx, mid) : Math.max(parent.limitPx, mid);
}

/** A stop must lie beyond the market, a take-profit before it, else it would fire at once. */
function checkTriggerSide(step: Step, order: LiveOrder): Rejection | undefined {
  if (!order.trigger) return undefined;
  const market = marketOf(step.state, order.coin);
  const mid = midPx(market, step.index) ?? market.markPx;
  const from = order.tie?.role === 'held' ? entryPx(step, order, mid) : mid;
  const isRight = order.trigger.isAbove ? order.trigger.px > from : order.trigger.px < from;
  return isRight ? undefined : reject('badTriggerPxRejected', WORDS.triggerSide);
}

function checkMargin(
  step: Step,
  account: AccountState,
  asset: AssetTerms,
  order: LiveOrder,
): Rejection | undefined {
  if (order.reduceOnly) return undefined;
  const reach = countableReach(step, account, order);
  if (!reach || !isAffordable(step, account, order.coin, reach)) {
    return reject('perpMarginRejected', WORDS.margin);
  }
  const isGrowing = reach.furtherUsd > reach.openUsd;
  if (isGrowing && tierAt(asset, reach.furtherUsd).maxLeverage < leverageOf(account, asset).value) {
    return reject('perpMaxPositionRejected', WORDS.tier);
  }
  return undefined;
}

/** The venue prints best bid and ask as `bid@ask`, an empty side as nothing. */
const bboText = (bid: Micro | undefined, ask: Micro | undefined): string =>
  `${bid === undefined ? '' : plainText(bid)}@${ask === undefined ? '' : plainText(ask)}`;

function checkLiquidity(step: Step, order: LiveOrder): Rejection | undefined {
  if (order.tif === 'Gtc') return undefined;
  const { bid, ask } = bestPrices(marketOf(step.state, order.coin), step.index);
  const contra = order.isBuy ? ask : bid;
  const wouldTrade = contra !== undefined && crosses(order, contra);
  switch (order.tif) {
    case 'Alo': {
      if (!wouldTrade) return undefined;
      const text = `Post only order would have immediately matched, bbo was ${bboText(bid, ask)}.`;
      return reject('badAloPxRejected', text);
    }
    case 'FrontendMarket':
      if (contra === undefined) {
        return reject('marketOrderNoLiquidityRejected', 'No liquidity available for market order.');
      }
      return wouldTrade ? undefined : NOTHING_TO_MATCH;
    case 'Ioc':
      return wouldTrade ? undefined : NOTHING_TO_MATCH;
    default:
      return undefined;
  }
}

export const NOTHING_TO_MATCH: Rejection = reject('iocCancelRejected', WORDS.nothing);

/** The first reason against placing an order that passed pre-validation. */
export function findRejection(
  step: Step,
  account: AccountState,
  read: ReadOrder,
  order: LiveOrder,
): Rejection | undefined {
  const early =
    checkForm(read) ??
    checkCaps(step, account, read, order) ??
    checkCount(step, account, order) ??
    checkTriggerSide(step, order);
  if (early) return early;
  // Whether other triggers reduce, and their margin, are looked at when they fire.
  if (order.trigger && !order.tie?.isPositionTpsl) return undefined;
  if (order.reduceOnly && reducibleSz(account, order.coin, order.isBuy) === 0) {
    return reject('reduceOnlyRejected', WORDS.reduceOnly);
  }
  if (order.trigger) return undefined;
  return checkMargin(step, account, read.asset, order) ?? checkLiquidity(step, order);
}
