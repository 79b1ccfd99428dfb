import { describe, expect, test } from '@jest/globals';
import { CliFailure } from '../../../client/cli/failure.ts';
import type { AmendAnswer, CancelAnswer, Workflows } from '../../../client/cli/world.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { accountWorkflowId, intentId } from '../../../domain/kernel/ids.ts';
import type { OrderFilter } from '../../../gateways/ledger/reader.ts';
import { ACCOUNT, documentOf, NOW_MS, run, viewOf } from './fake-world.ts';

const intentOf = (key: string, fields: Partial<OrderIntent> = {}): OrderIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(key),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('0.01'),
  reduceOnly: false,
  limitPx: px('60000'),
  ...fields,
});
const workflowOf = (key: string): string => `order:${ACCOUNT}:${key}`;

describe('order amend', () => {
  const amending = (answer: AmendAnswer) => {
    const changes: unknown[] = [];
    return {
      changes,
      ledger: { order: async () => undefined },
      workflows: {
        orderState: async () => viewOf(intentOf('K1')),
        amendOrder: async (_id: string, change: unknown) => {
          changes.push(change);
          return answer;
        },
      },
    };
  };
  const amended = viewOf(intentOf('K1', { limitPx: px('59000') }), {
    placedAs: intentOf('K1'),
  });

  test('the change goes to the workflow, and the changed order comes back', async () => {
    const { changes, ...world } = amending({ kind: 'amended', view: amended });
    const words = ['order', 'amend', 'K1', '--price', '59000', '--size', '0.02', '--json'];
    const done = await run(words, world);
    expect(done.exit).toBe(0);
    expect(changes).toEqual([{ limitPx: '59000', sizeBase: '0.02' }]);
    expect(documentOf(done)).toMatchObject({
      intent: { limitPx: '59000' },
      placedAs: { limitPx: '60000' },
    });
  });

  test('a change that is refused exits with 3 and the reason', async () => {
    const { changes: _changes, ...world } = amending({
      kind: 'refused',
      reason: 'it filled first',
    });
    const done = await run(['order', 'amend', 'K1', '--price', '59000'], world);
    expect(done.exit).toBe(3);
    expect(done.stderr).toContain('it filled first');
  });

  test('a change that takes too long exits with 1', async () => {
    const { changes: _changes, ...world } = amending({ kind: 'stillOpen' });
    expect((await run(['order', 'amend', 'K1', '--size', '1'], world)).exit).toBe(1);
  });

  test.each([
    [['order', 'amend', 'K1'], 'change'],
    [['order', 'amend', 'K1', '--price', 'cheap'], '--price'],
  ])('%j is a mistake in the words', async (words, field) => {
    const done = await run([...words, '--json'], {});
    expect(done.exit).toBe(2);
    expect(documentOf(done).error).toMatchObject({ field });
  });
});

describe('order cancel --all', () => {
  const open = ['A', 'B', 'C'].map((key) => ({
    intentId: intentId(key),
    account: ACCOUNT,
    workflowId: workflowOf(key),
    view: viewOf(intentOf(key)),
    createdMs: NOW_MS,
    updatedMs: NOW_MS,
  }));
  const cancelling = (answerOf: (id: string) => CancelAnswer) => {
    const filters: OrderFilter[] = [];
    return {
      filters,
      ledger: {
        orders: async (filter?: OrderFilter) => {
          filters.push(filter ?? {});
          return open;
        },
      },
      workflows: { cancelOrder: async (id: string) => answerOf(id) },
    };
  };
  const gone = (): CancelAnswer => ({
    kind: 'cancelled',
    view: viewOf(intentOf('A'), { status: 'CANCELLED' }),
  });

  test('every open order of the asset and session is cancelled and reported', async () => {
    const { filters, ...world } = cancelling(gone);
    const words = ['order', 'cancel', '--all', '--asset', 'BTC', '--session', 'demo', '--json'];
    const done = await run(words, world);
    expect(done.exit).toBe(0);
    expect(filters).toEqual([
      { account: ACCOUNT, openOnly: true, limit: 10_000, asset: 'BTC', session: 'demo' },
    ]);
    expect(documentOf(done)).toMatchObject({
      stillOpen: 0,
      orders: [{ outcome: 'cancelled' }, { outcome: 'cancelled' }, { outcome: 'cancelled' }],
    });
  });

  test('one that cannot be cancelled in time is named, and the exit code is 1', async () => {
    const { filters: _filters, ...world } = cancelling((id) =>
      id === workflowOf('B') ? { kind: 'stillOpen' } : gone(),
    );
    const done = await run(['order', 'cancel', '--all'], world);
    expect(done.exit).toBe(1);
    expect(done.stdout).toMatch(/B .*stillOpen/);
  });

  describe('of more orders than one action of the venue cancels', () => {
    const many = Array.from({ length: 40 }, (_none, index) => intentId(`M${index}`)).map((key) => ({
      ...(open[0] as (typeof open)[number]),
      intentId: key,
      workflowId: workflowOf(key),
    }));
    const crowd = (cancelResting: Workflows['cancelResting']) => {
      const asked: string[] = [];
      return {
        asked,
        ledger: { orders: async () => many },
        workflows: {
          cancelResting: (...request: Parameters<Workflows['cancelResting']>) => {
            asked.push('together');
            return cancelResting(...request);
          },
          cancelOrder: async (id: string): Promise<CancelAnswer> => {
            asked.push(id);
            return { ...gone(), kind: 'alreadyEnded' } as CancelAnswer;
          },
        },
      };
    };

    test('they are taken off the venue together before each is asked for its end', async () => {
      const choices: unknown[] = [];
      const { asked, ...world } = crowd(async (workflowId, choice) => {
        choices.push(workflowId, choice);
        return { cancelled: 38, left: 2 };
      });
      const words = ['order', 'cancel', '--all', '--asset', 'BTC', '--json'];
      const done = await run(words, world);
      expect(done.exit).toBe(0);
      expect(choices).toEqual([accountWorkflowId(ACCOUNT), { asset: 'BTC' }]);
      expect(asked[0]).toBe('together');
      expect(new Set(asked.slice(1))).toEqual(new Set(many.map(({ workflowId }) => workflowId)));
      expect(documentOf(done)).toMatchObject({
        stillOpen: 0,
        together: { cancelled: 38, left: 2 },
      });
      const { orders } = documentOf(done) as { orders: { outcome: string }[] };
      expect(new Set(orders.map(({ outcome }) => outcome))).toEqual(new Set(['cancelled']));
    });

    test.each([
      ['the account is not watched', async () => undefined],
      [
        'the venue does not answer',
        async () => {
          throw new CliFailure(EXIT.refused, 'venue: no answer');
        },
      ],
    ])('each is asked all the same when %s', async (_why, cancelResting) => {
      const { asked, ...world } = crowd(cancelResting);
      const done = await run(['order', 'cancel', '--all', '--json'], world);
      expect(done.exit).toBe(0);
      expect(asked).toHaveLength(41);
      expect(documentOf(done)).not.toHaveProperty('together');
    });
  });

  test.each([
    [['order', 'cancel']],
    [['order', 'cancel', 'K1', '--all']],
    [['order', 'cancel', 'K1', '--asset', 'BTC']],
  ])('%j is a mistake in the words', async (words) => {
    expect((await run(words, {})).exit).toBe(2);
  });
});
