/**
 * The life of a TWAP that the venue works: a set of facts that only grows, and a phase derived from
 * it. The venue gives it no name of ours, so what came of a send whose reply is lost is found by what
 * was asked for and when: see `match.ts`. Nothing here sends, waits or knows the time.
 */
import type { SizeBase, Usd } from '../../kernel/decimal.ts';
import { decimal, sizeBase } from '../../kernel/decimal.ts';
import type { Side } from '../../market/side.ts';
import type { Denial } from '../order-facts.ts';
import type { ParentEnd } from '../parents/plan.ts';

/** A TWAP as the venue shows it. */
export interface VenueTwap {
  readonly twapId: number;
  readonly asset: string;
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly minutes: number;
  readonly reduceOnly: boolean;
  readonly randomize: boolean;
  /** When the venue took it, by its clock. */
  readonly placedMs: number;
  readonly executedBase: SizeBase;
  readonly executedUsd: Usd;
  /** The venue's own word; words unknown to us are never terminal. */
  readonly status: string;
  /** Why it ended so, in the venue's words. */
  readonly description?: string;
}

/** Words after which the venue sends no slice any more. */
const TERMINAL: readonly string[] = ['finished', 'terminated', 'stopped', 'error'];
export const isTerminalTwap = ({ status }: Pick<VenueTwap, 'status'>): boolean =>
  TERMINAL.includes(status);

export interface TwapFacts {
  /** The action may have left us. */
  readonly sent: boolean;
  readonly denied?: Denial;
  /** Cancelled before anything was sent. */
  readonly withdrawn?: string;
  /** The venue's refusal, in its own words. */
  readonly rejected?: string;
  /** Why the outcome of the send is not known. */
  readonly unknown?: string;
  /** Proof that it never landed and never can. */
  readonly absent?: string;
  readonly twapId?: number;
  /** As the venue showed it last. */
  readonly seen?: VenueTwap;
}

export type TwapPhase =
  | 'pending'
  | 'inDoubt'
  | 'running'
  | 'ended'
  | 'rejected'
  | 'expired'
  | 'denied'
  | 'withdrawn';

export const NEW_TWAP: TwapFacts = { sent: false };

export type TwapEvent =
  | { readonly type: 'denied'; readonly denial: Denial }
  | { readonly type: 'withdrawn'; readonly reason: string }
  | { readonly type: 'sent' }
  | { readonly type: 'running'; readonly twapId: number }
  | { readonly type: 'rejected'; readonly reason: string }
  | { readonly type: 'outcomeUnknown'; readonly reason: string }
  | { readonly type: 'provenAbsent'; readonly reason: string }
  | { readonly type: 'seen'; readonly twap: VenueTwap };

/** Derives the phase; total. What the venue shows weighs more than anything that was concluded. */
export function twapPhase(facts: TwapFacts): TwapPhase {
  if (facts.seen !== undefined && isTerminalTwap(facts.seen)) return 'ended';
  if (facts.twapId !== undefined) return 'running';
  if (facts.rejected !== undefined) return 'rejected';
  if (facts.absent !== undefined) return 'expired';
  if (facts.sent) return 'inDoubt';
  if (facts.denied !== undefined) return 'denied';
  if (facts.withdrawn !== undefined) return 'withdrawn';
  return 'pending';
}

const OVER: readonly TwapPhase[] = ['ended', 'rejected', 'expired', 'denied', 'withdrawn'];
export const isOverTwap = (facts: TwapFacts): boolean => OVER.includes(twapPhase(facts));

/** Of two sights the one that stands: terminal over running, then the one that executed more. */
function newer(known: VenueTwap | undefined, next: VenueTwap): VenueTwap {
  if (known === undefined) return next;
  if (isTerminalTwap(known) !== isTerminalTwap(next)) return isTerminalTwap(known) ? known : next;
  return decimal(next.executedBase).gte(decimal(known.executedBase)) ? next : known;
}

/**
 * Adds one fact. Facts that contradict what is certain are ignored: another id than the known one, a
 * refusal of what is running, a proof of absence of what was seen.
 */
export function advanceTwap(facts: TwapFacts, event: TwapEvent): TwapFacts {
  const isFound = facts.twapId !== undefined;
  switch (event.type) {
    case 'sent':
      return { ...facts, sent: true };
    case 'denied':
      return facts.sent ? facts : { ...facts, denied: event.denial };
    case 'withdrawn':
      return facts.sent ? facts : { ...facts, withdrawn: event.reason };
    case 'running':
      return isFound ? facts : { ...facts, sent: true, twapId: event.twapId };
    case 'seen':
      if (isFound && facts.twapId !== event.twap.twapId) return facts;
      return {
        ...facts,
        sent: true,
        twapId: event.twap.twapId,
        seen: newer(facts.seen, event.twap),
      };
    case 'rejected':
      return isFound || !facts.sent ? facts : { ...facts, rejected: event.reason };
    case 'outcomeUnknown':
      return isFound ? facts : { ...facts, unknown: event.reason };
    case 'provenAbsent':
      return twapPhase(facts) === 'inDoubt' ? { ...facts, absent: event.reason } : facts;
  }
}

export const executedOf = (facts: TwapFacts): SizeBase => facts.seen?.executedBase ?? sizeBase(0);

/** How it ended, once it has. @param wanted the whole size */
export function twapEnd(
  facts: TwapFacts,
  wanted: SizeBase,
  cancelled: string | undefined,
): ParentEnd | undefined {
  const executed = executedOf(facts);
  const part = `${executed} of ${wanted} executed`;
  switch (twapPhase(facts)) {
    case 'ended': {
      if (decimal(executed).gte(decimal(wanted))) {
        return { kind: 'done', reason: 'all of it has executed' };
      }
      const { status = '', description } = facts.seen ?? {};
      const words = description === undefined ? status : `${status}: ${description}`;
      const why = status === 'terminated' ? (cancelled ?? 'cancelled on the venue') : words;
      return { kind: 'stopped', reason: `${why}; ${part}` };
    }
    case 'rejected':
      return { kind: 'stopped', reason: facts.rejected ?? 'refused' };
    case 'expired':
      return { kind: 'stopped', reason: facts.absent ?? 'NOT_PLACED' };
    case 'withdrawn':
      return { kind: 'stopped', reason: facts.withdrawn ?? 'cancelled' };
    default:
      return undefined;
  }
}
