/**
 * The rule of reservations, played against an exchange that does with what it was sent whatever it
 * likes: it fills in any order, in parts, the ledger hears of it late, orders end, reduce-only orders
 * come in between. Whatever happens, what is held and what rests of one side stays within the limit.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decimal } from '../../../domain/kernel/decimal.ts';
import { decimal, px, sizeBase, usd, ZERO } from '../../../domain/kernel/decimal.ts';
import type { Side } from '../../../domain/market/side.ts';
import type { AssetStanding, PositionStep } from '../../../domain/risk/reservation.ts';
import { breachOf, positionAfter } from '../../../domain/risk/reservation.ts';

const RUNS = 300;
const MARK = px('100');
const CEILINGS = { assetUsd: usd(1_000), grossUsd: usd(1_500), assets: 5 };
const COINS = ['BTC', 'ETH'] as const;

interface Live {
  readonly coin: string;
  readonly side: Side;
  readonly px: Decimal;
  /** What the exchange has not executed yet, and what the ledger has not heard of. */
  open: Decimal;
  reserved: Decimal;
}

/** Reports on the way from the exchange to the ledger. */
interface Report extends PositionStep {
  readonly coin: string;
  readonly order: Live | undefined;
}

/** An exchange, and a ledger that hears of it late. */
class Play {
  accepted = 0;
  refused = 0;
  readonly orders: Live[] = [];
  private readonly position = new Map<string, Decimal>();
  private readonly known = new Map<string, PositionStep>();
  private readonly reports: Report[] = [];

  private held(coin: string): Decimal {
    return this.position.get(coin) ?? ZERO;
  }

  private standings(): AssetStanding[] {
    return COINS.map((asset) => {
      const own = this.orders.filter(({ coin }) => coin === asset);
      const sum = (side: Side, of: (order: Live) => Decimal): Decimal =>
        own.filter((each) => each.side === side).reduce((all, each) => all.plus(of(each)), ZERO);
      const value = (each: Live): Decimal => each.reserved.times(each.px);
      const last = this.known.get(asset);
      return {
        asset,
        ...positionAfter(last === undefined ? [] : [last]),
        markPx: decimal(MARK),
        buysBase: sum('buy', (each) => each.reserved),
        buysUsd: sum('buy', value),
        sellsBase: sum('sell', (each) => each.reserved),
        sellsUsd: sum('sell', value),
      };
    });
  }

  place(coin: string, side: Side, units: number, price: number): void {
    const claim = { asset: coin, side, sizeBase: sizeBase(units), px: px(price), markPx: MARK };
    if (breachOf({ ...claim, ceilings: CEILINGS }, this.standings()) !== undefined) {
      this.refused += 1;
      return;
    }
    this.accepted += 1;
    const size = decimal(units);
    this.orders.push({ coin, side, px: decimal(price), open: size, reserved: size });
  }

  private execute(coin: string, side: Side, size: Decimal, order?: Live): void {
    if (size.isZero()) return;
    const start = this.held(coin);
    this.position.set(coin, side === 'buy' ? start.plus(size) : start.minus(size));
    const startPositionBase = sizeBase(start);
    this.reports.push({ coin, side, sizeBase: sizeBase(size), startPositionBase, order });
  }

  fill(index: number, units: number): void {
    const order = this.orders[index % Math.max(1, this.orders.length)];
    if (order === undefined) return;
    const size = order.open.lt(units) ? order.open : decimal(units);
    order.open = order.open.minus(size);
    this.execute(order.coin, order.side, size, order);
  }

  /** A stop, say: nobody asked the rule. */
  reduce(coin: string, units: number): void {
    const held = this.held(coin);
    const size = held.abs().lt(units) ? held.abs() : decimal(units);
    this.execute(coin, held.gt(ZERO) ? 'sell' : 'buy', size);
  }

  /** The ledger hears of the oldest executions. */
  hear(count: number): void {
    for (const report of this.reports.splice(0, count)) {
      this.known.set(report.coin, report);
      const { order } = report;
      if (order !== undefined) order.reserved = order.reserved.minus(decimal(report.sizeBase));
    }
  }

