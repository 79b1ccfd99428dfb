import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Px, SizeBase, Usd } from '../../../domain/kernel/decimal.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import { canonicalJson, sha256Hex } from '../../../domain/kernel/ids.ts';
import type { ApprovedIntent } from '../../../domain/risk/approve.ts';
import { approve, describeRefusal, verifyApproval } from '../../../domain/risk/approve.ts';
import { DEFAULT_RISK_LIMITS } from '../../../domain/risk/limits.ts';
import type { OrderRequest } from '../../../domain/risk/order-request.ts';
import type { PortfolioView } from '../../../domain/risk/portfolio.ts';
import { BTC } from '../market/samples.ts';
import { held, limitsOf, NOW_MS, portfolioOf, requestOf, resting } from './samples.ts';

const judge = (
  request: Partial<OrderRequest> = {},
  portfolio: Partial<PortfolioView> = {},
  limits: object = {},
) => approve(requestOf(request), portfolioOf(portfolio), limitsOf(limits), NOW_MS);

const refusedBy = (outcome: ReturnType<typeof approve>) =>
  outcome.ok ? 'approved' : outcome.error.check;

/** The worst of everything: halted, broke, far below the day's start, stale, over every limit. */
const DISASTER: Partial<PortfolioView> = {
  equityUsd: usd('-1'),
  haltReason: 'kill switch',
  asOfMs: 0,
  openOrders: [resting('buy', '900', { asset: 'ETH' })],
};

describe('an order that may add risk', () => {
  test('is approved inside every limit, with the numbers of every check as evidence', () => {
    const outcome = judge({ sizeBase: sizeBase('2.5') });
    if (!outcome.ok) throw new Error(describeRefusal(outcome.error));
    expect(outcome.value.effect).toBe('increases');
    expect(outcome.value.checks.map((each) => each.check)).toEqual([
      'halt',
      'tradable',
      'priceAge',
      'portfolioAge',
      'equity',
      'dailyLoss',
      'orderNotional',
      'openPositions',
      'positionSize',
      'grossExposure',
      'leverage',
    ]);
  });

  const others = ['A', 'B'].map((asset) => held('-1', asset));
  test.each<[string, Partial<OrderRequest>, Partial<PortfolioView>, object]>([
    ['halt', {}, { haltReason: 'breaker' }, {}],
    ['tradable', { asset: { ...BTC, isDelisted: true } }, {}, {}],
    ['priceAge', { pricedAtMs: NOW_MS - 30_001 }, {}, {}],
    ['priceAge', { pricedAtMs: NOW_MS + 30_001 }, {}, {}],
    ['priceAge', { pricedAtMs: Number.NaN }, {}, {}],
    ['portfolioAge', {}, { asOfMs: NOW_MS - 30_001 }, {}],
    ['equity', {}, { equityUsd: usd('0') }, {}],
    ['equity', {}, { dayStartEquityUsd: usd('0') }, {}],
    ['dailyLoss', {}, { equityUsd: usd('980') }, {}],
    ['orderNotional', {}, {}, { maxOrderNotionalUsd: '99.99' }],
    ['openPositions', {}, { positions: others }, { maxOpenPositions: 2 }],
    ['positionSize', { sizeBase: sizeBase('2.50001') }, {}, {}],
    ['grossExposure', {}, { positions: others }, { maxGrossExposureFraction: 0.29 }],
    [
      'leverage',
      { sizeBase: sizeBase('11') },
      {},
      { maxPositionFraction: 2, maxLeverage: 1, maxGrossExposureFraction: 2 },
    ],
    [
      'leverage',
      { sizeBase: sizeBase('11'), asset: { ...BTC, maxLeverage: 1 } },
      {},
      { maxPositionFraction: 2, maxGrossExposureFraction: 2 },
    ],
    ['portfolio', {}, { equityUsd: 'NaN' as Usd }, {}],
    ['portfolio', {}, { openOrders: [resting('buy', '-5')] }, {}],
    ['request', { sizeBase: sizeBase('0') }, {}, {}],
    ['request', { sizeBase: sizeBase('-1') }, {}, {}],
    ['request', { sizeBase: 'NaN' as SizeBase }, {}, {}],
    ['request', { sizeBase: sizeBase('1.000001') }, {}, {}],
    ['request', { sizeBase: sizeBase('0.09999') }, {}, {}],
    ['request', { referencePx: '1e5' as Px }, {}, {}],
    ['request', { side: 'long' as 'buy' }, {}, {}],
    ['request', { stopPx: px('100') }, {}, {}],
    ['request', { stopPx: px('98.7654321') }, {}, {}],
    ['request', { side: 'sell', stopPx: px('99') }, {}, {}],
  ])('is refused by the check %s (%#)', (check, request, portfolio, limits) => {
    expect(refusedBy(judge(request, portfolio, limits))).toBe(check);
  });

  test('is refused with the field, the value, the limit and the rule', () => {
    const outcome = judge({ sizeBase: sizeBase('3') });
    expect(outcome).toEqual({
      ok: false,
      error: {
        check: 'positionSize',
        field: 'position with pending entries',
        value: '300 USD',
        limit: '250 USD',
        rule: 'must be at most maxPositionFraction (0.25) of equity',
      },
    });
    expect(!outcome.ok && describeRefusal(outcome.error)).toBe(
      'positionSize: position with pending entries 300 USD: ' +
        'must be at most maxPositionFraction (0.25) of equity; limit 250 USD',
    );
  });

  test('is refused when the limits themselves are illegal', () => {
    const limits = { ...DEFAULT_RISK_LIMITS, maxLeverage: -3 };
    expect(refusedBy(approve(requestOf(), portfolioOf(), limits, NOW_MS))).toBe('limits');
  });

  test('counts pending entries of its own side as filled, but no reduce-only order', () => {
    const size = sizeBase('1');
    const entry = [resting('buy', '1.6')];
    expect(refusedBy(judge({ sizeBase: size }, { openOrders: entry }))).toBe('positionSize');
    const stop = [resting('sell', '50', { reduceOnly: true })];
    expect(refusedBy(judge({ sizeBase: size }, { openOrders: stop }))).toBe('approved');
  });

  test('counts the worse of the two directions of an asset', () => {
    const openOrders = [resting('sell', '2.6')];
    expect(refusedBy(judge({ sizeBase: sizeBase('0.2') }, { openOrders }))).toBe('positionSize');
    const hedged = { openOrders, positions: [held('0.5')] };
    expect(refusedBy(judge({ sizeBase: sizeBase('0.2') }, hedged))).toBe('approved');
  });

  test('that turns a position counts what it leaves on the other side', () => {
    const positions = [held('2')];
    expect(refusedBy(judge({ side: 'sell', sizeBase: sizeBase('4.5') }, { positions }))).toBe(
      'approved',
    );
    expect(refusedBy(judge({ side: 'sell', sizeBase: sizeBase('4.6') }, { positions }))).toBe(
      'positionSize',
    );
  });
});

