import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type ExitOrder,
  exitsAfterFill,
  exitsAfterLook,
  type HeldExits,
  planExits,
  targetName,
  targetPxOf,
} from '../../../domain/execution/exits.ts';
import type { Holding } from '../../../domain/execution/protection.ts';
import { targetLevels } from '../../../domain/execution/target-levels.ts';
import { decimal, fraction, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { BTC } from '../market/samples.ts';

const holding = (size: string, markPx = '60000'): Holding => ({
  sizeBase: sizeBase(size),
  entryPx: px('60000'),
  markPx: px(markPx),
});

/** Long from 60,000: half is taken at 61,000, the rest at 62,000; the stop moves to the entry. */
const TERMS: HeldExits = {
  side: 'sell',
  stopPx: px('59000'),
  targets: [
    { px: px('61000'), upToFraction: fraction('0.5') },
    { px: px('62000'), upToFraction: fraction('1') },
  ],
  stopAfterPx: px('60000'),
};
const SEEN: HeldExits = { ...TERMS, fullBase: sizeBase('2') };

const stop = (intentId: string, size: string, resting = true): ExitOrder => ({
  intentId,
  side: 'sell',
  sizeBase: sizeBase(size),
  resting,
});
const target = (intentId: string, size: string, at: string, resting = true): ExitOrder => ({
  ...stop(intentId, size, resting),
  targetPx: px(at),
});

describe('the exits of a position with targets', () => {
  test('are a stop of its size and an order for each part, and what was seen is kept', () => {
    expect(planExits(BTC, holding('2'), TERMS, [])).toEqual({
      stop: { side: 'sell', sizeBase: '2', stopPx: '59000', atOnce: false },
      targets: [
        { side: 'sell', sizeBase: '1', targetPx: '61000', atOnce: false },
        { side: 'sell', sizeBase: '1', targetPx: '62000', atOnce: false },
      ],
      cancel: [],
      terms: SEEN,
    });
  });

  test('once the first target has filled are a stop of the rest at the entry, and the other target', () => {
    const orders = [stop('s', '2'), target('t2', '1', '62000')];
    const plan = planExits(BTC, holding('1', '61000'), SEEN, orders);
    expect(plan.stop).toEqual({ side: 'sell', sizeBase: '1', stopPx: '60000', atOnce: false });
    expect(plan).toMatchObject({ targets: [], cancel: [] });
    // The old stop goes when the new one rests, not before.
    const waiting = planExits(BTC, holding('1'), SEEN, [...orders, stop('n', '1', false)]);
    expect(waiting).toMatchObject({ targets: [], cancel: [] });
    expect(waiting).not.toHaveProperty('stop');
    const rests = planExits(BTC, holding('1'), SEEN, [...orders, stop('n', '1')]);
    expect(rests).toMatchObject({ targets: [], cancel: ['s'] });
  });

  test('of a part that filled in part are the rest of it, and the stop stays where it was', () => {
    const orders = [stop('s', '1.6'), target('t2', '1', '62000')];
    const plan = planExits(BTC, holding('1.6'), SEEN, orders);
    expect(plan.targets).toEqual([
      { side: 'sell', sizeBase: '0.6', targetPx: '61000', atOnce: false },
    ]);
    expect(plan).not.toHaveProperty('stop');
    const passed = planExits(BTC, holding('1.6', '61001'), SEEN, orders);
    expect(passed.targets).toMatchObject([{ sizeBase: '0.6', atOnce: true }]);
  });

  test('a target of another size is cancelled before its successor starts', () => {
    const orders = [stop('s', '2'), target('old', '0.7', '61000'), target('t2', '1', '62000')];
    const plan = planExits(BTC, holding('2'), SEEN, orders);
    expect(plan).toMatchObject({ targets: [], cancel: ['old'] });
  });

  test('of two orders for one target one is cancelled', () => {
    const twice = [target('a', '1', '61000'), target('b', '1', '61000', false)];
    const orders = [stop('s', '2'), ...twice, target('t2', '1', '62000')];
    expect(planExits(BTC, holding('2'), SEEN, orders)).toMatchObject({
      targets: [],
      cancel: ['b'],
    });
  });

  test('end with the position', () => {
    const orders = [stop('s', '2'), target('t1', '1', '61000', false), target('t2', '1', '62000')];
    for (const held of [undefined, holding('0')]) {
      const plan = planExits(BTC, held, SEEN, orders);
      expect(plan).toEqual({ targets: [], cancel: ['s', 't1', 't2'] });
    }
  });

  test('that was turned are those of no decision: its stop stays, its targets go', () => {
    const short = { ...stop('s', '2'), side: 'buy' as const };
    const old = { ...target('t', '1', '59000'), side: 'buy' as const };
    const plan = planExits(BTC, holding('-2'), TERMS, [short, old]);
    expect(plan).toEqual({ targets: [], cancel: ['t'] });
  });

  test('without targets are the stop alone, which may be larger than the position', () => {
    const plan = planExits(BTC, holding('1'), px('59000'), [
      stop('s', '2'),
      target('t', '1', '61000'),
    ]);
    expect(plan).toEqual({ targets: [], cancel: ['t'] });
  });
});

describe('what a look saw', () => {
  test('is remembered for the decision that it saw, and for no other', () => {
    expect(exitsAfterLook(TERMS, SEEN)).toEqual(SEEN);
    const later = { ...TERMS, stopPx: px('59500') };
    expect(exitsAfterLook(later, SEEN)).toBe(later);
    expect(exitsAfterLook(px('59000'), SEEN)).toBe('59000');
    expect(exitsAfterLook(undefined, SEEN)).toBeUndefined();
  });

  test('never makes the position smaller than it was', () => {
    const less = { ...TERMS, fullBase: sizeBase('1') };
    expect(exitsAfterLook(SEEN, less)).toEqual(SEEN);
  });
});

describe('an order of a target that has filled', () => {
  const order = { intentId: 'demo-1/BTC/target/4@61000', side: 'sell' } as const;
  const known = exitsAfterFill(SEEN, order, sizeBase('1'));

  test('is not sent again while the account does not show it yet', () => {
    const orders = [stop('s', '2'), target('t2', '1', '62000')];
    const plan = planExits(BTC, holding('2', '61005'), known, orders);
    expect(plan).toMatchObject({ targets: [], cancel: [] });
    // Without that news it would be, at once.
    expect(planExits(BTC, holding('2', '61005'), SEEN, orders).targets).toMatchObject([
      { sizeBase: '1', atOnce: true },
    ]);
  });

  test('counts once, however often it is told, and with its newest fill', () => {
    const half = exitsAfterFill(SEEN, order, sizeBase('0.5'));
    expect(exitsAfterFill(half, order, sizeBase('1'))).toEqual(known);
    expect(exitsAfterFill(known, order, sizeBase('1'))).toEqual(known);
    expect(exitsAfterLook(known, SEEN)).toEqual(known);
  });

  test('of another position counts for nothing', () => {
    expect(exitsAfterFill(SEEN, { ...order, side: 'buy' }, sizeBase('1'))).toBe(SEEN);
    const other = { ...order, intentId: 'demo-1/BTC/target/4@61001' };
    expect(exitsAfterFill(SEEN, other, sizeBase('1'))).toBe(SEEN);
    expect(exitsAfterFill(px('59000'), order, sizeBase('1'))).toBe('59000');
    expect(exitsAfterFill(SEEN, order, sizeBase('0'))).toBe(SEEN);
  });

  test('is known by its name', () => {
    expect(targetPxOf(`demo-1/BTC/${targetName(12, px('0.00123'))}`)).toBe('0.00123');
    expect(targetPxOf('demo-1/BTC/protect/12')).toBeUndefined();
  });
});

describe('parts of targets', () => {
  const always = (_place: number, lots: number): boolean => lots > 0;

  test.each([
    ['nothing was taken', 10, [5, 3], false],
    ['some of the first', 8, [3, 3], false],
    ['the first', 5, [3], true],
    ['more than the first', 4, [2], true],
    ['both', 2, [], true],
  ])('of half and three tenths of ten, when %s', (_what, held, lots, isFirstTaken) => {
    const levels = targetLevels(10, held, [500, 800], always);
    expect(levels.open.map((level) => level.lots)).toEqual(lots);
    expect(levels.isFirstTaken).toBe(isFirstTaken);
  });

  test('are whole lots, and together never more than is held', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 333 }), { minLength: 1, maxLength: 3 });
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(parts, sizes, fc.integer({ min: 1, max: 50 }), (shares, [full, share], least) => {
        const held = Math.max(1, Math.floor(full * share));
        let sum = 0;
        const upTo = shares.map((part) => {
          sum += part;
          return sum;
        });
        const { open } = targetLevels(full, held, upTo, (_place, lots) => lots >= least);
        const taken = open.reduce((total, { lots }) => total + lots, 0);
        expect(taken).toBeLessThanOrEqual(held);
        for (const { lots } of open) {
          expect(Number.isInteger(lots)).toBe(true);
          expect(lots).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });
});

