import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressBudget } from '../../../../gateways/paper-exchange/server/address-budget.ts';

const earned = (tradedUsd: string, reserved = 0) => ({ tradedUsd, reserved });
const wants = (count: number, atMs = 0, isCancel = false) => ({
  account: 'alice',
  count,
  isCancel,
  atMs,
});

function budgetAfter(count: number): AddressBudget {
  const budget = new AddressBudget();
  budget.count('alice', count, 0);
  return budget;
}

describe('an account', () => {
  test('may send 10,000 requests before it trades, and is then told how many and why', () => {
    const budget = budgetAfter(9_999);
    expect(budget.refusal(wants(1), () => earned('0.0'))).toBeUndefined();
    expect(budget.refusal(wants(2), () => earned('0.0'))).toBe(
      'Too many cumulative requests sent (9999 > 9998) for cumulative volume traded $0.00. ' +
        'Place taker orders to free up 1 request per USDC traded.',
    );
  });

  test("is told in the venue's very words", () => {
    expect(budgetAfter(37_986).refusal(wants(1), () => earned('437.92'))).toBe(
      'Too many cumulative requests sent (37986 > 10436) for cumulative volume traded $437.92. ' +
        'Place taker orders to free up 1 request per USDC traded.',
    );
  });

  test('earns a request with each whole dollar that it trades', () => {
    const budget = budgetAfter(10_436);
    expect(budget.refusal(wants(1), () => earned('436.99'))).toContain('Too many');
    expect(budget.refusal(wants(1), () => earned('437.0'))).toBeUndefined();
  });

  test('buys requests by reserving them, which count before all others', () => {
    const budget = budgetAfter(10_000);
    expect(budget.refusal(wants(500), () => earned('0.0', 499))).toContain('(9501 > 9500)');
    expect(budget.refusal(wants(500), () => earned('0.0', 500))).toBeUndefined();
    expect(budget.standing('alice', earned('0.0', 10_200))).toEqual({
      used: 0,
      cap: 10_000,
      surplus: 200,
    });
  });

  test('may still cancel up to twice its budget, at most 100,000 beyond it', () => {
    const none = () => earned('0.0');
    expect(budgetAfter(19_999).refusal(wants(1, 0, true), none)).toBeUndefined();
    expect(budgetAfter(20_000).refusal(wants(1, 0, true), none)).toContain('(20000 > 19999)');
    const rich = () => earned('190000.0');
    expect(budgetAfter(299_999).refusal(wants(1, 0, true), rich)).toBeUndefined();
    expect(budgetAfter(300_000).refusal(wants(1, 0, true), rich)).toContain('(300000 > 299999)');
  });

  test('without budget gets one single request each ten seconds', () => {
    const budget = budgetAfter(10_000);
    const none = () => earned('0.0');
    expect(budget.refusal(wants(1, 9_999), none)).toContain('Too many');
    expect(budget.refusal(wants(2, 10_000), none)).toContain('Too many');
    expect(budget.refusal(wants(1, 10_000), none)).toBeUndefined();
    budget.count('alice', 1, 10_000);
    expect(budget.refusal(wants(1, 19_999), none)).toContain('Too many');
    expect(budget.refusal(wants(1, 20_000), none)).toBeUndefined();
  });

  test('pays for nobody else', () => {
    const budget = budgetAfter(10_000);
    const sub = { ...wants(1), account: 'sub-account' };
    expect(budget.refusal(sub, () => earned('0.0'))).toBeUndefined();
  });
});

test('a budget restored from its snapshot goes on as the one that it was taken of', () => {
  const uses = fc.array(
    fc.tuple(
      fc.constantFrom('alice', 'bob', '__proto__', 'constructor'),
      fc.integer({ min: 1, max: 9000 }),
      fc.nat(100_000),
    ),
  );
  fc.assert(
    fc.property(uses, fc.integer({ min: 1, max: 3 }), fc.nat(200_000), (counted, count, atMs) => {
      const budget = new AddressBudget();
      for (const [account, requests, at] of counted) budget.count(account, requests, at);
      const restored = new AddressBudget(JSON.parse(JSON.stringify(budget.snapshot())));
      for (const account of ['alice', 'bob', '__proto__', 'constructor', 'nobody']) {
        const request = { account, count, atMs, isCancel: false };
        const earnings = earned('12.5', 7);
        expect(restored.refusal(request, () => earnings)).toBe(
          budget.refusal(request, () => earnings),
        );
        expect(restored.standing(account, earnings)).toEqual(budget.standing(account, earnings));
      }
    }),
  );
});
