/**
 * Which orders close a position on the venue, given those that exist: its stop, and the targets that
 * were decided with it. Converges: applied again and again it ends with one stop of the position's
 * size and one order for each target, or with none of them when nothing is held.
 *
 * A stop rests before the one it replaces is cancelled, since a position is never without one. A target
 * is cancelled before its successor starts, since two of them would take twice.
 */
import type { Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, sizeBase } from '../kernel/decimal.ts';
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

/** Terms of a position, and the most that was seen of it: what the parts of its targets are of. */
export interface HeldExits extends ExitTerms {
  readonly fullBase?: SizeBase;
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
const isTarget = (order: ExitOrder): boolean => order.targetPx !== undefined;
const idsOf = (orders: readonly ExitOrder[]): string[] => orders.map((order) => order.intentId);

/** The terms, should they be of a position on this side. */
function termsFor(decided: DecidedExits | undefined, side: Side): HeldExits | undefined {
  return typeof decided === 'object' && decided.side === side ? decided : undefined;
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
    const px = terms.targets[place]?.px;
    if (px === undefined) continue;
    const size = sizeBase(decimal(lots).div(decimal(10).pow(asset.szDecimals)));
    const mine = orders.filter((order) => order.targetPx === px);
    const right = mine.filter(
      (order) => order.side === terms.side && decimal(order.sizeBase).eq(decimal(size)),
    );
    const keep = right.findLast((order) => order.resting) ?? right.at(-1);
    if (keep !== undefined) kept.add(keep);
    if (mine.length > 0) continue;
    const [mark, target] = [decimal(markPx), decimal(px)];
    const atOnce = terms.side === 'sell' ? mark.gte(target) : mark.lte(target);
    start.push({ side: terms.side, sizeBase: size, targetPx: px, atOnce });
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
  const held = sizeBase(size.abs());
  const seen = decimal(terms.fullBase ?? '0');
  const fullBase = seen.gt(size.abs()) ? sizeBase(seen) : held;
  const levels = levelsOf(asset, terms, fullBase, held);
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
  if (!sameDecision) return known;
  return decimal(known.fullBase ?? '0').gt(decimal(seen.fullBase ?? '0')) ? known : seen;
}
