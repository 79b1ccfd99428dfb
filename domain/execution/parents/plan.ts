/**
 * The vocabulary of parent orders: a parent sees its legs, the clock and the market, and says which
 * legs to start and to cancel, and when it wants to look again.
 *
 * A planner is a pure function of what is seen, so that looking twice, late or after a crash starts
 * nothing twice: legs are named, and a name is started once. It knows nothing of workflows or wires.
 */
import type { Decimal, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, ZERO } from '../../kernel/decimal.ts';
import type { AssetSpec } from '../../market/asset.ts';
import type { OrderIntent } from '../intent.ts';
import type { OrderStatus } from '../order-view.ts';
import { TERMINAL_STATUSES } from '../order-view.ts';

/** One leg as it is wanted; its name is part of its identity. */
export interface LegPlan
  extends Pick<
    OrderIntent,
    | 'leg'
    | 'side'
    | 'type'
    | 'sizeBase'
    | 'reduceOnly'
    | 'limitPx'
    | 'triggerPx'
    | 'timeInForce'
    | 'collarFraction'
  > {
  readonly name: string;
}

/** A leg that was started, and what is known of it. */
export interface LegState {
  readonly plan: LegPlan;
  readonly status: OrderStatus;
  readonly filledBase: SizeBase;
  readonly startedMs: number;
  /** Of the order's own count: what is older than what is known is not news. */
  readonly version?: number;
  /** It stands for all legs of its role up to this number: see `condense.ts`. */
  readonly foldsUpTo?: number;
  /** When it was first seen to have ended; absent while it lives. */
  readonly endedMs?: number;
  /** The venue's words, of one that was refused. */
  readonly refusal?: string;
}

/** The asset's market at one moment. */
export interface MarketSight {
  readonly atMs: number;
  readonly bidPx: Px;
  readonly askPx: Px;
  readonly markPx: Px;
}

/** Everything that a planner may look at. */
export interface Sight {
  readonly asset: AssetSpec;
  readonly nowMs: number;
  readonly startedMs: number;
  /** In the order in which they were started. */
  readonly legs: readonly LegState[];
  /** Absent until the market was seen. */
  readonly market?: MarketSight;
  /** The account's signed position in the asset; absent until it was seen. */
  readonly positionBase?: SizeBase;
}

/** A price to wait for; reached at the bound itself. */
export interface Watch {
  readonly of: 'bid' | 'ask' | 'mark';
  readonly abovePx?: Px;
  readonly belowPx?: Px;
}

/** Whether the market has got to where somebody waits for it. */
export function isReached({ of, abovePx, belowPx }: Watch, market: MarketSight): boolean {
  const value = decimal({ bid: market.bidPx, ask: market.askPx, mark: market.markPx }[of]);
  const isAbove = abovePx !== undefined && value.gte(decimal(abovePx));
  return isAbove || (belowPx !== undefined && value.lte(decimal(belowPx)));
}

export type ParentEnd =
  /** It did what it was for. */
  | { readonly kind: 'done'; readonly reason: string }
  /** It ended short of that: cancelled, out of time, or a leg was refused. */
  | { readonly kind: 'stopped'; readonly reason: string };

/** What to do now. Starting comes before cancelling: cover is replaced, never dropped first. */
export interface Moves {
  readonly start: readonly LegPlan[];
  /** Names of legs to cancel. */
  readonly cancel: readonly string[];
  /** Look again at this moment, if nothing else happens before. */
  readonly wakeAtMs?: number;
  /** Look again when the market gets there. */
  readonly watch?: Watch;
  /** Only when no leg lives any more. */
  readonly end?: ParentEnd;
}

export const NO_MOVES: Moves = { start: [], cancel: [] };

export const hasEnded = (leg: LegState): boolean => TERMINAL_STATUSES.includes(leg.status);
export const isLive = (leg: LegState): boolean => !hasEnded(leg);
/** `first ended REJECTED: …`, in the venue's words where it gave any. */
export const describeEnd = ({ plan, status, refusal }: LegState): string =>
  `${plan.name} ended ${status}${refusal === undefined ? '' : `: ${refusal}`}`;
/** The venue has it: on its book, or waiting as a trigger. */
export const isResting = (leg: LegState): boolean =>
  leg.status === 'SUBMITTED' || leg.status === 'PARTIALLY_FILLED';

/** Legs of a role: `stop` for `stop-0`, `stop-1`, and so on. */
export const ofRole = (legs: readonly LegState[], role: string): readonly LegState[] =>
  legs.filter(({ plan }) => plan.name === role || plan.name.startsWith(`${role}-`));

export const filledOf = (legs: readonly LegState[]): Decimal =>
  legs.reduce((sum, leg) => sum.plus(decimal(leg.filledBase)), ZERO);

/** Legs in a row, up to now, that ended without any execution. */
export function fruitless(legs: readonly LegState[]): number {
  let count = 0;
  for (const leg of legs.toReversed()) {
    if (!hasEnded(leg) || !decimal(leg.filledBase).isZero()) break;
    count += 1;
  }
  return count;
}

/** What may still execute of the legs that live. */
export const workingOf = (legs: readonly LegState[]): Decimal =>
  legs
    .filter(isLive)
    .reduce(
      (sum, { plan, filledBase }) => sum.plus(decimal(plan.sizeBase)).minus(decimal(filledBase)),
      ZERO,
    );

export const namesOf = (legs: readonly LegState[]): readonly string[] =>
  legs.map(({ plan }) => plan.name);

/** Role and number of a numbered leg: `stop` and 3 of `stop-3`. */
export function roleOf(name: string): { readonly role: string; readonly number: number } {
  const [, role = name, number = '0'] = /^(.+)-(\d+)$/.exec(name) ?? [];
  return { role, number: Number(number) };
}

/** The next unused name of a role. */
export const nextName = (legs: readonly LegState[], role: string): string => {
  const numbers = ofRole(legs, role).map(({ plan }) => roleOf(plan.name).number);
  return `${role}-${Math.max(-1, ...numbers) + 1}`;
};

/**
 * Ends a parent: cancels what lives and ends when nothing does.
 * @param legs those that are to go; the others are left alone and waited for
 */
export function windUp(legs: readonly LegState[], end: ParentEnd): Moves {
  const live = legs.filter(isLive);
  return live.length === 0 ? { ...NO_MOVES, end } : { ...NO_MOVES, cancel: namesOf(live) };
}
