import { describe, expect, test } from '@jest/globals';
import { assertInvariant, assertNever, InvariantBroken } from '../../../domain/kernel/assert.ts';
import { describeViolation, err, ok } from '../../../domain/kernel/outcome.ts';

describe('an outcome', () => {
  test('is a value or an error, never both', () => {
    expect(ok(1)).toEqual({ ok: true, value: 1 });
    expect(err('no')).toEqual({ ok: false, error: 'no' });
  });

  test('a violation reads as field, value and rule', () => {
    const violation = { field: 'size', value: '0.00001', rule: 'must have at most 5 decimals' };
    expect(describeViolation(violation)).toBe('size "0.00001": must have at most 5 decimals');
  });
});

describe('an invariant', () => {
  test('that holds is silent, and one that does not stops with its message', () => {
    expect(() => assertInvariant(true, 'fine')).not.toThrow();
    expect(() => assertInvariant(false, 'the sum is off')).toThrow(InvariantBroken);
    expect(() => assertInvariant(false, 'the sum is off')).toThrow('the sum is off');
  });

  test('an impossible case names itself', () => {
    expect(() => assertNever('odd' as never)).toThrow('unexpected case: "odd"');
  });
});
