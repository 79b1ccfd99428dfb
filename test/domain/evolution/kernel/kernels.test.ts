import { describe, expect, test } from '@jest/globals';
import { population, seededBars } from '../../../../bench/kernel/workloads.ts';
import { typescriptKernel } from '../../../../domain/evolution/kernel/kernel.ts';
import { KernelBoard } from '../../../../domain/evolution/kernel/kernel-board.ts';
import type { LayoutWishes } from '../../../../domain/evolution/kernel/layout.ts';
import { planLayout, writeBars } from '../../../../domain/evolution/kernel/layout.ts';
import {
  hasWasmKernel,
  type KernelName,
  kernelMaker,
  kernelMemory,
  wasmKernel,
} from '../../../../domain/evolution/kernel/wasm-kernel.ts';
import {
  barTerms,
  NO_TRAIL,
  type RefGenome,
  type RefResult,
  resultNumbers,
} from '../../../../domain/evolution/kernel/workload.ts';
import { type BarArrays, barArrays, barView } from '../../../../domain/market/bar-arrays.ts';
import { sampleBars } from '../../market/samples.ts';
import { naive } from './naive.ts';

const HOUR_MS = 3_600_000;
const KERNELS: readonly KernelName[] = ['typescript', 'wasm'];

function boardOf(bars: BarArrays, wishes: LayoutWishes = {}) {
  const layout = planLayout(bars, { records: 64, cacheBytes: 1 << 24, ...wishes });
  const memory = kernelMemory(layout);
  writeBars(memory, layout, bars);
  const board = new KernelBoard(memory, layout);
  const kernelOf = (name: KernelName) => kernelMaker(name)(memory, layout, 0);
  return { board, layout, memory, kernelOf };
}

function evaluated(name: KernelName, bars: BarArrays, genomes: readonly RefGenome[], wishes = {}) {
  const { board, kernelOf } = boardOf(bars, wishes);
  return board.evaluate(kernelOf(name), genomes);
}

const expected = (bars: BarArrays, genomes: readonly RefGenome[]): readonly RefResult[] =>
  genomes.map((genome) => naive(bars, barTerms(bars.intervalMs), genome));

/** The bits of every number: -0 is not 0, and one NaN is as good as another. */
const bits = (results: readonly RefResult[]): readonly string[] =>
  results.map((result) =>
    [...new BigUint64Array(Float64Array.from(resultNumbers(result)).buffer)].join(' '),
  );

const real = barArrays(sampleBars(0, 6_000));
const hours = seededBars(4_000, HOUR_MS, 5);
const genomes = population(40, 11);
const [some] = genomes as [RefGenome];

/** What makes the walk go along every one of its ways. */
const EDGES: readonly RefGenome[] = [
  { ...some, mostBars: 1 },
  { ...some, mostBars: 1e15, stopFraction: 0.9, targetFraction: 0.9, trailFraction: NO_TRAIL },
  { ...some, emaWeight: 5, threshold: 1, mostBars: 700 },
  { ...some, stopFraction: 1e-5, targetFraction: 1e-5 },
  { ...some, trailFraction: 1e-5 },
  { ...some, rsiPeriod: 1, fastPeriod: 1, slowPeriod: 1, bandPeriod: 1 },
  { ...some, rsiPeriod: 256, fastPeriod: 256, slowPeriod: 255, bandPeriod: 256 },
  { ...some, rsiLow: 50, rsiHigh: 50, rsiWeight: 1, emaWeight: 0, bandWeight: 0, threshold: 1 },
  { ...some, rsiWeight: -1, emaWeight: -0.2, bandWeight: -0.7, threshold: 0.6 },
  { ...some, rsiWeight: 0.1, emaWeight: 0.2, bandWeight: 0.3, threshold: 0.6 },
  { ...some, threshold: 1e6 },
];

