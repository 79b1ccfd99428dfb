import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VenueAction, WireOrder } from '../../../domain/matching/contract/venue-actions.ts';
import type { VenueEvent } from '../../../domain/matching/contract/venue-events.ts';
import type { VenueInput } from '../../../domain/matching/contract/venue-inputs.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import type { Fill } from '../../../domain/matching/contract/venue-records.ts';
import { createVenue, restoreVenue } from '../../../domain/matching/venue.ts';
import { managedOrders } from './arbitrary-orders.ts';
import { ALICE, BOB, CONFIG, START_MS } from './venue-fixture.ts';

const ACCOUNTS = [ALICE, BOB, '0x00000000000000000000000000000000000000c3'];
const BTC_MID = 1000;

const pxNear = fc.integer({ min: BTC_MID - 30, max: BTC_MID + 30 }).map(String);
const lots = fc.integer({ min: 1, max: 200_000 }).map((n) => String(n / 10_000));

const wireOrder: fc.Arbitrary<WireOrder> = fc
  .record({
    a: fc.constantFrom(0, 0, 1),
    b: fc.boolean(),
    p: pxNear,
    s: lots,
    r: fc.boolean(),
    tif: fc.constantFrom('Gtc', 'Gtc', 'Ioc', 'Alo', 'FrontendMarket'),
    isTrigger: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    triggerPx: pxNear,
    isMarket: fc.boolean(),
    tpsl: fc.constantFrom('tp', 'sl'),
  })
  .map(({ tif, isTrigger, triggerPx, isMarket, tpsl, ...rest }) => ({
    ...rest,
    t: isTrigger
      ? { trigger: { isMarket, triggerPx, tpsl: tpsl as 'tp' | 'sl' } }
      : { limit: { tif: tif as 'Gtc' } },
  }));

const action: fc.Arbitrary<VenueAction> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(wireOrder, { minLength: 1, maxLength: 3 })
      .map((orders) => ({ type: 'order' as const, orders, grouping: 'na' as const })),
  },
  {
    weight: 2,
    arbitrary: fc.nat(40).map((n) => ({
      type: 'cancel' as const,
      cancels: [{ a: n % 2, o: 1_000_000_001 + n }],
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1), fc.boolean(), fc.constantFrom(1, 5, 20, 25))
      .map(([asset, isCross, leverage]) => ({
        type: 'updateLeverage' as const,
        asset,
        isCross,
        leverage,
      })),
  },
  { weight: 4, arbitrary: managedOrders },
  { weight: 1, arbitrary: fc.constant({ type: 'noop' as const }) },
);

const market = fc
  .record({
    coin: fc.constantFrom('BTC', 'BTC', 'ETH'),
    mid: fc.integer({ min: BTC_MID - 40, max: BTC_MID + 40 }),
    jump: fc.constantFrom(1, 1, 1, 1, 0.9, 1.1),
    sizes: fc.array(lots, { minLength: 0, maxLength: 4 }),
    trades: fc.array(fc.record({ px: pxNear, sz: lots, side: fc.constantFrom('A', 'B') }), {
      maxLength: 3,
    }),
  })
  .map(({ coin, mid, jump, sizes, trades }) => {
    const centre = Math.round(mid * jump);
    const update = {
      coin,
      bids: sizes.map((sz, i) => ({ px: String(centre - 1 - i), sz })),
      asks: sizes.map((sz, i) => ({ px: String(centre + 1 + i), sz })),
      markPx: String(centre),
      oraclePx: String(centre),
      trades: trades.map((trade) => ({ ...trade, side: trade.side as 'A' | 'B' })),
    };
    return { kind: 'market' as const, updates: [update] };
  });

