import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_RISK_LIMITS, parseRiskLimits } from '../../../domain/risk/limits.ts';

describe('risk limits', () => {
  test('that are absent take their default', () => {
    expect(parseRiskLimits(undefined)).toEqual({ ok: true, value: DEFAULT_RISK_LIMITS });
    const parsed = parseRiskLimits({ maxLeverage: 5 });
    expect(parsed).toEqual({ ok: true, value: { ...DEFAULT_RISK_LIMITS, maxLeverage: 5 } });
  });

  test('mean the decimal that was typed, as number or as text', () => {
    for (const maxPositionFraction of [0.1, '0.1', '0.10']) {
      const parsed = parseRiskLimits({ maxPositionFraction });
      expect(parsed.ok && parsed.value.maxPositionFraction).toBe('0.1');
    }
  });

  test.each([
    [{ maxLeverage: 0 }, 'maxLeverage', 'must be a whole number from 1 to 50'],
    [{ maxLeverage: 2.5 }, 'maxLeverage', 'must be a whole number from 1 to 50'],
    [{ maxDailyLossFraction: '1.01' }, 'maxDailyLossFraction', 'must be a number from 0.0001 to 1'],
    [{ maxDailyLossFraction: null }, 'maxDailyLossFraction', 'must be a number from 0.0001 to 1'],
    [{ maxOrderNotionalUsd: 'lots' }, 'maxOrderNotionalUsd', 'must be a number from 10 to'],
    [{ maxRisk: 1 }, 'maxRisk', 'is no limit; known limits: maxOrderNotionalUsd'],
    [{ toString: 1 }, 'toString', 'is no limit'],
    ['none', 'limits', 'must be an object'],
  ])('%j are refused: %s %s', (input, field, rule) => {
    const parsed = parseRiskLimits(input);
    expect(!parsed.ok && parsed.error).toMatchObject([
      { field, rule: expect.stringContaining(rule) },
    ]);
  });

  test('are read by anything without a throw, and what is accepted is read alike again', () => {
    const value = fc.oneof(fc.anything(), fc.double(), fc.integer({ min: 1, max: 60 }));
    const record = fc.record({ maxLeverage: value, maxDataAgeMs: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), record), (input) => {
        const parsed = parseRiskLimits(input);
        if (parsed.ok) expect(parseRiskLimits(parsed.value)).toEqual(parsed);
      }),
    );
  });
});
