/** Turns an intent into the venue's wire action. */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { orderTerms } from '../../domain/execution/order-terms.ts';
import type { Px } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { OrderAction } from './wire/actions.ts';
import { canonicalAction } from './wire/actions.ts';

/** One order, one action: the loss of one answer leaves one order in doubt, not a batch. */
export function orderAction(
  intent: OrderIntent,
  asset: AssetSpec,
  cloid: Cloid,
  referencePx: Px,
): OrderAction {
  return canonicalAction({
    type: 'order',
    orders: [{ ...orderTerms(intent, asset, referencePx), c: cloid }],
    grouping: 'na',
  }) as OrderAction;
}