/** What can happen to a session's exits between two looks. */
type Happening = 'look' | 'arrive' | 'lose' | 'target' | 'part' | 'byHand' | 'stop';

interface World {
  /** Thousandths of a BTC. */
  held: number;
  orders: ExitOrder[];
  known: HeldExits;
  next: number;
}

const BASE = (thousandths: number) => sizeBase(decimal(thousandths).div(1_000));

function look(world: World): void {
  const plan = planExits(BTC, holding(BASE(world.held)), world.known, world.orders);
  const seen = plan.terms && exitsAfterLook(world.known, plan.terms);
  if (typeof seen === 'object') world.known = seen;
  world.orders = world.orders.filter(({ intentId }) => !plan.cancel.includes(intentId));
  const name = (): string => `o${world.next++}`;
  if (plan.stop) world.orders.push(stop(name(), plan.stop.sizeBase, false));
  for (const each of plan.targets) {
    world.orders.push(target(name(), each.sizeBase, each.targetPx, false));
  }
}

function takeBy(world: World, order: ExitOrder | undefined, share: number): void {
  if (order === undefined) return;
  const size = decimal(order.sizeBase).times(1_000).toNumber();
  world.held -= Math.min(world.held, Math.max(1, Math.floor(size * share)));
  world.orders = world.orders.filter((other) => other !== order);
}

