/**
 * The order state machine: a set of facts that only grows, and a state derived from it.
 *
 * Facts arrive late, twice and out of order (user stream, reconciliation, polls, replies). Because
 * the state is a function of the facts and never of their order, duplicates and reordering cannot
 * change the result. Nothing here sends, waits or knows the time.
 */
import type { Decimal, Px, SizeBase, Usd } from '../kernel/decimal.ts';
import { decimal, px, sizeBase, ZERO } from '../kernel/decimal.ts';
import type { Cloid } from '../kernel/ids.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok } from '../kernel/outcome.ts';
import { isTerminalVenueStatus, terminalKind } from './venue-status.ts';

/** One execution, as the venue told it. `tid` is unique only together with time and asset. */
export interface FillFact {
  readonly tid: number;
  readonly oid: number;
  readonly timeMs: number;
  readonly px: Px;
  readonly sizeBase: SizeBase;
  readonly feeUsd: Usd;
  readonly closedPnlUsd: Usd;
  readonly crossed: boolean;
}

/** The part of an execution that an order keeps. */
export const fillFact = (fill: FillFact): FillFact => {
  const { tid, oid, timeMs, px: price, sizeBase: size, feeUsd, closedPnlUsd, crossed } = fill;
  return { tid, oid, timeMs, px: price, sizeBase: size, feeUsd, closedPnlUsd, crossed };
};

/** What the venue said of the order at one moment. */
export interface VenueStatusFact {
  readonly oid: number;
  /** The venue's own word; words unknown to us are kept and are never terminal. */
  readonly status: string;
  /** What was left of the order then. */
  readonly remainingBase: SizeBase;
  readonly statusTimestampMs: number;
}

/** Why we refused the order ourselves; `risk` is policy, `invalid` is bad input. */
export interface Denial extends RuleViolation {
  readonly kind: 'invalid' | 'risk' | 'halted';
}

export interface OrderFacts {
  readonly sizeBase: SizeBase;
  readonly cloid?: Cloid;
  readonly epoch: number;
  /** How often the envelope may have left us. */
  readonly sends: number;
  readonly denied?: Denial;
  /** Cancelled by us before anything was sent. */
  readonly withdrawn?: string;
  /** The venue's refusal, in its own words. */
  readonly rejected?: string;
  /** Why the outcome of a send is not known. */
  readonly unknown?: string;
  /** Proof that the envelope never landed and never can. */
  readonly absent?: string;
  /** Proof that an order that rested is not open any more, of which the venue tells nothing else. */
  readonly gone?: string;
  readonly venue?: VenueStatusFact;
  /** Keyed by `fillKey`. */
  readonly fills: Readonly<Record<string, FillFact>>;
}

export type OrderEvent =
  | { readonly type: 'prepared'; readonly cloid: Cloid; readonly epoch: number }
  | { readonly type: 'denied'; readonly denial: Denial }
  | { readonly type: 'withdrawn'; readonly reason: string }
  | { readonly type: 'sent' }
  | { readonly type: 'rejected'; readonly reason: string }
  | { readonly type: 'outcomeUnknown'; readonly reason: string }
  | { readonly type: 'provenAbsent'; readonly reason: string }
  | { readonly type: 'provenGone'; readonly reason: string }
  | { readonly type: 'venueStatus'; readonly fact: VenueStatusFact }
  | { readonly type: 'fill'; readonly fill: FillFact };

export type OrderPhase =
  | 'pending'
  | 'submitting'
  | 'inDoubt'
  | 'submitted'
  | 'partiallyFilled'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'expired'
  | 'denied';

export const TERMINAL_PHASES: readonly OrderPhase[] = [
  'filled',
  'cancelled',
  'rejected',
  'expired',
  'denied',
];

export interface IllegalTransition {
  readonly phase: OrderPhase;
  readonly event: OrderEvent['type'];
  readonly rule: string;
}

export const newOrderFacts = (size: SizeBase): OrderFacts => ({
  sizeBase: size,
  epoch: 0,
  sends: 0,
  fills: {},
});

export const fillKey = (fill: Pick<FillFact, 'tid' | 'oid' | 'timeMs'>): string =>
  `${fill.oid}:${fill.tid}:${fill.timeMs}`;

