/**
 * The whole proof that both engines are one: every strategy on real bars, two assets in a portfolio,
 * and hundreds of setups drawn at random, against the event-driven engine at every moment.
 */
import { describe, expect, test } from '@jest/globals';
import { SEEDS } from '../../../../domain/signals/registry.ts';
import { drawnSetup, runEvents, runVector, withTargets } from './drawn-setup.ts';
import { realSetup, WITH_TARGETS } from './real-setup.ts';

const REAL_BARS = 43_190;
const DRAWN = 300;
/** With targets a third of the bars and of the setups: what differs from above is the exits alone. */
const TARGET_BARS = 14_400;
const DRAWN_WITH_TARGETS = 100;

describe('on a month of real bars', () => {
  test.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s', (_name, seed) => {
    const setup = realSetup(seed, REAL_BARS);
    const events = runEvents(setup);
    expect(runVector(setup)).toEqual(events);
    expect(events.trades.length).toBeGreaterThan(20);
  });
});

describe('on ten days of real bars, with two targets and a stop that moves', () => {
  test.each(SEEDS.map((seed) => [seed.name, seed] as const))('%s', (_name, seed) => {
    const setup = realSetup(seed, TARGET_BARS, WITH_TARGETS);
    const events = runEvents(setup);
    expect(runVector(setup)).toEqual(events);
    const partly = events.trades.filter(({ targets, cause }) => targets && cause !== 'target');
    expect(partly.length).toBeGreaterThan(2);
    expect(events.trades.some(({ cause }) => cause === 'target')).toBe(true);
  });
});

test(`${DRAWN} drawn setups are equal at every moment, and liquidations are among them`, () => {
  let liquidations = 0;
  for (let number = 1; number <= DRAWN; number += 1) {
    const setup = drawnSetup(number);
    const events = runEvents({ ...setup, pace: 'everyStep' });
    expect(runVector(setup)).toEqual(events);
    liquidations += events.liquidations;
  }
  expect(liquidations).toBeGreaterThan(10);
});

test(`${DRAWN_WITH_TARGETS} drawn setups with drawn targets are equal at every moment`, () => {
  const causes = new Map<string, number>();
  for (let number = 1; number <= DRAWN_WITH_TARGETS; number += 1) {
    const setup = withTargets(drawnSetup(number), number);
    const events = runEvents({ ...setup, pace: 'everyStep' });
    expect(runVector(setup)).toEqual(events);
    for (const { cause } of events.trades) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  for (const cause of ['target', 'stop', 'signal']) {
    expect(causes.get(cause) ?? 0).toBeGreaterThan(100);
  }
  expect(causes.get('liquidation') ?? 0).toBeGreaterThan(1);
});
