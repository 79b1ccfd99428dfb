/** How the outside world fails, as ports say it. `activities/failures.ts` turns them into retries. */
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';

/** Nothing usable came back: refused, reset, timed out, 5xx, 429. A read may simply be repeated. */
export class VenueUnreachable extends Error {
  override readonly name = 'VenueUnreachable';
}

/** Turned away by ourselves for want of room under the venue's rate limits: nothing was sent. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
}

/** An answer that is no legal answer: wrong shape, no number, no JSON. Never acted upon. */
export class VenueDataCorrupt extends Error {
  override readonly name = 'VenueDataCorrupt';
}

/** The ledger cannot be read or written: no send happens without it. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** An entry of a session that has stopped, or is about to: nothing was stored. */
export class SessionOver extends Error {
  override readonly name = 'SessionOver';
  readonly violation: RuleViolation;

  /** @param status as it is recorded */
  constructor(session: string, status: string) {
    const rule = `is ${status}: it opens no position any more`;
    const violation = { field: 'session', value: session, rule };
    super(describeViolation(violation));
    this.violation = violation;
  }
}

/** An order that does not fit beside what is held and on its way: nothing was stored. */
export class OverLimit extends Error {
  override readonly name = 'OverLimit';
  readonly violation: RuleViolation;

  constructor(violation: RuleViolation) {
    super(describeViolation(violation));
    this.violation = violation;
  }
}
