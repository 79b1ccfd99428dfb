/** What the account workflow takes out of the market when it is asked to, against scripted activities. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import type { CancelRestingRequest } from '../../activities/interfaces/cancel-resting.ts';
import type { HaltEntriesRequest } from '../../activities/interfaces/kill-switch.ts';
import { accountAddress, accountWorkflowId } from '../../domain/kernel/ids.ts';
import {
  accountClosedSignal,
  accountStateQuery,
  cancelRestingUpdate,
  haltSignal,
} from '../../workflows/account/account.messages.ts';
import type { account } from '../../workflows/account/account.workflow.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(['streamAccount', 'reconcileAccount', 'haltEntries', 'cancelResting']);
}, 120_000);
afterAll(() => rig.close());

const ADDRESS = accountAddress(`0x${'e'.repeat(40)}`);
const workflowId = accountWorkflowId(ADDRESS);

/** What is asked here beside what is asked anyway. */
const quiet = {
  async streamAccount() {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), 200);
    await context.cancelled.finally(() => clearInterval(beat));
  },
  async reconcileAccount() {
    return { account: ADDRESS, trigger: 'start', ok: true };
  },
};

const startAccount = (): Promise<WorkflowHandle<typeof account>> =>
  rig.env.client.workflow.start<typeof account>('account', {
    workflowId,
    taskQueue: rig.taskQueue,
    args: [
      { account: ADDRESS, network: 'paper', reconcileEveryMs: 600_000, equitySampleMs: 1_000 },
    ],
  });

test('a signal halts entries until it worked, whatever the signal carries', async () => {
  const asked: HaltEntriesRequest[] = [];
  const script = {
    ...quiet,
    async haltEntries(request: HaltEntriesRequest) {
      asked.push(request);
      if (asked.length === 1) throw new Error('the disk is busy');
      return undefined;
    },
  };
  await rig.play(workflowId, script, async () => {
    const handle = await startAccount();
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

test('an update cancels what was chosen, and says so when it cannot be done', async () => {
  const asked: CancelRestingRequest[] = [];
  const script = {
    ...quiet,
    async cancelResting(request: CancelRestingRequest) {
      asked.push(request);
      if (request.asset === 'ETH') throw new Error('no answer');
      return { cancelled: 3, left: 1 };
    },
  };
  await rig.play(workflowId, script, async () => {
    const handle = await startAccount();
    const choice = { asset: 'BTC', session: 'demo' };
    expect(await handle.executeUpdate(cancelRestingUpdate, { args: [choice] })).toEqual({
      cancelled: 3,
      left: 1,
    });
    expect(asked).toEqual([{ account: ADDRESS, ...choice }]);
    const refused = handle.executeUpdate(cancelRestingUpdate, { args: [{ asset: 'ETH' }] });
    await expect(refused).rejects.toThrow(WorkflowUpdateFailedError);
    // Three attempts.
    expect(asked).toHaveLength(4);
    // By whoever knows no better: everything.
    await handle.executeUpdate('cancelResting', { args: [null] });
    await handle.executeUpdate('cancelResting');
    await handle.executeUpdate(cancelRestingUpdate, { args: [{}] });
    expect(asked.slice(4)).toEqual(Array.from({ length: 3 }, () => ({ account: ADDRESS })));
    await handle.signal(accountClosedSignal);
    await handle.result();
  });
}, 60_000);
