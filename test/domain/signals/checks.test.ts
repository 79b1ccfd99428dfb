/** The checks find what was planted, each its own kind of fault. */
import { describe, expect, test } from '@jest/globals';
import { lookAheadFaults, repaintFaults, warmupFaults } from '../../../domain/signals/checks.ts';
import type { SeedTrace, StrategySeed } from '../../../domain/signals/seed.ts';
import { emaCrossover } from '../../../domain/signals/seeds/ema-crossover.ts';
import { inputFrom, REAL } from './inputs.ts';
import { genesOf } from './samples.ts';

const input = inputFrom(REAL);
const genes = genesOf(emaCrossover);

/** The crossover seed with its strength replaced by something that it must not be. */
const leaking = (
  strengthOf: (trace: SeedTrace, close: Float64Array) => (value: number, i: number) => number,
  warmupBars = emaCrossover.warmupBars(genes),
): StrategySeed => ({
  ...emaCrossover,
  warmupBars: () => warmupBars,
  trace: (given, own, source) => {
    const trace = emaCrossover.trace(given, own, source);
    return { ...trace, strength: trace.strength.map(strengthOf(trace, given.bars.close)) };
  },
});

const peeking = leaking((_, close) => (_value, i) => (close[i + 1] ?? close[i] ?? 0) / 2e5);
const normalising = leaking((_, close) => {
  // The mean of the whole window, later bars included.
  const mean = close.reduce((sum, price) => sum + price, 0) / close.length;
  return (_value, i) => (close[i] ?? 0) / mean / 2;
});
let calls = 0;
const forgetful = leaking(() => {
  calls += 1;
  return (value) => (value + calls) / 1e3;
});
const impatient = (() => {
  // A slow mean that is asked for long before it has forgotten its seed.
  const slow = genesOf(emaCrossover, { slow: 200, fast: 60 });
  return { seed: leaking(() => (value) => value, 300), slow };
})();

describe('the checks', () => {
  test('find nothing in an honest seed', () => {
    expect(lookAheadFaults(emaCrossover, genes, input, [4_000, 5_333])).toEqual([]);
    expect(repaintFaults(emaCrossover, genes, input, 4_000, 4_010)).toEqual([]);
    expect(warmupFaults(emaCrossover, genes, input)).toEqual([]);
  });

  test('find a value that reads the next bar', () => {
    const faults = lookAheadFaults(peeking, genes, input, [4_000, 4_002, 4_003]);
    expect(faults.length).toBeGreaterThan(1);
    expect(faults[0]?.difference).toMatch(/^strength [\d.]+ became [\d.]+$/);
    expect(repaintFaults(peeking, genes, input, 4_000, 4_010).length).toBeGreaterThan(5);
  });

  test('find a value that is scaled by the whole window', () => {
    expect(lookAheadFaults(normalising, genes, input, [4_000]).length).toBeGreaterThan(10);
    expect(repaintFaults(normalising, genes, input, 4_000, 4_010).length).toBeGreaterThan(5);
  });

  test('find a seed that remembers what it was asked before', () => {
    expect(repaintFaults(forgetful, genes, input, 4_000, 4_010)).toHaveLength(11);
  });

  test('find a warm-up that is too short', () => {
    expect(warmupFaults(impatient.seed, impatient.slow, input).length).toBeGreaterThan(3);
    expect(warmupFaults(emaCrossover, impatient.slow, input)).toEqual([]);
  });
});
