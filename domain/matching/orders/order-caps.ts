/**
 * Caps that have nothing to do with margin: the most that one order may be worth, one live order
 * per client order id, and capped open interest. The last two are off unless configured.
 * The venue's limit on how fast open interest may grow is not modelled.
 */

import type { OrderStatus } from '../contract/venue-records.ts';
import { openInterest } from '../market/outside-book.ts';
import { MICRO, type Micro, plainText, type WideMicro } from '../state/fixed-point.ts';
import { accountOrders } from '../state/order-index.ts';
import { type AccountState, type LiveOrder, marketOf, type Step } from '../state/state.ts';
import type { AssetTerms } from '../state/terms.ts';

/** Why an order is refused, and the status that is recorded for it. */
export interface Rejection {
  readonly status: OrderStatus;
  readonly text: string;
}

export const reject = (status: OrderStatus, text: string): Rejection => ({ status, text });

/** An order's numbers, read. */
interface Sized {
  readonly asset: AssetTerms;
  readonly px: Micro;
  readonly sz: Micro;
}

/** Million USD by least maximum leverage. Source: the venue's "Contract specifications". */
const MARKET_ORDER_MILLIONS = [
  [25, 30],
  [20, 5],
  [10, 2],
  [0, 0.5],
] as const;
const LIMIT_ORDER_FACTOR = 10;
const MILLION_USD: Micro = MICRO * MICRO;

/** The most that a market order in this asset may be worth, by its highest leverage. */
function mostMarketUsd(asset: AssetTerms): Micro {
  const row = MARKET_ORDER_MILLIONS.find(([leverage]) => asset.spec.maxLeverage >= leverage);
  return (row?.[1] ?? 0) * MILLION_USD;
}

/** Why an order of this value is refused; the venue's text for this case is not recorded. */
export function valueProblem(asset: AssetTerms, px: Micro, sz: Micro, isMarket: boolean) {
  const mostUsd = mostMarketUsd(asset) * (isMarket ? 1 : LIMIT_ORDER_FACTOR);
  // Only near the truth for absurd orders, which are far beyond the bound.
  if (px * sz <= mostUsd * MICRO) return undefined;
  return `Order has value above the maximum of $${plainText(mostUsd)}.`;
}

function checkValue({ asset, px, sz }: Sized, order: LiveOrder): Rejection | undefined {
  const isMarket = order.tif === 'FrontendMarket' || order.trigger?.isMarket === true;
  const problem = valueProblem(asset, px, sz, isMarket);
  return problem === undefined ? undefined : reject('rejected', problem);
}

/** The venue's text for this case is not recorded. */
function checkCloid(step: Step, account: AccountState, order: LiveOrder): Rejection | undefined {
  if (!step.terms.refusesDuplicateCloid || order.cloid === null) return undefined;
  for (const other of accountOrders(step.index, account.address).values()) {
    if (other.cloid === order.cloid) return reject('rejected', 'Order has duplicate cloid.');
  }
  return undefined;
}

/** Whether the open interest in a coin has reached its cap. */
export function isAtOpenInterestCap(step: Pick<Step, 'state'>, asset: AssetTerms): boolean {
  const cap = asset.openInterestCap;
  const market = step.state.markets.get(asset.spec.name);
  if (cap === null || !market) return false;
  const open: WideMicro = openInterest(step.state, asset.spec.name);
  return (open * BigInt(market.markPx)) / BigInt(MICRO) >= BigInt(cap);
}

function checkOpenInterest(
  step: Step,
  account: AccountState,
  { asset }: Sized,
  order: LiveOrder,
): Rejection | undefined {
  if (!isAtOpenInterestCap(step, asset)) return undefined;
  const szi = account.positions.get(order.coin)?.szi ?? 0;
  const isReducing = order.isBuy ? szi < 0 : szi > 0;
  const isCapped = isReducing && order.left <= Math.abs(szi);
  if (!order.reduceOnly && !isCapped) {
    const kind = isReducing ? 'Flip' : 'Increase';
    return reject(
      `position${kind}AtOpenInterestCapRejected`,
      'Order would increase open interest while open interest is capped',
    );
  }
  const { oraclePx } = marketOf(step.state, order.coin);
  const isBeyondOracle = order.isBuy ? order.limitPx > oraclePx : order.limitPx < oraclePx;
  if (order.reduceOnly || order.trigger || !isBeyondOracle) return undefined;
  return reject(
    'tooAggressiveAtOpenInterestCapRejected',
    'Order rejected due to price more aggressive than oracle while at open interest cap',
  );
}

/** The first cap that the order breaks. */
export function checkCaps(
  step: Step,
  account: AccountState,
  read: Sized,
  order: LiveOrder,
): Rejection | undefined {
  return (
    checkValue(read, order) ??
    checkCloid(step, account, order) ??
    (read.asset.openInterestCap === null
      ? undefined
      : checkOpenInterest(step, account, read, order))
  );
}
