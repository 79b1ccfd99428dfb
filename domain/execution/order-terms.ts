/**
 * Price, size and kind of the order that an intent becomes, with the venue's wire keys. Prices only
 * ever get less aggressive by rounding, so that the collar of a market order is a promise and not a
 * hope. Live orders and backtests are priced here.
 */
import { assertInvariant } from '../kernel/assert.ts';
import type { Fraction, Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, ONE, ROUND_CEIL, ROUND_FLOOR } from '../kernel/decimal.ts';
import type { AssetSpec } from '../market/asset.ts';
import { roundPrice } from '../market/asset.ts';
import type { Side } from '../market/side.ts';
import type { OrderIntent, TimeInForce } from './intent.ts';
import { collarOf, isTrigger, TRIGGER_COLLAR_FRACTION } from './intent.ts';

type WireTif = 'Gtc' | 'Ioc' | 'Alo';

const WIRE_TIF: Readonly<Record<TimeInForce, WireTif>> = {
  GTC: 'Gtc',
  IOC: 'Ioc',
  ALO: 'Alo',
};

/** What an order's terms follow from. */
export type PricedIntent = Pick<
  OrderIntent,
  | 'side'
  | 'type'
  | 'sizeBase'
  | 'reduceOnly'
  | 'limitPx'
  | 'triggerPx'
  | 'timeInForce'
  | 'collarFraction'
  | 'urgency'
>;

export interface OrderTerms {
  readonly a: number;
  readonly b: boolean;
  readonly p: Px;
  readonly s: SizeBase;
  readonly r: boolean;
  readonly t:
    | { readonly limit: { readonly tif: WireTif } }
    | {
        readonly trigger: {
          readonly isMarket: boolean;
          readonly triggerPx: Px;
          readonly tpsl: 'tp' | 'sl';
        };
      };
}

/** The worst price that a taker accepts: the reference moved against it by the collar. */
export function collaredPrice(asset: AssetSpec, side: Side, referencePx: Px, collar: Fraction): Px {
  const worst =
    side === 'buy'
      ? decimal(referencePx).times(ONE.plus(decimal(collar)))
      : decimal(referencePx).times(ONE.minus(decimal(collar)));
  return roundPrice(asset, worst, side === 'buy' ? ROUND_FLOOR : ROUND_CEIL);
}

function priceAndType(
  intent: PricedIntent,
  asset: AssetSpec,
  referencePx: Px,
): Pick<OrderTerms, 'p' | 't'> {
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

/**
 * The terms that the venue gets.
 * @param referencePx what a market order's collar is measured from: the mid price
 * @throws InvariantBroken for a limit or trigger order without its price
 */
export function orderTerms(intent: PricedIntent, asset: AssetSpec, referencePx: Px): OrderTerms {
  const { p, t } = priceAndType(intent, asset, referencePx);
  return {
    a: asset.index,
    b: intent.side === 'buy',
    p,
    s: intent.sizeBase,
    r: intent.reduceOnly,
    t,
  };
}
