/**
 * After a network upgrade the venue takes post-only orders alone for a while, and refuses all others
 * as they come. Who wanted to enter then still wants to a little later: the order waits, and is tried
 * again under its next epoch, since what was refused is dead. Exits, stops and legs are not held back
 * here: whoever started them tries again as their own rules say.
 */
import { isTrigger, type OrderIntent } from './intent.ts';
import { type OrderFacts, phaseOf } from './order-facts.ts';

const REFUSAL = /^Only post-only orders allowed/;
/** Waits between the tries; the last one is repeated. */
const TRY_AFTER_MS = [1_000, 2_000, 5_000, 10_000] as const;
/** How long an order waits that would rest at its price, and one that takes what it finds. */
const RESTING_WITHIN_MS = 600_000;
const TAKING_WITHIN_MS = 60_000;

/** Refused tries so far, and how long was waited between them. */
export interface WindowWait {
  readonly tries: number;
  readonly waitedMs: number;
}

export const NOT_WAITED: WindowWait = { tries: 0, waitedMs: 0 };

function untilMs(intent: OrderIntent, startedMs: number): number {
  const { type, timeInForce, cancelAtMs, validUntilMs } = intent;
  const takes = type === 'MARKET' || timeInForce === 'IOC';
  const within = startedMs + (takes ? TAKING_WITHIN_MS : RESTING_WITHIN_MS);
  return Math.min(within, cancelAtMs ?? within, validUntilMs ?? within);
}

/**
 * How long to wait before the next try, ms; undefined when the order does not wait: it was not refused
 * for that, is no entry, or its time is over. Counted from the waits themselves, so that no clock is read.
 * @param startedMs when the order was first started
 */
export function windowWaitMs(
  intent: OrderIntent,
  facts: OrderFacts,
  startedMs: number,
  { tries, waitedMs }: WindowWait,
): number | undefined {
  if (phaseOf(facts) !== 'rejected' || !REFUSAL.test(facts.rejected ?? '')) return undefined;
  const isEntry = !intent.reduceOnly && !isTrigger(intent.type) && intent.parent === undefined;
  if (!isEntry) return undefined;
  const waitMs = TRY_AFTER_MS[Math.min(tries, TRY_AFTER_MS.length - 1)] ?? 10_000;
  return startedMs + waitedMs + waitMs < untilMs(intent, startedMs) ? waitMs : undefined;
}
