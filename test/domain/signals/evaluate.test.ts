import { describe, expect, test } from '@jest/globals';
import { sliceBars } from '../../../domain/market/candles.ts';
import { evaluate } from '../../../domain/signals/evaluate.ts';
import { barsFromCloses, MINUTE_MS, sampleBars, snapshotOf } from '../market/samples.ts';
import { answering } from './samples.ts';

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

  test('passes on why a seed has no verdict', () => {
    const silent = answering({ stance: 'none', reason: 'the lines never parted' });
    expect(evaluate(silent, few, {})).toMatchObject({
      kind: 'noSignal',
      strategy: 'answering',
      reason: 'the lines never parted',
    });
  });

  test('shows a seed the window of its bar: from an anchor to the bar, wherever history begins', () => {
    const real = sampleBars(0, 400);
    const seen: string[] = [];
    const watching = answering({}, 50, ({ openTimeMs }) =>
      seen.push(`${(openTimeMs[0] ?? 0) / MINUTE_MS} ${openTimeMs.length}`),
    );
    for (let end = 250; end <= 400; end += 1) {
      for (const from of [0, end - 128])
        evaluate(watching, snapshotOf(sliceBars(real, from, end)), {});
    }
    for (const [index, window] of seen.entries()) {
      const [first = 0, length = 0] = window.split(' ').map(Number);
      expect(first % 64).toBe(0);
      expect(length).toBeGreaterThan(64);
      expect(length).toBeLessThanOrEqual(128);
      if (index % 2 === 1) expect(window).toBe(seen[index - 1]);
    }
    expect(new Set(seen).size).toBe(151);
  });

  test('says how many of its bars are there while a history is too young', () => {
    const young = sampleBars(0, 30);
    expect(evaluate(answering({}, 50), snapshotOf(young), {})).toMatchObject({
      kind: 'noSignal',
      reason: expect.stringMatching(/^warming up: 30 of \d+ closed bars$/),
    });
  });

  test('is silent when too many bars of the window are missing', () => {
    const openTimeMs = [0, 1, 7].map((index) => index * MINUTE_MS);
    const outcome = evaluate(answering({}, 4), snapshotOf({ ...few.series, openTimeMs }), {});
    expect(outcome).toMatchObject({
      kind: 'noSignal',
      reason: '5 bars are missing among the last 8: too many to judge',
    });
  });
});
