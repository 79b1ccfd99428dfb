/**
 * OrderRequest: what risk is asked about. Sessions and people make the same request, so that both
 * pass the same checks. Nothing here knows order types or the wire.
 */

import type { Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, isDecimalText, plain } from '../kernel/decimal.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import { shownValue } from '../kernel/outcome.ts';
import type { AssetSpec } from '../market/asset.ts';
import { checkNotional, checkPrice, checkSize } from '../market/asset.ts';
import type { Side } from '../market/side.ts';
import type { ExitTerms } from '../sizing/exit-terms.ts';

export interface OrderRequest {
  readonly asset: AssetSpec;
  readonly side: Side;
  /** Unsigned, in whole lots. */
  readonly sizeBase: SizeBase;
  /** What one unit is valued at: the order's own limit price, else the mid price. */
  readonly referencePx: Px;
  /** When the reference price was heard, on our clock. */
  readonly pricedAtMs: number;
  /** The venue itself will shrink the order rather than let it open or turn a position. */
  readonly reduceOnly: boolean;
  /** Trigger of the protective stop that will rest once the order filled. */
  readonly stopPx?: Px;
  /** That stop with the targets that will rest beside it. */
  readonly exits?: ExitTerms;
}

/** The first thing that makes a request no order at all, or undefined. Total on any input. */
export function checkRequest(request: OrderRequest): RuleViolation | undefined {
  const { asset, side, sizeBase, referencePx, reduceOnly, stopPx } = request;
  if (side !== 'buy' && side !== 'sell') {
    return { field: 'side', value: `${side}`, rule: 'must be buy or sell' };
  }
  if (!Number.isSafeInteger(asset.szDecimals) || asset.szDecimals < 0) {
    return { field: 'asset.szDecimals', value: `${asset.szDecimals}`, rule: 'must be a count' };
  }
  const numbers = { sizeBase, referencePx, ...(stopPx === undefined ? {} : { stopPx }) };
  for (const [field, value] of Object.entries(numbers)) {
    if (typeof value !== 'string' || !isDecimalText(value) || decimal(value).lte(0)) {
      return { field, value: shownValue(value), rule: 'must be a plain decimal number above 0' };
    }
  }
  return (
    checkSize(asset, sizeBase, 'sizeBase') ??
    checkNotional(referencePx, sizeBase, reduceOnly) ??
    checkStop(request) ??
    checkTargets(request)
  );
}

/** Targets lie on the winning side, the nearest first, and take no more than there is. */
function checkTargets({ asset, side, referencePx, exits }: OrderRequest) {
  if (exits === undefined) return undefined;
  let [before, upTo] = [decimal(referencePx), decimal(0)];
  for (const [place, target] of exits.targets.entries()) {
    const field = `exits.targets[${place}]`;
    const illegal = checkPrice(asset, target.px, `${field}.px`);
    if (illegal) return illegal;
    const [value, part] = [decimal(target.px), decimal(target.upToFraction)];
    if (side === 'buy' ? value.lte(before) : value.gte(before)) {
      const rule = `must be ${side === 'buy' ? 'above' : 'below'} ${plain(before)}`;
      return { field: `${field}.px`, value: target.px, rule };
    }
    if (part.lte(upTo) || part.gt(1)) {
      const rule = `must be above ${plain(upTo)}, and 1 at most`;
      return { field: `${field}.upToFraction`, value: target.upToFraction, rule };
    }
    [before, upTo] = [value, part];
  }
  return undefined;
}

function checkStop({ asset, side, referencePx, stopPx }: OrderRequest): RuleViolation | undefined {
  if (stopPx === undefined) return undefined;
  const illegal = checkPrice(asset, stopPx, 'stopPx');
  if (illegal) return illegal;
  const [stop, reference] = [decimal(stopPx), decimal(referencePx)];
  const protects = side === 'buy' ? stop.lt(reference) : stop.gt(reference);
  if (protects) return undefined;
  const where = side === 'buy' ? 'below' : 'above';
  return { field: 'stopPx', value: stopPx, rule: `must be ${where} the price of ${referencePx}` };
}
