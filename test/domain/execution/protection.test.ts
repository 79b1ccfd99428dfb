import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Holding, ProtectiveOrder } from '../../../domain/execution/protection.ts';
import { planProtection } from '../../../domain/execution/protection.ts';
import { decimal, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { checkPrice } from '../../../domain/market/asset.ts';
import { BTC } from '../market/samples.ts';

const holding = (size: string, markPx = '60000'): Holding => ({
  sizeBase: sizeBase(size),
  entryPx: px('60000'),
  markPx: px(markPx),
});

const order = (
  intentId: string,
  side: 'buy' | 'sell',
  size: string,
  resting = true,
): ProtectiveOrder => ({ intentId, side, sizeBase: sizeBase(size), resting });

describe('the protection of a position', () => {
  test('a position without a stop gets one of its size on the other side', () => {
    expect(planProtection(BTC, holding('1.5'), px('58000'), [])).toEqual({
      start: { side: 'sell', sizeBase: '1.5', stopPx: '58000', atOnce: false },
      cancel: [],
    });
    expect(planProtection(BTC, holding('-1.5'), px('62000'), [])).toEqual({
      start: { side: 'buy', sizeBase: '1.5', stopPx: '62000', atOnce: false },
      cancel: [],
    });
  });

  test('without a decided stop it is 5 % from the entry, on a legal price', () => {
    const long = planProtection(BTC, { ...holding('1'), entryPx: px('60001') }, undefined, []);
    const short = planProtection(BTC, { ...holding('-1'), entryPx: px('60001') }, undefined, []);
    expect(long.start?.stopPx).toBe('57000');
    expect(short.start?.stopPx).toBe('63002');
    for (const plan of [long, short]) {
      expect(checkPrice(BTC, plan.start?.stopPx ?? '')).toBeUndefined();
    }
  });

  test.each([
    ['long', '1', '58000', true],
    ['long', '1', '58001', false],
    ['short', '-1', '58000', true],
    ['short', '-1', '57999', false],
  ])('a %s whose mark has reached the stop is closed at once', (_side, size, mark, atOnce) => {
    const plan = planProtection(BTC, holding(size, mark), px('58000'), []);
    expect(plan.start?.atOnce).toBe(atOnce);
  });

  test('a flat account needs no stop', () => {
    const orders = [order('a', 'sell', '1'), order('b', 'sell', '2', false)];
    expect(planProtection(BTC, undefined, undefined, orders)).toEqual({ cancel: ['a', 'b'] });
    expect(planProtection(BTC, holding('0'), undefined, orders)).toEqual({ cancel: ['a', 'b'] });
  });

  test('a stop that covers is kept, and one that is on its way is waited for', () => {
    expect(planProtection(BTC, holding('1'), undefined, [order('a', 'sell', '1')])).toEqual({
      cancel: [],
    });
    const onItsWay = [order('a', 'sell', '0.5'), order('b', 'sell', '1', false)];
    expect(planProtection(BTC, holding('1'), undefined, onItsWay)).toEqual({ cancel: [] });
  });

  test('what a resting stop replaces is cancelled', () => {
    const orders = [order('a', 'sell', '0.5'), order('b', 'sell', '1'), order('c', 'buy', '1')];
    expect(planProtection(BTC, holding('1'), undefined, orders)).toEqual({ cancel: ['a', 'c'] });
  });

  test('the newest of several resting stops is kept', () => {
    const orders = [
      order('a', 'sell', '1'),
      order('b', 'sell', '1'),
      order('c', 'sell', '1', false),
    ];
    expect(planProtection(BTC, holding('1'), undefined, orders)).toEqual({ cancel: ['a', 'c'] });
  });

  test('a position that has grown gets a larger stop before the small one goes', () => {
    const plan = planProtection(BTC, holding('2'), px('58000'), [order('a', 'sell', '1')]);
    expect(plan.start).toMatchObject({ side: 'sell', sizeBase: '2' });
    expect(plan.cancel).toEqual([]);
  });
});

interface Desk {
  position: number;
  orders: ProtectiveOrder[];
  started: number;
}

const covers = (desk: Desk, each: ProtectiveOrder): boolean =>
  each.side === (desk.position > 0 ? 'sell' : 'buy') &&
  decimal(each.sizeBase).gte(Math.abs(desk.position));

const isCovered = (desk: Desk): boolean =>
  desk.position === 0 || desk.orders.some((each) => each.resting && covers(desk, each));

/** Applies the plan once: starts are on their way, cancels take effect. */
function apply(desk: Desk): void {
  const held = desk.position === 0 ? undefined : holding(String(desk.position));
  const plan = planProtection(BTC, held, undefined, desk.orders);
  const wasCovered = isCovered(desk);
  if (plan.start !== undefined) {
    const { side, sizeBase: size } = plan.start;
    desk.orders.push({ intentId: `p${desk.started}`, side, sizeBase: size, resting: false });
    desk.started += 1;
  }
  desk.orders = desk.orders.filter((each) => !plan.cancel.includes(each.intentId));
  // What goes has a successor that rests: a plan never opens a hole.
  expect(isCovered(desk)).toBe(wasCovered);
  if (plan.start !== undefined) expect(plan.cancel).toEqual([]);
}

const anyMove = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((position) => ({ kind: 'position', position }) as const),
  fc.nat(5).map((index) => ({ kind: 'rests', index }) as const),
  fc.nat(5).map((index) => ({ kind: 'fails', index }) as const),
  fc.constant({ kind: 'look' } as const),
);

describe('applied again and again', () => {
  test('ends with one covering stop, or none when flat, and never opens a hole', () => {
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 30 }), (moves) => {
        const desk: Desk = { position: 0, orders: [], started: 0 };
        for (const move of moves) {
          if (move.kind === 'position') desk.position = move.position;
          else if (move.kind === 'look') apply(desk);
          else {
            const at = desk.orders[move.index];
            if (move.kind === 'fails') desk.orders = desk.orders.filter((each) => each !== at);
            else if (at) desk.orders[move.index] = { ...at, resting: true };
          }
        }
        // From here on the position stands still and orders come to rest one look after another.
        for (let look = 0; look < 4; look += 1) {
          apply(desk);
          desk.orders = desk.orders.map((each) => ({ ...each, resting: true }));
        }
        const settled = JSON.stringify(desk);
        apply(desk);
        expect(JSON.stringify(desk)).toBe(settled);
        expect(desk.orders).toHaveLength(desk.position === 0 ? 0 : 1);
        expect(isCovered(desk)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
