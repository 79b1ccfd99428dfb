import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NoResult } from '../../../client/cli/failure.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderStatus } from '../../../domain/execution/order-view.ts';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import type { OrderStory } from '../../../gateways/ledger/order-story.ts';
import { ACCOUNT, CLOID, documentOf, run, unreachable, viewOf } from './fake-world.ts';

const PLACE = ['order', 'place', 'BTC', 'buy', '0.01', '--price', '60000'];

/** Submits and remembers the intent; the answer has the given state. */
function accepting(status: OrderStatus = 'SUBMITTED', extra = {}) {
  const seen: OrderIntent[] = [];
  const submitOrder = async (intent: OrderIntent) => {
    seen.push(intent);
    return viewOf(intent, { status, ...extra });
  };
  return { seen, workflows: { submitOrder } };
}

describe('order place', () => {
  test('the words of the command line become a complete intent', async () => {
    const { seen, workflows } = accepting();
    const words = [...PLACE, '--tif', 'alo', '--intent-key', 'K1', '--strategy', 'grid'];
    const { exit } = await run(words, { workflows });
    expect(exit).toBe(0);
    expect(seen).toEqual([
      {
        network: 'paper',
        account: ACCOUNT,
        intentId: 'K1',
        strategy: 'grid',
        leg: 'main',
        asset: 'BTC',
        side: 'buy',
        type: 'LIMIT',
        sizeBase: '0.01',
        reduceOnly: false,
        limitPx: '60000',
        timeInForce: 'ALO',
      },
    ]);
  });

  test("the account is looked after from then on; that this fails is not the order's business", async () => {
    const asked: string[] = [];
    const ensureAccount = async ({ account }: { readonly account: string }) => {
      asked.push(account);
      throw new Error('Temporal is busy');
    };
    const { workflows } = accepting();
    const { exit } = await run([...PLACE, '--intent-key', 'K1'], {
      workflows: { ...workflows, ensureAccount },
    });
    expect([exit, asked]).toEqual([0, [ACCOUNT]]);
  });

  test('under --json one document has every key, with null for what is not known', async () => {
    const done = await run([...PLACE, '--intent-key', 'K1', '--json'], accepting());
    expect(documentOf(done)).toMatchObject({
      intentId: 'K1',
      workflowId: `order:${ACCOUNT}:K1`,
      status: 'SUBMITTED',
      cloid: CLOID,
      oid: 77,
      filledBase: '0',
      averagePx: null,
      feeUsd: '0',
      closedPnlUsd: '0',
      fills: [],
      reason: null,
      denial: null,
    });
    expect(done.stderr).toBe('');
  });

  test('without an intent key the order gets a readable one, which is printed', async () => {
    const done = await run([...PLACE, '--json'], accepting());
    expect(documentOf(done).intentId).toBe('cli-20260302100000-abababab');
    expect((await run(PLACE, accepting())).stdout).toContain('cli-20260302100000-abababab');
  });

  test('--wait prints the end of the order', async () => {
    const { workflows, seen } = accepting();
    const orderEnd = async () => viewOf(seen[0] as OrderIntent, { status: 'FILLED' });
    const done = await run([...PLACE, '--wait', '--json'], {
      workflows: { ...workflows, orderEnd },
    });
    expect(done.exit).toBe(0);
    expect(documentOf(done)).toMatchObject({ status: 'FILLED', timedOut: false });
  });

  test('--wait waits for the fills of an order that has ended already', async () => {
    const { workflows, seen } = accepting('FILLED');
    const orderEnd = async () =>
      viewOf(seen[0] as OrderIntent, { status: 'FILLED', filledBase: sizeBase('0.01') });
    const done = await run([...PLACE, '--wait', '--json'], {
      workflows: { ...workflows, orderEnd },
    });
    expect(documentOf(done)).toMatchObject({ status: 'FILLED', filledBase: '0.01' });
  });

  test('an order that is still open after the time fails, and goes on by itself', async () => {
    const { workflows, seen } = accepting();
    const orderEnd = async () => undefined;
    const orderState = async () =>
      viewOf(seen[0] as OrderIntent, { status: 'PARTIALLY_FILLED', filledBase: sizeBase('0.004') });
    const done = await run([...PLACE, '--wait', '--timeout', '50ms', '--json'], {
      workflows: { ...workflows, orderEnd, orderState },
    });
    expect(done.exit).toBe(1);
    expect(documentOf(done)).toMatchObject({ status: 'PARTIALLY_FILLED', timedOut: true });
  });

  describe('whose workflow was terminated, and has no result,', () => {
    const noResult = async (): Promise<never> => {
      throw new NoResult(EXIT.failed, 'order:K1: ended without a result: terminated');
    };
    const placed = async (): Promise<OrderIntent> => {
      const { seen, workflows } = accepting();
      await run([...PLACE, '--intent-key', 'K1'], { workflows });
      return seen[0] as OrderIntent;
    };
    const recorded = (intent: OrderIntent, status: OrderStatus) => ({
      order: async () =>
        ({ workflowId: 'order:K1', intent, view: viewOf(intent, { status }) }) as OrderStory,
    });

    test('ends as the ledger was told, whether it is asked for again or waited for', async () => {
      const intent = await placed();
      const again = await run([...PLACE, '--intent-key', 'K1', '--json'], {
        workflows: { submitOrder: noResult },
        ledger: recorded(intent, 'CANCELLED'),
      });
      expect([again.exit, documentOf(again).status]).toEqual([0, 'CANCELLED']);
      const waited = await run([...PLACE, '--intent-key', 'K1', '--wait', '--json'], {
        workflows: { submitOrder: async () => viewOf(intent), orderEnd: noResult },
        ledger: recorded(intent, 'FILLED'),
      });
      expect(documentOf(waited)).toMatchObject({ status: 'FILLED', timedOut: false });
    });

    test('is not said to have ended while the ledger has it open', async () => {
      const done = await run([...PLACE, '--intent-key', 'K1'], {
        workflows: { submitOrder: noResult },
        ledger: recorded(await placed(), 'SUBMITTED'),
      });
      expect(done.exit).toBe(1);
      expect(done.stderr).toContain('ended without a result: terminated');
    });
  });

  const denial = (kind: 'invalid' | 'risk' | 'halted') => ({
    denial: { kind, field: 'size', value: '9', rule: 'must be less' },
  });

  test.each([
    ['DENIED', denial('risk'), 3],
    ['DENIED', denial('halted'), 3],
    ['DENIED', denial('invalid'), 2],
    ['REJECTED', { reason: 'Insufficient margin' }, 1],
    ['EXPIRED', {}, 1],
    ['CANCELLED', {}, 0],
    ['FILLED', {}, 0],
    ['IN_DOUBT', {}, 0],
  ] as const)('an order that is %s (%j) exits with %i', async (status, extra, exit) => {
    expect((await run(PLACE, accepting(status, extra))).exit).toBe(exit);
  });

  test('a denial names field, value and rule', async () => {
    const done = await run(PLACE, accepting('DENIED', denial('risk')));
    expect(done.stdout).toContain('size "9": must be less');
  });

  test('the same key and the same order shows the existing one', async () => {
    const submitOrder = async (intent: OrderIntent) => viewOf({ ...intent }, { status: 'FILLED' });
    const done = await run([...PLACE, '--intent-key', 'K1'], { workflows: { submitOrder } });
    expect(done.exit).toBe(0);
  });

  test('the same key and another order is refused, naming what differs', async () => {
    const submitOrder = async (intent: OrderIntent) =>
      viewOf({ ...intent, sizeBase: sizeBase('0.02'), side: 'sell' });
    const done = await run([...PLACE, '--intent-key', 'K1', '--json'], {
      workflows: { submitOrder },
    });
    expect(done.exit).toBe(3);
    const message = (documentOf(done).error as { message: string }).message;
    expect(message).toContain('differs in side, size');
    expect(message).toContain('size 0.02, not 0.01');
  });

  test.each([
    [
      ['order', 'place', 'BTC', 'hold', '1', '--price', '1'],
      'side "hold": must be one of buy, sell',
    ],
    [['order', 'place', 'BTC', 'buy', '1e5', '--price', '1'], 'size "1e5"'],
    [['order', 'place', 'BTC', 'buy', '0', '--price', '1'], 'size "0"'],
    [['order', 'place', 'BTC', 'buy', '1', '--price', 'NaN'], '--price "NaN"'],
    [['order', 'place', 'B C', 'buy', '1', '--price', '1'], 'asset "B C"'],
    [['order', 'place', 'BTC', 'buy', '1'], '--price "": a LIMIT order needs a limit price'],
    [['order', 'place', 'BTC', 'buy', '1', '--type', 'market', '--price', '1'], '--price "1"'],
    [[...PLACE, '--intent-key', 'no spaces'], 'intent-key "no spaces"'],
    [[...PLACE, '--timeout', '5'], '--timeout "5": must be a duration'],
    [[...PLACE, '--max-slippage', '0.01'], '--max-slippage "0.01"'],
    [['order', 'place', 'BTC', 'sell', '1', '--type', 'stop-loss'], '--trigger-price ""'],
    [
      ['order', 'place', 'BTC', 'sell', '1', '--type', 'stop-loss', '--trigger-price', '9'],
      '--reduce-only "false": a STOP_LOSS order must be reduce-only',
    ],
  ])('bad input is a usage error before anything is sent: %j', async (words, text) => {
    const done = await run(words);
    expect(done.exit).toBe(2);
    expect(done.stderr).toContain(text);
    expect(done.stdout).toBe('');
  });

  test('no text as a size is ever taken for a number that it is not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const { seen, workflows } = accepting();
        const done = await run(['order', 'place', 'BTC', 'buy', '--price', '1', '--', text], {
          workflows,
        });
        if (done.exit === 2) return seen.length === 0;
        return Number(seen[0]?.sizeBase) === Number(text) && Number(text) > 0;
      }),
      { numRuns: 300 },
    );
  });

  test('without Temporal it exits with 4 and says which address and what to do', async () => {
    const done = await run([...PLACE, '--json'], { world: { workflows: unreachable } });
    expect(done.exit).toBe(4);
    expect(done.stderr).toContain('127.0.0.1:7233');
    expect(done.stderr).toContain('mend: perpetua up');
    expect(documentOf(done)).toEqual({
      error: {
        exitCode: 4,
        message: 'Temporal 127.0.0.1:7233: cannot be reached',
        mend: 'perpetua up',
      },
    });
  });
});
