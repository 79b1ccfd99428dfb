/** The account workflow against scripted activities, on a server that skips time. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type {
  AccountActivities,
  ReconciliationStatement,
} from '../../activities/interfaces/account.ts';
import { accountAddress, accountWorkflowId } from '../../domain/kernel/ids.ts';
import {
  accountClosedSignal,
  accountStateQuery,
  reconcileUpdate,
  streamConnectedSignal,
} from '../../workflows/account/account.messages.ts';
import type { account } from '../../workflows/account/account.workflow.ts';
import { eventually } from './support/eventually.ts';
import type { Rig } from './support/rig.ts';
import { startRig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(['streamAccount', 'reconcileAccount']);
}, 120_000);
afterAll(() => rig.close());

type Handle = WorkflowHandle<typeof account>;

interface Books {
  readonly triggers: string[];
  streams: number;
  unreadable: boolean;
}

function scripted(books: Books, clock: () => Promise<number>): AccountActivities {
  return {
    async streamAccount() {
      books.streams += 1;
      if (books.streams === 1) throw new Error('the connection broke');
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), 200);
      try {
        await context.cancelled;
      } finally {
        clearInterval(beat);
      }
    },
    async reconcileAccount({ account: address, trigger }) {
      if (books.unreadable) throw new Error('the ledger is away');
      books.triggers.push(trigger);
      const statement: ReconciliationStatement = {
        account: address,
        atMs: await clock(),
        trigger,
        ok: true,
        equityUsd: '10000',
        openOrders: { venue: 0, ledger: 0, workflows: 0 },
        fills: { checked: 0, added: 0 },
        positions: [],
        balance: { cashUsd: '10000', flowsUsd: '0' },
        watermarks: {},
        differences: [],
        digest: '',
      };
      return statement;
    },
  };
}

async function play(
  digit: string,
  reconcileEveryMs: number,
  scene: (books: Books, handle: Handle) => Promise<void>,
): Promise<void> {
  const address = accountAddress(`0x${digit.repeat(40)}`);
  const books: Books = { triggers: [], streams: 0, unreadable: false };
  const workflowId = accountWorkflowId(address);
  const script = scripted(books, () => rig.env.currentTimeMs());
  await rig.play(workflowId, script, async () => {
    const handle: Handle = await rig.env.client.workflow.start<typeof account>('account', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [{ account: address, network: 'paper', reconcileEveryMs, equitySampleMs: 1_000 }],
    });
    await scene(books, handle);
    await handle.signal(accountClosedSignal);
    await handle.result();
  });
}

describe('the account', () => {
  test('reconciles on start, on every connection and on request', async () => {
    await play('a', 600_000, async (books, handle) => {
      await eventually(async () => books.triggers.length === 1);
      await handle.signal(streamConnectedSignal);
      await eventually(async () => books.triggers.length === 2);
      const statement = await handle.executeUpdate(reconcileUpdate);
      expect(statement.trigger).toBe('request');
      expect(books.triggers).toEqual(['start', 'streamConnected', 'request']);
      expect((await handle.query(accountStateQuery)).streamConnections).toBe(1);
    });
  });

  test('reconciles on its schedule while nothing is heard', async () => {
    await play('b', 300, async (books) => {
      await eventually(
        async () => books.triggers.filter((each) => each === 'schedule').length >= 2,
      );
    });
  });

  test('a user stream that dies is started again', async () => {
    await play('c', 600_000, async (books) => {
      await eventually(async () => books.streams >= 2);
    });
  });

  test('a request that cannot be answered is refused, not left hanging', async () => {
    await play('d', 600_000, async (books, handle) => {
      await eventually(async () => books.triggers.length === 1);
      books.unreadable = true;
      const asked = handle.executeUpdate(reconcileUpdate);
      await expect(asked).rejects.toThrow(WorkflowUpdateFailedError);
      books.unreadable = false;
    });
  });
});
