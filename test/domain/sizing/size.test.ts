import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, px, usd } from '../../../domain/kernel/decimal.ts';
import { checkPrice, checkSize } from '../../../domain/market/asset.ts';
import type { MarketSnapshot } from '../../../domain/market/snapshot.ts';
import { evaluate } from '../../../domain/signals/evaluate.ts';
import type { StrategySignal } from '../../../domain/signals/signal.ts';
import { sizePosition } from '../../../domain/sizing/size.ts';
import type { SizingPolicy } from '../../../domain/sizing/sizing-genes.ts';
import { parseSizingPolicy } from '../../../domain/sizing/sizing-genes.ts';
import { BTC, barsFromCloses, snapshotOf } from '../market/samples.ts';
import { answering, type Verdict } from '../signals/samples.ts';

const at = (midPx: string): MarketSnapshot => snapshotOf(barsFromCloses([100, 100]), { midPx });

/** A signal minted the ordinary way from a seed that answers with the given verdict. */
function signalOf(verdict: Partial<Verdict>): StrategySignal {
  const signal = evaluate(answering(verdict), at('100'), {});
  if (signal.kind === 'noSignal') throw new Error(signal.reason);
  return signal;
}

function policyOf(input: object): SizingPolicy {
  const policy = parseSizingPolicy(input);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

const sized = (verdict: Partial<Verdict>, policy: object, equity = '10000', midPx = '100') =>
  sizePosition({
    signal: signalOf(verdict),
    snapshot: at(midPx),
    equityUsd: usd(equity),
    policy: policyOf({ maxPositionFraction: 10, ...policy }),
  });

describe('sizing by risk per trade', () => {
  test('loses the given share of equity at the stop', () => {
    // 1 % of 10,000 USD over a stop 1 USD away: 100 units.
    expect(sized({}, { riskPerTradeFraction: 0.01 })).toMatchObject({
      kind: 'sized',
      targetSizeBase: '100',
      notionalUsd: '10000',
      stopPx: '99',
      lossAtStopUsd: '100',
      referencePx: '100',
    });
  });

  test('of a short is negative and has its stop above', () => {
    expect(sized({ stance: 'short' }, {})).toMatchObject({ targetSizeBase: '-100', stopPx: '101' });
  });

  test('is capped at the share of equity and says so', () => {
    const capped = sized({}, { maxPositionFraction: 0.25 });
    expect(capped).toMatchObject({ targetSizeBase: '25', notionalUsd: '2500' });
    expect(capped.reason).toContain('capped at 0.25 of equity (2500 USD)');
  });

  test('never loses more than planned at the stop, whose price and size are legal', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.9, noNaN: true }),
        fc.double({ min: 0.0001, max: 0.1, noNaN: true }),
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 1, max: 2_000_000 }),
        fc.constantFrom('long' as const, 'short' as const),
        (stopDistanceFraction, riskPerTradeFraction, equity, cents, stance) => {
          const midPx = decimal(cents).div(10).toFixed();
          const result = sized(
            { stance, stopDistanceFraction },
            { riskPerTradeFraction },
            `${equity}`,
            midPx,
          );
          if (result.kind === 'noSize') return;
          const planned = decimal(equity).times(
            policyOf({ riskPerTradeFraction }).riskPerTradeFraction,
          );
          const distancePx = decimal(midPx).minus(decimal(result.stopPx)).abs();
          const loss = decimal(result.targetSizeBase).abs().times(distancePx);
          expect(loss.lte(planned)).toBe(true);
          expect(result.lossAtStopUsd).toBe(usd(loss));
          expect(checkPrice(BTC, result.stopPx)).toBeUndefined();
          expect(checkSize(BTC, decimal(result.targetSizeBase).abs().toFixed())).toBeUndefined();
          expect(decimal(result.stopPx).lt(decimal(midPx))).toBe(stance === 'long');
        },
      ),
    );
  });

  test('never shrinks when more risk, more equity or a higher cap is allowed', () => {
    const share = fc.double({ min: 0.0001, max: 0.1, noNaN: true });
    const size = (risk: number, equity: number, cap: number) => {
      const result = sized(
        {},
        { riskPerTradeFraction: risk, maxPositionFraction: cap },
        `${equity}`,
      );
      return result.kind === 'sized' ? decimal(result.targetSizeBase) : decimal(0);
    };
    fc.assert(
      fc.property(
        share,
        share,
        fc.nat(100_000),
        fc.nat(100_000),
        share,
        share,
        (a, b, c, d, e, f) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          const [poor, rich] = [Math.min(c, d), Math.max(c, d)];
          const [low, high] = [10 * Math.max(0.0001, Math.min(e, f)), 10 * Math.max(e, f)];
          expect(size(more, rich, high).gte(size(less, poor, low))).toBe(true);
        },
      ),
    );
  });
});

