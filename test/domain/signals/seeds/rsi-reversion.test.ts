import { describe, expect, test } from '@jest/globals';
import { parseGenes } from '../../../../domain/signals/genes.ts';
import { rsiReversion } from '../../../../domain/signals/seeds/rsi-reversion.ts';
import { barsFromCloses } from '../../market/samples.ts';
import { genesOf, judgeLast } from '../samples.ts';

const SMALL = { period: 5, atrPeriod: 5, maxHoldBars: 10 };

/** A market that swings evenly (RSI near 50), then moves by the given steps. */
function after(...steps: number[]) {
  const closes = Array.from({ length: 160 }, (_, index) => 1000 + (index % 2));
  for (const step of steps) closes.push((closes.at(-1) ?? 0) + step);
  return barsFromCloses(closes);
}

const judge = (steps: number[], input: object = {}) =>
  judgeLast(rsiReversion, after(...steps), genesOf(rsiReversion, { ...SMALL, ...input }));

const FALL = [-6];

describe('RSI reversion', () => {
  test('is flat in a market without extremes', () => {
    expect(judge([])).toMatchObject({ stance: 'flat', changedThisBar: false, mayOpen: false });
  });

  test('goes long on the bar that falls into the oversold zone', () => {
    expect(judge(FALL)).toMatchObject({ stance: 'long', changedThisBar: true, mayOpen: true });
  });

  test('stays long, without a new entry, until the exit level', () => {
    expect(judge([...FALL, 0.1])).toMatchObject({ stance: 'long', mayOpen: false });
    expect(judge([...FALL, 0.1], { enterOn: 'state' })).toMatchObject({ mayOpen: true });
    expect(judge([...FALL, 9])).toMatchObject({ stance: 'flat', changedThisBar: true });
  });

  test('goes short on the bar that rises into the overbought zone, and leaves alike', () => {
    expect(judge([6])).toMatchObject({ stance: 'short', changedThisBar: true, mayOpen: true });
    expect(judge([6, -9])).toMatchObject({ stance: 'flat', changedThisBar: true });
  });

  test('turns when the other zone follows at once', () => {
    expect(judge([...FALL, 40])).toMatchObject({ stance: 'short', changedThisBar: true });
  });

  test('leaves after the longest hold, counted from the entry bar', () => {
    const drift = (bars: number) => [...FALL, ...new Array<number>(bars).fill(-0.1)];
    expect(judge(drift(3), { maxHoldBars: 4 })).toMatchObject({ stance: 'long' });
    expect(judge(drift(4), { maxHoldBars: 4 })).toMatchObject({ stance: 'flat' });
  });

  test('takes a market that stands still as neutral, not as oversold', () => {
    const bars = barsFromCloses(new Array<number>(160).fill(7));
    const verdict = judgeLast(rsiReversion, bars, genesOf(rsiReversion, SMALL));
    expect(verdict).toMatchObject({ stance: 'flat' });
  });

  test('wants oversold below the exit level below overbought', () => {
    const parsed = parseGenes(rsiReversion, { oversold: 45, exitLevel: 40 });
    expect(!parsed.ok && parsed.error).toMatchObject([
      { field: 'oversold', rule: 'must be less than exitLevel (40)' },
    ]);
  });

  test('is surer the farther the exit level is away', () => {
    const [mild, deep] = [judge(FALL), judge([-60])];
    if (mild.stance === 'none' || deep.stance === 'none') throw new Error('no verdict');
    expect(deep.strength).toBeGreaterThan(mild.strength);
  });
});
