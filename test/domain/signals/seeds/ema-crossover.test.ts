import { describe, expect, test } from '@jest/globals';
import { emaCrossover } from '../../../../domain/signals/seeds/ema-crossover.ts';
import { barsFromCloses } from '../../market/samples.ts';
import { genesOf, judgeLast } from '../samples.ts';

const LEVEL = 100;

/** A long quiet market, then the given closes. */
const after = (...closes: number[]) =>
  barsFromCloses([...new Array<number>(140).fill(LEVEL), ...closes], 1);

const judge = (closes: number[], input: object = {}) =>
  judgeLast(
    emaCrossover,
    after(...closes),
    genesOf(emaCrossover, { fast: 3, slow: 6, atrPeriod: 5, ...input }),
  );

describe('EMA crossover', () => {
  test('has no opinion while the means never parted', () => {
    expect(judge([LEVEL])).toMatchObject({ stance: 'none', reason: 'ema3 and ema6 never parted' });
  });

  test('opens on the bar of the cross, and only there by default', () => {
    const falling = [99, 98, 97];
    expect(judge(falling)).toMatchObject({ stance: 'short', changedThisBar: false });
    expect(judge([...falling, 110])).toMatchObject({
      stance: 'long',
      changedThisBar: true,
      mayOpen: true,
    });
    expect(judge([...falling, 110, 111])).toMatchObject({
      stance: 'long',
      changedThisBar: false,
      mayOpen: false,
    });
  });

  test('may open later in the state when its gene says so', () => {
    const late = judge([99, 98, 97, 110, 111], { enterOn: 'state' });
    expect(late).toMatchObject({ stance: 'long', changedThisBar: false, mayOpen: true });
  });

  test('takes the first parting of the means as no cross: nobody led before', () => {
    expect(judge([98])).toMatchObject({ stance: 'short', changedThisBar: false, mayOpen: false });
  });

  test('takes means that only touch as no cross', () => {
    const touching = [...new Array<number>(300).fill(101)];
    expect(judge(touching)).toMatchObject({ stance: 'long', changedThisBar: false });
  });

  test('puts the stop a multiple of the average true range away', () => {
    const near = judge([99, 98, 110], { stopAtrMultiple: 1 });
    const far = judge([99, 98, 110], { stopAtrMultiple: 3 });
    if (near.stance === 'none' || far.stance === 'none') throw new Error('no verdict');
    expect(far.stopDistanceFraction / near.stopDistanceFraction).toBeCloseTo(3, 12);
  });

  test('is flat instead of short where shorts are not allowed', () => {
    expect(judge([110, 111, 90], { allowShort: 'no' })).toMatchObject({
      stance: 'flat',
      changedThisBar: true,
    });
  });

  test('says the numbers that decided', () => {
    const verdict = judge([99, 98, 97, 110]);
    expect(verdict.reason).toMatch(
      /^ema3 [\d.]+ is above ema6 [\d.]+ \(crossed on this bar\); atr [\d.]+$/,
    );
  });
});
