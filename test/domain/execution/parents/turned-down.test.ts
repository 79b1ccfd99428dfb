import { expect, test } from '@jest/globals';
import { planBracket } from '../../../../domain/execution/parents/bracket.ts';
import { planIceberg } from '../../../../domain/execution/parents/iceberg.ts';
import { planOco } from '../../../../domain/execution/parents/oco.ts';
import type { LegPlan, LegState, Moves, Sight } from '../../../../domain/execution/parents/plan.ts';
import { px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import { BTC } from './toy-world.ts';

const SIZE = sizeBase('1');
const order = { side: 'sell', sizeBase: SIZE, limitPx: px('200'), reduceOnly: false } as const;

/** What a parent does when its only leg of this name was turned down by the venue. */
function afterRefusal(name: string, plan: (sight: Sight) => Moves): Moves {
  const leg: LegPlan = { ...order, name, leg: 'entry', type: 'LIMIT' };
  const refused: LegState = {
    plan: leg,
    status: 'REJECTED',
    filledBase: sizeBase(0),
    startedMs: 0,
    endedMs: 1,
    refusal: 'too far away',
  };
  return plan({ legs: [refused], asset: BTC, startedMs: 0, nowMs: 2 });
}

test.each([
  [
    'bracket',
    'the entry ended REJECTED: too far away',
    afterRefusal('entry', (sight) =>
      planBracket(
        { kind: 'bracket', side: 'buy', sizeBase: SIZE, stopPx: px('90'), targetPx: px('110') },
        sight,
      ),
    ),
  ],
  [
    'iceberg',
    'slice-0 ended REJECTED: too far away',
    afterRefusal('slice-0', (sight) =>
      planIceberg({ ...order, kind: 'iceberg', shownBase: sizeBase('0.1') }, sight),
    ),
  ],
  [
    'OCO',
    'first ended REJECTED: too far away',
    afterRefusal('first', (sight) =>
      planOco(
        { kind: 'oco', first: { ...order, type: 'LIMIT' }, second: { ...order, type: 'LIMIT' } },
        sight,
      ),
    ),
  ],
])('%s: a parent that stops for a refused leg says why in the venue’s words', (...told) => {
  const [, reason, moves] = told;
  expect(moves.end).toEqual({ kind: 'stopped', reason });
});
