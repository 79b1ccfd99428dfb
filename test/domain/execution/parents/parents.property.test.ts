/** What holds for parent orders of every kind, whatever their legs meet and in whatever order. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ParentSpec } from '../../../../domain/execution/parents/parent.ts';
import { hasEnded, isLive, ofRole } from '../../../../domain/execution/parents/plan.ts';
import { decimal, fraction, px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import type { Happening } from './toy-world.ts';
import { ToyWorld } from './toy-world.ts';

const leg = fc.nat(5);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('rest' as const), leg }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      leg,
      percent: fc.constantFrom(10, 50, 100),
    }),
  },
  fc.record({ kind: fc.constantFrom('reject' as const, 'expire' as const), leg }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('confirmCancel' as const), leg }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('clock' as const), ms: fc.nat(20_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('market' as const),
      px: fc.integer({ min: 90_000, max: 110_000 }),
    }),
  },
);

const size = sizeBase('0.5');
const SPECS: readonly (readonly [name: string, spec: ParentSpec, position: string])[] = [
  [
    'bracket',
    { kind: 'bracket', side: 'buy', sizeBase: size, stopPx: px(95_000), targetPx: px(105_000) },
    '0',
  ],
  [
    'bracket with a limit entry and a limit target, left open by a cancel',
    {
      kind: 'bracket',
      side: 'sell',
      sizeBase: size,
      limitPx: px(101_000),
      stopPx: px(106_000),
      targetPx: px(96_000),
      targetBy: 'limit',
      onCancel: 'leave',
    },
    '0',
  ],
  [
    'chase',
    {
      kind: 'chase',
      side: 'sell',
      sizeBase: size,
      reduceOnly: false,
      worstPx: px(95_000),
      holdMs: 2_000,
      durationMs: 60_000,
    },
    '0',
  ],
  ['close position', { kind: 'closePosition' }, '-0.5'],
  [
    'iceberg',
    {
      kind: 'iceberg',
      side: 'buy',
      sizeBase: size,
      shownBase: sizeBase('0.07'),
      limitPx: px(99_000),
      reduceOnly: false,
    },
    '0',
  ],
  [
    'ladder',
    {
      kind: 'ladder',
      side: 'buy',
      sizeBase: size,
      reduceOnly: false,
      fromPx: px(99_000),
      toPx: px(95_000),
      rungs: 5,
      sizeRatio: '3',
    },
    '0',
  ],
  [
    'oco',
    {
      kind: 'oco',
      first: {
        side: 'sell',
        type: 'LIMIT',
        sizeBase: size,
        reduceOnly: true,
        limitPx: px(105_000),
      },
      second: {
        side: 'sell',
        type: 'STOP_LOSS',
        sizeBase: size,
        reduceOnly: true,
        triggerPx: px(95_000),
      },
    },
    '0.5',
  ],
  [
    'trailing stop',
    { kind: 'trailingStop', side: 'sell', sizeBase: size, trailFraction: fraction('0.02') },
    '0.5',
  ],
  [
    'TWAP',
    {
      kind: 'twap',
      side: 'buy',
      sizeBase: size,
      reduceOnly: false,
      durationMs: 60_000,
      everyMs: 5_000,
    },
    '0',
  ],
];

const RUNS = 1_000;
const play = (world: ToyWorld, happenings: readonly Happening[], look: () => void): void => {
  world.settle();
  for (const each of happenings) {
    if (world.end !== undefined) return;
    world.happen(each);
    look();
  }
};
const story = fc.array(happening, { maxLength: 60 });
const whole = (world: ToyWorld): string =>
  world.legs
    .filter(({ plan }) => plan.leg !== 'protect' && !plan.reduceOnly)
    .reduce((sum, each) => sum.plus(decimal(each.filledBase)), decimal(0))
    .toFixed();

describe.each(SPECS)('%s', (_name, spec, position) => {
  test('a cancel at any moment ends it, and no leg outlives it', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec, position);
        play(world, happenings, () => undefined);
        world.cancelled = 'enough';
        world.settle();
        world.calmDown();
        expect(world.end).toBeDefined();
        expect(world.legs.filter(isLive)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('no leg is started twice, the planner always comes to rest, and never wants more than asked', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec, position);
        // The world throws on a second start of a name and on a planner that goes on for ever.
        play(world, happenings, () => {
          expect(decimal(whole(world)).lte(decimal(size))).toBe(true);
        });
      }),
      { numRuns: RUNS },
    );
  });
});

const spec = (name: string): ParentSpec => {
  const found = SPECS.find(([each]) => each === name);
  if (found === undefined) throw new Error(name);
  return found[1];
};

describe('protection', () => {
  test('what a bracket has bought is never left without a stop or a closing order', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec('bracket'));
        play(world, happenings, () => {
          if (world.end !== undefined || world.positionBase.lte(0)) return;
          const guards = [...ofRole(world.legs, 'stop'), ...ofRole(world.legs, 'flatten')];
          const waits = ofRole(world.legs, 'flatten').some(hasEnded);
          const covered = guards.some(
            ({ plan, filledBase, status }) =>
              !hasEnded({ status } as never) &&
              decimal(plan.sizeBase).minus(decimal(filledBase)).gte(world.positionBase),
          );
          expect(covered || waits).toBe(true);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test('a trailing stop is never loosened, and the old one goes only when the new one rests', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec('trailing stop'), '0.5');
        let best = decimal(0);
        play(world, happenings, () => {
          for (const { plan } of world.legs) {
            if (plan.triggerPx !== undefined && plan.name === world.started.at(-1)?.name) {
              expect(decimal(plan.triggerPx).gte(best)).toBe(true);
              best = decimal(plan.triggerPx);
            }
          }
          const stops = ofRole(world.legs, 'stop').filter(isLive);
          const wanted = stops.filter(({ plan }) => !world.cancelAsked.has(plan.name));
          const isClosing = ofRole(world.legs, 'flatten').length > 0;
          const isOpen = world.positionBase.gt(0) && !isClosing;
          if (isOpen && stops.length > 0) expect(wanted.length).toBeGreaterThan(0);
        });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('showing and pacing', () => {
  test('an iceberg shows at most its slice', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec('iceberg'));
        play(world, happenings, () => {
          const shown = world.legs.filter(isLive);
          expect(shown.length).toBeLessThanOrEqual(1);
          for (const { plan } of shown) expect(Number(plan.sizeBase)).toBeLessThanOrEqual(0.0702);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test('a chase never has two quotes at once and never quotes beyond its bound', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const world = new ToyWorld(spec('chase'));
        play(world, happenings, () => {
          expect(world.legs.filter(isLive).length).toBeLessThanOrEqual(1);
          for (const { limitPx } of world.started)
            expect(Number(limitPx)).toBeGreaterThanOrEqual(95_000);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test('a TWAP whose slices all fill executes all of it, in even slices, before its deadline', () => {
    const world = new ToyWorld(spec('TWAP'));
    world.settle();
    for (let second = 0; second < 70 && world.end === undefined; second += 1) {
      world.happen({ kind: 'fill', leg: 0, percent: 100 });
      world.happen({ kind: 'clock', ms: 1_000 });
    }
    expect(world.end).toEqual({ kind: 'done', reason: 'all of it has executed' });
    const sizes = world.started.map(({ sizeBase: each }) => Number(each));
    expect(sizes).toHaveLength(12);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(0.0001);
  });

  test('a TWAP catches up a missed slice, with at most three slices at once', () => {
    const world = new ToyWorld(spec('TWAP'));
    world.settle();
    world.happen({ kind: 'reject', leg: 0 });
    for (const _ of [1, 2, 3, 4]) world.happen({ kind: 'clock', ms: 5_000 });
    world.happen({ kind: 'reject', leg: 0 });
    world.happen({ kind: 'clock', ms: 20_000 });
    const sizes = world.started.map(({ sizeBase: each }) => Number(each));
    expect(Math.max(...sizes)).toBeGreaterThan(0.08);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.125);
  });

  test('ladder sizes sum to the whole, and the last rung is the ratio times the first', () => {
    const world = new ToyWorld(spec('ladder'));
    world.settle();
    const sizes = world.started.map(({ sizeBase: each }) => decimal(each));
    expect(sizes.reduce((sum, each) => sum.plus(each), decimal(0)).toFixed()).toBe('0.5');
    expect(Number(sizes.at(-1)?.div(sizes[0] ?? 1))).toBeCloseTo(3, 2);
    expect(world.started.map(({ limitPx }) => limitPx)).toEqual([
      '99000',
      '98000',
      '97000',
      '96000',
      '95000',
    ]);
  });
});
