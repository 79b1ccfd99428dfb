import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  continuationOf,
  curveOf,
  type EquityPoint,
  thinned,
} from '../../../client/dashboard/equity-curve.ts';

const point = (atMs: number, equity: number): EquityPoint => ({ atMs, equityUsd: String(equity) });
const minutes = (from: number, count: number): EquityPoint[] =>
  Array.from({ length: count }, (_, i) => point((from + i) * 60_000, 100 + i));

const curves = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 10_000 })), {
    maxLength: 400,
  })
  .map((steps) => {
    let atMs = 0;
    return steps.map(([stepMs, equity]) => {
      atMs += stepMs;
      return point(atMs, equity);
    });
  });

describe('thinning', () => {
  test('never hides the lowest or the highest point, the first or the last', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 2, max: 100 }), (points, limit) => {
        const kept = thinned(points, limit);
        const values = (list: readonly EquityPoint[]) => list.map((p) => Number(p.equityUsd));
        expect(Math.max(...values(kept))).toBe(Math.max(...values(points)));
        expect(Math.min(...values(kept))).toBe(Math.min(...values(points)));
        expect(kept.at(0)).toBe(points.at(0));
        expect(kept.at(-1)).toBe(points.at(-1));
        expect(kept.length).toBeLessThanOrEqual(limit + 4);
      }),
    );
  });

  test('keeps the order of time and invents nothing', () => {
    fc.assert(
      fc.property(curves, (points) => {
        const kept = thinned(points, 20);
        expect(kept).toEqual(points.filter((p) => kept.includes(p)));
      }),
    );
  });
});

describe('gaps', () => {
  test('a pause breaks the line', () => {
    const { timesMs, equityUsd } = curveOf([...minutes(0, 10), ...minutes(60, 10)], 1000);
    expect(equityUsd.filter((value) => value === null)).toHaveLength(1);
    expect(timesMs[equityUsd.indexOf(null)]).toBe(60 * 60_000 - 1);
  });

  test('a pause still breaks the line after thinning', () => {
    const points = [...minutes(0, 500), ...minutes(900, 500)];
    expect(curveOf(points, 40).equityUsd).toContain(null);
  });

  test('steady samples make an unbroken line', () => {
    expect(curveOf(minutes(0, 50), 1000).equityUsd).not.toContain(null);
  });

  test('new samples go on from the old ones, or after a break', () => {
    const before = minutes(0, 30);
    expect(continuationOf(before, minutes(30, 2)).equityUsd).toEqual([100, 101]);
    expect(continuationOf(before, minutes(90, 1)).equityUsd).toEqual([null, 100]);
  });

  test('times never run backwards', () => {
    fc.assert(
      fc.property(curves, (points) => {
        const { timesMs } = curveOf(points, 50);
        expect([...timesMs].sort((a, b) => a - b)).toEqual(timesMs);
      }),
    );
  });
});
