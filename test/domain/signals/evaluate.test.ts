import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isDecimalText } from '../../../domain/kernel/decimal.ts';
import { lastBars, sliceBars } from '../../../domain/market/candles.ts';
import { evaluate } from '../../../domain/signals/evaluate.ts';
import type { Genes } from '../../../domain/signals/genes.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { SEEDS } from '../../../domain/signals/registry.ts';
import type { StrategySeed, Verdict } from '../../../domain/signals/seed.ts';
import { barsFromCloses, MINUTE_MS, sampleBars, snapshotOf } from '../market/samples.ts';

const real = sampleBars(0, 1800);

function genesOf(seed: StrategySeed, input: unknown = {}): Genes {
  const genes = parseGenes(seed, input);
  if (!genes.ok) throw new Error(JSON.stringify(genes.error));
  return genes.value;
}

/** A seed that reads three bars and answers with the given verdict. */
const answering = (verdict: Partial<Verdict>): StrategySeed => ({
  name: 'answering',
  title: 'answers what it was told',
  genes: [],
  constraints: [],
  warmupBars: () => 3,
  judge: () => ({
    stance: 'long',
    changedThisBar: true,
    mayOpen: true,
    strength: 0.5,
    stopDistanceFraction: 0.01,
    volatilityPerBar: 0.001,
    reason: 'told so',
    ...verdict,
  }),
});

describe.each(SEEDS)('$name', (seed) => {
  const genes = genesOf(seed);
  const needed = seed.warmupBars(genes);

  test('says how many bars it waits for, one short of its warm-up', () => {
    const outcome = evaluate(seed, snapshotOf(sliceBars(real, 0, needed - 1)), genes);
    expect(outcome).toMatchObject({
      kind: 'noSignal',
      reason: `warming up: ${needed - 1} of ${needed} closed bars`,
    });
    expect(evaluate(seed, snapshotOf(sliceBars(real, 0, needed)), genes).kind).toBe('signal');
  });

  test('says the same of a bar whatever came before its window or after the bar', () => {
    fc.assert(
      fc.property(fc.integer({ min: needed, max: 1800 }), fc.nat(400), (end, earlier) => {
        const full = evaluate(seed, snapshotOf(sliceBars(real, 0, end)), genes);
        const from = Math.max(0, end - needed - earlier);
        expect(evaluate(seed, snapshotOf(sliceBars(real, from, end)), genes)).toEqual(full);
      }),
      { numRuns: 60 },
    );
  });

  test('agrees on its stance with itself when it reads a far longer past', () => {
    const longer: StrategySeed = { ...seed, warmupBars: (given) => 2 * seed.warmupBars(given) };
    const state = genesOf(seed, { enterOn: 'state' });
    for (let end = 2 * needed; end <= 1800; end += 7) {
      const snapshot = snapshotOf(sliceBars(real, 0, end));
      const near = evaluate(seed, snapshot, state);
      const far = evaluate(longer, snapshot, state);
      expect(far.kind === 'signal' && far.stance).toBe(near.kind === 'signal' && near.stance);
    }
  });

  test('trades real bars in both directions and opens only where its stance begins', () => {
    const stances = new Set<string>();
    let opened = 0;
    let before: string | undefined;
    for (let end = needed; end <= 1800; end += 1) {
      const bars = lastBars(sliceBars(real, 0, end), needed);
      const signal = evaluate(seed, snapshotOf(bars), genes);
      if (signal.kind !== 'signal') throw new Error(signal.reason);
      stances.add(signal.stance);
      if (signal.changedThisBar && before !== undefined) expect(signal.stance).not.toBe(before);
      if (signal.mayOpen) opened += 1;
      before = signal.stance;
    }
    expect([...stances]).toEqual(expect.arrayContaining(['long', 'short']));
    expect(opened).toBeGreaterThan(8);
    expect(opened).toBeLessThan(500);
  });

  test('never goes short where shorts are not allowed', () => {
    const longOnly = genesOf(seed, { allowShort: 'no' });
    for (let end = needed; end <= 1800; end += 11) {
      const signal = evaluate(seed, snapshotOf(sliceBars(real, 0, end)), longOnly);
      expect(signal.kind === 'signal' && signal.stance).not.toBe('short');
    }
  });

  test('gives only finite, plain numbers on any market, also one that does not move', () => {
    const drift = fc.constantFrom(0, 0, 0.5, -0.5, 3, -3);
    fc.assert(
      fc.property(fc.array(drift, { minLength: needed, maxLength: needed }), (steps) => {
        let price = 10_000;
        const closes = steps.map((step) => {
          price = Math.max(1, price + step);
          return price;
        });
        const signal = evaluate(seed, snapshotOf(barsFromCloses(closes)), genes);
        if (signal.kind === 'noSignal') return;
        const { strength, stopDistanceFraction, volatilityPerBar } = signal;
        for (const text of [strength, stopDistanceFraction, volatilityPerBar]) {
          expect(isDecimalText(text)).toBe(true);
          expect(Number(text)).toBeGreaterThanOrEqual(0);
        }
        expect(Number(strength)).toBeLessThanOrEqual(1);
        expect(signal.reason).not.toMatch(/NaN|Infinity/);
      }),
      { numRuns: 40 },
    );
    const flat = barsFromCloses(new Array<number>(needed).fill(5));
    const dead = evaluate(seed, snapshotOf(flat), genes);
    expect(dead.kind === 'signal' ? dead.stance : dead.kind).toMatch(/flat|noSignal/);
  });

  test('has a plain JSON signal that survives a round trip', () => {
    const signal = evaluate(seed, snapshotOf(real), genes);
    expect(JSON.parse(JSON.stringify(signal))).toEqual(signal);
  });
});

describe('evaluation', () => {
  const few = snapshotOf(barsFromCloses([1, 2, 3]));

  test('turns a verdict that is no number into no signal with its reason', () => {
    for (const field of ['strength', 'stopDistanceFraction', 'volatilityPerBar'] as const) {
      const outcome = evaluate(answering({ [field]: Number.NaN }), few, {});
      expect(outcome).toMatchObject({ kind: 'noSignal', reason: `${field} came out as NaN` });
    }
  });

  test('keeps strength between 0 and 1 and opens nothing on a flat stance', () => {
    const strong = evaluate(answering({ strength: 7 }), few, {});
    const flat = evaluate(answering({ strength: -7, stance: 'flat' }), few, {});
    expect(strong).toMatchObject({ strength: '1', mayOpen: true });
    expect(flat).toMatchObject({ strength: '0', mayOpen: false });
  });

  test('shows a seed exactly its warm-up bars', () => {
    let seen = 0;
    const seed = answering({});
    const watching: StrategySeed = {
      ...seed,
      judge: (input, genes) => {
        seen = input.bars.close.length;
        return seed.judge(input, genes);
      },
    };
    evaluate(watching, snapshotOf(sampleBars(0, 50)), {});
    expect(seen).toBe(3);
  });

  test('is silent when too many bars of the window are missing', () => {
    const openTimeMs = [0, 1, 9].map((index) => index * MINUTE_MS);
    const outcome = evaluate(answering({}), snapshotOf({ ...few.series, openTimeMs }), {});
    expect(outcome).toMatchObject({
      kind: 'noSignal',
      reason: '7 bars are missing among the last 3: too many to judge',
    });
  });
});