describe('sizing by a volatility target', () => {
  const policy = { method: 'volatility-target', volatilityTargetAnnual: 0.2 };

  test('annualises the volatility of a bar on a 365-day year', () => {
    // 0.001 a minute x sqrt(525,600) = 0.724983 a year; 10,000 x 0.2 / 0.724983 = 2,758.686 USD.
    const result = sized({}, policy);
    expect(result).toMatchObject({ kind: 'sized', targetSizeBase: '27.58686' });
    expect(result.reason).toBe('targets 0.2 a year at a volatility of 0.725');
  });

  test('halves the size when volatility doubles', () => {
    const size = (volatilityPerBar: number) => {
      const result = sized({ volatilityPerBar }, policy);
      return result.kind === 'sized' ? Number(result.targetSizeBase) : 0;
    };
    expect(size(0.001) / size(0.002)).toBeCloseTo(2, 4);
  });

  test('gives no size to a market without volatility', () => {
    expect(sized({ volatilityPerBar: 0 }, policy)).toMatchObject({
      kind: 'noSize',
      reason: 'the volatility is 0: the market has not moved',
    });
  });
});

describe('there is no size', () => {
  test.each([
    ['for a flat stance', { stance: 'flat' as const }, {}, '10000', 'a flat stance has no size'],
    ['without equity', {}, {}, '0', 'equity 0 USD: must be greater than 0'],
    ['with debt', {}, {}, '-5', 'equity -5 USD: must be greater than 0'],
    [
      'for a weak signal',
      { strength: 0.2 },
      { minStrength: 0.3 },
      '10000',
      'strength 0.2 is below',
    ],
    ['without a stop distance', { stopDistanceFraction: 0 }, {}, '10000', 'the stop distance is 0'],
    ['when the stop lies below 0', { stopDistanceFraction: 1 }, {}, '10000', 'at or below 0'],
    ['below the least order value', {}, {}, '9', '9 USD must be at least 10 USD'],
  ])('%s', (_when, verdict, policy, equity, reason) => {
    const result = sized(verdict, policy, equity);
    expect(result.kind).toBe('noSize');
    expect(result.reason).toContain(reason);
  });

  test('for a signal about another asset', () => {
    const other = snapshotOf(
      { ...barsFromCloses([1]), asset: 'ETH' },
      { asset: { ...BTC, name: 'ETH' } },
    );
    const input = { signal: signalOf({}), equityUsd: usd(100), policy: policyOf({}) };
    expect(sizePosition({ ...input, snapshot: other }).reason).toContain('about BTC');
  });
});

describe('a sizing policy', () => {
  test('has cautious defaults', () => {
    expect(policyOf({})).toEqual({
      method: 'risk-per-trade',
      riskPerTradeFraction: '0.01',
      volatilityTargetAnnual: '0.2',
      maxPositionFraction: '0.25',
      minStrength: '0',
    });
  });

  test('refuses what is out of bounds, naming the gene', () => {
    const parsed = parseSizingPolicy({ riskPerTradeFraction: 2, method: 'kelly' });
    expect(!parsed.ok && parsed.error.map((each) => each.field)).toEqual([
      'method',
      'riskPerTradeFraction',
    ]);
  });

  test('and its result are plain JSON', () => {
    const result = sized({}, {});
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(result.kind === 'sized' && result.referencePx).toBe(px('100'));
  });
});
