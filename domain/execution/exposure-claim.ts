/** What an intent reserves of its account's limits: nothing, when it can only reduce. */
import type { Px } from '../kernel/decimal.ts';
import type { AssetSpec } from '../market/asset.ts';
import type { ExposureCeilings, ExposureClaim } from '../risk/reservation.ts';
import { claimPx } from '../risk/reservation.ts';
import type { OrderIntent } from './intent.ts';
import { orderTerms } from './order-terms.ts';

/**
 * The worst that an order may cost a unit, as it is sent: the collar's price for a market order, else
 * its limit.
 * @param midPx what a market order's collar is measured from
 */
export const worstPx = (intent: OrderIntent, asset: AssetSpec, midPx: Px): Px =>
  claimPx(intent.side, orderTerms(intent, asset, midPx).p, midPx);

/**
 * A decision is valued at its own price, and its ceilings leave room for the collar: a price that moved
 * between deciding and sending changes what the same units are worth, not how many were approved.
 * @param judged the ceilings of an order that was judged just now, not with a decision
 */
export function claimOf(
  intent: OrderIntent,
  asset: AssetSpec,
  midPx: Px,
  judged?: ExposureCeilings,
): ExposureClaim | undefined {
  if (intent.reduceOnly) return undefined;
  const { side, sizeBase, decisionPx, ceilings = judged } = intent;
  const isDecided = intent.ceilings !== undefined && decisionPx !== undefined;
  return {
    asset: asset.name,
    side,
    sizeBase,
    px: worstPx(intent, asset, isDecided ? decisionPx : midPx),
    markPx: midPx,
    ...(ceilings === undefined ? {} : { ceilings }),
  };
}
