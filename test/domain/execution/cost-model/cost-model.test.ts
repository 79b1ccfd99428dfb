import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bucketOf,
  type CostObservation,
  costBps,
  costModel,
  DEFAULT_COSTS,
  LEAST_OBSERVATIONS,
  readCostModel,
} from '../../../../domain/execution/cost-model/cost-model.ts';
import { observationOf } from '../../../../domain/execution/cost-model/observe.ts';
import { orderQuality } from '../../../../domain/execution/quality/order-quality.ts';
import { sizeBase } from '../../../../domain/kernel/decimal.ts';
import { createRng } from '../../../../domain/kernel/rng.ts';
import { evidenceOf, fillOf, markoutOf } from '../quality/samples.ts';

const taker = (changes: Partial<CostObservation> = {}): CostObservation => ({
  asset: 'BTC',
  notionalUsd: '5000',
  liquidity: 'taker',
  feeBps: '4.5',
  halfSpreadBps: '0.5',
  impactBps: '0.2',
  ...changes,
});
const many = (count: number, changes: Partial<CostObservation> = {}): readonly CostObservation[] =>
  Array.from({ length: count }, () => taker(changes));

describe('the cost model', () => {
  test('is the default until there are enough observations, and says how many there are', () => {
    const { assets } = costModel(many(LEAST_OBSERVATIONS - 1));
    expect(assets.BTC?.impact.under10k).toEqual({ bps: '1', observations: 19, source: 'default' });
    expect(assets.BTC?.halfSpread).toEqual({ bps: '1', observations: 19, source: 'default' });
  });

  test('then blends: the default counts like 20 observations', () => {
    const { assets } = costModel(many(60));
    // (20 x 1 + 60 x 0.2) / 80 and (20 x 1 + 60 x 0.5) / 80
    expect(assets.BTC?.impact.under10k).toEqual({
      bps: '0.4',
      observations: 60,
      source: 'blended',
    });
    expect(assets.BTC?.halfSpread.bps).toBe('0.625');
    expect(assets.BTC?.takerFee.bps).toBe('4.5');
  });

  test('keeps sizes apart, and assets', () => {
    const model = costModel([...many(30), ...many(30, { notionalUsd: '50000', impactBps: '9' })]);
    expect(model.assets.BTC?.impact).toMatchObject({
      under1k: { bps: '1', observations: 0 },
      under10k: { observations: 30 },
      under100k: { bps: '6', observations: 30 },
      above: { bps: '3', observations: 0 },
    });
    expect(model.assets).not.toHaveProperty('ETH');
  });

  test.each([
    ['999.99', 'under1k'],
    ['1000', 'under10k'],
    ['99999', 'under100k'],
    ['100000', 'above'],
  ])('an order of %s USD is %s', (size, bucket) => {
    expect(bucketOf(size)).toBe(bucket);
  });

  test('charges a taker fee, spread and impact; a maker its fee and what the market takes back', () => {
    const model = costModel([]);
    expect(costBps(model, 'BTC', '50000', 'taker').toFixed()).toBe('7');
    expect(costBps(model, 'BTC', '50000', 'maker').toFixed()).toBe('1.5');
    const measured = costModel(many(60));
    expect(costBps(measured, 'BTC', '5000', 'taker').toFixed()).toBe('5.525');
    expect(costBps(measured, 'DOGE', '5000', 'taker').toFixed()).toBe('6.5');
  });

  test('is the same for the same observations in any order', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = createRng(seed);
        const observations = Array.from({ length: 80 }, (_, index) =>
          taker({
            asset: ['BTC', 'SOL'][index % 2] ?? 'BTC',
            impactBps: `0.${rng.int(1_000) + 1}`,
          }),
        );
        const mixed = observations
          .map((one) => ({ one, at: rng.next() }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(JSON.stringify(costModel(mixed))).toBe(JSON.stringify(costModel(observations)));
      }),
      { numRuns: 50 },
    );
  });

  test('comes back from its JSON as it was', () => {
    const model = costModel(many(25));
    expect(readCostModel(JSON.parse(JSON.stringify(model)))).toEqual({ ok: true, value: model });
  });

  test.each([
    ['another version', { version: 2 }, 'version'],
    ['other sizes', { sizeBoundsUsd: ['5'] }, 'sizeBoundsUsd'],
    [
      'a number that is none',
      { defaults: { ...DEFAULT_COSTS, takerFeeBps: 'NaN' } },
      'defaults.takerFeeBps',
    ],
    ['a float', { defaults: { ...DEFAULT_COSTS, adverseBps: 1 } }, 'defaults.adverseBps'],
    ['an asset without its figures', { assets: { BTC: {} } }, 'BTC.takerFee'],
  ])('with %s is refused by name', (_what, changes, field) => {
    const read = readCostModel({ ...costModel([]), ...changes });
    expect(read).toMatchObject({ ok: false, error: { field } });
  });

  test.each([undefined, null, 7, 'costs', []])('%p is no model', (value) => {
    expect(readCostModel(value)).toMatchObject({ ok: false });
  });
});

describe('what an order says of costs', () => {
  const rowOf = (evidence: Parameters<typeof orderQuality>[0]) => ({
    intentId: 'i',
    strategy: 's',
    asset: 'BTC',
    status: 'FILLED' as const,
    quality: orderQuality(evidence),
  });

  test('a taker: fee, half spread, and what it paid beyond the touch', () => {
    // bought at 100.2: 0.15 against the mid of 100.05, of which 0.05 is half the spread
    expect(observationOf(rowOf(evidenceOf()))).toMatchObject({
      liquidity: 'taker',
      notionalUsd: '200.4',
      halfSpreadBps: '4.997501',
      impactBps: '9.995003',
    });
  });

  test('a maker: its fee, and where the mid was after 10 s', () => {
    const fills = [fillOf('100', '2', { crossed: false, markouts: [markoutOf(10_000, '99.98')] })];
    const seen = observationOf(rowOf(evidenceOf({ fills })));
    expect(seen).toMatchObject({ liquidity: 'maker', adverseBps: '2' });
    expect(seen).not.toHaveProperty('impactBps');
  });

  test.each([
    ['that filled nothing', []],
    ['that took and rested', [fillOf('100', '1'), fillOf('100', '1', { crossed: false })]],
  ])('an order %s: nothing', (_what, fills) => {
    const evidence = evidenceOf({ sizeBase: sizeBase('2'), fills });
    expect(observationOf(rowOf(evidence))).toBeUndefined();
  });
});
