/** Actions that manage orders, drawn at random around a mid of 1000: groups, modifies, TWAPs. */
import fc from 'fast-check';
import type { VenueAction, WireOrder } from '../../../domain/matching/contract/venue-actions.ts';

const MID = 1000;

const sizes = fc.integer({ min: 1, max: 40_000 }).map((n) => String(n / 10_000));
const cloids = fc.option(
  fc.constantFrom(...['a', 'b', 'c'].map((letter) => `0x${letter.repeat(32)}`)),
  { nil: undefined },
);
const oids = fc.nat(60).map((n) => 1_000_000_001 + n);

function orderOf(fields: {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly c: string | undefined;
  readonly t: WireOrder['t'];
}): WireOrder {
  const { c, ...rest } = fields;
  return c === undefined ? rest : { ...rest, c };
}

const limitOrder = fc
  .record({
    a: fc.constantFrom(0, 0, 1),
    b: fc.boolean(),
    p: fc.integer({ min: MID - 20, max: MID + 20 }).map(String),
    s: sizes,
    r: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    c: cloids,
    tif: fc.constantFrom('Gtc' as const, 'Gtc' as const, 'Alo' as const, 'Ioc' as const),
  })
  .map(({ tif, ...rest }) => orderOf({ ...rest, t: { limit: { tif } } }));

/** A stop and a take-profit that close a position of this side. */
const exits = (a: number, isLong: boolean, isWhole: boolean): fc.Arbitrary<WireOrder[]> =>
  fc
    .record({
      near: fc.integer({ min: 1, max: 30 }),
      far: fc.integer({ min: 1, max: 30 }),
      s: sizes,
      isMarket: fc.boolean(),
      count: fc.constantFrom(1, 2),
    })
    .map(({ near, far, s, isMarket, count }) => {
      const size = isWhole ? '0' : s;
      const exit = (tpsl: 'tp' | 'sl', away: number): WireOrder => {
        const px = MID + (isLong === (tpsl === 'tp') ? away : -away);
        const p = String(isMarket ? px + (isLong ? -50 : 50) : px);
        const t = { trigger: { isMarket, triggerPx: String(px), tpsl } };
        return orderOf({ a, b: !isLong, p, s: size, r: true, c: undefined, t });
      };
      return [exit('sl', near), exit('tp', far)].slice(0, count);
    });

const family: fc.Arbitrary<VenueAction> = limitOrder.chain((parent) =>
  exits(parent.a, parent.b, false).map((children) => ({
    type: 'order',
    orders: [{ ...parent, r: false }, ...children],
    grouping: 'normalTpsl',
  })),
);

const positionExits: fc.Arbitrary<VenueAction> = fc
  .tuple(fc.constantFrom(0, 1), fc.boolean(), fc.boolean())
  .chain(([a, isLong, isWhole]) => exits(a, isLong, isWhole))
  .map((orders) => ({ type: 'order', orders, grouping: 'positionTpsl' }));

const modification = fc.record({
  oid: fc.oneof(
    oids,
    cloids.map((cloid) => cloid ?? 1),
  ),
  order: limitOrder,
});

const modify: fc.Arbitrary<VenueAction> = fc
  .tuple(fc.array(modification, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([modifies, isAlways]) => ({
    type: 'batchModify',
    modifies,
    ...(isAlways ? { a: true as const } : {}),
  }));

const twap: fc.Arbitrary<VenueAction> = fc
  .record({
    a: fc.constantFrom(0, 1),
    b: fc.boolean(),
    s: fc.integer({ min: 1000, max: 40_000 }).map((n) => String(n / 10_000)),
    r: fc.boolean(),
    m: fc.constantFrom(5, 5, 6, 60),
    t: fc.boolean(),
  })
  .map((order) => ({ type: 'twapOrder', twap: order }));

export const managedOrders: fc.Arbitrary<VenueAction> = fc.oneof(
  { weight: 4, arbitrary: family },
  { weight: 3, arbitrary: positionExits },
  { weight: 3, arbitrary: modify },
  { weight: 2, arbitrary: twap },
  {
    weight: 1,
    arbitrary: fc
      .record({ a: fc.constantFrom(0, 1), t: fc.integer({ min: 1, max: 4 }) })
      .map((cancel) => ({ type: 'twapCancel' as const, ...cancel })),
  },
);