const HAPPENINGS: Readonly<Record<Happening, (world: World) => void>> = {
  look,
  arrive: (world) => {
    world.orders = world.orders.map((order) => ({ ...order, resting: true }));
  },
  lose: (world) => {
    world.orders = world.orders.slice(1);
  },
  target: (world) =>
    takeBy(
      world,
      world.orders.find(({ resting, targetPx }) => resting && targetPx),
      1,
    ),
  part: (world) =>
    takeBy(
      world,
      world.orders.find(({ resting, targetPx }) => resting && targetPx),
      0.3,
    ),
  byHand: (world) => {
    world.held = Math.floor(world.held * 0.8);
  },
  stop: (world) =>
    takeBy(
      world,
      world.orders.find(({ resting, targetPx }) => resting && !targetPx),
      0.9,
    ),
};

test('whatever is lost or filled between looks, they end with one stop, one order a target, no more', () => {
  const names = Object.keys(HAPPENINGS) as Happening[];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.array(fc.constantFrom(...names), { maxLength: 25 }),
      (held, happenings) => {
        const world: World = { held, orders: [], known: TERMS, next: 0 };
        look(world);
        for (const happening of happenings) {
          HAPPENINGS[happening](world);
          const prices = world.orders.flatMap(({ targetPx }) => targetPx ?? []);
          expect(new Set(prices).size).toBe(prices.length);
        }
        for (let quiet = 0; quiet < 4; quiet += 1) {
          HAPPENINGS.arrive(world);
          look(world);
        }
        const stops = world.orders.filter(({ targetPx }) => targetPx === undefined);
        const targets = world.orders.filter(({ targetPx }) => targetPx !== undefined);
        expect(stops.map((order) => order.sizeBase)).toEqual(
          world.held === 0 ? [] : [BASE(world.held)],
        );
        const taken = targets.reduce((sum, order) => sum.plus(decimal(order.sizeBase)), decimal(0));
        expect(taken.lte(decimal(BASE(world.held)))).toBe(true);
      },
    ),
  );
});
