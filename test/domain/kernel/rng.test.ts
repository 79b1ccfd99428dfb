import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRng, seedOf } from '../../../domain/kernel/rng.ts';

const draw = (seed: number, count: number): number[] => {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.next());
};

describe('the random generator', () => {
  test('is pinned: a seed gives the same run on every machine and in every version', () => {
    const rng = createRng(42);
    expect([rng.int(1000), rng.int(1000), rng.int(1000), rng.int(1000)]).toEqual([
      456, 564, 574, 964,
    ]);
  });

  test('repeats itself for the same seed and differs for another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(draw(a, 8)).toEqual(draw(a, 8));
        fc.pre((a | 0) !== (b | 0));
        expect(draw(a, 8)).not.toEqual(draw(b, 8));
      }),
    );
  });

  test('draws floats in [0, 1) and integers below the bound', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, bound) => {
        const rng = createRng(seed);
        const [float, whole] = [rng.next(), rng.int(bound)];
        expect(float >= 0 && float < 1).toBe(true);
        expect(Number.isInteger(whole) && whole >= 0 && whole < bound).toBe(true);
      }),
    );
  });

  test('is even: 100,000 draws into 16 bins pass a chi-squared test at 1 in 10,000', () => {
    const bins = new Array<number>(16).fill(0);
    const rng = createRng(7);
    for (let i = 0; i < 100_000; i += 1) {
      const bin = rng.int(16);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const expected = 100_000 / 16;
    const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(44.3);
  });
});

describe('a seed made of names', () => {
  test('is pinned (FNV-1a), an unsigned 32-bit number', () => {
    expect(seedOf('')).toBe(0x811c9dc5);
    expect(seedOf('a')).toBe(0xe40c292c);
    expect(seedOf('foobar')).toBe(0xbf9cf968);
  });

  test('differs by part and by the border between parts', () => {
    const seeds = [seedOf('ab', 'c'), seedOf('a', 'bc'), seedOf('abc'), seedOf('ab', 1)];
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});
