/**
 * Which orders close a position on the venue, given those that exist: its stop, and the targets that
 * were decided with it. Converges: applied again and again it ends with one stop of the position's
 * size and one order for each target, or with none of them when nothing is held.
 *
 * A stop rests before the one it replaces is cancelled, since a position is never without one. A target
 * is cancelled before its successor starts, since two of them would take twice.
 */
import type { Px, SizeBase } from '../kernel/decimal.ts';
import { type Decimal, decimal, px, sizeBase, ZERO } from '../kernel/decimal.ts';
import type { AssetSpec } from '../market/asset.ts';
import { MIN_NOTIONAL_USD } from '../market/asset.ts';
import type { Side } from '../market/side.ts';
import type { ExitTerms } from '../sizing/exit-terms.ts';
import {
  type Holding,
  type ProtectionPlan,
  type ProtectiveOrder,
  planProtection,
} from './protection.ts';
import { type TargetLevels, targetLevels } from './target-levels.ts';

/** Terms of a position, and what became known of it since. */
export interface HeldExits extends ExitTerms {
  /** The most that was seen of it: what the parts of its targets are of. */
  readonly fullBase?: SizeBase;
  /** What each of its targets' orders has filled, by intent: known before the account shows it. */
  readonly taken?: Readonly<Record<string, SizeBase>>;
}

/** What the decision that opened a position left for its exits: a stop alone, or targets beside it. */
export type DecidedExits = Px | HeldExits;

/** A stop, or a target when it has the price of one. */
export interface ExitOrder extends ProtectiveOrder {
  readonly targetPx?: Px;
}

export interface TargetStart {
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly targetPx: Px;
  /** The mark has reached it already: it must be a market order. */
  readonly atOnce: boolean;
}

export interface ExitPlan {
  readonly stop?: NonNullable<ProtectionPlan['start']>;
  readonly targets: readonly TargetStart[];
  /** Orders that are no longer needed. */
  readonly cancel: readonly string[];
  /** The terms with what was seen, when the position has targets. */
  readonly terms?: HeldExits;
}

const THOUSAND = 1_000;

/** The end of a target's name says which of the targets it is, where a name is all that is known. */
const AT_PRICE = /\/target\/\d+@(\d+(?:\.\d+)?)$/;
export const targetName = (number: number, targetPx: Px): string => `target/${number}@${targetPx}`;

/** The price of the target that an order with this name takes, or undefined. */
export function targetPxOf(intentId: string): Px | undefined {
  const [, price] = AT_PRICE.exec(intentId) ?? [];
  return price === undefined ? undefined : px(price);
}

const isTarget = (order: ExitOrder): boolean => order.targetPx !== undefined;
const idsOf = (orders: readonly ExitOrder[]): string[] => orders.map((order) => order.intentId);

/** The terms, should they be of a position on this side. */
function termsFor(decided: DecidedExits | undefined, side: Side): HeldExits | undefined {
  return typeof decided === 'object' && decided.side === side ? decided : undefined;
}

const larger = (one: SizeBase, other: SizeBase): SizeBase =>
  decimal(one).gt(decimal(other)) ? one : other;

/**
 * What is held, or less where orders of targets have filled that the account does not show yet: a
 * target must not be taken twice for want of news.
 */
function leftOf({ taken = {} }: HeldExits, fullBase: SizeBase, held: Decimal): SizeBase {
  const left = Object.values(taken).reduce(
    (rest, filled) => rest.minus(decimal(filled)),
    decimal(fullBase),
  );
  if (left.gt(held)) return sizeBase(held);
  return sizeBase(left.isNegative() ? ZERO : left);
}

function levelsOf(asset: AssetSpec, terms: ExitTerms, fullBase: SizeBase, held: SizeBase) {
  const scale = decimal(10).pow(asset.szDecimals);
  const lots = (size: SizeBase): number => decimal(size).times(scale).toNumber();
  const least = scale.times(MIN_NOTIONAL_USD);
  const isWorth = (place: number, count: number): boolean =>
    decimal(terms.targets[place]?.px ?? '0')
      .times(count)
      .gte(least);
  const upTo = terms.targets.map(({ upToFraction }) =>
    decimal(upToFraction).times(THOUSAND).toNumber(),
  );
  return targetLevels(lots(fullBase), lots(held), upTo, isWorth);
}

