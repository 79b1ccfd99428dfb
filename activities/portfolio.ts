/** The account as risk reads it, put together from the venue's answers. */
import type { Usd } from '../domain/kernel/decimal.ts';
import { decimal, px } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import type { PortfolioView } from '../domain/risk/portfolio.ts';
import type { VenueAccount, VenueOrder, VenuePort, VenuePosition } from './ports/venue.ts';

/** The price that the venue values a position at: its value over its size. */
export function markPxOf(position: VenuePosition): ReturnType<typeof px> {
  const size = decimal(position.sizeBase).abs();
  return px(decimal(position.valueUsd).div(size).toSignificantDigits(20));
}

export function portfolioOf(
  account: VenueAccount,
  orders: readonly VenueOrder[],
  dayStartEquityUsd: Usd,
  haltReason: string | null,
  asOfMs: number,
): PortfolioView {
  return {
    equityUsd: account.equityUsd,
    dayStartEquityUsd,
    positions: account.positions.map((position) => ({
      asset: position.asset,
      sizeBase: position.sizeBase,
      entryPx: position.entryPx,
      markPx: markPxOf(position),
    })),
    openOrders: orders.map((order) => ({
      asset: order.asset,
      side: order.side,
      sizeBase: order.remainingBase,
      px: order.limitPx,
      reduceOnly: order.reduceOnly,
    })),
    haltReason,
    asOfMs,
  };
}

/** Reads account and open orders at once. */
export async function readAccountState(
  venue: VenuePort,
  address: AccountAddress,
): Promise<{ account: VenueAccount; orders: readonly VenueOrder[]; asOfMs: number }> {
  const asOfMs = Date.now();
  const [account, orders] = await Promise.all([venue.account(address), venue.openOrders(address)]);
  return { account, orders, asOfMs };
}
