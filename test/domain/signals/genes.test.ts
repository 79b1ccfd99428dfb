import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GeneList } from '../../../domain/signals/genes.ts';
import { categoryGene, numberGene, parseGenes } from '../../../domain/signals/genes.ts';
import { SEEDS, seedByName } from '../../../domain/signals/registry.ts';

const list: GeneList = {
  genes: [
    { kind: 'int', name: 'fast', title: 'bars', min: 2, max: 20, default: 5 },
    { kind: 'int', name: 'slow', title: 'bars', min: 5, max: 50, default: 10 },
    { kind: 'real', name: 'gain', title: 'ratio', min: 0, max: 1, default: 0.5 },
    { kind: 'category', name: 'mode', title: 'mode', options: ['a', 'b'], default: 'a' },
  ],
  constraints: [{ less: 'fast', than: 'slow' }],
};

describe('genes', () => {
  test('that are absent take their default', () => {
    const defaults = { fast: 5, slow: 10, gain: 0.5, mode: 'a' };
    expect(parseGenes(list, undefined)).toEqual({ ok: true, value: defaults });
    expect(parseGenes(list, { mode: 'b' })).toEqual({
      ok: true,
      value: { ...defaults, mode: 'b' },
    });
  });

  test('may be typed as decimal text', () => {
    const parsed = parseGenes(list, { fast: '3', gain: '0.25' });
    expect(parsed.ok && parsed.value).toMatchObject({ fast: 3, gain: 0.25 });
  });

  test.each([
    [{ fast: 2.5 }, 'fast', 'must be a whole number from 2 to 20'],
    [{ fast: 21 }, 'fast', 'must be a whole number from 2 to 20'],
    [{ gain: Number.NaN }, 'gain', 'must be a number from 0 to 1'],
    [{ gain: '1e-1' }, 'gain', 'must be a number from 0 to 1'],
    [{ gain: true }, 'gain', 'must be a number from 0 to 1'],
    [{ mode: 'c' }, 'mode', 'must be one of a, b'],
    [{ speed: 1 }, 'speed', 'is no gene; known genes: fast, slow, gain, mode'],
    [{ fast: 10, slow: 10 }, 'fast', 'must be less than slow (10)'],
    [7, 'genes', 'must be an object'],
    [null, 'genes', 'must be an object'],
  ])('%j are refused: %s %s', (input, field, rule) => {
    const parsed = parseGenes(list, input);
    expect(!parsed.ok && parsed.error).toMatchObject([{ field, rule }]);
  });

  test('report every broken rule at once', () => {
    const parsed = parseGenes(list, { fast: 0, mode: 'z', other: 1 });
    expect(!parsed.ok && parsed.error.map((each) => each.field)).toEqual(['fast', 'mode', 'other']);
  });

  test('are read by anything without a throw, and what is accepted is read alike again', () => {
    const value = fc.oneof(fc.anything(), fc.double(), fc.integer({ min: 0, max: 60 }));
    const record = fc.record({ fast: value, slow: value, gain: value, mode: value });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), record), (input) => {
        const parsed = parseGenes(list, input);
        if (parsed.ok) expect(parseGenes(list, parsed.value)).toEqual(parsed);
      }),
    );
  });

  test('of the wrong kind are a broken invariant, not a silent zero', () => {
    expect(() => numberGene({ fast: 'x' }, 'fast')).toThrow('gene fast');
    expect(() => categoryGene({}, 'mode')).toThrow('gene mode');
  });
});

describe('the registry', () => {
  test('finds each seed by its unique name', () => {
    expect(new Set(SEEDS.map((seed) => seed.name)).size).toBe(SEEDS.length);
    for (const seed of SEEDS) expect(seedByName(seed.name)).toEqual({ ok: true, value: seed });
  });

  test('names the known seeds when asked for another', () => {
    const found = seedByName('macd');
    expect(!found.ok && found.error.rule).toMatch(/^must be one of ema-crossover, .*rsi-reversion/);
  });

  test.each(SEEDS)('holds legal defaults and unique gene names for $name', (seed) => {
    expect(parseGenes(seed, {}).ok).toBe(true);
    expect(new Set(seed.genes.map((gene) => gene.name)).size).toBe(seed.genes.length);
    for (const { less, than } of seed.constraints) {
      const names = seed.genes.map((gene) => gene.name);
      expect(names).toEqual(expect.arrayContaining([less, than]));
    }
  });
});