describe('a reduction', () => {
  test('passes in a disaster that refuses every entry', () => {
    const portfolio = { ...DISASTER, positions: [held('900')] };
    const stale = { pricedAtMs: 0, asset: { ...BTC, isDelisted: true } };
    expect(refusedBy(judge({ ...stale }, portfolio))).toBe('halt');
    for (const reduceOnly of [true, false]) {
      const sell = judge(
        { ...stale, side: 'sell', sizeBase: sizeBase('900'), reduceOnly },
        portfolio,
      );
      expect(sell.ok && sell.value.effect).toBe('reduces');
    }
  });

  test('passes when the account or the limits cannot be read, if it is reduce-only', () => {
    const unreadable = portfolioOf({ equityUsd: '?' as Usd });
    const limits = { ...DEFAULT_RISK_LIMITS, maxLeverage: Number.NaN };
    const outcome = approve(requestOf({ reduceOnly: true }), unreadable, limits, NOW_MS);
    expect(outcome.ok && outcome.value).toMatchObject({ effect: 'reduces', facts: null });
  });

  test('may be dust below the least order value, if it is reduce-only', () => {
    expect(refusedBy(judge({ sizeBase: sizeBase('0.00001'), reduceOnly: true }))).toBe('approved');
  });

  test('still has to be an order', () => {
    const request = { sizeBase: sizeBase('0.000001'), reduceOnly: true };
    expect(refusedBy(judge(request, { positions: [held('-1')] }))).toBe('request');
  });

  test('is none when pending entries of its side could already close the position', () => {
    const portfolio = { ...DISASTER, positions: [held('2')] };
    const sell = { side: 'sell' as const, sizeBase: sizeBase('1.5') };
    expect(judge(sell, portfolio).ok).toBe(true);
    const both = { ...portfolio, openOrders: [resting('sell', '0.6')] };
    expect(refusedBy(judge(sell, both))).toBe('halt');
  });

  test('is none on the side of the position, larger than it, or without one', () => {
    const portfolio = { ...DISASTER, positions: [held('-2')] };
    expect(refusedBy(judge({ side: 'sell' }, portfolio))).toBe('halt');
    expect(refusedBy(judge({ sizeBase: sizeBase('2.00001') }, portfolio))).toBe('halt');
    expect(refusedBy(judge({}, DISASTER))).toBe('halt');
  });
});