/** Sums by the fills that they are of, which never change; those of none or one need no adding up. */
const sums = new WeakMap<OrderFacts['fills'], Decimal>();

/** Sum of the observed fills, in base units. */
export function filledBase({ fills }: OrderFacts): Decimal {
  const all = Object.values(fills);
  const [only] = all;
  if (only === undefined) return ZERO;
  if (all.length === 1) return decimal(only.sizeBase);
  const known = sums.get(fills);
  if (known !== undefined) return known;
  const sum = all.reduce((total, fill) => total.plus(decimal(fill.sizeBase)), ZERO);
  sums.set(fills, sum);
  return sum;
}

/** Size-weighted price of the observed fills, or undefined without one. */
export function averageFillPx(facts: OrderFacts): Px | undefined {
  const filled = filledBase(facts);
  if (filled.isZero()) return undefined;
  const notional = Object.values(facts.fills).reduce(
    (sum, fill) => sum.plus(decimal(fill.px).times(decimal(fill.sizeBase))),
    ZERO,
  );
  return px(notional.div(filled).toSignificantDigits(20));
}

/** Derives the phase; total over every combination of facts. */
export function phaseOf(facts: OrderFacts): OrderPhase {
  const filled = filledBase(facts);
  // Without an execution nothing is filled, not even an order whose size is 0 or no number.
  const hasFilled = filled !== ZERO && filled.gt(ZERO);
  if (hasFilled && filled.gte(decimal(facts.sizeBase))) return 'filled';
  if (facts.venue !== undefined) {
    const kind = terminalKind(facts.venue.status);
    if (kind !== undefined) return kind;
  }
  if (facts.gone !== undefined) return 'cancelled';
  if (facts.venue !== undefined) return hasFilled ? 'partiallyFilled' : 'submitted';
  if (hasFilled) return 'partiallyFilled';
  if (facts.rejected !== undefined) return 'rejected';
  if (facts.absent !== undefined) return 'expired';
  if (facts.unknown !== undefined) return 'inDoubt';
  if (facts.denied !== undefined) return 'denied';
  if (facts.withdrawn !== undefined) return 'cancelled';
  return facts.sends > 0 ? 'submitting' : 'pending';
}

export const isTerminal = (facts: OrderFacts): boolean => TERMINAL_PHASES.includes(phaseOf(facts));

/** Known to the venue by a status or an execution, and not ended. */
export const isOpen = (facts: OrderFacts): boolean =>
  ['submitted', 'partiallyFilled'].includes(phaseOf(facts));

/**
 * How much the venue says was filled, once it is final; undefined while the order is open.
 * A terminal order is complete when the observed fills reach this.
 */
export function expectedFilledBase(facts: OrderFacts): SizeBase | undefined {
  if (facts.venue !== undefined && isTerminalVenueStatus(facts.venue.status)) {
    if (terminalKind(facts.venue.status) === 'rejected') return sizeBase(0);
    return sizeBase(decimal(facts.sizeBase).minus(decimal(facts.venue.remainingBase)));
  }
  return isTerminal(facts) ? sizeBase(filledBase(facts)) : undefined;
}

/** Terminal, and every execution that the venue counts has been observed. */
export function isComplete(facts: OrderFacts): boolean {
  const expected = expectedFilledBase(facts);
  return expected !== undefined && filledBase(facts).gte(decimal(expected));
}

/** The venue showed an order that we had declared absent: never silent, always reported. */
export const wasFoundLate = (facts: OrderFacts): boolean =>
  facts.absent !== undefined && (facts.venue !== undefined || Object.keys(facts.fills).length > 0);

/** Of two statuses the one that stands: terminal over open, then later, then by a fixed order. */
function newerStatus(a: VenueStatusFact | undefined, b: VenueStatusFact): VenueStatusFact {
  if (a === undefined) return b;
  const rank = (fact: VenueStatusFact): number => (isTerminalVenueStatus(fact.status) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) > rank(b) ? a : b;
  if (a.statusTimestampMs !== b.statusTimestampMs) {
    return a.statusTimestampMs > b.statusTimestampMs ? a : b;
  }
  const left = decimal(a.remainingBase);
  const right = decimal(b.remainingBase);
  if (!left.eq(right)) return left.lt(right) ? a : b;
  return `${a.status}|${a.oid}` <= `${b.status}|${b.oid}` ? a : b;
}

