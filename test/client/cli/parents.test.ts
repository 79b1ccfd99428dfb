/** Parent orders on the command line: what the words become, and what a script is told. */
import { describe, expect, test } from '@jest/globals';
import type { ParentRow } from '../../../activities/ports/ledger.ts';
import { NoResult } from '../../../client/cli/failure.ts';
import type { ParentIntent } from '../../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { intentId, parentWorkflowId } from '../../../domain/kernel/ids.ts';
import { ACCOUNT, documentOf, NOW_MS, run, unreachable, viewOf } from './fake-world.ts';

const parentView = (intent: ParentIntent, overrides: Partial<ParentView> = {}): ParentView => ({
  intent,
  status: 'WORKING',
  startedMs: NOW_MS,
  legs: [],
  filledBase: sizeBase(0),
  ...overrides,
});

/** Runs a command that starts a parent; answers what was asked for. */
async function placing(...words: string[]) {
  const asked: ParentIntent[] = [];
  const done = await run(['order', ...words, '--json'], {
    workflows: {
      submitParent: async (intent) => {
        asked.push(intent);
        return parentView(intent);
      },
    },
  });
  return { done, spec: asked[0]?.spec, intent: asked[0] };
}

const sized = { side: 'buy', sizeBase: '0.1' } as const;

describe('placing', () => {
  test.each([
    [
      ['bracket', 'BTC', 'buy', '0.1', '--stop', '58000', '--target', '65000'],
      { kind: 'bracket', ...sized, stopPx: '58000', targetPx: '65000' },
    ],
    [
      [
        'bracket',
        'BTC',
        'buy',
        '0.1',
        '--price',
        '60000',
        '--tif',
        'alo',
        '--stop',
        '58000',
      ].concat(['--target', '65000', '--target-by', 'limit', '--on-cancel', 'leave']),
      { limitPx: '60000', timeInForce: 'ALO', targetBy: 'limit', onCancel: 'leave' },
    ],
    [
      ['oco', 'BTC', 'sell', '0.1', '--stop', '58000', '--target', '65000'],
      {
        kind: 'oco',
        first: { type: 'LIMIT', limitPx: '65000', reduceOnly: true, side: 'sell' },
        second: { type: 'STOP_LOSS', triggerPx: '58000', reduceOnly: true, sizeBase: '0.1' },
      },
    ],
    [
      ['trail', 'BTC', 'sell', '0.1', '--by', '2%', '--step', '25%'],
      { kind: 'trailingStop', side: 'sell', trailFraction: '0.02', stepFraction: '0.25' },
    ],
    [['trail', 'BTC', 'sell', '0.1', '--by', '500'], { trailPx: '500' }],
    [
      ['ladder', 'BTC', 'buy', '0.1', '--from', '60000', '--to', '58000', '--rungs', '5'],
      { kind: 'ladder', fromPx: '60000', toPx: '58000', rungs: 5, reduceOnly: false },
    ],
    [
      ['twap', 'BTC', 'buy', '0.1', '--over', '30m', '--every', '30s', '--max-slippage', '0.2%'],
      { kind: 'twap', durationMs: 1_800_000, everyMs: 30_000, collarFraction: '0.002' },
    ],
    [
      ['iceberg', 'BTC', 'buy', '0.1', '--price', '59000', '--show', '0.02', '--reduce-only'],
      { kind: 'iceberg', limitPx: '59000', shownBase: '0.02', reduceOnly: true },
    ],
    [
      ['chase', 'BTC', 'buy', '0.1', '--worst', '60500', '--over', '5m', '--slack', '0.02%'],
      { kind: 'chase', worstPx: '60500', durationMs: 300_000, holdMs: 5_000 },
    ],
    [['close', 'BTC'], { kind: 'closePosition' }],
  ])('order %j becomes the plan that it says', async (words, spec) => {
    const placed = await placing(...words);
    expect(placed.done).toMatchObject({ exit: 0, stderr: '' });
    expect(placed.spec).toMatchObject(spec);
    expect(placed.intent).toMatchObject({ account: ACCOUNT, asset: 'BTC', strategy: 'manual' });
  });

  test.each([
    [['bracket', 'BTC', 'buy', '0.1', '--stop', '58000'], '--target'],
    [['bracket', 'BTC', 'buy', '0.1', '--stop', '66000', '--target', '65000'], '--stop'],
    [['twap', 'BTC', 'buy', '0.1', '--over', '10s', '--every', '10s'], '--over'],
    [['iceberg', 'BTC', 'buy', '0.1', '--price', '1', '--show', '0.1'], '--show'],
    [['trail', 'BTC', 'sell', '0.1', '--by', '100%'], '--by'],
    [['ladder', 'BTC', 'buy', '0.1', '--from', '1', '--to', '2', '--rungs', '51'], '--rungs'],
    [['close', 'BTC', '--intent-key', 'k'.repeat(101)], '--intent-key'],
  ])('order %j is refused before anything is asked, naming %s', async (words, field) => {
    const { done, intent } = await placing(...words);
    expect(done.exit).toBe(2);
    expect(documentOf(done).error).toMatchObject({ field });
    expect(intent).toBeUndefined();
  });

  test('a key that belongs to another plan is refused', async () => {
    const words = ['close', 'BTC', '--intent-key', 'K1'];
    const done = await run(['order', ...words, '--json'], {
      workflows: { submitParent: async (intent) => parentView({ ...intent, asset: 'ETH' }) },
    });
    expect(done.exit).toBe(3);
    expect(documentOf(done).error).toMatchObject({ field: 'intent-key', value: 'K1' });
  });

  test('one whose workflow was terminated ends as the ledger was told, and not while it is open there', async () => {
    const noResult = async (): Promise<never> => {
      throw new NoResult(EXIT.failed, 'parent:K1: ended without a result: terminated');
    };
    const close = (end: Partial<ParentView>) =>
      run(['order', 'close', 'BTC', '--wait', '--json'], {
        workflows: { submitParent: async (intent) => parentView(intent), parentEnd: noResult },
        ledger: {
          parent: async () =>
            ({ workflowId: 'parent:K1', view: parentView(INTENT, end) }) as ParentRow,
        },
      });
    expect(documentOf(await close({ status: 'DONE' }))).toMatchObject({ status: 'DONE' });
    const open = await close({ status: 'WORKING' });
    expect(open.exit).toBe(1);
    expect(open.stderr).toContain('ended without a result: terminated');
  });

  test.each([
    [{ status: 'DONE', reason: 'there is no position' } as const, 0],
    [{ status: 'STOPPED', reason: 'time is up' } as const, 1],
    [{ status: 'DENIED', denial: { kind: 'risk', field: 'f', value: 'v', rule: 'r' } } as const, 3],
  ])('--wait answers with the end %j and its exit code', async (end, exit) => {
    const done = await run(['order', 'close', 'BTC', '--wait', '--json'], {
      workflows: {
        submitParent: async (intent) => parentView(intent),
        parentEnd: async () => parentView(INTENT, end),
      },
    });
    expect(done.exit).toBe(exit);
    expect(documentOf(done)).toMatchObject({ status: end.status, timedOut: false });
  });
});

