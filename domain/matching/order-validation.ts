/**
 * Whether an order may be placed, in the venue's own words.
 *
 * Pre-validation depends on the payload alone and refuses the whole batch with one error; the
 * other checks refuse single orders, which still get an id and a recorded status. Texts are the
 * venue's; per-order ones end with ` asset=<id>` as recorded live. Nothing is changed here.
 */
import { checkPrice, MIN_NOTIONAL_USD } from '../market/asset.ts';
import { MICRO, type Micro, magnitude, notional, plainText, toMicro } from './fixed-point.ts';
import { canPlace, worstCaseUsd } from './margin.ts';
import { crosses } from './matching.ts';
import { accountOrders } from './order-index.ts';
import { bestPrices, midPx } from './outside-book.ts';
import { reducibleSz } from './positions.ts';
import { type AccountState, type LiveOrder, leverageOf, marketOf, type Step } from './state.ts';
import { type AssetTerms, tierAt } from './terms.ts';
import type { OrderStatus, WireOrder } from './venue-types.ts';

const MIN_NOTIONAL: Micro = BigInt(MIN_NOTIONAL_USD) * MICRO;
/** 1000 open orders, one more per 5 million USD traded, never more than 5000. */
const BASE_OPEN_ORDERS = 1000;
const MOST_OPEN_ORDERS = 5000;
const VOLUME_PER_ORDER: Micro = 5_000_000n * MICRO;
/** A limit price further than this from the mark is refused whole. */
const FURTHEST_PER_CENT = 95n;

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
  try {
    const value = toMicro(text);
    return value > 0n ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFarFrom(reference: Micro, px: Micro): boolean {
  return magnitude(px - reference) * 100n > reference * FURTHEST_PER_CENT;
}

function readOrder(step: Step, wire: WireOrder): ReadOrder | BatchProblem {
  const refused = (text: string): BatchProblem => ({ kind: 'refused', text });
  const batchError = (text: string): BatchProblem => ({
    kind: 'batchError',
    text: withAsset(text, wire.a),
  });
  const asset = step.terms.assets[wire.a];
  // The venue's text for an unknown asset id is not recorded; formed like its siblings.
  if (!asset) return refused('Order has invalid asset.');
  const market = step.state.markets.get(asset.spec.name);
  if (!market || asset.spec.isDelisted) return refused('Trading is halted.');
  if (/^0+(\.0+)?$/.test(wire.s)) return batchError('Order has zero size.');
  const sz = readPositive(wire.s);
  if (sz === undefined || sz % asset.lot !== 0n) return batchError('Order has invalid size.');
  const px = readPositive(wire.p);
  if (px === undefined) return batchError('Order has invalid price.');
  const triggerText = 'trigger' in wire.t ? wire.t.trigger.triggerPx : null;
  const triggerPx = triggerText === null ? null : readPositive(triggerText);
  if (triggerPx === undefined) return batchError('Order has invalid price.');
  if (isFarFrom(market.markPx, px)) {
    const text = 'Order price cannot be more than 95% away from the reference price';
    return { kind: 'batchError', text };
  }
  return { wire, asset, px, sz, triggerPx };
}

/** Reads a batch; the first error of pre-validation refuses all of it. */
export function readBatch(step: Step, orders: readonly WireOrder[]): ReadOrder[] | BatchProblem {
  if (orders.length === 0) return { kind: 'refused', text: 'Orders are empty' };
  const read: ReadOrder[] = [];
  for (const wire of orders) {
    const order = readOrder(step, wire);
    if ('kind' in order) return order;
    read.push(order);
  }
  return read;
}

export interface Rejection {
  readonly status: OrderStatus;
  readonly text: string;
}

const reject = (status: OrderStatus, text: string): Rejection => ({ status, text });

const isOffTick = (asset: AssetTerms, px: Micro): boolean =>
  checkPrice(asset.spec, plainText(px)) !== undefined;

function checkForm(read: ReadOrder): Rejection | undefined {
  const { asset, px, sz, triggerPx } = read;
  if (isOffTick(asset, px) || (triggerPx !== null && isOffTick(asset, triggerPx))) {
    return reject('tickRejected', 'Price must be divisible by tick size.');
  }
  // Assumed as third parties report it: reduce-only orders are exempt from the least value.
  if (!read.wire.r && notional(px, sz) < MIN_NOTIONAL) {
    return reject('minTradeNtlRejected', 'Order must have minimum value of $10.');
  }
  return undefined;
}

function checkCount(step: Step, account: AccountState, order: LiveOrder): Rejection | undefined {
  const open = accountOrders(step.index, account.address).size;
  const earned = BASE_OPEN_ORDERS + Number(account.volumeUsd / VOLUME_PER_ORDER);
  const isExtra = order.reduceOnly || order.trigger !== null;
  const limit = isExtra ? BASE_OPEN_ORDERS : Math.min(MOST_OPEN_ORDERS, earned);
  return open >= limit ? reject('tooManyOpenOrdersRejected', 'Too many open orders') : undefined;
}

/** A stop must lie beyond the market, a take-profit before it, else it would fire at once. */
function checkTriggerSide(step: Step, order: LiveOrder): Rejection | undefined {
  if (!order.trigger) return undefined;
  const market = marketOf(step.state, order.coin);
  const mid = midPx(market, step.index) ?? market.markPx;
  const isRight = order.trigger.isAbove ? order.trigger.px > mid : order.trigger.px < mid;
  return isRight ? undefined : reject('badTriggerPxRejected', 'Invalid TP/SL price.');
}

function checkMargin(
  step: Step,
  account: AccountState,
  asset: AssetTerms,
  order: LiveOrder,
): Rejection | undefined {
  if (order.reduceOnly) return undefined;
  if (!canPlace(step, account, order)) {
    return reject('perpMarginRejected', 'Insufficient margin to place order.');
  }
  const worst = worstCaseUsd(step, account, order.coin, order);
  const isGrowing = worst > worstCaseUsd(step, account, order.coin);
  if (isGrowing && tierAt(asset, worst).maxLeverage < leverageOf(account, asset).value) {
    const text = 'Order would cause position to exceed margin tier limit at current leverage';
    return reject('perpMaxPositionRejected', text);
  }
  return undefined;
}

/** The venue prints best bid and ask as `bid@ask`, an empty side as nothing. */
const bboText = (bid: Micro | undefined, ask: Micro | undefined): string =>
  `${bid === undefined ? '' : plainText(bid)}@${ask === undefined ? '' : plainText(ask)}`;

function checkLiquidity(step: Step, order: LiveOrder): Rejection | undefined {
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

export const NOTHING_TO_MATCH: Rejection = reject(
  'iocCancelRejected',
  'Order could not immediately match against any resting orders.',
);

/** The first reason against placing an order that passed pre-validation. */
export function findRejection(
  step: Step,
  account: AccountState,
  read: ReadOrder,
  order: LiveOrder,
): Rejection | undefined {
  const early =
    checkForm(read) ?? checkCount(step, account, order) ?? checkTriggerSide(step, order);
  // Whether a trigger reduces, and its margin, are looked at when it fires.
  if (early || order.trigger) return early;
  if (order.reduceOnly && reducibleSz(account, order.coin, order.isBuy) === 0n) {
    return reject('reduceOnlyRejected', 'Reduce only order would increase position.');
  }
  return checkMargin(step, account, read.asset, order) ?? checkLiquidity(step, order);
}
