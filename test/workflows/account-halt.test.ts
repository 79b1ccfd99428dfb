/** The halt signal of the account workflow, against scripted activities. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { HaltEntriesRequest } from '../../activities/interfaces/kill-switch.ts';
import { accountAddress, accountWorkflowId } from '../../domain/kernel/ids.ts';
import {
  accountClosedSignal,
  accountStateQuery,
  haltSignal,
} from '../../workflows/account/account.messages.ts';
import type { account } from '../../workflows/account/account.workflow.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(['streamAccount', 'reconcileAccount', 'haltEntries']);
}, 120_000);
afterAll(() => rig.close());

const ADDRESS = accountAddress(`0x${'e'.repeat(40)}`);

test('a signal halts entries until it worked, whatever the signal carries', async () => {
  const asked: HaltEntriesRequest[] = [];
  const workflowId = accountWorkflowId(ADDRESS);
  const script = {
    async streamAccount() {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), 200);
      await context.cancelled.finally(() => clearInterval(beat));
    },
    async reconcileAccount() {
      return { account: ADDRESS, trigger: 'start', ok: true };
    },
    async haltEntries(request: HaltEntriesRequest) {
      asked.push(request);
      if (asked.length === 1) throw new Error('the disk is busy');
      return undefined;
    },
  };
  await rig.play(workflowId, script, async () => {
    const handle: WorkflowHandle<typeof account> = await rig.env.client.workflow.start<
      typeof account
    >('account', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [
        { account: ADDRESS, network: 'paper', reconcileEveryMs: 600_000, equitySampleMs: 1_000 },
      ],
    });
    await handle.signal(haltSignal, { reason: 'drill', cancelEntries: true });
    await eventually(async () => asked.length === 2);
    expect(asked[1]).toEqual({ account: ADDRESS, reason: 'drill', cancelEntries: true });
    for (const poison of [undefined, null, 7, { reason: 5, cancelEntries: 'yes' }]) {
      await handle.signal('halt', poison);
    }
    await eventually(async () => asked.length === 6);
    for (const request of asked.slice(2)) {
      expect(request).toEqual({
        account: ADDRESS,
        reason: 'a signal to the account',
        cancelEntries: false,
      });
    }
    expect((await handle.query(accountStateQuery)).account).toBe(ADDRESS);
    await handle.signal(accountClosedSignal);
    await handle.result();
  });
}, 60_000);