const INTENT: ParentIntent = {
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('K1'),
  strategy: 'manual',
  asset: 'BTC',
  spec: {
    kind: 'bracket',
    side: 'buy',
    sizeBase: sizeBase('0.1'),
    stopPx: px('58000'),
    targetPx: px('65000'),
  },
};
const WORKFLOW_ID = parentWorkflowId(ACCOUNT, INTENT.intentId);
const leg = viewOf({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('K1/entry'),
  parent: intentId('K1'),
  strategy: 'manual',
  leg: 'entry',
  asset: 'BTC',
  side: 'buy',
  type: 'MARKET',
  sizeBase: sizeBase('0.1'),
  reduceOnly: false,
});
const row = (overrides: Partial<ParentView> = {}): ParentRow => ({
  view: parentView(INTENT, overrides),
  workflowId: WORKFLOW_ID,
  createdMs: NOW_MS,
  updatedMs: NOW_MS,
});
const orderRow = {
  intentId: leg.intent.intentId,
  account: ACCOUNT,
  workflowId: 'order:leg',
  view: leg,
  createdMs: NOW_MS,
  updatedMs: NOW_MS,
};

describe('looking', () => {
  test('the list has parents, and says whose leg an order is', async () => {
    const done = await run(['order', 'list', '--json'], {
      ledger: { orders: async () => [orderRow], parents: async () => [row()] },
    });
    expect(documentOf(done)).toMatchObject({
      orders: [{ intentId: 'K1/entry', parent: 'K1' }],
      parents: [{ intentId: 'K1', kind: 'bracket', status: 'WORKING' }],
    });
    const text = await run(['order', 'list'], {
      ledger: { orders: async () => [orderRow], parents: async () => [row()] },
    });
    expect(text.stdout).toContain('bracket: buy 0.1 BTC');
  });

  test('one is shown as its workflow sees it, and as the ledger has it while that is down', async () => {
    const live = parentView(INTENT, { filledBase: sizeBase('0.05') });
    const ledger = { parent: async () => row() };
    const shown = await run(['order', 'show', 'K1', '--json'], {
      ledger,
      workflows: { parentState: async () => live },
    });
    expect(documentOf(shown)).toMatchObject({ filledBase: '0.05', isLive: true });
    const down = await run(['order', 'show', WORKFLOW_ID, '--json'], {
      ledger,
      world: { workflows: unreachable },
    });
    expect(documentOf(down)).toMatchObject({ filledBase: '0', isLive: false });
    expect(down.stderr).toContain('this is what the ledger has');
  });

  test('why tells what became of a parent, with the story of each leg', async () => {
    const { sizeBase: legSize, leg: _leg, ...order } = leg.intent;
    const plan = { ...order, name: 'entry', leg: 'entry', sizeBase: legSize } as const;
    const legs = [
      { plan, status: 'REJECTED', filledBase: sizeBase(0), startedMs: NOW_MS },
    ] as const;
    const reason = 'the entry ended REJECTED: too far away';
    const told = {
      account: ACCOUNT,
      intentId: leg.intent.intentId,
      workflowId: 'order:leg',
      intent: leg.intent,
      view: viewOf(leg.intent, { status: 'REJECTED', reason: 'too far away' }),
      steps: [],
      envelopes: [],
      fills: [],
    };
    const ledger = {
      parent: async () => row({ status: 'STOPPED', reason, legs }),
      order: async (id: string) => (id === 'K1/entry' ? told : undefined),
    };
    expect(documentOf(await run(['why', 'K1', '--json'], { ledger }))).toMatchObject({
      intentId: 'K1',
      status: 'STOPPED',
      reason,
      stories: [{ intentId: 'K1/entry', status: 'REJECTED', reason: 'too far away' }],
    });
    const { stdout } = await run(['why', WORKFLOW_ID], { ledger });
    expect(stdout).toContain(reason);
    expect(stdout).toContain('=== K1/entry');
    expect(stdout).toContain('REJECTED: too far away');
  });
});

