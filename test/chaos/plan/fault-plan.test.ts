import { describe, expect, test } from '@jest/globals';
import { drawPlan, REQUIRED, unmet, WORKERS } from './fault-plan.ts';

describe('the plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(drawPlan(7, 60_000)).toEqual(drawPlan(7, 60_000));
    expect(drawPlan(8, 60_000)).not.toEqual(drawPlan(7, 60_000));
  });

  test('holds more than has to be done, in the order of time and within it', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const plan = drawPlan(seed, 60_000);
      expect(unmet(plan.map(({ kind }) => kind))).toEqual([]);
      const times = plan.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.every((atMs) => atMs >= 0 && atMs <= 60_000)).toBe(true);
    }
  });

  test('kills each worker as often as the others', () => {
    const killed = drawPlan(3, 60_000).filter(({ kind }) => kind === 'killWorker');
    for (const worker of WORKERS) {
      expect(killed.filter(({ target }) => target === worker)).toHaveLength(3);
    }
  });
});

describe('what was not done', () => {
  const done = drawPlan(1, 60_000).map(({ kind }) => kind);

  test.each(Object.entries(REQUIRED.byKind))('counts: %s', (kind, least) => {
    const others = done.filter((each) => each !== kind);
    const few = Array.from({ length: least - 1 }, () => kind);
    expect(unmet([...others, ...few])).toContain(`${kind}: ${least - 1} of at least ${least}`);
  });

  test('counts when there are too few faults, or too few kinds', () => {
    expect(unmet(done.slice(0, 100)).join()).toContain('faults: 100 of at least 120');
    const narrow = done.map((kind) => (kind in REQUIRED.byKind ? kind : 'delay'));
    expect(unmet(narrow).join()).toContain('kinds: 9 of at least 14');
  });
});
