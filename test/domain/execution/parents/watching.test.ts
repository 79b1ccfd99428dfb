/** What a parent waits for in the market, and what it forgets of many legs: the plan is the same. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { condense, MOST_LEGS } from '../../../../domain/execution/parents/condense.ts';
import { hearLeg } from '../../../../domain/execution/parents/leg-news.ts';
import {
  checkParent,
  legIntent,
  type ParentIntent,
  type ParentSpec,
  planParent,
} from '../../../../domain/execution/parents/parent.ts';
import type { LegState, MarketSight, Sight } from '../../../../domain/execution/parents/plan.ts';
import { isReached, nextName } from '../../../../domain/execution/parents/plan.ts';
import { partsOf, wholeOf } from '../../../../domain/execution/parents/whole.ts';
import { decimal, fraction, px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import { accountAddress, intentId } from '../../../../domain/kernel/ids.ts';

const BTC = { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false };
const size = sizeBase('0.5');

const sightOf = (market: MarketSight, legs: readonly LegState[] = [], nowMs = 60_000): Sight => ({
  asset: BTC,
  nowMs,
  startedMs: 0,
  legs,
  market,
});

const at = (markPx: number | string): MarketSight => ({
  atMs: 0,
  bidPx: px(markPx),
  askPx: px(markPx),
  markPx: px(markPx),
});

/** The first leg that the plan starts, resting. */
function resting(spec: ParentSpec, market: MarketSight): LegState {
  const [plan] = planParent(spec, sightOf(market, [], 0)).start;
  if (plan === undefined) throw new Error('nothing was started');
  return { plan, status: 'SUBMITTED', filledBase: sizeBase(0), startedMs: 0 };
}

const side = fc.constantFrom('buy' as const, 'sell' as const);
const markPx = fc
  .integer({ min: 500_000, max: 2_000_000 })
  .map((tenths) => (tenths / 10).toFixed(1));
/** What the venue's book holds: prices on a tick. */
const quotePx = fc.integer({ min: 50_000, max: 200_000 }).map(String);
const trail: fc.Arbitrary<ParentSpec> = fc.record({
  kind: fc.constant('trailingStop' as const),
  side,
  sizeBase: fc.constant(size),
  trailFraction: fc
    .integer({ min: 1, max: 300 })
    .map((mille) => fraction((mille / 1000).toFixed(3))),
  stepFraction: fc
    .integer({ min: 1, max: 100 })
    .map((percent) => fraction((percent / 100).toFixed(2))),
});
const chase: fc.Arbitrary<ParentSpec> = fc.record({
  kind: fc.constant('chase' as const),
  side,
  sizeBase: fc.constant(size),
  reduceOnly: fc.constant(false),
  worstPx: quotePx.map(px),
  holdMs: fc.constant(1_000),
  durationMs: fc.constant(600_000),
  slackFraction: fc
    .integer({ min: 1, max: 50 })
    .map((tenths) => fraction((tenths / 10_000).toFixed(4))),
});

