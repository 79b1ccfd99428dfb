/**
 * What the open orders of an account in a coin are worth: the sums that margin looks at, kept up to
 * date order by order, so that no check has to read all orders again. Derived from the orders
 * alone; a sum that was made at another mark is made anew. It decides nothing.
 */
import { type Micro, notional } from '../state/fixed-point.ts';
import type { CoinExposure, LiveOrder, OrderIndex } from '../state/state.ts';

/** An order as far as margin goes. */
export type Exposure = Pick<LiveOrder, 'coin' | 'isBuy' | 'limitPx' | 'left'>;

/** Orders are valued at their limit, but a marketable one at the mark, where it will trade. */
export function orderUsd(markPx: Micro, order: Exposure): Micro {
  const isMarketable = order.isBuy ? order.limitPx > markPx : order.limitPx < markPx;
  return notional(isMarketable ? markPx : order.limitPx, order.left);
}

/** Whether margin is held for the order: not for reduce-only ones, nor for triggers that wait. */
const holdsMargin = (order: LiveOrder): boolean =>
  !order.reduceOnly && (order.trigger === null || order.trigger.hasFired);

function addUsd(exposure: CoinExposure, order: LiveOrder, sign: 1 | -1): void {
  const usd = sign * orderUsd(exposure.markPx, order);
  if (order.isBuy) exposure.buysUsd += usd;
  else exposure.sellsUsd += usd;
}

/** Counts an order that has become live. */
export function expose(index: OrderIndex, order: LiveOrder): void {
  let coins = index.exposures.get(order.account);
  if (!coins) {
    coins = new Map();
    index.exposures.set(order.account, coins);
  }
  let exposure = coins.get(order.coin);
  if (!exposure) {
    // No mark is 0: whoever asks first makes the sums.
    exposure = {
      coin: order.coin,
      orders: 0,
      reduceOnlyOrders: 0,
      markPx: 0,
      buysUsd: 0,
      sellsUsd: 0,
    };
    coins.set(order.coin, exposure);
  }
  exposure.orders += 1;
  if (order.reduceOnly) exposure.reduceOnlyOrders += 1;
  if (holdsMargin(order)) addUsd(exposure, order, 1);
}

/** Takes back what {@link expose} counted; the order must not have changed in between. */
export function unexpose(index: OrderIndex, order: LiveOrder): void {
  const coins = index.exposures.get(order.account);
  const exposure = coins?.get(order.coin);
  if (!coins || !exposure) return;
  exposure.orders -= 1;
  if (order.reduceOnly) exposure.reduceOnlyOrders -= 1;
  if (exposure.orders === 0) coins.delete(order.coin);
  else if (holdsMargin(order)) addUsd(exposure, order, -1);
}

/** Takes what was traded off a live order. */
export function reduceExposed(index: OrderIndex, order: LiveOrder, sz: Micro): void {
  const exposure = index.exposures.get(order.account)?.get(order.coin);
  const isCounted = exposure !== undefined && holdsMargin(order);
  if (isCounted) addUsd(exposure, order, -1);
  order.left -= sz;
  if (isCounted) addUsd(exposure, order, 1);
}

/** Brings the sums to the present mark. */
export function valueAt(
  index: OrderIndex,
  account: string,
  exposure: CoinExposure,
  markPx: Micro,
): void {
  if (exposure.markPx === markPx) return;
  exposure.markPx = markPx;
  exposure.buysUsd = 0;
  exposure.sellsUsd = 0;
  for (const order of index.byAccount.get(account)?.values() ?? []) {
    if (order.coin === exposure.coin && holdsMargin(order)) addUsd(exposure, order, 1);
  }
}
