/**
 * Where a position is to be left beside by its signal, in prices: its stop, its targets, and where the
 * stop goes after the first of them. Decided with the size and never again.
 */
import type { Decimal, Fraction, Px } from '../kernel/decimal.ts';
import { decimal, fraction, ROUND_DOWN, ROUND_UP } from '../kernel/decimal.ts';
import type { AssetSpec } from '../market/asset.ts';
import { roundPrice } from '../market/asset.ts';
import type { Side } from '../market/side.ts';
import type { ExitRules } from '../signals/exit-rules.ts';

export interface TargetTerms {
  /** A legal price, never nearer than asked. */
  readonly px: Px;
  /** The part of the whole position that is gone once this target and those before it have filled. */
  readonly upToFraction: Fraction;
}

export interface ExitTerms {
  /** The side that closes the position. */
  readonly side: Side;
  readonly stopPx: Px;
  /** The nearest first, at different prices. */
  readonly targets: readonly TargetTerms[];
  /** Where the stop goes once the first target has filled; absent: it stays. */
  readonly stopAfterPx?: Px;
}

/**
 * A target further away than this share of the price is none: the venue refuses orders far from the
 * mark (95 %, the collar of a trigger included).
 */
export const MOST_TARGET_PER_MILLE = 900;
const THOUSAND = 1_000;

/** The target's price, rounded away from the entry; undefined where it lies too far away. */
function targetPx(asset: AssetSpec, price: Decimal, distance: Decimal, isLong: boolean) {
  const value = isLong ? price.plus(distance) : price.minus(distance);
  if (value.lte(0)) return undefined;
  const rounded = roundPrice(asset, value, isLong ? ROUND_UP : ROUND_DOWN);
  const apart = decimal(rounded).minus(price).abs().times(THOUSAND);
  const isNear = decimal(rounded).gt(0) && apart.lte(price.times(MOST_TARGET_PER_MILLE));
  return isNear ? rounded : undefined;
}

/**
 * One stop distance (R) is from the reference price to the rounded stop: what the size was risked on.
 * @returns undefined when no target is left
 */
export function exitTermsOf(
  rules: ExitRules,
  asset: AssetSpec,
  isLong: boolean,
  referencePx: Px,
  stopPx: Px,
): ExitTerms | undefined {
  const price = decimal(referencePx);
  const distance = price.minus(decimal(stopPx)).abs();
  const targets: TargetTerms[] = [];
  let upTo = decimal(0);
  for (const { distanceR, fraction: part } of rules.targets) {
    const px = targetPx(asset, price, distance.times(decimal(distanceR)), isLong);
    if (px === undefined) break;
    upTo = upTo.plus(decimal(part));
    // Two that round to one price are one.
    if (targets.at(-1)?.px === px) targets.pop();
    targets.push({ px, upToFraction: fraction(upTo) });
  }
  if (targets.length === 0) return undefined;
  const side: Side = isLong ? 'sell' : 'buy';
  const terms: ExitTerms = { side, stopPx, targets };
  if (rules.stopAfterTarget === 'stays') return terms;
  return { ...terms, stopAfterPx: roundPrice(asset, price, isLong ? ROUND_DOWN : ROUND_UP) };
}