describe('approval is monotone', () => {
  const lots = (max: number) =>
    fc.integer({ min: 1, max }).map((n) => sizeBase((n / 100).toFixed(2)));
  const signedLots = fc.tuple(lots(500), fc.boolean());
  const portfolio = fc
    .record({
      own: signedLots,
      other: signedLots,
      orders: fc.array(fc.tuple(fc.constantFrom('buy' as const, 'sell' as const), lots(100)), {
        maxLength: 3,
      }),
      equity: fc.integer({ min: 1, max: 5000 }),
    })
    .map(({ own, other, orders, equity }) =>
      portfolioOf({
        equityUsd: usd(equity),
        positions: [
          held(own[1] ? own[0] : `-${own[0]}`),
          held(other[1] ? other[0] : `-${other[0]}`, 'ETH'),
        ],
        openOrders: orders.map(([side, size]) => resting(side, size)),
      }),
    );
  const looseness = fc.record({
    maxOrderNotionalUsd: fc.integer({ min: 10, max: 1000 }),
    maxPositionFraction: fc.integer({ min: 1, max: 400 }).map((n) => n / 100),
    maxGrossExposureFraction: fc.integer({ min: 1, max: 400 }).map((n) => n / 100),
    maxDailyLossFraction: fc.integer({ min: 1, max: 100 }).map((n) => n / 100),
    maxOpenPositions: fc.integer({ min: 1, max: 4 }),
    maxLeverage: fc.integer({ min: 1, max: 5 }),
    maxDataAgeMs: fc.constant(30_000),
  });
  const side = fc.constantFrom('buy' as const, 'sell' as const);

  test('a tighter limit never approves what a looser one refused', () => {
    fc.assert(
      fc.property(portfolio, looseness, looseness, side, lots(300), (view, a, b, way, size) => {
        const pick = (choose: (x: number, y: number) => number) =>
          limitsOf(
            Object.fromEntries(
              Object.entries(a).map(([key, value]) => [
                key,
                choose(value, b[key as keyof typeof b]),
              ]),
            ),
          );
        const request = requestOf({ side: way, sizeBase: size });
        const tight = approve(request, view, pick(Math.min), NOW_MS);
        const loose = approve(request, view, pick(Math.max), NOW_MS);
        if (tight.ok) expect(loose.ok).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a smaller order of the same side is never refused where a larger passed', () => {
    fc.assert(
      fc.property(portfolio, looseness, side, lots(300), lots(300), (view, input, way, a, b) => {
        const [less, more] = Number(a) < Number(b) ? [a, b] : [b, a];
        fc.pre(Number(less) >= 0.1);
        const sized = (size: SizeBase) =>
          approve(requestOf({ side: way, sizeBase: size }), view, limitsOf(input), NOW_MS);
        if (sized(more).ok) expect(sized(less).ok).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any input gets an answer and never a throw', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('1', '-1', '0', 'NaN', '1e9', '99999'));
    const any = fc.oneof(text, fc.double(), fc.constant(undefined), fc.constant(null));
    fc.assert(
      fc.property(any, any, any, any, any, fc.boolean(), (a, b, c, d, e, reduceOnly) => {
        const request = { sizeBase: a, referencePx: b, stopPx: c, reduceOnly };
        const outcome = approve(
          { ...requestOf(), ...(request as Partial<OrderRequest>) },
          portfolioOf({ equityUsd: d as Usd, asOfMs: e as number }),
          { ...limitsOf(), maxLeverage: e as number },
          NOW_MS,
        );
        expect(typeof outcome.ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('an approval', () => {
  const granted = (): ApprovedIntent => {
    const outcome = judge({ stopPx: px('99') });
    if (!outcome.ok) throw new Error(describeRefusal(outcome.error));
    return outcome.value;
  };

  test('is verified from JSON, as it is stored', () => {
    expect(verifyApproval(granted())).toBeUndefined();
    expect(verifyApproval(JSON.parse(JSON.stringify(granted())))).toBeUndefined();
    const reduction = judge({ reduceOnly: true }, { equityUsd: '?' as Usd });
    expect(reduction.ok && verifyApproval(reduction.value)).toBeUndefined();
  });

  test('whose request, limits or facts were changed fails its digest', () => {
    const approved = granted();
    const request = { ...approved.request, sizeBase: sizeBase('2') };
    const limits = { ...approved.limits, maxLeverage: 5 };
    for (const change of [{ request }, { limits }, { facts: null }, { approvedAtMs: 0 }]) {
      expect(verifyApproval({ ...approved, ...change })?.field).toBe('digest');
    }
  });

  test('with a digest of its own making is judged again from its facts', () => {
    const { digest: _digest, ...approval } = granted();
    const large = { ...approval.request, sizeBase: sizeBase('9') };
    const forged = (change: object) => {
      const facts = { ...approval, ...change };
      return { ...facts, digest: sha256Hex(canonicalJson(facts)) } as ApprovedIntent;
    };
    expect(verifyApproval(forged({ request: large }))?.field).toBe('position with pending entries');
    expect(verifyApproval(forged({ effect: 'reduces' }))?.field).toBe('effect');
    expect(verifyApproval(forged({ facts: null }))?.field).toBe('facts');
    expect(verifyApproval(forged({}))).toBeUndefined();
  });

  test('has the same digest for the same facts, whatever order they are written in', () => {
    const again = Object.fromEntries(Object.entries(granted()).reverse());
    expect(verifyApproval(again as unknown as ApprovedIntent)).toBeUndefined();
  });

  test('cannot be written by hand: only approve() mints it', () => {
    const { request, effect, facts, limits, checks, approvedAtMs, digest } = granted();
    // @ts-expect-error the private brand is missing, so that a forged approval does not compile
    const forged: ApprovedIntent = {
      request,
      effect,
      facts,
      limits,
      checks,
      approvedAtMs,
      digest,
    };
    expect(verifyApproval({ ...forged, effect: 'reduces' })?.field).toBe('digest');
  });
});
