import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import type { VenueOutput } from '../../../domain/matching/contract/venue-events.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import type { OrderView } from '../../../domain/matching/contract/venue-records.ts';
import { createVenue } from '../../../domain/matching/venue.ts';
import { managedOrders } from './arbitrary-orders.ts';
import { ALICE, BOB, CONFIG, START_MS } from './venue-fixture.ts';

const ACCOUNTS = [ALICE, BOB];
const ALIVE = new Set(['open', 'triggered']);
const RUNS = { numRuns: 120 };

type Move =
  | { readonly kind: 'act'; readonly who: number; readonly action: VenueAction }
  | { readonly kind: 'market'; readonly mid: number; readonly sz: string };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      who: fc.nat(1),
      action: fc.oneof(
        { weight: 6, arbitrary: managedOrders },
        {
          weight: 1,
          arbitrary: fc.nat(60).map((n) => ({
            type: 'cancel' as const,
            cancels: [{ a: n % 2, o: 1_000_000_001 + n }],
          })),
        },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('market' as const),
      mid: fc.integer({ min: 965, max: 1035 }),
      sz: fc.constantFrom('0.5', '3', '50'),
    }),
  },
);

/** A venue that 10 s pass in between moves. */
class Play {
  readonly venue: Venue = createVenue({ ...CONFIG, refusesDuplicateCloid: true });
  #atMs = START_MS;

  constructor() {
    for (const account of ACCOUNTS) {
      this.venue.apply({ kind: 'deposit', atMs: START_MS, account, usd: '5000' });
    }
    this.market(1000, '5');
  }

  get atMs(): number {
    return this.#atMs;
  }

  market(mid: number, sz: string): VenueOutput {
    this.#atMs += 10_000;
    const atMs = this.#atMs;
    const updates = ['BTC', 'ETH'].map((coin) => ({
      coin,
      bids: [{ px: String(mid - 1), sz }],
      asks: [{ px: String(mid + 1), sz }],
      markPx: String(mid),
      oraclePx: String(mid),
      trades: [],
    }));
    return this.venue.apply({ kind: 'market', atMs, marketTimeMs: atMs, updates });
  }

  act(account: string, action: VenueAction): VenueOutput {
    this.#atMs += 10_000;
    const atMs = this.#atMs;
    return this.venue.apply({ kind: 'action', atMs, signer: account, nonce: atMs, action });
  }

  make(next: Move): VenueOutput {
    return next.kind === 'market'
      ? this.market(next.mid, next.sz)
      : this.act(ACCOUNTS[next.who] ?? ALICE, next.action);
  }

  /** All live orders, children too. */
  live(account: string): OrderView[] {
    return this.venue
      .openOrders(account)
      .flatMap((order) => [order, ...(order.children as OrderView[])]);
  }

  statusOf(account: string, oid: number): string | undefined {
    return this.venue.orderByOid(account, oid)?.status;
  }
}

function play(moves: readonly Move[], look: (play: Play, next: Move, output: VenueOutput) => void) {
  const game = new Play();
  for (const next of moves) look(game, next, game.make(next));
  return game;
}

const moves = fc.array(move, { minLength: 5, maxLength: 40 });

/** The oids that this action placed as the exits of one group; empty when it placed no group. */
function exitsOf(game: Play, next: Move, { events }: VenueOutput): number[] {
  if (next.kind !== 'act' || next.action.type !== 'order') return [];
  const { orders, grouping } = next.action;
  const placed = new Set<number>();
  for (const event of events) {
    if (event.kind !== 'order' || event.account !== ACCOUNTS[next.who]) continue;
    const { isTrigger, timestamp, oid } = event.update.order;
    if (isTrigger && timestamp === game.atMs) placed.add(oid);
  }
  return placed.size === orders.length - (grouping === 'normalTpsl' ? 1 : 0) ? [...placed] : [];
}

describe('whatever is asked', () => {
  test('what is not finished is open, alone or inside of its parent', () => {
    fc.assert(
      fc.property(moves, (list) => {
        play(list, (game) => {
          for (const account of ACCOUNTS) {
            const live = game.live(account).map(({ oid }) => oid);
            expect(new Set(live).size).toBe(live.length);
            for (const oid of live) expect(ALIVE.has(game.statusOf(account, oid) ?? '')).toBe(true);
            const rows = game.venue.historicalOrders(account).map(({ order }) => order.oid);
            const unfinished = [...new Set(rows)].filter((oid) =>
              ALIVE.has(game.statusOf(account, oid) ?? ''),
            );
            expect(unfinished.toSorted()).toEqual(live.toSorted());
          }
        });
      }),
      RUNS,
    );
  });

  test('no order of a group is left when one of its exits has filled', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const groups: { account: string; exits: number[] }[] = [];
        play(list, (game, next, output) => {
          const exits = exitsOf(game, next, output);
          if (next.kind === 'act') groups.push({ account: ACCOUNTS[next.who] ?? ALICE, exits });
          for (const { account, exits } of groups) {
            const statuses = exits.map((oid) => game.statusOf(account, oid));
            if (!statuses.includes('filled')) continue;
            expect(statuses.filter((status) => ALIVE.has(status ?? ''))).toEqual([]);
          }
        });
      }),
      RUNS,
    );
  });

  test('a client order id is on one live order at most, where that is the rule', () => {
    fc.assert(
      fc.property(moves, (list) => {
        play(list, (game) => {
          for (const account of ACCOUNTS) {
            const cloids = game.live(account).flatMap(({ cloid }) => cloid ?? []);
            expect(new Set(cloids).size).toBe(cloids.length);
          }
        });
      }),
      RUNS,
    );
  });

  test('a scheduled cancel leaves nothing, and the books balance', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const game = play(list, () => undefined);
        for (const account of ACCOUNTS) {
          game.act(account, { type: 'scheduleCancel', time: game.atMs + 20_000 });
        }
        game.act(ALICE, { type: 'noop' });
        game.act(ALICE, { type: 'noop' });
        for (const account of ACCOUNTS) {
          expect(game.live(account)).toEqual([]);
          expect(game.venue.scheduledCancelMs(account)).toBeUndefined();
        }
        expect(game.venue.conservation()).toMatchObject({ difference: '0.0' });
      }),
      RUNS,
    );
  });

  test('a TWAP never executes more than its size, nor adds to a position that it is to reduce', () => {
    fc.assert(
      fc.property(moves, (list) => {
        play(list, (game, _next, { events }) => {
          for (const event of events) {
            if (event.kind === 'twap') {
              const { sz, executedSz } = event.entry.state;
              expect(Number(executedSz)).toBeLessThanOrEqual(Number(sz));
            }
            if (event.kind !== 'fill' || event.fill.twapId === null) continue;
            const slice = game.venue.orderByOid(event.account, event.fill.oid)?.order;
            if (slice?.reduceOnly) expect(event.fill.dir).toMatch(/^Close/);
          }
        });
      }),
      RUNS,
    );
  });
});
