/** Amendments, good-til-date and the partial-fill policy of the order workflow. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { orderWorkflowId } from '../../domain/kernel/ids.ts';
import {
  amendUpdate,
  cancelSignal,
  newOrder,
  orderStateQuery,
  venueFactsSignal,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from './support/eventually.ts';
import type { Rig } from './support/rig.ts';
import { startRig } from './support/rig.ts';
import type { SendScript } from './support/scripted-venue.ts';
import { intent, ScriptedVenue } from './support/scripted-venue.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedVenue(async () => 0).activities()));
}, 120_000);
afterAll(() => rig.close());

interface Scene {
  readonly venue: ScriptedVenue;
  readonly handle: WorkflowHandle<typeof order>;
  readonly wanted: OrderIntent;
}

async function play(
  wanted: OrderIntent,
  script: SendScript[],
  scene: (scene: Scene) => Promise<void>,
): Promise<void> {
  const venue = new ScriptedVenue(() => rig.env.currentTimeMs(), script);
  const workflowId = orderWorkflowId(wanted.account, wanted.intentId);
  await rig.play(workflowId, venue.activities(), async () => {
    const handle = await rig.env.client.workflow.start<typeof order>('order', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newOrder(wanted)],
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
    await scene({ venue, handle, wanted });
  });
}

async function until({ handle }: Scene, rule: (view: OrderView) => boolean): Promise<OrderView> {
  await eventually(async () => rule(await handle.query(orderStateQuery)));
  return handle.query(orderStateQuery);
}
const resting = (scene: Scene): Promise<OrderView> =>
  until(scene, (view) => view.status === 'SUBMITTED');

/** Orders that the venue still has open. */
const open = ({ venue }: Scene): number =>
  [...venue.orders.values()].filter((each) => each.status === 'open').length;

