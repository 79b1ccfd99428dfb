import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LedgerPort } from '../../../activities/ports/ledger.ts';
import { legIntent, type ParentIntent } from '../../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import type { LegPlan } from '../../../domain/execution/parents/plan.ts';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import { accountAddress, intentId } from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { createLedgerReader, type LedgerReader } from '../../../gateways/ledger/reader.ts';
import { NOW_MS, startTestLedger, type TestLedger, viewOf } from './test-ledger.ts';

const ACCOUNT = accountAddress(`0x${'c'.repeat(40)}`);

let source: TestLedger;
let ledger: LedgerPort;
let reader: LedgerReader;
beforeAll(async () => {
  source = await startTestLedger();
  ledger = createLedger(source.pool);
  reader = createLedgerReader(source.pool);
});
afterAll(() => source.close());

const parentOf = (key: string, asset = 'BTC'): ParentIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId(key),
  strategy: 'manual',
  asset,
  spec: { kind: 'closePosition' },
});

const parentView = (key: string, overrides: Partial<ParentView> = {}): ParentView => ({
  intent: parentOf(key),
  status: 'WORKING',
  startedMs: NOW_MS,
  legs: [],
  filledBase: sizeBase(0),
  ...overrides,
});

const planOf = (name: string): LegPlan => ({
  name,
  leg: 'exit',
  side: 'sell',
  type: 'MARKET',
  sizeBase: sizeBase('0.01'),
  reduceOnly: true,
});

/** Records a leg of the parent as it would record itself. */
async function recordLeg(key: string, name: string, version: number, isOpen = true) {
  const intent = legIntent(parentOf(key), planOf(name));
  const filled = isOpen ? {} : { status: 'FILLED' as const, filledBase: sizeBase('0.01') };
  const view = viewOf(intent.intentId, { intent, ...filled });
  await ledger.recordOrder(view, `order:${name}`, version, [], NOW_MS + version);
}

describe('a parent order', () => {
  test('is open until its newest version says that it has ended, whatever order they come in', async () => {
    const ended = parentView('p-1', { status: 'DONE', reason: 'there is no position' });
    await ledger.recordParent(parentView('p-1'), 'parent:1', 1, NOW_MS);
    expect(await ledger.openParents(ACCOUNT)).toMatchObject([{ workflowId: 'parent:1' }]);
    await ledger.recordParent(ended, 'parent:1', 3, NOW_MS + 3);
    await ledger.recordParent(parentView('p-1'), 'parent:1', 2, NOW_MS + 2);
    expect(await ledger.openParents(ACCOUNT)).toEqual([]);
    const found = await ledger.parent(ACCOUNT, intentId('p-1'));
    expect(found).toEqual({
      view: ended,
      workflowId: 'parent:1',
      createdMs: NOW_MS,
      updatedMs: NOW_MS + 3,
    });
    expect(await reader.parent(ACCOUNT, intentId('p-1'))).toEqual(found);
  });

  test('that was never recorded is not found', async () => {
    expect(await ledger.parent(ACCOUNT, intentId('nobody'))).toBeUndefined();
  });

  test('its legs are found by it, and by nothing else', async () => {
    await recordLeg('p-2', 'close-0', 1, false);
    await recordLeg('p-2', 'close-1', 2);
    await recordLeg('p-20', 'close-0', 3);
    const legs = await ledger.legsOf(ACCOUNT, intentId('p-2'));
    expect(legs).toMatchObject([
      { intent: { intentId: 'p-2/close-0', parent: 'p-2' }, status: 'FILLED', version: 1 },
      { intent: { intentId: 'p-2/close-1' }, status: 'SUBMITTED', filledBase: '0', version: 2 },
    ]);
    const rows = await reader.orders({ account: ACCOUNT, parent: intentId('p-2') });
    expect(rows.map((row) => row.intentId)).toEqual(['p-2/close-1', 'p-2/close-0']);
  });

  test('of its legs the open ones are read, and those that are named', async () => {
    await recordLeg('p-3', 'close-0', 1, false);
    await recordLeg('p-3', 'close-1', 2, false);
    await recordLeg('p-3', 'close-2', 3);
    const named = [intentId('p-3/close-1')];
    const legs = await ledger.legsOf(ACCOUNT, intentId('p-3'), named);
    expect(legs.map(({ intent }) => intent.intentId)).toEqual(['p-3/close-1', 'p-3/close-2']);
    expect(await ledger.legsOf(ACCOUNT, intentId('p-3'), [])).toHaveLength(1);
  });

  test('the list can be narrowed to open ones and to an asset, the last changed first', async () => {
    const other = accountAddress(`0x${'d'.repeat(40)}`);
    const view = (key: string, asset: string, status: ParentView['status']) =>
      parentView(key, { intent: { ...parentOf(key, asset), account: other }, status });
    await ledger.recordParent(view('a', 'BTC', 'WORKING'), 'a', 1, NOW_MS + 1);
    await ledger.recordParent(view('b', 'ETH', 'WORKING'), 'b', 1, NOW_MS + 2);
    await ledger.recordParent(view('c', 'BTC', 'STOPPED'), 'c', 1, NOW_MS + 3);
    const keys = async (filter: object) =>
      (await reader.parents({ account: other, ...filter })).map((row) => row.workflowId);
    expect(await keys({})).toEqual(['c', 'b', 'a']);
    expect(await keys({ openOnly: true, asset: 'BTC' })).toEqual(['a']);
    expect(await keys({ limit: 1 })).toEqual(['c']);
  });
});
