/** Whether the venue holds what a settled session leaves there: a stop for each position, nothing else. */
import { planProtection } from '../../domain/execution/protection.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import type { PaperExchange } from '../../gateways/paper-exchange/exchange.ts';
import { assetsOf } from '../../gateways/paper-exchange/feeds/meta.ts';

/** @param openOrders how many orders the session itself knows to be open */
export function isVenueAtRest(
  { venue, feed }: PaperExchange,
  account: AccountAddress,
  coins: readonly string[],
  openOrders: number,
): boolean {
  const open = venue.openOrders(account);
  if (open.length !== openOrders) return false;
  const { assetPositions } = venue.accountSummary(account);
  const traded = assetsOf(feed.meta).filter(({ name }) => coins.includes(name));
  return traded.every((asset) => {
    const held = assetPositions.find(({ position }) => position.coin === asset.name)?.position;
    const markPx = px(venue.bestPrices(asset.name)?.markPx ?? '1');
    const holding = held && {
      sizeBase: sizeBase(held.szi),
      entryPx: px(held.entryPx),
      markPx,
    };
    const stops = open
      .filter(({ coin, orderType }) => coin === asset.name && orderType.startsWith('Stop'))
      .map(({ oid, side, sz }) => ({
        intentId: String(oid),
        side: side === 'B' ? ('buy' as const) : ('sell' as const),
        sizeBase: sizeBase(sz),
        resting: true,
      }));
    const { start, cancel } = planProtection(asset, holding, undefined, stops);
    return start === undefined && cancel.length === 0;
  });
}
