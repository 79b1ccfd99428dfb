/** A universe of the moment in a backtest, and signals of coarse bars on fine ones. */
import { expect, test } from '@jest/globals';
import { EventBacktest } from '../../../../domain/evolution/backtest/event-backtest.ts';
import { onFinerBars } from '../../../../domain/evolution/backtest/finer-bars.ts';
import { withinUniverse } from '../../../../domain/evolution/backtest/within-universe.ts';
import { type Bar, MINUTE_MS, marketOf, START_MS, setupOf, signalsOf } from './made-market.ts';

const flat = (count: number): Bar[] => Array.from({ length: count }, () => [100, 100, 100, 100]);
const market = marketOf('ETH', flat(12), { volume: 1_000_000 });
const closeTimeMs = market.bars.openTimeMs.map((time) => time + MINUTE_MS);
const step = (bar: number, ...members: string[]) => ({
  atMs: START_MS + bar * MINUTE_MS,
  members: new Set(members),
});

test('nothing is opened in an asset that is no member at that moment, and what is open is closed', () => {
  const signals = signalsOf(market, [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1]);
  // A member from the close of the first bar to that of the fifth; from then on another one is.
  const steps = [step(1, 'ETH', 'BTC'), step(5, 'BTC')];
  const within = withinUniverse(signals, 'ETH', closeTimeMs, steps);
  expect([...within.mayOpen]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(within.signalAt(4).reason).toMatch(/is not in the universe$/);
  expect(within.signalAt(3)).toEqual(signals.signalAt(3));
  const { trades, openAtEnd } = new EventBacktest(setupOf([market], [within])).run();
  expect(trades).toHaveLength(1);
  expect(openAtEnd).toEqual([]);
});

test('before the first universe nothing is a member: what was chosen later is not known', () => {
  const signals = signalsOf(market, Array(12).fill(1));
  const late = [step(13, 'ETH')];
  expect([...withinUniverse(signals, 'ETH', closeTimeMs, late).mayOpen]).toEqual(Array(12).fill(0));
});

test('a signal of a coarse bar stands at the fine bar that ends with it, and nowhere else', () => {
  const coarse = marketOf('ETH', flat(4), { intervalMs: 3 * MINUTE_MS, volume: 1_000_000 });
  const signals = signalsOf(coarse, [1, -1, 0, 1]);
  const fine = { asset: 'ETH', intervalMs: MINUTE_MS, openTimeMs: market.bars.openTimeMs };
  const grid = { ...fine, intervalMs: 3 * MINUTE_MS, openTimeMs: coarse.bars.openTimeMs };
  const on = onFinerBars(signals, grid, fine);
  expect([...on.stance]).toEqual([2, 2, 1, 2, 2, -1, 2, 2, 0, 2, 2, 1]);
  expect(on.signalAt(5)).toEqual(signals.signalAt(1));
  expect(on.signalAt(4)).toMatchObject({ kind: 'noSignal' });
});
