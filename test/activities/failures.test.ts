import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { toFailure, withFailures } from '../../activities/failures.ts';
import {
  StoreUnavailable,
  VenueDataCorrupt,
  VenueUnreachable,
} from '../../activities/ports/errors.ts';

describe('a fault becomes a failure of Temporal', () => {
  test.each([
    ['an unreachable venue', new VenueUnreachable('HTTP 502'), 'VenueUnreachable', false],
    ['a store that is away', new StoreUnavailable('no ledger'), 'StoreUnavailable', false],
    ['a corrupt answer', new VenueDataCorrupt('no number'), 'VenueDataCorrupt', true],
    ['a malformed request', new RangeError('size: must be'), 'RequestMalformed', true],
  ])('%s, with its reason; repeated only if that can help', (_what, fault, type, nonRetryable) => {
    const failure = toFailure(fault);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type, nonRetryable, message: fault.message });
  });

  test('what is not known is passed on as it is', () => {
    const fault = new TypeError('a bug');
    expect(toFailure(fault)).toBe(fault);
    expect(toFailure('text')).toBe('text');
  });

  test('every method keeps its arguments and its answer, and throws failures', async () => {
    const wrapped = withFailures({
      add: async (a: number, b: number) => a + b,
      fail: async (): Promise<void> => {
        throw new VenueUnreachable('gone');
      },
    });
    expect(await wrapped.add(1, 2)).toBe(3);
    await expect(wrapped.fail()).rejects.toMatchObject({ type: 'VenueUnreachable' });
  });
});