describe.each(KERNELS)('the %s kernel', (name) => {
  test('equals the plain loop to the bit on real minutes and on hours', () => {
    for (const bars of [real, hours]) {
      const results = evaluated(name, bars, genomes);
      expect(bits(results)).toEqual(bits(expected(bars, genomes)));
      expect(results.filter(({ trades }) => trades > 5).length).toBeGreaterThan(20);
    }
  });

  test('equals it for genes at their limits, for ties of the score and for strategies that never trade', () => {
    expect(bits(evaluated(name, hours, EDGES))).toEqual(bits(expected(hours, EDGES)));
  });

  test('equals it wherever the data end in a tile', () => {
    for (const length of [257, 258, 272, 273, 768, 769, 800, 1_279, 1_281]) {
      const bars = barView(hours, 0, length);
      expect(bits(evaluated(name, bars, EDGES))).toEqual(bits(expected(bars, EDGES)));
    }
  });

  test('equals it in a market that does not move, and in one that jumps', () => {
    const still = barView(hours, 0, 900);
    const flat = new Float64Array(900).fill(100);
    const flatBars = { ...still, open: flat, high: flat, low: flat, close: flat };
    const leaps = flat.map((price, t) => (t % 97 === 0 ? price * 1.3 : price + (t % 7)));
    const leapBars = { ...flatBars, open: leaps, high: leaps.map((x) => x + 1), close: leaps };
    for (const bars of [flatBars, leapBars]) {
      expect(bits(evaluated(name, bars, EDGES))).toEqual(bits(expected(bars, EDGES)));
    }
  });

  test('says the same however a batch is split, and when indicators are kept', () => {
    const whole = bits(evaluated(name, hours, genomes));
    const column = 8 * 4_000;
    for (const wishes of [
      { records: 7 },
      { cacheBytes: 6 * column },
      { cacheBytes: 29 * column },
    ]) {
      const { board, kernelOf } = boardOf(hours, wishes);
      const kernel = kernelOf(name);
      expect(bits(board.evaluate(kernel, genomes))).toEqual(whole);
      expect(bits(board.evaluate(kernel, [...genomes].reverse()))).toEqual([...whole].reverse());
      expect(bits(board.evaluate(kernel, genomes.slice(3, 9)))).toEqual(whole.slice(3, 9));
    }
  });
});

describe('indicators', () => {
  test('are computed once for all generations', () => {
    const { board, kernelOf } = boardOf(hours);
    const kernel = kernelOf('typescript');
    board.evaluate(kernel, genomes);
    const { kept } = board;
    const [round] = board.rounds(genomes);
    expect(round?.fills).toEqual([]);
    expect(board.kept).toBe(kept);
  });

  test('that a failed round was to fill are computed again', () => {
    const { board, kernelOf } = boardOf(hours);
    const kernel = kernelOf('typescript');
    const broken = {
      ...kernel,
      fill: () => {
        throw new Error('out of order');
      },
    };
    expect(() => board.evaluate(broken, genomes)).toThrow('out of order');
    expect(bits(board.evaluate(kernel, genomes))).toEqual(bits(expected(hours, genomes)));
  });
});

describe('bad input', () => {
  const refused = (change: Partial<RefGenome>) => () =>
    evaluated('typescript', hours, [some, { ...some, ...change }]);

  test('a gene that is not legal is named with its genome, value and rule', () => {
    expect(refused({ rsiPeriod: 2.5 })).toThrow(
      new RangeError('genome 1, rsiPeriod 2.5: must be a whole number from 1 to 256'),
    );
    expect(refused({ rsiLow: 99 })).toThrow('genome 1, rsiLow 99: must be from 0 to rsiHigh');
    expect(refused({ threshold: 0 })).toThrow('genome 1, threshold 0: must be above 0');
    expect(refused({ stopFraction: 1 })).toThrow('stopFraction 1: must be above 0 and below 1');
    expect(refused({ emaWeight: Number.NaN })).toThrow('emaWeight NaN: must be a finite number');
    expect(refused({ mostBars: 0 })).toThrow('mostBars 0: must be a whole number above 0');
  });

  test('data that cannot be traded on are refused', () => {
    expect(() => boardOf(barView(hours, 0, 256))).toThrow('bars 256: must be a whole number of at');
    expect(() => boardOf({ ...hours, intervalMs: 7_000 })).toThrow('intervalMs 7000: an hour must');
    expect(() => planLayout({ length: 1e8, intervalMs: 60_000 })).toThrow('they exceed 4 GiB');
    const low = hours.low.slice();
    low[17] = Number.NaN;
    expect(() => boardOf({ ...hours, low })).toThrow('low of bar 17, NaN: must be above 0');
    const { memory, layout } = boardOf(hours);
    expect(() => writeBars(memory, layout, real)).toThrow('bars 6000: the memory is laid out for');
  });
});

test('the faster kernel is taken where it runs', () => {
  expect(hasWasmKernel()).toBe(true);
  expect(kernelMaker()).toBe(wasmKernel);
  expect(kernelMaker('typescript')).toBe(typescriptKernel);
});
