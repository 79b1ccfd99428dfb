/** A parent and its legs as they run: both real workflows, which tell each other. Only the venue is scripted. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ParentActivities } from '../../activities/interfaces/parent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { LegNews } from '../../domain/execution/parents/leg-news.ts';
import { legIntent, type ParentSpec } from '../../domain/execution/parents/parent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { orderWorkflowId, parentWorkflowId } from '../../domain/kernel/ids.ts';
import {
  cancelSignal as cancelOrderSignal,
  newOrder,
  orderStateQuery,
  venueFactsSignal,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import {
  cancelUpdate,
  newParent,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import type { parent } from '../../workflows/parent/parent.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from './support/eventually.ts';
import type { Rig } from './support/rig.ts';
import { startRig } from './support/rig.ts';
import { parentIntent, ScriptedLegs } from './support/scripted-legs.ts';
import { ScriptedVenue } from './support/scripted-venue.ts';

const nobody = (): never => {
  throw new Error('nobody to tell');
};
const size = sizeBase('0.02');
const bracket: ParentSpec = {
  kind: 'bracket',
  side: 'buy',
  sizeBase: size,
  limitPx: px('90000'),
  stopPx: px('85000'),
  targetPx: px('95000'),
};

let rig: Rig;
beforeAll(async () => {
  const ofParents = new ScriptedLegs(parentIntent('names', bracket), nobody).activities();
  const ofOrders = new ScriptedVenue(async () => 0).activities();
  rig = await startRig([...Object.keys(ofParents), ...Object.keys(ofOrders)]);
}, 120_000);
afterAll(() => rig.close());

class Scene {
  readonly venue = new ScriptedVenue(() => rig.env.currentTimeMs());
  readonly started: string[] = [];
  private readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  get intent() {
    return parentIntent(this.key, bracket);
  }

  legId(name: string): string {
    return orderWorkflowId(this.intent.account, `${this.key}/${name}` as never);
  }

  leg(name: string): WorkflowHandle<typeof order> {
    return rig.env.client.workflow.getHandle<typeof order>(this.legId(name));
  }

  state(name: string): Promise<OrderView> {
    return this.leg(name).query(orderStateQuery);
  }

  async resting(name: string): Promise<OrderView> {
    await eventually(async () => {
      const view = await this.state(name).catch(() => undefined);
      return view?.status === 'SUBMITTED';
    });
    return this.state(name);
  }

  /** The market fills a leg, and the stream tells it. */
  async fill(name: string, filled: string, tid: number): Promise<void> {
    const { cloid } = await this.resting(name);
    if (cloid === undefined) throw new Error('a resting order has a cloid');
    const fill = await this.venue.trade(cloid, filled, tid);
    const message = { statuses: [this.venue.status(cloid)], fills: [fill] };
    await this.leg(name).signal(venueFactsSignal, message);
  }

  activities(): ParentActivities {
    const recorded = (): LegNews[] =>
      this.venue.recorded.map((view, at) => ({ ...view, version: at }) as LegNews);
    return {
      ...new ScriptedLegs(this.intent, nobody).activities(),
      startLegs: async ({ parent: owner, legs }) => {
        for (const plan of legs) {
          const intent = legIntent(owner, plan);
          const workflowId = orderWorkflowId(intent.account, intent.intentId);
          rig.script(workflowId, this.venue.activities());
          try {
            await rig.env.client.workflow.start<typeof order>('order', {
              workflowId,
              taskQueue: rig.taskQueue,
              args: [newOrder(intent)],
              workflowIdReusePolicy: 'REJECT_DUPLICATE',
              typedSearchAttributes: orderSearchAttributes(intent),
            });
            this.started.push(workflowId);
          } catch (fault) {
            if (!(fault instanceof WorkflowExecutionAlreadyStartedError)) throw fault;
          }
        }
      },
      cancelLegs: async ({ account, intentIds, reason }) => {
        for (const id of intentIds) {
          const handle = rig.env.client.workflow.getHandle(orderWorkflowId(account, id));
          await handle.signal(cancelOrderSignal, { reason }).catch(() => undefined);
        }
      },
      readLegs: async () => recorded(),
    };
  }

  async play(scene: (handle: WorkflowHandle<typeof parent>) => Promise<void>): Promise<void> {
    const { intent } = this;
    const workflowId = parentWorkflowId(intent.account, intent.intentId);
    await rig.play(workflowId, this.activities(), async () => {
      const handle = await rig.env.client.workflow.start<typeof parent>('parent', {
        workflowId,
        taskQueue: rig.taskQueue,
        args: [newParent(intent)],
        typedSearchAttributes: orderSearchAttributes(intent),
      });
      await scene(handle);
      await handle.result();
    });
    for (const id of this.started) await rig.replay(id);
    const open = [...this.venue.orders.values()].filter(({ status }) => status === 'open');
    expect(open).toEqual([]);
  }
}

describe('a bracket of real orders', () => {
  test('the entry fills, stop and target rest, the target fills, and the stop is gone', async () => {
    const scene = new Scene('real-bracket');
    await scene.play(async (handle) => {
      await handle.executeUpdate(startedUpdate);
      await scene.fill('entry', '0.02', 1);
      await scene.resting('stop-0');
      await scene.fill('target-0', '0.02', 2);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'DONE', filledBase: '0.02' });
      expect(end.legs.map(({ plan, status }) => [plan.name, status])).toEqual([
        ['entry', 'FILLED'],
        ['stop-0', 'CANCELLED'],
        ['target-0', 'FILLED'],
      ]);
    });
  });

  test('a cancel takes the entry off the venue before it answers', async () => {
    const scene = new Scene('real-cancel');
    await scene.play(async (handle) => {
      await handle.executeUpdate(startedUpdate);
      await scene.resting('entry');
      const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
      expect(end).toMatchObject({ status: 'STOPPED', legs: [{ status: 'CANCELLED' }] });
    });
  });

  test('a leg that somebody cancels by itself is heard of', async () => {
    const scene = new Scene('real-leg-cancel');
    await scene.play(async (handle) => {
      await handle.executeUpdate(startedUpdate);
      await scene.resting('entry');
      await eventually(
        async () => (await handle.query(parentStateQuery)).legs[0]?.status === 'SUBMITTED',
      );
      await scene.leg('entry').signal(cancelOrderSignal, { reason: 'by hand' });
      expect(await handle.result()).toMatchObject({ status: 'STOPPED' });
    });
  });
});