/** The stop of a position with targets has exactly its size. */
function planStop(
  asset: AssetSpec,
  holding: Holding,
  stopPx: Px,
  stops: readonly ExitOrder[],
  side: Side,
): ProtectionPlan {
  const size = decimal(holding.sizeBase).abs();
  const exact = stops.filter((order) => order.side === side && decimal(order.sizeBase).eq(size));
  if (exact.length === 0) return planProtection(asset, holding, stopPx, []);
  const { cancel } = planProtection(asset, holding, stopPx, exact);
  const keepsResting = exact.some((order) => order.resting);
  const others = stops.filter((order) => !exact.includes(order));
  return { cancel: keepsResting ? [...cancel, ...idsOf(others)] : cancel };
}

function planTargets(
  asset: AssetSpec,
  { markPx }: Holding,
  terms: HeldExits,
  { open }: TargetLevels,
  orders: readonly ExitOrder[],
): { start: TargetStart[]; cancel: string[] } {
  const start: TargetStart[] = [];
  const kept = new Set<ExitOrder>();
  for (const { place, lots } of open) {
    const targetPx = terms.targets[place]?.px;
    if (targetPx === undefined) continue;
    const size = sizeBase(decimal(lots).div(decimal(10).pow(asset.szDecimals)));
    const mine = orders.filter((order) => order.targetPx === targetPx);
    const right = mine.filter(
      (order) => order.side === terms.side && decimal(order.sizeBase).eq(decimal(size)),
    );
    const keep = right.findLast((order) => order.resting) ?? right.at(-1);
    if (keep !== undefined) kept.add(keep);
    if (mine.length > 0) continue;
    const [mark, target] = [decimal(markPx), decimal(targetPx)];
    const atOnce = terms.side === 'sell' ? mark.gte(target) : mark.lte(target);
    start.push({ side: terms.side, sizeBase: size, targetPx, atOnce });
  }
  return { start, cancel: idsOf(orders.filter((order) => !kept.has(order))) };
}

/**
 * @param holding undefined, or of size 0, when there is no position
 * @param decided from the decision that opened the position
 * @param orders of the position's exits that have not ended, oldest first
 */
export function planExits(
  asset: AssetSpec,
  holding: Holding | undefined,
  decided: DecidedExits | undefined,
  orders: readonly ExitOrder[],
): ExitPlan {
  const targets = orders.filter(isTarget);
  const stops = orders.filter((order) => !isTarget(order));
  const size = decimal(holding?.sizeBase ?? '0');
  const side: Side = size.gt(0) ? 'sell' : 'buy';
  const terms = size.isZero() ? undefined : termsFor(decided, side);
  if (holding === undefined || terms === undefined) {
    const stopPx = typeof decided === 'object' ? undefined : decided;
    const { start, cancel } = planProtection(asset, holding, stopPx, stops);
    const plan = { targets: [], cancel: [...cancel, ...idsOf(targets)] };
    return start === undefined ? plan : { ...plan, stop: start };
  }
  const fullBase = larger(terms.fullBase ?? sizeBase(0), sizeBase(size.abs()));
  const levels = levelsOf(asset, terms, fullBase, leftOf(terms, fullBase, size.abs()));
  const stopPx = levels.isFirstTaken ? (terms.stopAfterPx ?? terms.stopPx) : terms.stopPx;
  const stop = planStop(asset, holding, stopPx, stops, side);
  const profit = planTargets(asset, holding, terms, levels, targets);
  return {
    ...(stop.start === undefined ? {} : { stop: stop.start }),
    targets: profit.start,
    cancel: [...stop.cancel, ...profit.cancel],
    terms: { ...terms, fullBase },
  };
}

/** What is known once an order of one of the targets has filled so much, in all. */
export function exitsAfterFill(
  known: DecidedExits | undefined,
  { intentId, side }: Pick<ExitOrder, 'intentId' | 'side'>,
  filledBase: SizeBase,
): DecidedExits | undefined {
  if (typeof known !== 'object' || decimal(filledBase).isZero()) return known;
  const targetPx = targetPxOf(intentId);
  // An order of the position before this one.
  const isOther = known.side !== side || !known.targets.some(({ px }) => px === targetPx);
  if (isOther) return known;
  return { ...known, taken: { ...known.taken, [intentId]: filledBase } };
}

/**
 * What is known of a position's exits after a look that saw `seen` of it: a decision that came
 * meanwhile stands, and what was held at most is never forgotten.
 */
export function exitsAfterLook(
  known: DecidedExits | undefined,
  seen: HeldExits,
): DecidedExits | undefined {
  if (typeof known !== 'object') return known;
  const sameDecision =
    known.side === seen.side &&
    known.stopPx === seen.stopPx &&
    known.targets.length === seen.targets.length &&
    known.targets.every(({ px }, place) => px === seen.targets[place]?.px);
  if (!sameDecision || seen.fullBase === undefined) return known;
  return { ...known, fullBase: larger(known.fullBase ?? sizeBase(0), seen.fullBase) };
}
