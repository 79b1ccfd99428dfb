import { describe, expect, test } from '@jest/globals';
import type { OrderStory } from '../../../client/cli/story.ts';
import type { CancelAnswer } from '../../../client/cli/world.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId } from '../../../domain/kernel/ids.ts';
import type { OrderFilter } from '../../../gateways/ledger/reader.ts';
import { ACCOUNT, documentOf, NOW_MS, run, unreachable, viewOf } from './fake-world.ts';

const INTENT: OrderIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('K1'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'LIMIT',
  sizeBase: sizeBase('0.01'),
  reduceOnly: false,
  limitPx: px('60000'),
};
const WORKFLOW_ID = `order:${ACCOUNT}:K1`;

const storyOf = (view?: OrderView): OrderStory => ({
  account: ACCOUNT,
  intentId: INTENT.intentId,
  workflowId: WORKFLOW_ID,
  intent: INTENT,
  ...(view === undefined ? {} : { view }),
  steps: [],
  envelopes: [],
  fills: [],
});
const knowing = (view?: OrderView) => ({ order: async () => storyOf(view) });
const open = viewOf(INTENT);
const filled = viewOf(INTENT, { status: 'FILLED', filledBase: sizeBase('0.01') });

describe('order list', () => {
  const listing = () => {
    const filters: OrderFilter[] = [];
    const orders = async (filter?: OrderFilter) => {
      filters.push(filter ?? {});
      const row = { intentId: INTENT.intentId, account: ACCOUNT, workflowId: WORKFLOW_ID };
      return [{ ...row, view: open, createdMs: NOW_MS, updatedMs: NOW_MS }];
    };
    return { filters, ledger: { orders } };
  };

  test.each([
    [[], { account: ACCOUNT, limit: 50, openOnly: true }],
    [['--status', 'all', '--limit', '3'], { account: ACCOUNT, limit: 3 }],
    [
      ['--status', 'FILLED', '--asset', 'ETH', '--session', 'demo'],
      { account: ACCOUNT, limit: 50, status: 'FILLED', asset: 'ETH', session: 'demo' },
    ],
  ])('%j asks the ledger for just that', async (words, filter) => {
    const { filters, ledger } = listing();
    await run(['order', 'list', ...words], { ledger });
    expect(filters).toEqual([filter]);
  });

  test('columns are aligned and headed', async () => {
    const { stdout } = await run(['order', 'list'], listing());
    const [header, row] = stdout.split('\n');
    expect(header?.indexOf('status')).toBe(row?.indexOf('SUBMITTED'));
    expect(header?.startsWith('changed')).toBe(true);
  });

  test.each([
    [[], 'no order is open (--status all: ended ones too)\n'],
    [['--status', 'FILLED'], 'no such order\n'],
  ])('%j that finds none says of which', async (words, said) => {
    const ledger = { orders: async () => [] };
    expect((await run(['order', 'list', ...words], { ledger })).stdout).toBe(said);
  });

  test('it works while Temporal is down', async () => {
    const done = await run(['order', 'list', '--json'], {
      ...listing(),
      world: { workflows: unreachable },
    });
    expect(done.exit).toBe(0);
    expect((documentOf(done).orders as unknown[]).length).toBe(1);
  });
});

describe('order show', () => {
  test('an open order is asked for its live state', async () => {
    const live = viewOf(INTENT, { status: 'PARTIALLY_FILLED' });
    const done = await run(['order', 'show', 'K1', '--json'], {
      ledger: knowing(open),
      workflows: { orderState: async () => live },
    });
    expect(documentOf(done)).toMatchObject({ status: 'PARTIALLY_FILLED', isLive: true });
  });

  test('an order that has ended needs the ledger only', async () => {
    const done = await run(['order', 'show', 'K1', '--json'], { ledger: knowing(filled) });
    expect(documentOf(done)).toMatchObject({ status: 'FILLED', isLive: false });
  });

  test('while Temporal is down the ledger answers, and says so', async () => {
    const done = await run(['order', 'show', 'K1', '--json'], {
      ledger: knowing(open),
      world: { workflows: unreachable },
    });
    expect(done.exit).toBe(0);
    expect(documentOf(done)).toMatchObject({ status: 'SUBMITTED', isLive: false });
    expect(done.stderr).toContain('this is what the ledger has');
  });

  test('an order that nobody knows exits with 5', async () => {
    const done = await run(['order', 'show', 'K9', '--json'], {
      ledger: { order: async () => undefined },
      workflows: { orderState: async () => undefined },
    });
    expect(done.exit).toBe(5);
    expect(documentOf(done).error).toMatchObject({ exitCode: 5, field: 'order', value: 'K9' });
  });
});

describe('order cancel', () => {
  const cancelling = (answer: CancelAnswer) => ({
    ledger: knowing(open),
    workflows: { orderState: async () => open, cancelOrder: async () => answer },
  });

  test('it waits for the end and exits with 0', async () => {
    const view = viewOf(INTENT, { status: 'CANCELLED' });
    const done = await run(
      ['order', 'cancel', 'K1', '--json'],
      cancelling({ kind: 'cancelled', view }),
    );
    expect(done.exit).toBe(0);
    expect(documentOf(done)).toMatchObject({ status: 'CANCELLED' });
  });

  test('an order that filled first could not be cancelled', async () => {
    const done = await run(
      ['order', 'cancel', 'K1'],
      cancelling({ kind: 'alreadyEnded', view: filled }),
    );
    expect(done.exit).toBe(1);
    expect(done.stdout).toContain('FILLED');
  });

  test('an order that does not end in time is a failure that names the next step', async () => {
    const done = await run(['order', 'cancel', 'K1'], cancelling({ kind: 'stillOpen' }));
    expect(done.exit).toBe(1);
    expect(done.stderr).toContain('perpetua order show K1');
  });

  test('an order that has ended already is shown, not asked', async () => {
    const ended = viewOf(INTENT, { status: 'CANCELLED' });
    const done = await run(['order', 'cancel', 'K1', '--json'], { ledger: knowing(ended) });
    expect(done.exit).toBe(0);
  });

  test('--no-wait only asks', async () => {
    const asked: string[] = [];
    const requestCancel = async (workflowId: string) => {
      asked.push(workflowId);
      return true;
    };
    const done = await run(['order', 'cancel', 'K1', '--no-wait', '--json'], {
      ledger: knowing(open),
      workflows: { orderState: async () => open, requestCancel },
    });
    expect(asked).toEqual([WORKFLOW_ID]);
    expect(documentOf(done)).toMatchObject({ cancelRequested: true });
  });

  test('while Temporal is down it exits with 4 instead of claiming anything', async () => {
    const done = await run(['order', 'cancel', 'K1'], {
      ledger: knowing(open),
      world: { workflows: unreachable },
    });
    expect(done.exit).toBe(4);
    expect(done.stdout).toBe('');
  });
});
