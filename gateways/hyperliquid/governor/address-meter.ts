/**
 * How many requests the account may still send in its life, by the venue's own count: 10,000 and one
 * per USD traded; after that one each ten seconds, cancels apart. Entries stop before the end, so that
 * orders which reduce never find the budget used up by them. It asks the venue again from time to time
 * and counts on in between, what other processes of this machine have sent as well.
 *
 * Source: the venue's documentation, "Rate limits and user limits", "Address-based limits".
 */

import type { SpendStore } from './spend-store.ts';

/** What the venue says: requests used so far, and how many there may be. */
export interface AddressUse {
  readonly used: number;
  readonly cap: number;
}

export interface AddressMeter {
  /** Why no entry should be sent, or undefined. */
  refusal(): string | undefined;
  /** Counts requests that were sent. */
  note(requests: number): void;
}

/** Kept for orders that reduce: this part of the cap, and never less than so many. */
const KEPT_FRACTION = 0.02;
const KEPT_LEAST = 100;
const ASK_EVERY_MS = 60_000;

/** Where all processes that use the account count what they send. */
export type SharedCount = Pick<SpendStore, 'count' | 'countedSince'>;

/**
 * @param ask the venue's word; a failure leaves what was known before
 * @param shared on the same clock; without one, this process counts for itself
 */
export function createAddressMeter(
  ask: () => Promise<AddressUse>,
  clock: () => number = () => performance.now(),
  shared?: SharedCount,
): AddressMeter {
  let known: AddressUse | undefined;
  let sinceThen = 0;
  let askedMs = Number.NEGATIVE_INFINITY;
  /** When the question was asked whose answer is known. */
  let knownSinceMs = Number.POSITIVE_INFINITY;
  const askInTime = (): void => {
    if (clock() - askedMs < ASK_EVERY_MS) return;
    askedMs = clock();
    const before = sinceThen;
    const startedMs = askedMs;
    ask().then(
      (use) => {
        known = use;
        knownSinceMs = startedMs;
        // What was sent while the answer came may not be in it.
        sinceThen -= before;
      },
      () => undefined,
    );
  };
  return {
    refusal() {
      askInTime();
      if (known === undefined) return undefined;
      // The shared count reaches back two minutes; our own as far as the last answer.
      const sent = Math.max(sinceThen, shared?.countedSince(knownSinceMs) ?? 0);
      const left = known.cap - known.used - sent;
      const kept = Math.max(KEPT_LEAST, Math.ceil(KEPT_FRACTION * known.cap));
      if (left > kept) return undefined;
      return `the account has ${Math.max(0, left)} of ${known.cap} requests left: kept for exits`;
    },
    note(requests) {
      sinceThen += requests;
      shared?.count(requests);
    },
  };
}
