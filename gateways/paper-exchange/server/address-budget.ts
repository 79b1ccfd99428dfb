/**
 * How many requests each account has sent, and how many it may: 10,000 and one per USD traded,
 * then one each 10 seconds. Its state is a function of the counted requests, so that it survives
 * a restart with them. It reads no clock and knows no IP address.
 *
 * Source: the venue's documentation, "Rate limits and user limits", "Address-based limits".
 */
import { decimal, ROUND_DOWN } from '../../../domain/kernel/decimal.ts';

const FREE_REQUESTS = 10_000;
const CANCELS_BEYOND = 100_000;
const CANCELS_FACTOR = 2;
/** An account without budget still gets one request in this time. */
const SLOW_LANE_MS = 10_000;

/** What an account has used. */
export interface RequestUse {
  readonly count: number;
  /** Wall clock of the newest counted request. */
  readonly lastAtMs: number;
}

/** What an account has earned. */
export interface Earnings {
  /** Decimal text, as the venue's views have it. */
  readonly tradedUsd: string;
  /** Requests bought by `reserveRequestWeight`. */
  readonly reserved: number;
}

/** A request that wants to be let through. */
export interface WantedRequest {
  readonly account: string;
  /** Orders, cancels or modifications in it. */
  readonly count: number;
  readonly isCancel: boolean;
  readonly atMs: number;
}

/** Where an account stands, in the words of `userRateLimit`. */
export interface Standing {
  /** Requests beyond those that were reserved. */
  readonly used: number;
  readonly cap: number;
  /** Reserved and not used yet. */
  readonly surplus: number;
}

export class AddressBudget {
  readonly #uses: Map<string, RequestUse>;

  constructor(uses: Readonly<Record<string, RequestUse>> = {}) {
    this.#uses = new Map(Object.entries(uses));
  }

  standing(account: string, { tradedUsd, reserved }: Earnings): Standing {
    const count = this.#uses.get(account)?.count ?? 0;
    return {
      used: Math.max(0, count - reserved),
      cap: FREE_REQUESTS + decimal(tradedUsd).toDecimalPlaces(0, ROUND_DOWN).toNumber(),
      surplus: Math.max(0, reserved - count),
    };
  }

  /** Counts a request that was let through, whatever became of it. */
  count(account: string, requests: number, atMs: number): void {
    const count = (this.#uses.get(account)?.count ?? 0) + requests;
    this.#uses.set(account, { count, lastAtMs: atMs });
  }

  /** The venue's words when the account has not earned the request, else undefined. */
  refusal(request: WantedRequest, earned: () => Earnings): string | undefined {
    const { account, count, isCancel, atMs } = request;
    const use = this.#uses.get(account);
    if (use === undefined || use.count + count <= FREE_REQUESTS) return undefined;
    const earnings = earned();
    const { used, cap } = this.standing(account, earnings);
    const limit = isCancel ? Math.min(cap + CANCELS_BEYOND, cap * CANCELS_FACTOR) : cap;
    if (used + count <= limit) return undefined;
    if (count === 1 && atMs - use.lastAtMs >= SLOW_LANE_MS) return undefined;
    const traded = decimal(earnings.tradedUsd).toFixed(2, ROUND_DOWN);
    // The venue's example (10436 for $437.92) shows the most that may be used before the request.
    return (
      `Too many cumulative requests sent (${used} > ${limit - count}) ` +
      `for cumulative volume traded $${traded}. ` +
      'Place taker orders to free up 1 request per USDC traded.'
    );
  }

  snapshot(): Record<string, RequestUse> {
    return Object.fromEntries(this.#uses);
  }
}
