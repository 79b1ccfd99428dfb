import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecidedPlan } from '../../activities/decide.ts';
import { dayStartOf, decideRound, readRules } from '../../activities/decide.ts';
import type { DecideRequest } from '../../activities/interfaces/session.ts';
import type { DecisionRecord } from '../../activities/ports/ledger.ts';
import { decimal, usd, ZERO } from '../../domain/kernel/decimal.ts';
import type { PortfolioView } from '../../domain/risk/portfolio.ts';
import { emaCrossover } from '../../domain/signals/seeds/ema-crossover.ts';
import { BTC } from '../domain/market/samples.ts';
import { held, portfolioOf } from '../domain/risk/samples.ts';
import { ETH } from './support/fake-venue.ts';
import { BAR_MS, decideRequest, rulesOf, turning } from './support/strategy.ts';

const snapshots = [turning(BTC, 1), turning(ETH, 1)];

function decide(
  changes: Partial<DecideRequest> = {},
  portfolio: Partial<PortfolioView> = {},
  seen = snapshots,
): readonly DecisionRecord[] {
  const request = decideRequest(changes);
  const nowMs = Date.now();
  const equity = { equityUsd: usd('10000'), dayStartEquityUsd: usd('10000') };
  const view = portfolioOf({ ...equity, asOfMs: nowMs, ...portfolio });
  const markets = seen.map((snapshot) => ({ snapshot }));
  const rules = readRules(request.rules, emaCrossover);
  return decideRound(request, rules, markets, view, nowMs);
}

const planOf = (record: DecisionRecord | undefined): DecidedPlan =>
  record?.plan as unknown as DecidedPlan;

const orders = (records: readonly DecisionRecord[]): string[] =>
  records.flatMap((record) =>
    planOf(record).intents.map(
      ({ leg, side, asset, reduceOnly }) =>
        `${leg} ${side} ${asset}${reduceOnly ? ' reduce-only' : ''}`,
    ),
  );

describe('a round of decisions', () => {
  test('opens where the seed turns, with a stop for each and an identity of its own', () => {
    const records = decide();
    expect(orders(records)).toEqual(['entry buy BTC', 'entry buy ETH']);
    const intent = planOf(records[0]).intents[0];
    expect(intent).toMatchObject({
      intentId: `demo-10000/BTC/${BAR_MS}/open`,
      decisionId: records[0]?.decisionId,
      session: 'demo',
      type: 'MARKET',
      approvalDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    // A quarter and four fifths of the equity, and the collar of one per cent on top of each.
    expect(intent?.ceilings).toEqual({ assetUsd: '2525', grossUsd: '8080', assets: 10 });
    expect(intent?.validUntilMs).toBe((records[0]?.decidedMs ?? 0) + 30_000);
    expect(decimal(planOf(records[0]).stopPx ?? '0').lt(100)).toBe(true);
  });

  test('the same facts give the same decision', () => {
    const withoutTime = (records: readonly DecisionRecord[]): unknown =>
      records.map(({ decisionId, inputsHash, plan }) => [decisionId, inputsHash, plan.summary]);
    expect(withoutTime(decide())).toEqual(withoutTime(decide()));
  });

  test('a turn closes first and opens after it', () => {
    const [record] = decide({}, { positions: [held('-5')] }, [turning(BTC, 1)]);
    expect(orders(record ? [record] : [])).toEqual(['exit buy BTC reduce-only', 'entry buy BTC']);
    const [close, open] = planOf(record).intents;
    expect(close?.sizeBase).toBe('5');
    expect(close?.validUntilMs).toBeUndefined();
    expect([close?.ceilings, open?.ceilings]).toEqual([undefined, expect.anything()]);
    expect(close?.intentId).not.toBe(open?.intentId);
  });

  test('an entry on its way is not doubled', () => {
    expect(orders(decide({ pendingEntries: ['BTC'] }))).toEqual(['entry buy ETH']);
  });

  test('what risk refuses is recorded with its reason and starts nothing', () => {
    const [record] = decide({}, { haltReason: 'by hand' }, [turning(BTC, 1)]);
    expect(planOf(record).intents).toEqual([]);
    expect(planOf(record).stopPx).toBeUndefined();
    expect(planOf(record).summary).toMatch(/refused by risk: halt: haltReason by hand/);
    expect(record?.plan.risk).toEqual([expect.objectContaining({ check: 'halt' })]);
  });

  test('a halt lets a turn close, and nothing more', () => {
    const [record] = decide({}, { haltReason: 'by hand', positions: [held('-5')] }, [
      turning(BTC, 1),
    ]);
    expect(orders(record ? [record] : [])).toEqual(['exit buy BTC reduce-only']);
    expect(planOf(record).stopPx).toBeUndefined();
  });

  test('each asset is judged after the entries before it: together they keep the limit', () => {
    const limits = { maxGrossExposureFraction: '0.3', maxPositionFraction: '0.2' };
    const sizing = { maxPositionFraction: 0.2 };
    const records = decide({ rules: rulesOf({ limits, sizing }) });
    expect(orders(records)).toEqual(['entry buy BTC']);
    expect(planOf(records[1]).summary).toContain('refused by risk: grossExposure');
  });

  test('whatever the limits, entries of one round never exceed the gross exposure', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom<1 | -1>(1, -1),
        fc.integer({ min: -20, max: 20 }),
        (gross, share, direction, position) => {
          const limit = gross / 100;
          const rules = rulesOf({
            limits: { maxGrossExposureFraction: limit, maxPositionFraction: 1 },
            sizing: { maxPositionFraction: share / 100 },
          });
          const positions = position === 0 ? [] : [held(String(position), 'SOL')];
          const records = decide({ rules }, { positions }, [
            turning(BTC, direction),
            turning(ETH, 1),
          ]);
          const entries = records.flatMap((record) => planOf(record).intents);
          const added = entries.reduce((sum, { sizeBase }) => sum.plus(decimal(sizeBase)), ZERO);
          const exposure = added.plus(Math.abs(position)).times(100);
          if (entries.length === 0) return;
          expect(exposure.lte(decimal(10_000).times(String(limit)))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('rules that cannot be read are named, all of them', () => {
    const limits = { maxLeverage: 0, maxLossUsd: 1 };
    expect(() => readRules(rulesOf({ limits }), emaCrossover)).toThrow(/maxLeverage.*; maxLossUsd/);
    expect(() => readRules(rulesOf({ genes: { fast: 50, slow: 5 } }), emaCrossover)).toThrow(
      RangeError,
    );
  });
});

describe('the equity that a day starts with', () => {
  const DAY_MS = 86_400_000;
  const BAR_LENGTH_MS = 60_000;
  const known = { day: 10, equityUsd: '900' };

  test('is the one of its first decision', () => {
    const first = decideRequest({ barOpenTimeMs: 10 * DAY_MS });
    expect(dayStartOf(first, usd('1000'))).toEqual({ day: 10, equityUsd: '1000' });
  });

  test('stays through the day', () => {
    const request = decideRequest({
      barOpenTimeMs: 11 * DAY_MS - 2 * BAR_LENGTH_MS,
      dayStart: known,
    });
    expect(dayStartOf(request, usd('1000'))).toEqual(known);
  });

  test('is taken anew at midnight, when the last bar of the day before is decided', () => {
    const request = decideRequest({ barOpenTimeMs: 11 * DAY_MS - BAR_LENGTH_MS, dayStart: known });
    expect(dayStartOf(request, usd('1000'))).toEqual({ day: 11, equityUsd: '1000' });
  });
});
