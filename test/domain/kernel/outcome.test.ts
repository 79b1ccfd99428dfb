/** Broken rules, named for people. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeViolation, shownValue } from '../../../domain/kernel/outcome.ts';

describe('a broken rule', () => {
  test('is described by its field, its value and its rule', () => {
    const violation = { field: 'size', value: '0.00001', rule: 'must be a whole lot' };
    expect(describeViolation(violation)).toBe('size "0.00001": must be a whole lot');
  });

  test('shows any value at all as text', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof shownValue(value)).toBe('string');
      }),
    );
    expect(shownValue({ toString: {} })).toBe('{"toString":{}}');
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(shownValue(circular)).toBe('an object that is no JSON');
    expect(shownValue(Number.NaN)).toBe('NaN');
  });
});
