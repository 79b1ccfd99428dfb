import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ClaimOrder,
  type Claims,
  mergeClaims,
  noClaims,
  type SourcedRows,
} from '../../../../domain/market/history/merge.ts';
import { valuesAt } from '../../../../domain/market/history/rows.ts';
import { MINUTE_MS, MINUTES, rowsOf, START_MS } from './samples.ts';

/** Sources 0 to 4 with ranks that repeat, so that ties occur. */
const RANKS = [0, 1, 1, 2, 3];
const order = new ClaimOrder(MINUTES, (id) => ({ rank: RANKS[id] ?? -1, key: `source ${id}` }));

interface Batch {
  readonly source: number;
  readonly rows: readonly (readonly [slot: number, price: number, volume: number])[];
}

const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.record({
    source: fc.integer({ min: 0, max: 4 }),
    rows: fc
      .uniqueArray(
        fc.tuple(
          fc.integer({ min: 0, max: 8 }),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 0, max: 2 }),
        ),
        { selector: ([slot]) => slot, maxLength: 8 },
      )
      .map((rows) => rows.toSorted(([a], [b]) => a - b)),
  }),
  { maxLength: 6 },
);

const sourced = ({ source, rows }: Batch): SourcedRows => ({
  rows: rowsOf(
    rows.map(([slot, price, volume]) => [
      START_MS + slot * MINUTE_MS,
      price,
      price,
      price,
      price,
      volume,
    ]),
  ),
  source: new Float64Array(rows.length).fill(source),
});

const merged = (all: readonly Batch[]): Claims =>
  all.reduce<Claims>((known, batch) => mergeClaims(order, known, sourced(batch)), noClaims(5));

/** As sets: losers of a slot have no order that means anything. */
function shown({ winners, disputed }: Claims) {
  const lines = ({ rows, source }: SourcedRows): string[] =>
    Array.from(rows.timeMs, (time, at) => `${time} ${valuesAt(rows, at)} by ${source[at]}`);
  return { winners: lines(winners), disputed: lines(disputed).sort() };
}

describe('what is stored', () => {
  test('depends neither on the order of imports nor on repetition', () => {
    const shuffled = batches.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([all, again]) => {
        expect(shown(merged(again))).toEqual(shown(merged(all)));
      }),
    );
  });

  test('holds every distinct value that was ever said, and the best one wins', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const claims = merged(all);
        const said = new Set(
          all.flatMap(({ rows }) =>
            rows.map(([slot, price, volume]) => `${slot} ${price} ${volume}`),
          ),
        );
        const kept = [claims.winners, claims.disputed].flatMap(({ rows }) =>
          Array.from(rows.timeMs, (time, at) => {
            const [price, , , , volume] = valuesAt(rows, at);
            return `${(time - START_MS) / MINUTE_MS} ${price} ${volume}`;
          }),
        );
        expect(kept.toSorted()).toEqual([...said].sort());
        claims.winners.rows.timeMs.forEach((time, at) => {
          const slot = (time - START_MS) / MINUTE_MS;
          const ranks = all
            .filter(({ rows }) => rows.some((row) => row[0] === slot))
            .map(({ source }) => RANKS[source]);
          expect(RANKS[claims.winners.source[at] as number]).toBe(Math.max(...(ranks as number[])));
        });
      }),
    );
  });
});

describe('of two sources that disagree', () => {
  const claim = (source: number, price: number, volume: number): Batch => ({
    source,
    rows: [[0, price, volume]],
  });
  test.each([
    ['the venue itself beats a file', [claim(1, 9, 9), claim(4, 1, 1)], 1],
    ['a real bar beats a repair', [claim(0, 9, 9), claim(1, 1, 1)], 1],
    [
      'the bar with more volume beats one that was recorded while it was open',
      [claim(1, 1, 1), claim(2, 2, 9)],
      2,
    ],
  ])('%s', (_name, all, price) => {
    expect(merged(all).winners.rows.values[0]?.[0]).toBe(price);
    expect(merged(all).disputed.rows.timeMs).toHaveLength(1);
  });
});
