/**
 * The one place where a caught fault becomes a Temporal failure. The type says what to do:
 * reads are repeated, corrupt data and malformed requests are not, and no write is ever repeated
 * by Temporal itself (its activities run once; the workflow decides).
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  RateLimited,
  StoreUnavailable,
  VenueDataCorrupt,
  VenueUnreachable,
} from './ports/errors.ts';

export const FAILURE = {
  venueUnreachable: 'VenueUnreachable',
  rateLimited: 'RateLimited',
  venueDataCorrupt: 'VenueDataCorrupt',
  storeUnavailable: 'StoreUnavailable',
  requestMalformed: 'RequestMalformed',
} as const;

/** Sorts a fault; anything unknown is passed on as it is and follows the retry policy. */
export function toFailure(fault: unknown): unknown {
  if (fault instanceof VenueUnreachable) {
    return ApplicationFailure.retryable(fault.message, FAILURE.venueUnreachable);
  }
  if (fault instanceof RateLimited) {
    return ApplicationFailure.retryable(fault.message, FAILURE.rateLimited);
  }
  if (fault instanceof StoreUnavailable) {
    return ApplicationFailure.retryable(fault.message, FAILURE.storeUnavailable);
  }
  if (fault instanceof VenueDataCorrupt) {
    return ApplicationFailure.nonRetryable(fault.message, FAILURE.venueDataCorrupt);
  }
  if (fault instanceof RangeError) {
    return ApplicationFailure.nonRetryable(fault.message, FAILURE.requestMalformed);
  }
  return fault;
}

type AsyncMethods = Record<string, (...args: never[]) => Promise<unknown>>;

/** Wraps every method so that what it throws has gone through {@link toFailure}. */
export function withFailures<Activities extends object>(activities: Activities): Activities {
  const wrapped = Object.entries(activities as AsyncMethods).map(([name, method]) => [
    name,
    async (...args: never[]): Promise<unknown> => {
      try {
        return await method(...args);
      } catch (fault) {
        throw toFailure(fault);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
