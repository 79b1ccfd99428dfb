/**
 * What somebody wants of the venue, before anything was sent: one order of one of four types.
 *
 * An intent is plain JSON and complete: every later step (envelope, signature, resend) is derived
 * from it. It knows nothing of workflows or wires.
 */

import type { Fraction, Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, fraction, isDecimalText } from '../kernel/decimal.ts';
import type { AccountAddress, IntentId, Network } from '../kernel/ids.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import { shownValue } from '../kernel/outcome.ts';
import type { AssetSpec } from '../market/asset.ts';
import { checkNotional, checkPrice, checkSize } from '../market/asset.ts';
import type { Side } from '../market/side.ts';
import { SIDES } from '../market/side.ts';
import type { ExposureCeilings } from '../risk/reservation.ts';

export const ORDER_TYPES = ['MARKET', 'LIMIT', 'STOP_LOSS', 'TAKE_PROFIT'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** GTC rests until cancelled, IOC fills at once or not at all, ALO (post-only) never takes. */
export const TIMES_IN_FORCE = ['GTC', 'IOC', 'ALO'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** What the order is for; part of its identity and of its priority. */
export const LEGS = ['main', 'entry', 'exit', 'protect', 'target'] as const;
export type OrderLeg = (typeof LEGS)[number];

/** Whether orders of the leg stand by a position and end with it: its stop, its targets. */
export const standsBy = (leg: OrderLeg): boolean => leg === 'protect' || leg === 'target';

/** How much it matters that the order is executed: sets the price collar and the retry budget. */
export const URGENCIES = ['normal', 'high', 'emergency'] as const;
export type Urgency = (typeof URGENCIES)[number];

interface UrgencyTerms {
  /** The worst acceptable distance from the mid price of a market order without a collar. */
  readonly collarFraction: Fraction;
  /** How often the same bytes are sent again while nobody knows whether they arrived. */
  readonly resends: number;
}

export const URGENCY_TERMS: Readonly<Record<Urgency, UrgencyTerms>> = {
  normal: { collarFraction: fraction('0.01'), resends: 2 },
  high: { collarFraction: fraction('0.02'), resends: 4 },
  emergency: { collarFraction: fraction('0.05'), resends: 8 },
};

/** What becomes of a limit order that has not filled after a while. */
export const PARTIAL_POLICIES = ['cancel', 'market'] as const;
export interface PartialPolicy {
  /** From its submission on. */
  readonly afterMs: number;
  /** The rest is cancelled, or taken at the market within the collar. */
  readonly rest: (typeof PARTIAL_POLICIES)[number];
}

/** Set on the venue before the first order of an asset. */
export interface LeverageTerms {
  readonly value: number;
  readonly isCross: boolean;
}
/** Distance of a market trigger's limit price from its trigger price (the venue's site uses 10 %). */
export const TRIGGER_COLLAR_FRACTION: Fraction = fraction('0.1');

export interface OrderIntent {
  readonly network: Network;
  readonly account: AccountAddress;
  readonly intentId: IntentId;
  readonly strategy: string;
  readonly leg: OrderLeg;
  readonly asset: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly sizeBase: SizeBase;
  readonly reduceOnly: boolean;
  /** LIMIT: required. STOP_LOSS, TAKE_PROFIT: when given, the trigger places a limit order. */
  readonly limitPx?: Px;
  /** STOP_LOSS, TAKE_PROFIT: required; compared with the venue's mark price. */
  readonly triggerPx?: Px;
  /** LIMIT only; GTC when absent. */
  readonly timeInForce?: TimeInForce;
  /** MARKET only: the greatest slippage, enforced by the price sent; by the urgency when absent. */
  readonly collarFraction?: Fraction;
  /** `normal` when absent. */
  readonly urgency?: Urgency;
  /** LIMIT only: good til this moment of our clock, then cancelled by a durable timer. */
  readonly cancelAtMs?: number;
  /** LIMIT only: what becomes of it when it does not fill; it rests when absent. */
  readonly onPartial?: PartialPolicy;
  /** Leverage and margin mode that the asset must have before this order is sent. */
  readonly leverage?: LeverageTerms;
  /** Not sent for the first time after this moment of our clock: the price it was decided at is old. */
  readonly validUntilMs?: number;
  /** The session that wants it, told when it settles; absent for an order typed by hand. */
  readonly session?: string;
  /** The parent order that it is a leg of, told whenever it changes. */
  readonly parent?: IntentId;
  /** The recorded decision that it follows from. */
  readonly decisionId?: string;
  /** The mid when that was decided: what the execution is measured against. */
  readonly decisionPx?: Px;
  /** Digest of the risk approval, when the decision already passed risk. */
  readonly approvalDigest?: string;
  /** The amounts that it was approved within, orders on their way included. */
  readonly ceilings?: ExposureCeilings;
}

export const isTrigger = (type: OrderType): type is 'STOP_LOSS' | 'TAKE_PROFIT' =>
  type === 'STOP_LOSS' || type === 'TAKE_PROFIT';

/** The collar of a market order. */
export const collarOf = ({
  collarFraction,
  urgency,
}: Pick<OrderIntent, 'collarFraction' | 'urgency'>): Fraction =>
  collarFraction ?? URGENCY_TERMS[urgency ?? 'normal'].collarFraction;

const WORDS = {
  side: SIDES,
  type: ORDER_TYPES,
  leg: LEGS,
  timeInForce: TIMES_IN_FORCE,
  urgency: URGENCIES,
} as const;
const DECIMALS = ['sizeBase', 'limitPx', 'triggerPx', 'collarFraction', 'decisionPx'] as const;
const OPTIONAL_WORDS: readonly string[] = ['timeInForce', 'urgency'];

/** Intents come as JSON, also from other clients: types promise nothing about words and numbers. */
function checkWordsAndNumbers(intent: OrderIntent): RuleViolation | undefined {
  for (const field of ['side', 'type', 'leg', 'timeInForce', 'urgency'] as const) {
    const value = intent[field];
    if (value === undefined && OPTIONAL_WORDS.includes(field)) continue;
    const words: readonly unknown[] = WORDS[field];
    if (!words.includes(value)) {
      return { field, value: shownValue(value), rule: `must be one of ${words.join(', ')}` };
    }
  }
  for (const field of DECIMALS) {
    const value: unknown = intent[field];
    if (value === undefined && field !== 'sizeBase') continue;
    if (typeof value !== 'string' || !isDecimalText(value)) {
      return { field, value: shownValue(value), rule: 'must be a plain decimal number, as text' };
    }
  }
  return undefined;
}

/** Rules about which fields a type needs and refuses, without knowledge of the market. */
export function checkIntentShape(intent: OrderIntent): RuleViolation | undefined {
  const unreadable = checkWordsAndNumbers(intent);
  if (unreadable) return unreadable;
  if (intent.type === 'LIMIT' && intent.limitPx === undefined) {
    return { field: 'limitPx', value: '', rule: 'a LIMIT order needs a limit price' };
  }
  if (intent.type === 'MARKET' && intent.limitPx !== undefined) {
    return { field: 'limitPx', value: intent.limitPx, rule: 'a MARKET order takes no limit price' };
  }
  if (isTrigger(intent.type) && intent.triggerPx === undefined) {
    return { field: 'triggerPx', value: '', rule: `a ${intent.type} order needs a trigger price` };
  }
  if (!isTrigger(intent.type) && intent.triggerPx !== undefined) {
    const rule = `a ${intent.type} order takes no trigger price`;
    return { field: 'triggerPx', value: intent.triggerPx, rule };
  }
  if (isTrigger(intent.type) && !intent.reduceOnly) {
    return {
      field: 'reduceOnly',
      value: 'false',
      rule: `a ${intent.type} order must be reduce-only`,
    };
  }
  if (intent.type !== 'LIMIT' && intent.timeInForce !== undefined) {
    const rule = `a ${intent.type} order takes no time in force`;
    return { field: 'timeInForce', value: intent.timeInForce, rule };
  }
  return checkCollar(intent) ?? checkTimes(intent) ?? checkLeverage(intent);
}

const isMoment = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

/** Rules about what happens later by itself. */
function checkTimes({ type, cancelAtMs, onPartial }: OrderIntent): RuleViolation | undefined {
  if (type !== 'LIMIT' && (cancelAtMs !== undefined || onPartial !== undefined)) {
    const field = cancelAtMs === undefined ? 'onPartial' : 'cancelAtMs';
    return { field, value: '', rule: `a ${type} order does not wait to be filled` };
  }
  if (cancelAtMs !== undefined && !isMoment(cancelAtMs)) {
    const rule = 'must be a moment in milliseconds since 1970';
    return { field: 'cancelAtMs', value: shownValue(cancelAtMs), rule };
  }
  if (onPartial === undefined) return undefined;
  if (!isMoment(onPartial.afterMs)) {
    const rule = 'must be a whole number of milliseconds above 0';
    return { field: 'onPartial.afterMs', value: shownValue(onPartial.afterMs), rule };
  }
  const isKnown = (PARTIAL_POLICIES as readonly unknown[]).includes(onPartial.rest);
  const rule = `must be one of ${PARTIAL_POLICIES.join(', ')}`;
  return isKnown ? undefined : { field: 'onPartial.rest', value: shownValue(onPartial.rest), rule };
}

function checkLeverage({ leverage }: OrderIntent): RuleViolation | undefined {
  if (leverage === undefined) return undefined;
  const { value } = leverage;
  return Number.isInteger(value) && value >= 1
    ? undefined
    : { field: 'leverage', value: shownValue(value), rule: 'must be a whole number of at least 1' };
}

function checkCollar(intent: OrderIntent): RuleViolation | undefined {
  const collar = intent.collarFraction;
  if (collar === undefined) return undefined;
  if (intent.type !== 'MARKET') {
    const rule = `a ${intent.type} order takes no price collar`;
    return { field: 'collarFraction', value: collar, rule };
  }
  const value = decimal(collar);
  if (value.lte(0) || value.gt('0.5')) {
    return { field: 'collarFraction', value: collar, rule: 'must be above 0 and at most 0.5' };
  }
  return undefined;
}

/**
 * The venue's own rules (tick, lot, least value), checked before anything is sent.
 * @param referencePx the price that values an order without a limit price
 */
export function checkIntentAgainstAsset(
  intent: OrderIntent,
  asset: AssetSpec,
  referencePx: Px,
): RuleViolation | undefined {
  if (asset.isDelisted) {
    return { field: 'asset', value: asset.name, rule: 'is delisted on the venue' };
  }
  const most = intent.leverage?.value ?? 1;
  if (most > asset.maxLeverage) {
    const rule = `must be at most ${asset.maxLeverage} for ${asset.name}`;
    return { field: 'leverage', value: String(most), rule };
  }
  const limit = intent.limitPx && checkPrice(asset, intent.limitPx, 'limitPx');
  const trigger = intent.triggerPx && checkPrice(asset, intent.triggerPx, 'triggerPx');
  const valuation = intent.limitPx ?? intent.triggerPx ?? referencePx;
  return (
    checkSize(asset, intent.sizeBase, 'sizeBase') ??
    (limit || undefined) ??
    (trigger || undefined) ??
    checkNotional(valuation, intent.sizeBase, intent.reduceOnly)
  );
}