type Command =
  | {
      readonly kind: 'market';
      readonly updates: Extract<VenueInput, { kind: 'market' }>['updates'];
    }
  | { readonly kind: 'act'; readonly who: number; readonly action: VenueAction }
  | { readonly kind: 'repeat'; readonly back: number }
  | { readonly kind: 'deposit'; readonly who: number; readonly usd: string }
  | { readonly kind: 'funding'; readonly rate: number }
  | { readonly kind: 'restart' };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('act' as const), who: fc.nat(2), action }),
  },
  { weight: 6, arbitrary: market },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deposit' as const), who: fc.nat(2), usd: lots }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('funding' as const),
      rate: fc.integer({ min: -40_000, max: 40_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

const opening: VenueInput[] = [
  ...ACCOUNTS.map((account) => ({
    kind: 'deposit' as const,
    atMs: START_MS,
    account,
    usd: '3000',
  })),
  {
    kind: 'market',
    atMs: START_MS,
    marketTimeMs: START_MS,
    updates: ['BTC', 'ETH'].map((coin) => ({
      coin,
      bids: [{ px: '999', sz: '5' }],
      asks: [{ px: '1001', sz: '5' }],
      markPx: '1000',
      oraclePx: '1000',
      trades: [],
    })),
  },
];

/** Turns commands into inputs: clock and nonces run on, a repeat sends an old envelope again. */
function inputsOf(commands: readonly Command[]): (VenueInput | 'restart')[] {
  const sent: Extract<VenueInput, { kind: 'action' }>[] = [];
  return commands.flatMap((command, i): (VenueInput | 'restart')[] => {
    const atMs = START_MS + (i + 1) * 10_000;
    switch (command.kind) {
      case 'market':
        return [{ ...command, atMs, marketTimeMs: atMs }];
      case 'deposit':
        return [
          { kind: 'deposit', atMs, account: ACCOUNTS[command.who] ?? ALICE, usd: command.usd },
        ];
      case 'funding': {
        const rate = (command.rate / 1_000_000).toFixed(6);
        const rates = ['BTC', 'ETH'].map((coin) => ({ coin, rate, oraclePx: '1000.3' }));
        return [{ kind: 'funding', atMs, rates }];
      }
      case 'act': {
        const account = ACCOUNTS[command.who] ?? ALICE;
        const input = {
          kind: 'action' as const,
          atMs,
          signer: account,
          nonce: atMs,
          action: command.action,
        };
        sent.push(input);
        return [input];
      }
      case 'repeat': {
        const old = sent[command.back % Math.max(1, sent.length)];
        return old ? [{ ...old, atMs }] : [];
      }
      default:
        return ['restart'];
    }
  });
}

const scenario = fc.array(command, { minLength: 5, maxLength: 60 }).map(inputsOf);

/** Runs a scenario and looks at the venue before and after each input. */
function run(
  inputs: readonly (VenueInput | 'restart')[],
  look: (venue: Venue, input: VenueInput, events: readonly VenueEvent[], before: Before) => void,
): Venue {
  let venue = createVenue(CONFIG);
  for (const input of opening) venue.apply(input);
  for (const input of inputs) {
    if (input === 'restart') {
      venue = restoreVenue(CONFIG, JSON.parse(JSON.stringify(venue.snapshot())));
      continue;
    }
    const before = {
      sizes: new Map(ACCOUNTS.map((account) => [account, sizesOf(venue, account)])),
    };
    const { events } = venue.apply(input);
    look(venue, input, events, before);
  }
  return venue;
}

interface Before {
  readonly sizes: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const sizesOf = (venue: Venue, account: string): ReadonlyMap<string, number> =>
  new Map(
    venue
      .accountSummary(account)
      .assetPositions.map(({ position }) => [position.coin, Number(position.szi)]),
  );

const fillsOf = (events: readonly VenueEvent[]): { account: string; fill: Fill }[] =>
  events.flatMap((event) =>
    event.kind === 'fill' ? [{ account: event.account, fill: event.fill }] : [],
  );

const RUNS = { numRuns: 150 };

describe('whatever happens', () => {
  test('the books balance to the last digit after every input', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        run(inputs, (venue) => {
          expect(venue.conservation()).toMatchObject({ difference: '0.0', unbalancedCoins: [] });
        });
      }),
      RUNS,
    );
  });

  test('a restart from a snapshot changes nothing', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        const outputs: string[] = [];
        const restarted = run(inputs, (_venue, _input, events) => {
          outputs.push(JSON.stringify(events));
        });
        const uninterrupted = inputs.filter((input) => input !== 'restart');
        const plainOutputs: string[] = [];
        const plain = run(uninterrupted, (_venue, _input, events) => {
          plainOutputs.push(JSON.stringify(events));
        });
        expect(outputs).toEqual(plainOutputs);
        expect(JSON.stringify(restarted.snapshot())).toBe(JSON.stringify(plain.snapshot()));
        for (const coin of ['BTC', 'ETH'])
          expect(restarted.market(coin)).toEqual(plain.market(coin));
      }),
      RUNS,
    );
  });

  test('a nonce executes once', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        const executed = new Set<string>();
        let venue = createVenue(CONFIG);
        for (const input of opening) venue.apply(input);
        for (const input of inputs) {
          if (input === 'restart') {
            venue = restoreVenue(CONFIG, venue.snapshot());
            continue;
          }
          // What is due by then happens first, so that the input's own events are alone.
          venue.apply({ kind: 'funding', atMs: input.atMs, rates: [] });
          const { response, events } = venue.apply(input);
          if (input.kind !== 'action') continue;
          const key = `${input.signer}/${input.nonce}`;
          if (executed.has(key)) {
            expect(response).toEqual({
              status: 'err',
              response: `Invalid nonce: duplicate nonce ${input.nonce}`,
            });
            expect(events).toEqual([]);
          }
          executed.add(key);
        }
      }),
      RUNS,
    );
  });

  test('no order trades beyond its limit or its size, and none is left with a negative size', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        const filled = new Map<number, number>();
        const venue = run(inputs, (now, _input, events) => {
          for (const { account, fill } of fillsOf(events)) {
            const placed = now.orderByOid(account, fill.oid)?.order;
            expect(placed).toBeDefined();
            if (!placed) continue;
            const total = (filled.get(fill.oid) ?? 0) + Math.round(Number(fill.sz) * 1e6);
            filled.set(fill.oid, total);
            expect(total).toBeLessThanOrEqual(Math.round(Number(placed.origSz) * 1e6));
            if (fill.liquidation?.liquidatedUser === account) continue;
            if (placed.side === 'B')
              expect(Number(fill.px)).toBeLessThanOrEqual(Number(placed.limitPx));
            else expect(Number(fill.px)).toBeGreaterThanOrEqual(Number(placed.limitPx));
          }
        });
        for (const account of ACCOUNTS) {
          for (const { sz, isPositionTpsl } of venue.openOrders(account)) {
            // Zero stands for the whole position.
            expect(Number(sz)).toBeGreaterThan(isPositionTpsl ? -1 : 0);
          }
        }
      }),
      RUNS,
    );
  });

  test('a reduce-only order never increases or flips a position', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        run(inputs, (venue, _input, events) => {
          for (const { account, fill } of fillsOf(events)) {
            if (!venue.orderByOid(account, fill.oid)?.order.reduceOnly) continue;
            const start = Number(fill.startPosition);
            const end = start + (fill.side === 'B' ? 1 : -1) * Number(fill.sz);
            expect(Math.abs(end)).toBeLessThan(Math.abs(start));
            expect(end * start).toBeGreaterThanOrEqual(-1e-9);
          }
        });
      }),
      RUNS,
    );
  });

  test('positions are the sum of fills, and trade ids are unique to one trade', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        const sidesByTid = new Map<number, string[]>();
        run(inputs, (venue, _input, events, before) => {
          const expected = new Map(
            ACCOUNTS.map((account) => [account, new Map(before.sizes.get(account))]),
          );
          for (const { account, fill } of fillsOf(events)) {
            const sizes = expected.get(account);
            const delta = (fill.side === 'B' ? 1 : -1) * Number(fill.sz);
            sizes?.set(fill.coin, (sizes.get(fill.coin) ?? 0) + delta);
            sidesByTid.set(fill.tid, [...(sidesByTid.get(fill.tid) ?? []), fill.side]);
          }
          for (const account of ACCOUNTS) {
            const now = sizesOf(venue, account);
            for (const [coin, size] of expected.get(account) ?? []) {
              expect(now.get(coin) ?? 0).toBeCloseTo(size, 8);
            }
          }
        });
        for (const sides of sidesByTid.values()) {
          expect(sides.length).toBeLessThanOrEqual(2);
          expect(new Set(sides).size).toBe(sides.length);
        }
      }),
      RUNS,
    );
  });

  test('our book is never crossed with itself, and makers are served by price, then by time', () => {
    fc.assert(
      fc.property(scenario, (inputs) => {
        run(inputs, (venue, _input, events) => {
          const { bids = [], asks = [] } = venue.market('BTC') ?? {};
          const [bid, ask] = [bids[0], asks[0]];
          if (bid && ask) expect(Number(bid.px)).toBeLessThan(Number(ask.px));
          expectPriority(venue, events);
        });
      }),
      RUNS,
    );
  });
});

/** After a fill of a maker, no earlier plain order at its price or a better one is left behind. */
function expectPriority(venue: Venue, events: readonly VenueEvent[]): void {
  const resting = ACCOUNTS.flatMap((account) => venue.openOrders(account)).filter(
    (order) => !order.isTrigger && !order.reduceOnly,
  );
  for (const { account, fill } of fillsOf(events)) {
    const maker = venue.orderByOid(account, fill.oid)?.order;
    if (fill.crossed || !maker || maker.isTrigger) continue;
    const passedOver = resting.filter(
      (order) =>
        order.coin === maker.coin &&
        order.side === maker.side &&
        order.oid < maker.oid &&
        (maker.side === 'B'
          ? Number(order.limitPx) >= Number(maker.limitPx)
          : Number(order.limitPx) <= Number(maker.limitPx)),
    );
    expect(passedOver).toEqual([]);
  }
}
