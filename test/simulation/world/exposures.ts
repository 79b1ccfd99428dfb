/** What an account has at the venue, by asset and side: held at the mid, resting at its own price. */
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';

export interface Exposure {
  readonly longUsd: number;
  readonly shortUsd: number;
}

/** @param mids of the assets, in the order of the venue's universe */
export function exposuresOf(
  venue: Venue,
  account: string,
  coins: readonly string[],
  mids: readonly number[],
): readonly Exposure[] {
  const { assetPositions } = venue.accountSummary(account);
  const resting = venue.openOrders(account).filter(({ reduceOnly }) => !reduceOnly);
  return coins.map((coin, index) => {
    const found = assetPositions.find(({ position }) => position.coin === coin);
    const heldUsd = Number(found?.position.szi ?? 0) * (mids[index] ?? 0);
    const restingUsd = (side: string): number =>
      resting
        .filter((order) => order.coin === coin && order.side === side)
        .reduce((sum, { sz, limitPx }) => sum + Number(sz) * Number(limitPx), 0);
    return {
      longUsd: Math.max(0, heldUsd) + restingUsd('B'),
      shortUsd: Math.max(0, -heldUsd) + restingUsd('A'),
    };
  });
}
