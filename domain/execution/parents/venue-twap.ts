/**
 * A TWAP that the venue itself works: one action, and the venue sends the slices. No plan of ours
 * follows it; `domain/execution/venue-twap` knows its life.
 */
import type { SizeBase } from '../../kernel/decimal.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import { shownValue } from '../../kernel/outcome.ts';
import type { Side } from '../../market/side.ts';

export interface VenueTwapSpec {
  readonly kind: 'venueTwap';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly reduceOnly: boolean;
  /** Whole minutes, 5 minutes to 7 days (venue's documentation, "Order types"). */
  readonly durationMs: number;
  /** The venue varies the times of the slices. */
  readonly randomize: boolean;
}

const MINUTE_MS = 60_000;
const LEAST_MINUTES = 5;
const MOST_MINUTES = 7 * 24 * 60;
/** The least value of a whole TWAP in USD (venue's documentation, "Order types"). */
export const LEAST_TWAP_USD = 100;

export const minutesOf = ({ durationMs }: VenueTwapSpec): number => durationMs / MINUTE_MS;

export function checkVenueTwap(spec: VenueTwapSpec): RuleViolation | undefined {
  const minutes = minutesOf(spec);
  if (!Number.isInteger(minutes) || minutes < LEAST_MINUTES || minutes > MOST_MINUTES) {
    const rule = 'must be whole minutes, 5 minutes to 7 days: the venue takes no other';
    return { field: 'durationMs', value: shownValue(spec.durationMs), rule };
  }
  for (const field of ['randomize', 'reduceOnly'] as const) {
    if (typeof spec[field] === 'boolean') continue;
    return { field, value: shownValue(spec[field]), rule: 'must be true or false' };
  }
  return undefined;
}
