/**
 * What a parent hears of its legs: each leg tells what it is and how far it is, numbered by itself.
 * News come twice, late, in any order or not at all; the newest that was heard stands.
 */
import type { SizeBase } from '../../kernel/decimal.ts';
import type { IntentId } from '../../kernel/ids.ts';
import type { OrderIntent } from '../intent.ts';
import type { OrderStatus } from '../order-view.ts';
import { TERMINAL_STATUSES } from '../order-view.ts';
import type { LegPlan, LegState } from './plan.ts';
import { roleOf } from './plan.ts';

export interface LegNews {
  /** As amended last. */
  readonly intent: OrderIntent;
  readonly status: OrderStatus;
  readonly filledBase: SizeBase;
  /** Grows with every change of the order. */
  readonly version: number;
  /** When it was started, where that is known. */
  readonly startedMs?: number;
  /** Why it ended so, in the venue's words where the venue spoke. */
  readonly reason?: string;
}

/** The plan that a leg's intent was made of; undefined when it is no leg of this parent. */
export function planOfLeg(parent: IntentId, intent: OrderIntent): LegPlan | undefined {
  if (intent.parent !== parent || !intent.intentId.startsWith(`${parent}/`)) return undefined;
  const { leg, side, type, sizeBase, reduceOnly } = intent;
  const { limitPx, triggerPx, timeInForce, collarFraction } = intent;
  return {
    name: intent.intentId.slice(parent.length + 1),
    leg,
    side,
    type,
    sizeBase,
    reduceOnly,
    ...(limitPx === undefined ? {} : { limitPx }),
    ...(triggerPx === undefined ? {} : { triggerPx }),
    ...(timeInForce === undefined ? {} : { timeInForce }),
    ...(collarFraction === undefined ? {} : { collarFraction }),
  };
}

/** Counted already, as part of the leg that stands for all old ones of its role. */
function isFolded(legs: readonly LegState[], name: string): boolean {
  const { role, number } = roleOf(name);
  return legs.some(
    (leg) =>
      leg.foldsUpTo !== undefined && roleOf(leg.plan.name).role === role && number <= leg.foldsUpTo,
  );
}

/**
 * The legs with the news taken in; the same array when they told nothing new. A leg that was not
 * known is taken on as it is: the order itself knows best what it is.
 */
export function hearLeg(
  parent: IntentId,
  legs: readonly LegState[],
  news: LegNews,
  nowMs: number,
): readonly LegState[] {
  const plan = planOfLeg(parent, news.intent);
  if (plan === undefined) return legs;
  const at = legs.findIndex((leg) => leg.plan.name === plan.name);
  const known = legs[at];
  if (known?.version !== undefined && known.version >= news.version) return legs;
  if (known === undefined && isFolded(legs, plan.name)) return legs;
  const { status, filledBase, version, reason } = news;
  const heard: LegState = {
    plan,
    status,
    filledBase,
    version,
    startedMs: known?.startedMs ?? news.startedMs ?? nowMs,
    ...(TERMINAL_STATUSES.includes(status) ? { endedMs: known?.endedMs ?? nowMs } : {}),
    ...(status === 'REJECTED' && reason !== undefined ? { refusal: reason } : {}),
  };
  return known === undefined ? [...legs, heard] : legs.with(at, heard);
}