describe('amending', () => {
  test('the old order is proven dead before the new one, under a name of its own, is placed', async () => {
    await play(intent('amend-price'), ['accept', 'accept'], async (scene) => {
      const before = await resting(scene);
      const change = { limitPx: px('89000') };
      const after = await scene.handle.executeUpdate(amendUpdate, { args: [change] });
      expect(after).toMatchObject({ status: 'SUBMITTED', intent: change });
      expect(after.cloid).toBe(scene.venue.cloid(scene.wanted, 1));
      expect(after.oid).not.toBe(before.oid);
      expect(open(scene)).toBe(1);
      await scene.venue.trade(scene.venue.cloid(scene.wanted, 1), '0.02', 11);
      expect(await scene.handle.result()).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
    });
  });

  test('what has filled counts: only the rest is placed anew, and no execution counts twice', async () => {
    await play(intent('amend-partial'), ['accept', 'accept'], async (scene) => {
      const { venue, handle, wanted } = scene;
      await resting(scene);
      const first = await venue.trade(venue.cloid(wanted), '0.005', 21);
      const change = { sizeBase: sizeBase('0.03') };
      const after = await handle.executeUpdate(amendUpdate, { args: [change] });
      expect(after).toMatchObject({ status: 'PARTIALLY_FILLED', filledBase: '0.005' });
      expect(venue.orders.get(venue.cloid(wanted, 1))?.remaining).toBe('0.025');
      await handle.signal(venueFactsSignal, { statuses: [], fills: [first, first] });
      await venue.trade(venue.cloid(wanted, 1), '0.025', 22);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.03' });
      expect(end.fills.map(({ tid }) => tid)).toEqual([21, 22]);
    });
  });

  test('a size that is filled already ends the order FILLED, with nothing placed anew', async () => {
    await play(intent('amend-down'), ['accept'], async (scene) => {
      const { venue, handle, wanted } = scene;
      await resting(scene);
      await venue.trade(venue.cloid(wanted), '0.015', 31);
      const change = { sizeBase: sizeBase('0.01') };
      await handle.executeUpdate(amendUpdate, { args: [change] });
      expect(await handle.result()).toMatchObject({ status: 'FILLED', filledBase: '0.015' });
      expect(venue.orders.size).toBe(1);
    });
  });

  test('an order that fills first is not placed again, and the amendment is refused', async () => {
    await play(intent('amend-late'), ['accept'], async (scene) => {
      const { venue, handle, wanted } = scene;
      await resting(scene);
      await venue.trade(venue.cloid(wanted), '0.02', 41);
      const amending = handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('89000') }] });
      await expect(amending).rejects.toThrow(WorkflowUpdateFailedError);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
      expect(end.intent.limitPx).toBe(wanted.limitPx);
      expect(venue.orders.size).toBe(1);
    });
  });

  test('an order that has filled is not made larger: what came too late is refused', async () => {
    await play(intent('amend-larger'), ['accept'], async (scene) => {
      const { venue, handle, wanted } = scene;
      await resting(scene);
      // The venue has executed all of it, and told nobody yet.
      await venue.trade(venue.cloid(wanted), '0.02', 42);
      const amending = handle.executeUpdate(amendUpdate, {
        args: [{ sizeBase: sizeBase('0.03') }],
      });
      await expect(amending).rejects.toThrow(WorkflowUpdateFailedError);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
      expect(end.intent.sizeBase).toBe('0.02');
      expect(venue.orders.size).toBe(1);
    });
  });

  test('a price that we would deny is refused before anything is cancelled', async () => {
    await play(intent('amend-denied'), ['accept'], async (scene) => {
      await resting(scene);
      scene.venue.verdict = { kind: 'invalid', field: 'limitPx', value: '1.23', rule: 'off tick' };
      const amending = scene.handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('1.23') }] });
      await expect(amending).rejects.toThrow(WorkflowUpdateFailedError);
      expect(scene.venue.cancels).toBe(0);
      await scene.handle.signal(cancelSignal);
      await scene.handle.result();
    });
  });

  test('an amendment of nothing, and of an ended order, is refused at once', async () => {
    await play(intent('amend-nothing'), ['accept'], async (scene) => {
      await resting(scene);
      const amend = (change: object) => scene.handle.executeUpdate(amendUpdate, { args: [change] });
      await expect(amend({})).rejects.toThrow(WorkflowUpdateFailedError);
      await expect(amend({ limitPx: 'cheap' })).rejects.toThrow(WorkflowUpdateFailedError);
      await scene.handle.signal(cancelSignal);
      await scene.handle.result();
    });
  });

  test('a cancel that comes meanwhile wins: nothing is placed anew', async () => {
    await play(intent('amend-cancel'), ['accept', 'accept'], async (scene) => {
      const { venue, handle } = scene;
      await resting(scene);
      venue.unreachable = true;
      const amending = handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('89000') }] });
      await eventually(async () => venue.refusedCalls > 0);
      await handle.signal(cancelSignal, { reason: 'enough' });
      venue.unreachable = false;
      await expect(amending).rejects.toThrow(WorkflowUpdateFailedError);
      expect((await handle.result()).status).toBe('CANCELLED');
      expect(venue.orders.size).toBe(1);
    });
  });

  test('a lost request of the new epoch is resolved like any other', async () => {
    const script: SendScript[] = ['accept', 'lostRequest', 'accept'];
    await play(intent('amend-lost'), script, async (scene) => {
      const { venue, handle, wanted } = scene;
      await resting(scene);
      await handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('89000') }] });
      await until(scene, (view) => view.status === 'SUBMITTED');
      expect(open(scene)).toBe(1);
      await venue.trade(venue.cloid(wanted, 1), '0.02', 51);
      expect((await handle.result()).status).toBe('FILLED');
    });
  });
});

describe('by the clock', () => {
  test('an order good til a date is cancelled then, whoever is awake', async () => {
    const cancelAtMs = (await rig.env.currentTimeMs()) + 3_600_000;
    await play(intent('good-til', { cancelAtMs }), ['accept'], async (scene) => {
      await resting(scene);
      const end = await scene.handle.result();
      expect(end.status).toBe('CANCELLED');
      expect(await rig.env.currentTimeMs()).toBeGreaterThanOrEqual(cancelAtMs);
    });
  });

  test('what has not filled in time is cancelled, or taken at the market, as was asked', async () => {
    const cancels = intent('rest-cancel', { onPartial: { afterMs: 60_000, rest: 'cancel' } });
    await play(cancels, ['accept'], async (scene) => {
      await resting(scene);
      await scene.venue.trade(scene.venue.cloid(scene.wanted), '0.005', 61);
      const end = await scene.handle.result();
      expect(end).toMatchObject({ status: 'CANCELLED', filledBase: '0.005' });
    });
    const takes = intent('rest-market', { onPartial: { afterMs: 60_000, rest: 'market' } });
    await play(takes, ['accept', 'fill'], async (scene) => {
      await resting(scene);
      await scene.venue.trade(scene.venue.cloid(scene.wanted), '0.005', 71);
      const end = await scene.handle.result();
      expect(end).toMatchObject({
        status: 'FILLED',
        filledBase: '0.02',
        intent: { type: 'MARKET' },
      });
    });
  });
});