  /** An order ends; that is told once all that it executed was heard. */
  end(index: number): void {
    const order = this.orders[index % Math.max(1, this.orders.length)];
    if (order === undefined) return;
    order.open = ZERO;
    this.hear(this.reports.length);
    this.orders.splice(this.orders.indexOf(order), 1);
  }

  /** The larger side of every asset, at the exchange. */
  worst(): readonly Decimal[] {
    return COINS.map((coin) => {
      const held = this.held(coin).times(decimal(MARK));
      const resting = (side: Side): Decimal =>
        this.orders
          .filter((each) => each.coin === coin && each.side === side)
          .reduce((sum, each) => sum.plus(each.open.times(each.px)), ZERO);
      const [long, short] = [held.plus(resting('buy')), resting('sell').minus(held)];
      return long.gt(short) ? long : short;
    });
  }
}

type Move = (play: Play) => void;

const coin = fc.constantFrom(...COINS);
const side = fc.constantFrom('buy' as const, 'sell' as const);
const units = fc.integer({ min: 1, max: 6 });
const index = fc.nat({ max: 20 });

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(coin, side, units, fc.integer({ min: 100, max: 110 })).map(
      (drawn): Move =>
        (play) =>
          play.place(...drawn),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(index, units).map(
      (drawn): Move =>
        (play) =>
          play.fill(...drawn),
    ),
  },
  fc.tuple(coin, units).map(
    (drawn): Move =>
      (play) =>
        play.reduce(...drawn),
  ),
  fc.nat({ max: 3 }).map(
    (count): Move =>
      (play) =>
        play.hear(count),
  ),
  index.map(
    (drawn): Move =>
      (play) =>
        play.end(drawn),
  ),
);

describe('reservations', () => {
  test('keep every asset and all of them together within the limits at the exchange', () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(fc.array(moves, { minLength: 20, maxLength: 80 }), (sequence) => {
        const play = new Play();
        for (const move of sequence) {
          move(play);
          const worst = play.worst();
          for (const each of worst) expect(each.lte(CEILINGS.assetUsd)).toBe(true);
          const gross = worst.reduce((sum, each) => sum.plus(each), ZERO);
          expect(gross.lte(CEILINGS.grossUsd)).toBe(true);
        }
        accepted += play.accepted;
        refused += play.refused;
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS);
    expect(refused).toBeGreaterThan(RUNS);
  });

  test('a larger order or tighter ceilings never turn a refusal into an approval', () => {
    const amount = fc.integer({ min: 0, max: 12 });
    const drawn = fc.record({ side, held: amount, buys: amount, sells: amount, size: units });
    fc.assert(
      fc.property(drawn, units, fc.integer({ min: 0, max: 500 }), (given, more, tighter) => {
        const standing: AssetStanding = {
          asset: 'BTC',
          leastBase: decimal(given.held - 6),
          mostBase: decimal(given.held - 6),
          markPx: decimal(MARK),
          buysBase: decimal(given.buys),
          buysUsd: decimal(given.buys * 101),
          sellsBase: decimal(given.sells),
          sellsUsd: decimal(given.sells * 101),
        };
        const breach = (size: number, lessUsd: number) => {
          const { assetUsd, grossUsd, assets } = CEILINGS;
          const ceilings = {
            assetUsd: usd(decimal(assetUsd).minus(lessUsd)),
            grossUsd: usd(decimal(grossUsd).minus(lessUsd)),
            assets,
          };
          const claim = { asset: 'BTC', side: given.side, px: px('101'), markPx: MARK, ceilings };
          return breachOf({ ...claim, sizeBase: sizeBase(size) }, [standing]);
        };
        if (breach(given.size, 0) === undefined) return;
        expect(breach(given.size + more, 0)).toBeDefined();
        expect(breach(given.size, tighter)).toBeDefined();
      }),
      { numRuns: RUNS },
    );
  });
});
