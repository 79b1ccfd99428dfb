/**
 * An order over its epochs: an amended order is cancelled on the venue, proven dead, and placed anew
 * under the next epoch's name with what is left. Each epoch is a set of facts of its own; what was
 * executed counts over all of them. Decides nothing about when to amend.
 */
import type { Decimal, Px, SizeBase } from '../kernel/decimal.ts';
import { decimal, sizeBase, ZERO } from '../kernel/decimal.ts';
import type { Cloid } from '../kernel/ids.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import type { OrderIntent } from './intent.ts';
import { checkIntentShape, isTrigger } from './intent.ts';
import type { FillFact, OrderEvent, OrderFacts } from './order-facts.ts';
import { filledBase, isComplete, newOrderFacts, phaseOf } from './order-facts.ts';
import type { OrderTerms } from './order-terms.ts';

/** What an amendment changes; whatever is absent stays. `sizeBase` is the new whole, fills included. */
export interface Amendment {
  readonly limitPx?: Px;
  readonly triggerPx?: Px;
  readonly sizeBase?: SizeBase;
  /** `MARKET`: what is left is taken at once, within the collar. */
  readonly type?: 'MARKET';
}

/** The intent as amended. It was sent in time once: `validUntilMs` is about the first sending only. */
export function amended(
  { validUntilMs: _validity, ...intent }: OrderIntent,
  change: Amendment,
): OrderIntent {
  if (change.type !== 'MARKET') return { ...intent, ...change };
  const {
    limitPx: _px,
    timeInForce: _tif,
    cancelAtMs: _until,
    onPartial: _policy,
    ...rest
  } = intent;
  return { ...rest, ...change };
}

/**
 * What has become of an intent by the terms that the venue got of it, its size aside.
 * @param intent as it was, or as it was amended once
 */
export function amendmentOf(intent: OrderIntent, { p, t }: Pick<OrderTerms, 'p' | 't'>): Amendment {
  if ('trigger' in t) {
    const { triggerPx, isMarket } = t.trigger;
    return { triggerPx, ...(isMarket ? {} : { limitPx: p }) };
  }
  if (intent.type === 'MARKET') return {};
  const takes = t.limit.tif === 'Ioc';
  return takes && (isTrigger(intent.type) || intent.timeInForce !== 'IOC')
    ? { type: 'MARKET' }
    : { limitPx: p };
}

/** Why an order cannot be amended so, before anything is cancelled. */
export function checkAmendment(intent: OrderIntent, change: Amendment): RuleViolation | undefined {
  const fields = Object.entries(change).filter(([, value]) => value !== undefined);
  if (fields.length === 0) {
    return { field: 'amend', value: '', rule: 'must change the price, the trigger or the size' };
  }
  if (intent.type === 'MARKET') {
    return { field: 'type', value: intent.type, rule: 'a MARKET order leaves nothing to amend' };
  }
  return checkIntentShape(amended(intent, change));
}

/** What was executed over all epochs, in base units. */
export const filledOverall = (past: readonly OrderFacts[], current: OrderFacts): Decimal =>
  past.reduce((sum, facts) => sum.plus(filledBase(facts)), filledBase(current));

export const fillsOverall = (
  past: readonly OrderFacts[],
  current: OrderFacts,
): Readonly<Record<string, FillFact>> =>
  Object.assign({}, ...past.map(({ fills }) => fills), current.fills);

/** Where an order that was amended stands: its newest epoch, and what earlier ones executed. */
export interface Resumption {
  readonly facts: OrderFacts;
  readonly past: readonly OrderFacts[];
  /** Of the newest epoch's envelope, by the venue's clock. */
  readonly expiresAfterMs: number;
  /** No execution of the newest epoch is older. */
  readonly startedMs: number;
  /** What its amendments made of the intent, its size aside; absent in older histories. */
  readonly change?: Amendment;
  /** The intent before its amendments, as far as that is known. */
  readonly placedAs?: OrderIntent;
}

/** The whole of an amended order: what its past epochs executed, and what the present one asks for. */
const wholeBase = (past: readonly OrderFacts[], current: OrderFacts): SizeBase =>
  sizeBase(filledOverall(past, newOrderFacts(sizeBase(0))).plus(decimal(current.sizeBase)));

/** The intent of an order that goes on from where it stands. @param past as it is known by now */
export function resumedIntent(
  intent: OrderIntent,
  past: readonly OrderFacts[],
  { facts, change }: Pick<Resumption, 'facts' | 'change'>,
): OrderIntent {
  const present = change === undefined ? intent : amended(intent, change);
  return { ...present, sizeBase: wholeBase(past, facts) };
}

/** Past epochs as others know them, with what was heard of the same ones before. */
export function withHeard(
  past: readonly OrderFacts[],
  heard: readonly OrderFacts[],
): readonly OrderFacts[] {
  return past.map((facts) => {
    const known = heard.find(({ cloid }) => cloid !== undefined && cloid === facts.cloid);
    if (known === undefined) return facts;
    const venue = facts.venue ?? known.venue;
    return {
      ...facts,
      ...(venue === undefined ? {} : { venue }),
      fills: { ...facts.fills, ...known.fills },
    };
  });
}

/** Ends of an epoch after which the order may go on: by our cancel, filled, or proven absent. */
const mayGoOn = (facts: OrderFacts): boolean =>
  ['filled', 'expired'].includes(phaseOf(facts)) || facts.venue?.status === 'canceled';

/**
 * The next epoch, or undefined when there is none to open: the present one is not proven dead with
 * all of its executions known, the venue ended it of its own accord, or nothing is left to place.
 * @param wantedBase the whole size as amended
 */
export function nextEpoch(
  past: readonly OrderFacts[],
  current: OrderFacts,
  wantedBase: SizeBase,
): OrderFacts | undefined {
  if (!isComplete(current) || !mayGoOn(current)) return undefined;
  const left = decimal(wantedBase).minus(filledOverall(past, current));
  return left.gt(ZERO) ? { ...newOrderFacts(sizeBase(left)), epoch: current.epoch + 1 } : undefined;
}

/** The oid that an event speaks of, if it speaks of one. */
function oidOf(event: OrderEvent): number | undefined {
  if (event.type === 'venueStatus') return event.fact.oid;
  return event.type === 'fill' ? event.fill.oid : undefined;
}

/**
 * The index of the past epoch that an event belongs to; undefined for the present one.
 * @param cloid of the epoch, where that is told; else the venue's order id decides
 */
export function epochOf(
  past: readonly OrderFacts[],
  event: OrderEvent,
  cloid?: Cloid,
): number | undefined {
  const oid = oidOf(event);
  if (oid === undefined) return undefined;
  const isMeant = (facts: OrderFacts): boolean =>
    cloid === undefined
      ? facts.venue?.oid === oid || Object.values(facts.fills).some((fill) => fill.oid === oid)
      : facts.cloid === cloid;
  const index = past.findIndex(isMeant);
  return index < 0 ? undefined : index;
}