describe('cancelling', () => {
  test('a parent is cancelled by its key, with all its legs', async () => {
    const done = await run(['order', 'cancel', 'K1', '--json'], {
      ledger: { parent: async () => row() },
      workflows: {
        parentState: async () => parentView(INTENT),
        cancelParent: async () => ({
          kind: 'cancelled',
          view: parentView(INTENT, { status: 'STOPPED', reason: 'enough' }),
        }),
      },
    });
    expect(done.exit).toBe(0);
    expect(documentOf(done)).toMatchObject({ status: 'STOPPED', reason: 'enough' });
  });

  test('--all cancels parents, and leaves their legs to them', async () => {
    const asked: string[] = [];
    const own = viewOf({ ...leg.intent, intentId: intentId('alone') });
    const { parent: _parent, ...alone } = own.intent;
    const rows = [orderRow, { ...orderRow, workflowId: 'order:alone', view: viewOf(alone) }];
    const done = await run(['order', 'cancel', '--all', '--no-wait', '--json'], {
      ledger: { orders: async () => rows, parents: async () => [row()] },
      workflows: {
        requestCancel: async (workflowId) => {
          asked.push(workflowId);
          return true;
        },
      },
    });
    expect(done.exit).toBe(0);
    expect(asked).toEqual([WORKFLOW_ID, 'order:alone']);
  });
});

describe('a TWAP that the venue works', () => {
  const words = ['twap', 'BTC', 'buy', '0.1', '--over', '30m', '--venue'];

  test('is asked for by --venue, and by nothing else', async () => {
    const { spec } = await placing(...words);
    expect(spec).toEqual({
      kind: 'venueTwap',
      ...sized,
      reduceOnly: false,
      durationMs: 1_800_000,
      randomize: false,
    });
    const own = await placing('twap', 'BTC', 'buy', '0.1', '--over', '30m', '--every', '30s');
    expect(own.spec?.kind).toBe('twap');
  });

  test.each([
    [[...words, '--every', '30s'], '--every'],
    [[...words, '--max-slippage', '1%'], '--max-slippage'],
    [['twap', 'BTC', 'buy', '0.1', '--over', '90s', '--venue'], '--over'],
    [['twap', 'BTC', 'buy', '0.1', '--over', '2m', '--venue'], '--over'],
    [['twap', 'BTC', 'buy', '0.1', '--over', '5m', '--every', '30s', '--randomize'], '--randomize'],
  ])('%j is refused, naming %s', async (wrong, field) => {
    const { done } = await placing(...wrong);
    expect(done.exit).toBe(2);
    expect(documentOf(done)).toMatchObject({ error: { field } });
  });

  test('its help says when to choose it', async () => {
    const { stdout } = await run(['order', 'twap', '--help']);
    expect(stdout).toContain('also while everything here is down');
  });

  test('shows its id and what is not known of it', async () => {
    const { intent } = await placing(...words);
    const view = parentView(intent as ParentIntent, { venueTwap: { doubt: 'timeout' } });
    const ledger = { parent: async () => ({ view, workflowId: 'wf' }) as ParentRow };
    const workflows = { parentState: async () => view };
    const { stdout } = await run(['order', 'show', 'k'], { ledger, workflows });
    expect(stdout).toMatch(/in doubt +timeout/);
  });
});
