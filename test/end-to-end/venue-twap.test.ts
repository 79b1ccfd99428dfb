/** A TWAP that the venue works, on real parts: Temporal, ledger, paper exchange and the trading worker. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VenueTwapIntent } from '../../activities/interfaces/venue-twap.ts';
import { type BenchStack, startBenchStack } from '../../bench/stack.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import { accountWorkflowId, intentId, parentWorkflowId } from '../../domain/kernel/ids.ts';
import { openLedgerPool } from '../../gateways/ledger/pool.ts';
import { createLedgerReader } from '../../gateways/ledger/reader.ts';
import { reconcileUpdate } from '../../workflows/account/account.messages.ts';
import {
  cancelUpdate,
  newParent,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import type { venueTwap } from '../../workflows/venue-twap/venue-twap.workflow.ts';
import { eventually } from '../workflows/support/eventually.ts';

let stack: BenchStack;
beforeAll(async () => {
  stack = await startBenchStack();
}, 150_000);
afterAll(() => stack.close(), 60_000);

async function start(key: string) {
  const { account, client, endpoints } = stack;
  const intent: VenueTwapIntent = {
    network: 'paper',
    account,
    intentId: intentId(key),
    strategy: 'manual',
    asset: 'BTC',
    spec: {
      kind: 'venueTwap',
      side: 'buy',
      sizeBase: sizeBase('0.11'),
      reduceOnly: false,
      durationMs: 300_000,
      randomize: false,
    },
  };
  const handle = await client.workflow.start<typeof venueTwap>('venueTwap', {
    workflowId: parentWorkflowId(account, intent.intentId),
    taskQueue: endpoints.taskQueue,
    args: [newParent(intent)],
    typedSearchAttributes: orderSearchAttributes(intent),
  });
  await handle.executeUpdate(startedUpdate);
  const until = (rule: (view: ParentView) => boolean): Promise<void> =>
    eventually(async () => rule(await handle.query(parentStateQuery)), 30_000);
  return { handle, until };
}

/** Statuses of all TWAPs that the venue itself remembers, newest first. */
async function history(): Promise<readonly string[]> {
  const response = await fetch(`${stack.endpoints.exchangeUrl}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'twapHistory', user: stack.account }),
  });
  const entries = (await response.json()) as { status: { status: string } }[];
  return entries.map(({ status }) => status.status);
}

describe('on real parts', () => {
  test('its slices are the ledger’s, its cancel leaves nothing on the venue, and all three agree', async () => {
    const { handle, until } = await start('e2e-venue-twap');
    await until(({ venueTwap: shown }) => shown?.twapId !== undefined);
    const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
    expect(end).toMatchObject({ status: 'STOPPED', venueTwap: { status: 'terminated' } });
    expect(await history()).toEqual(['terminated', 'activated']);
    const account = stack.client.workflow.getHandle(accountWorkflowId(stack.account));
    const statement = await account.executeUpdate(reconcileUpdate);
    const kinds = statement.differences.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'unprotectedPosition')).toEqual([]);
    const pool = openLedgerPool(stack.endpoints.ledgerUrl, { max: 1 });
    try {
      const reader = createLedgerReader(pool);
      const [slice] = await reader.fills(stack.account);
      expect(slice).toMatchObject({ twapId: end.venueTwap?.twapId, sizeBase: '0.01' });
      const row = await reader.parent(stack.account, intentId('e2e-venue-twap'));
      const evidence = row && (await reader.twapEvidence(row));
      expect(evidence).toMatchObject({ fills: [{ tid: slice?.tid }], sizeBase: '0.11' });
    } finally {
      await pool.end();
    }
  }, 90_000);
});
