/**
 * Turns an intent into the venue's wire action. Prices only ever get less aggressive by rounding,
 * so that the collar of a market order is a promise and not a hope.
 */
import type { OrderIntent, TimeInForce } from '../../domain/execution/intent.ts';
import { collarOf, isTrigger, TRIGGER_COLLAR_FRACTION } from '../../domain/execution/intent.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import type { Fraction, Px } from '../../domain/kernel/decimal.ts';
import { decimal, ONE, ROUND_CEIL, ROUND_FLOOR } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { roundPrice } from '../../domain/market/asset.ts';
import type { OrderAction, WireOrder } from './wire/actions.ts';
import { canonicalAction } from './wire/actions.ts';

const WIRE_TIF: Readonly<Record<TimeInForce, 'Gtc' | 'Ioc' | 'Alo'>> = {
  GTC: 'Gtc',
  IOC: 'Ioc',
  ALO: 'Alo',
};

/** The worst price that a taker accepts: the reference moved against it by the collar. */
export function collaredPrice(
  asset: AssetSpec,
  side: 'buy' | 'sell',
  referencePx: Px,
  collar: Fraction,
): Px {
  const worst =
    side === 'buy'
      ? decimal(referencePx).times(ONE.plus(decimal(collar)))
      : decimal(referencePx).times(ONE.minus(decimal(collar)));
  return roundPrice(asset, worst, side === 'buy' ? ROUND_FLOOR : ROUND_CEIL);
}

function priceAndType(
  intent: OrderIntent,
  asset: AssetSpec,
  referencePx: Px,
): { p: Px; t: WireOrder['t'] } {
  if (isTrigger(intent.type)) {
    const { triggerPx, limitPx } = intent;
    assertInvariant(
      triggerPx !== undefined,
      'a trigger order without a trigger price was prepared',
    );
    return {
      p: limitPx ?? collaredPrice(asset, intent.side, triggerPx, TRIGGER_COLLAR_FRACTION),
      t: {
        trigger: {
          isMarket: limitPx === undefined,
          triggerPx,
          tpsl: intent.type === 'STOP_LOSS' ? 'sl' : 'tp',
        },
      },
    };
  }
  if (intent.type === 'MARKET') {
    return {
      p: collaredPrice(asset, intent.side, referencePx, collarOf(intent)),
      t: { limit: { tif: 'Ioc' } },
    };
  }
  assertInvariant(intent.limitPx !== undefined, 'a limit order without a price was prepared');
  return { p: intent.limitPx, t: { limit: { tif: WIRE_TIF[intent.timeInForce ?? 'GTC'] } } };
}

/** One order, one action: the loss of one answer leaves one order in doubt, not a batch. */
export function orderAction(
  intent: OrderIntent,
  asset: AssetSpec,
  cloid: Cloid,
  referencePx: Px,
): OrderAction {
  const { p, t } = priceAndType(intent, asset, referencePx);
  return canonicalAction({
    type: 'order',
    orders: [
      {
        a: asset.index,
        b: intent.side === 'buy',
        p,
        s: intent.sizeBase,
        r: intent.reduceOnly,
        t,
        c: cloid,
      },
    ],
    grouping: 'na',
  }) as OrderAction;
}
