import { describe, expect, test } from '@jest/globals';
import type { OrderIntent } from '../../../../domain/execution/intent.ts';
import type { BracketSpec } from '../../../../domain/execution/parents/bracket.ts';
import { planBracket } from '../../../../domain/execution/parents/bracket.ts';
import { hearLeg } from '../../../../domain/execution/parents/leg-news.ts';
import { legIntent, type ParentIntent } from '../../../../domain/execution/parents/parent.ts';
import type { LegPlan, LegState } from '../../../../domain/execution/parents/plan.ts';
import { px, sizeBase } from '../../../../domain/kernel/decimal.ts';
import { accountAddress, intentId } from '../../../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../../../domain/market/asset.ts';

const spec: BracketSpec = {
  kind: 'bracket',
  side: 'buy',
  sizeBase: sizeBase('1'),
  stopPx: px('90'),
  targetPx: px('110'),
};
const parent: ParentIntent = {
  network: 'paper',
  account: accountAddress(`0x${'a'.repeat(40)}`),
  intentId: intentId('p'),
  strategy: 'manual',
  asset: 'BTC',
  spec,
};
const entry: LegState = {
  plan: {
    name: 'entry',
    leg: 'entry',
    side: 'buy',
    type: 'MARKET',
    sizeBase: sizeBase('1'),
    reduceOnly: false,
  },
  status: 'FILLED',
  filledBase: sizeBase('1'),
  startedMs: 0,
  endedMs: 0,
};
const closing = (number: number): LegPlan => ({
  name: `flatten-${number}`,
  leg: 'exit',
  side: 'sell',
  type: 'MARKET',
  sizeBase: sizeBase('1'),
  reduceOnly: true,
});
const REFUSAL = 'Reduce only order would increase position. asset=0';

/** The filled entry and closing orders that were refused in these words, as their parent heard. */
function heard(...reasons: readonly (string | undefined)[]): readonly LegState[] {
  return reasons.reduce<readonly LegState[]>(
    (legs, reason, number) => {
      const intent: OrderIntent = legIntent(parent, closing(number));
      const news = { intent, status: 'REJECTED' as const, filledBase: sizeBase('0'), version: 1 };
      return hearLeg(parent.intentId, legs, { ...news, ...(reason && { reason }) }, number);
    },
    [entry],
  );
}

const plan = (legs: readonly LegState[]) =>
  planBracket(spec, { asset: {} as AssetSpec, nowMs: 1_000_000, startedMs: 0, legs }, 'enough');

describe('a bracket that closes what somebody else has closed', () => {
  test('ends when the venue has said three times in a row that there is nothing to reduce', () => {
    expect(plan(heard(REFUSAL, REFUSAL, REFUSAL)).end?.kind).toBe('stopped');
  });

  test.each<[string, readonly (string | undefined)[]]>([
    ['less often', [REFUSAL, REFUSAL]],
    ['not in a row', [REFUSAL, 'Only post-only orders allowed', REFUSAL, REFUSAL]],
    [
      'in other words',
      ['Action already expired', 'Action already expired', 'Action already expired'],
    ],
    ['without words', [undefined, undefined, undefined]],
  ])('tries on when it was told %s', (_what, reasons) => {
    const moves = plan(heard(...reasons));
    expect(moves.end).toBeUndefined();
    expect(moves.start.map(({ name }) => name)).toEqual([`flatten-${reasons.length}`]);
  });
});
