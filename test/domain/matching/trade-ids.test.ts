import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyState, nextTradeId, type Step } from '../../../domain/matching/state/state.ts';
import { readTerms } from '../../../domain/matching/state/terms.ts';
import { CONFIG } from './venue-fixture.ts';

/** The ids of the trades from this number on. */
function idsFrom(first: number, seed: number, count = 1): number[] {
  const state = { ...emptyState(), nextTrade: first };
  const terms = readTerms({ ...CONFIG, seed });
  const index = { byCoin: new Map(), byAccount: new Map(), exposures: new Map() };
  const step: Step = { terms, state, index, atMs: 0, events: [], touched: new Set() };
  return Array.from({ length: count }, () => nextTradeId(step));
}

test('a trade id is its number times a stride, plus the seed, modulo 2^50, exactly', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(), (first, seed) => {
      const wanted = (BigInt(first) * 0x2545f4914f6cdn + BigInt(seed)) % (1n << 50n);
      expect(idsFrom(first, seed)).toEqual([Number(wanted)]);
    }),
  );
});

test('no two trades share an id', () => {
  expect(new Set(idsFrom(1, 7, 10_000)).size).toBe(10_000);
});
