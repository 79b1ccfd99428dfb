/** The orders that a session's decisions become: identities, intents, and starting them. */
import {
  type ExitOrder,
  type TargetStart,
  targetName,
  targetPxOf,
} from '../domain/execution/exits.ts';
import type { OrderIntent, OrderLeg } from '../domain/execution/intent.ts';
import { collarOf } from '../domain/execution/intent.ts';
import type { ProtectionPlan } from '../domain/execution/protection.ts';
import type { Px, SizeBase } from '../domain/kernel/decimal.ts';
import { intentId } from '../domain/kernel/ids.ts';
import type { Side } from '../domain/market/side.ts';
import type { ApprovedIntent } from '../domain/risk/approve.ts';
import type { PlannedStep } from '../domain/risk/plan.ts';
import { ceilingsOf } from '../domain/risk/reservation.ts';
import type { SessionIdentity, StartedOrder } from './interfaces/session.ts';

/** An entry that could not be sent within this time was decided at a price that is gone. */
const ENTRY_VALID_MS = 30_000;

/** `demo-lz3k1/BTC/<what>`: the session, when it was started, and what the order is for. */
function nameOrder(session: SessionIdentity, asset: string, what: string): OrderIntent['intentId'] {
  return intentId(`${session.name}-${session.startedMs.toString(36)}/${asset}/${what}`);
}

interface Order {
  readonly asset: string;
  readonly leg: OrderLeg;
  readonly side: Side;
  readonly sizeBase: SizeBase;
}

const base = (session: SessionIdentity, strategy: string, order: Order, what: string) => ({
  network: session.network,
  account: session.account,
  intentId: nameOrder(session, order.asset, what),
  strategy,
  leg: order.leg,
  asset: order.asset,
  side: order.side,
  sizeBase: order.sizeBase,
  session: session.name,
});

interface Decision {
  readonly id: string;
  readonly barOpenTimeMs: number;
  readonly decidedMs: number;
  /** The mid that it was made at. */
  readonly midPx: Px;
}

/** The intent of an approved step. */
export function stepIntent(
  session: SessionIdentity,
  strategy: string,
  step: PlannedStep,
  approved: ApprovedIntent,
  decision: Decision,
): OrderIntent {
  const { request } = step;
  const order: Order = {
    asset: request.asset.name,
    leg: request.reduceOnly ? 'exit' : 'entry',
    side: request.side,
    sizeBase: request.sizeBase,
  };
  return {
    ...base(session, strategy, order, `${decision.barOpenTimeMs}/${step.kind}`),
    type: 'MARKET',
    reduceOnly: request.reduceOnly,
    decisionId: decision.id,
    decisionPx: decision.midPx,
    approvalDigest: approved.digest,
    ...(request.reduceOnly ? {} : entryTerms(approved, decision.decidedMs)),
  };
}

/**
 * A decision's size fits its limits at the price that it was made at, as in a backtest; at the exchange
 * the collar comes on top.
 */
function entryTerms({ limits, facts }: ApprovedIntent, decidedMs: number): Partial<OrderIntent> {
  const validUntilMs = decidedMs + ENTRY_VALID_MS;
  if (facts === null) return { validUntilMs };
  return { validUntilMs, ceilings: ceilingsOf(limits, facts.equityUsd, collarOf({})) };
}

/** A protective stop; a market order when the mark has passed the stop already. */
export function protectIntent(
  session: SessionIdentity,
  strategy: string,
  asset: string,
  start: NonNullable<ProtectionPlan['start']>,
  number: number,
): OrderIntent {
  const order: Order = { asset, leg: 'protect', side: start.side, sizeBase: start.sizeBase };
  return {
    ...base(session, strategy, order, `protect/${number}`),
    reduceOnly: true,
    ...(start.atOnce ? { type: 'MARKET' } : { type: 'STOP_LOSS', triggerPx: start.stopPx }),
  };
}

/** A target; a market order when the mark has reached it already. */
export function targetIntent(
  session: SessionIdentity,
  strategy: string,
  asset: string,
  { side, sizeBase, targetPx, atOnce }: TargetStart,
  number: number,
): OrderIntent {
  const order: Order = { asset, leg: 'target', side, sizeBase };
  return {
    ...base(session, strategy, order, targetName(number, targetPx)),
    reduceOnly: true,
    ...(atOnce ? { type: 'MARKET' } : { type: 'TAKE_PROFIT', triggerPx: targetPx }),
  };
}

/** An order that stands by a position, as its exits are planned with. */
export function exitOrderOf(order: StartedOrder & { readonly resting: boolean }): ExitOrder {
  const targetPx = order.leg === 'target' ? targetPxOf(order.intentId) : undefined;
  return targetPx === undefined ? order : { ...order, targetPx };
}

/** Closes a whole position when the session stops. */
export function closeIntent(
  session: SessionIdentity,
  strategy: string,
  asset: string,
  closing: { readonly side: Side; readonly sizeBase: SizeBase },
  attempt: number,
): OrderIntent {
  const order: Order = { asset, leg: 'exit', ...closing };
  return {
    ...base(session, strategy, order, `stop/${attempt}`),
    type: 'MARKET',
    reduceOnly: true,
  };
}

export const startedOrder = (intent: OrderIntent): StartedOrder => ({
  intentId: intent.intentId,
  asset: intent.asset,
  leg: intent.leg,
  side: intent.side,
  sizeBase: intent.sizeBase,
});