const illegal = (
  facts: OrderFacts,
  event: OrderEvent,
  rule: string,
): { readonly ok: false; readonly error: IllegalTransition } =>
  err({ phase: phaseOf(facts), event: event.type, rule });

/** Whether two facts would be written alike. Most are told more than once, value by value the same. */
function sameText(a: unknown, b: unknown): boolean {
  return isAlike(a, b) || JSON.stringify(a) === JSON.stringify(b);
}

/** Whether the same keys, in the same order, have the same values: then the texts are the same. */
function isAlike(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  if (left.length !== right.length) return false;
  const [before, after] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return left.every((key, index) => key === right[index] && before[key] === after[key]);
}

/** With the fact set; the same facts when it is set so already. */
function withFact<Key extends keyof OrderFacts>(
  facts: OrderFacts,
  key: Key,
  value: NonNullable<OrderFacts[Key]>,
): { readonly ok: true; readonly value: OrderFacts } {
  const known = facts[key];
  const isKnown = known === value || (known !== undefined && sameText(known, value));
  return ok(isKnown ? facts : { ...facts, [key]: value });
}

function addFill(facts: OrderFacts, fill: FillFact): OrderFacts {
  const known = facts.fills[fillKey(fill)];
  if (known !== undefined && sameText(known, fill)) return facts;
  return { ...facts, fills: { ...facts.fills, [fillKey(fill)]: fill } };
}

/**
 * Adds one fact. Pure and total: every (state, event) pair is either a new set of facts or an
 * illegal transition that names its rule; a fact that tells nothing new gives the same object back.
 * Facts from the venue are always legal.
 */
export function advance(
  facts: OrderFacts,
  event: OrderEvent,
): Outcome<OrderFacts, IllegalTransition> {
  switch (event.type) {
    case 'venueStatus':
      return withFact(facts, 'venue', newerStatus(facts.venue, event.fact));
    case 'fill':
      return ok(addFill(facts, event.fill));
    case 'prepared':
      if (facts.denied) return illegal(facts, event, 'a denied order is never prepared');
      if (facts.withdrawn !== undefined)
        return illegal(facts, event, 'a withdrawn order is never prepared');
      if (facts.cloid === event.cloid && facts.epoch === event.epoch) return ok(facts);
      return ok({ ...facts, cloid: event.cloid, epoch: event.epoch });
    case 'sent':
      if (facts.denied) return illegal(facts, event, 'a denied order is never sent');
      if (facts.withdrawn !== undefined)
        return illegal(facts, event, 'a withdrawn order is never sent');
      if (facts.cloid === undefined) return illegal(facts, event, 'an envelope precedes the wire');
      return ok({ ...facts, sends: facts.sends + 1 });
    case 'denied':
      if (facts.sends > 0) return illegal(facts, event, 'an order that was sent cannot be denied');
      if (facts.withdrawn !== undefined)
        return illegal(facts, event, 'a withdrawn order needs no verdict');
      return withFact(facts, 'denied', event.denial);
    case 'withdrawn':
      if (facts.sends > 0) return illegal(facts, event, 'a sent order is cancelled on the venue');
      if (facts.denied) return illegal(facts, event, 'a denied order has ended');
      return withFact(facts, 'withdrawn', event.reason);
    case 'rejected':
      if (facts.sends === 0) return illegal(facts, event, 'only a sent order can be rejected');
      if (facts.sends > 1) {
        return illegal(facts, event, 'after a second send no refusal is final: resolve instead');
      }
      return withFact(facts, 'rejected', event.reason);
    case 'outcomeUnknown':
      if (facts.sends === 0) return illegal(facts, event, 'nothing was sent');
      return withFact(facts, 'unknown', event.reason);
    case 'provenAbsent':
      if (phaseOf(facts) !== 'inDoubt') return illegal(facts, event, 'only doubt needs a proof');
      return withFact(facts, 'absent', event.reason);
    case 'provenGone':
      if (!isOpen(facts)) return illegal(facts, event, 'only what was open can be gone');
      return withFact(facts, 'gone', event.reason);
  }
}