describe('a price to wait for', () => {
  test.each([
    ['trailing stop', trail, markPx],
    ['chase', chase, quotePx],
  ])('%s: the plan moves exactly when it is reached', (_name, specs, prices) => {
    fc.assert(
      fc.property(specs, prices, prices, (spec, first, then) => {
        const leg = resting(spec, at(first));
        const settled = planParent(spec, sightOf(at(first), [leg]));
        expect(settled).toMatchObject({ start: [], cancel: [] });
        const moves = planParent(spec, sightOf(at(then), [leg]));
        const hasMoved = moves.start.length + moves.cancel.length > 0;
        const { watch } = settled;
        expect(hasMoved).toBe(watch !== undefined && isReached(watch, at(then)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('a trailing stop further away than the whole price ends instead of failing', () => {
    const spec: ParentSpec = {
      kind: 'trailingStop',
      side: 'sell',
      sizeBase: size,
      trailPx: px(500),
    };
    expect(planParent(spec, sightOf(at(400)))).toMatchObject({ end: { kind: 'stopped' } });
  });
});

describe('very many legs', () => {
  const slice = (number: number, filled: string): LegState => ({
    plan: {
      name: `slice-${number}`,
      leg: 'entry',
      side: 'buy',
      type: 'MARKET',
      sizeBase: sizeBase('0.001'),
      reduceOnly: false,
    },
    status: filled === '0' ? 'CANCELLED' : 'FILLED',
    filledBase: sizeBase(filled),
    startedMs: number * 5_000,
    version: 1,
  });
  const twap: ParentSpec = {
    kind: 'twap',
    side: 'buy',
    sizeBase: sizeBase('10'),
    reduceOnly: false,
    durationMs: 86_400_000,
    everyMs: 5_000,
  };
  const fills = fc.array(fc.constantFrom('0', '0.0004', '0.001'), {
    minLength: MOST_LEGS + 1,
    maxLength: 900,
  });

  test('are folded, and the plan is the same as with all of them', () => {
    fc.assert(
      fc.property(fills, (each) => {
        let condensed: readonly LegState[] = [];
        for (const [number, filled] of each.entries()) {
          condensed = condense([...condensed, slice(number, filled)]);
        }
        const all = each.map((filled, number) => slice(number, filled));
        const nowMs = each.length * 5_000;
        const plan = (legs: readonly LegState[]) =>
          planParent(twap, sightOf(at(100_000), legs, nowMs));
        expect(condensed.length).toBeLessThanOrEqual(MOST_LEGS + 1);
        expect(plan(condensed)).toEqual(plan(all));
        expect(nextName(condensed, 'slice')).toBe(`slice-${each.length}`);
      }),
      { numRuns: 30 },
    );
  });

  test('late news of a leg that was folded are not counted again', () => {
    let legs: readonly LegState[] = [];
    for (let number = 0; number < 400; number += 1) {
      legs = condense([...legs, slice(number, '0.001')]);
    }
    const parent = parentOf('P', twap);
    const intent = legIntent(parent, slice(3, '0').plan);
    const news = { intent, status: 'FILLED', filledBase: sizeBase('0.001'), version: 9 } as const;
    expect(hearLeg(parent.intentId, legs, news, 0)).toBe(legs);
  });
});

const parentOf = (id: string, spec: ParentSpec): ParentIntent => ({
  network: 'paper',
  account: accountAddress(`0x${'a'.repeat(40)}`),
  intentId: intentId(id),
  strategy: 'manual',
  asset: 'BTC',
  spec,
});

describe('news of a leg', () => {
  const oco: ParentSpec = {
    kind: 'oco',
    first: { side: 'sell', type: 'LIMIT', sizeBase: size, reduceOnly: true, limitPx: px(2) },
    second: { side: 'sell', type: 'STOP_LOSS', sizeBase: size, reduceOnly: true, triggerPx: px(1) },
  };
  const parent = parentOf('P', oco);
  const intent = legIntent(parent, { ...oco.first, name: 'first', leg: 'exit' } as never);
  const versions = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 });
  const newsOf = (version: number) =>
    ({
      intent,
      status: version < 5 ? 'PARTIALLY_FILLED' : 'FILLED',
      filledBase: sizeBase(decimal(version).div(10)),
      version,
    }) as const;

  test('whatever their order and repetition, the newest stands', () => {
    fc.assert(
      fc.property(versions, fc.array(fc.integer({ min: 1, max: 5 })), (order, again) => {
        let legs: readonly LegState[] = [];
        for (const version of [...order, ...again]) {
          legs = hearLeg(parent.intentId, legs, newsOf(version), version);
        }
        expect(legs).toHaveLength(1);
        expect(legs[0]).toMatchObject({ status: 'FILLED', filledBase: '0.5', version: 5 });
      }),
    );
  });

  test('of an order that is no leg of this parent is not taken on', () => {
    const { parent: _parent, ...alone } = intent;
    const stranger = { ...newsOf(1), intent: { ...alone, intentId: intentId('P/first') } };
    expect(hearLeg(parent.intentId, [], stranger, 0)).toEqual([]);
    expect(hearLeg(intentId('Q'), [], newsOf(1), 0)).toEqual([]);
  });

  test('a leg of the plan and the leg as it tells of itself are the same', () => {
    const plan = { ...oco.first, name: 'first', leg: 'exit' } as const;
    const [heard] = hearLeg(parent.intentId, [], newsOf(1), 0);
    expect(heard?.plan).toEqual(plan);
  });
});

describe('the parent as a whole', () => {
  const ladder: ParentSpec = {
    kind: 'ladder',
    side: 'sell',
    sizeBase: size,
    reduceOnly: false,
    fromPx: px(110_000),
    toPx: px(120_000),
    rungs: 4,
  };

  test('a ladder is judged as one order of all its size at its highest price', () => {
    expect(wholeOf(ladder)).toMatchObject([{ sizeBase: '0.5', limitPx: '120000' }]);
    const sum = partsOf(ladder, BTC).reduce(
      (all, leg) => all.plus(decimal(leg.sizeBase)),
      decimal(0),
    );
    expect(sum.toFixed()).toBe('0.5');
  });

  test('a key that leaves no room for the names of its legs is refused', () => {
    const broken = checkParent(parentOf('k'.repeat(101), ladder));
    expect(broken).toMatchObject({ field: 'intentId' });
    expect(checkParent(parentOf('k'.repeat(100), ladder))).toBeUndefined();
  });
});
