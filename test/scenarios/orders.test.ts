/**
 * Failures that users of other systems report of single orders, played against the real order
 * workflow and a scripted venue. Each test carries the number; see README.md beside it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { px } from '../../domain/kernel/decimal.ts';
import { orderWorkflowId } from '../../domain/kernel/ids.ts';
import {
  amendUpdate,
  cancelUpdate,
  newOrder,
  orderStateQuery,
  venueFactsSignal,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from '../workflows/support/eventually.ts';
import { type Rig, startRig } from '../workflows/support/rig.ts';
import { intent, ScriptedVenue, type SendScript } from '../workflows/support/scripted-venue.ts';

type Handle = WorkflowHandle<typeof order>;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedVenue(async () => 0).activities()));
}, 180_000);
afterAll(() => rig.close());

interface Scene {
  readonly venue: ScriptedVenue;
  readonly handle: Handle;
  readonly wanted: OrderIntent;
  /** Starts the same intent once more, as after a restart. */
  readonly startAgain: () => Promise<unknown>;
}

async function play(
  key: string,
  script: SendScript[],
  scene: (scene: Scene) => Promise<void>,
  fields: Partial<OrderIntent> = {},
): Promise<void> {
  const wanted = intent(key, fields);
  const venue = new ScriptedVenue(() => rig.env.currentTimeMs(), script);
  const workflowId = orderWorkflowId(wanted.account, wanted.intentId);
  const start = (): Promise<Handle> =>
    rig.env.client.workflow.start<typeof order>('order', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newOrder(wanted)],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
  await rig.play(workflowId, venue.activities(), async () => {
    const handle = await start();
    await scene({ venue, handle, wanted, startAgain: start });
  });
}

const until = (handle: Handle, rule: (view: OrderView) => boolean): Promise<void> =>
  eventually(async () => rule(await handle.query(orderStateQuery)));

const isResting = (view: OrderView): boolean => view.status === 'SUBMITTED';

/** How many orders the venue accepted, dead or alive. */
const accepted = (venue: ScriptedVenue): number => venue.orders.size;

describe('an answer that is lost', () => {
  test('HB-7294: an order that was taken for failed fills, and is not placed a second time', async () => {
    await play('HB-7294', ['throw', 'lostReply'], async ({ venue, handle, wanted }) => {
      await until(handle, isResting);
      await venue.trade(venue.cloid(wanted), '0.02', 1);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
      expect(venue.recorded.some(({ status }) => status === 'REJECTED')).toBe(false);
      expect(accepted(venue)).toBe(1);
    });
  });

  test('HB-7295: fills that arrive while the outcome is unknown count once', async () => {
    await play('HB-7295', ['lostReply'], async ({ venue, handle, wanted }) => {
      await until(handle, isResting);
      const fill = await venue.trade(venue.cloid(wanted), '0.02', 1);
      const facts = { statuses: [], fills: [fill] };
      await handle.signal(venueFactsSignal, facts);
      await handle.signal(venueFactsSignal, facts).catch(() => undefined);
      expect((await handle.result()).filledBase).toBe('0.02');
    });
  });

  test('NT-4152: an ambiguous submission is in doubt, never rejected, until there is proof', async () => {
    await play('NT-4152', ['lostRequest', 'lostRequest', 'lostRequest'], async (scene) => {
      const { venue, handle } = scene;
      const end = await handle.result();
      expect(end.status).toBe('EXPIRED');
      const told = venue.recorded.map(({ status }) => status);
      expect(told).toContain('IN_DOUBT');
      expect(told).not.toContain('REJECTED');
      expect(new Set(venue.sentNonces).size).toBe(1);
    });
  });
});

describe('the post-only window after an upgrade', () => {
  const statuses = ({ recorded }: ScriptedVenue): ReadonlySet<string> =>
    new Set(recorded.map(({ status }) => status));

  test('HB-6800: an entry waits it out, under a new name each time, and rests at last', async () => {
    await play('HB-6800', ['window', 'window', 'accept'], async ({ venue, handle, wanted }) => {
      await rig.env.sleep('5s');
      await until(handle, isResting);
      expect(statuses(venue)).toEqual(new Set(['PENDING', 'SUBMITTED']));
      expect(new Set(venue.sentNonces).size).toBe(3);
      expect([...venue.orders.keys()]).toEqual([venue.cloid(wanted, 2)]);
      await venue.trade(venue.cloid(wanted, 2), '0.02', 1);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
    });
  });

  test('HB-6800: who cancels meanwhile is obeyed, and nothing is placed', async () => {
    await play('HB-6800-cancelled', ['window', 'accept'], async ({ venue, handle }) => {
      await eventually(async () => venue.recorded.length > 0);
      const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
      expect(end).toMatchObject({ status: 'CANCELLED', reason: 'enough' });
      expect(accepted(venue)).toBe(0);
      await handle.result();
    });
  });

  test('HB-6800: its good-til-date ends the wait, in the words of the venue', async () => {
    const nowMs = await rig.env.currentTimeMs();
    const fields = { cancelAtMs: nowMs + 20_000 };
    const refused: SendScript[] = Array.from({ length: 9 }, () => 'window');
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      const { status, reason } = await handle.result();
      expect(status).toBe('REJECTED');
      expect(reason).toMatch(/^Only post-only orders allowed/);
      // At once, and after 1, 3, 8 and 18 s.
      expect(venue.sentNonces).toHaveLength(5);
    };
    await play('HB-6800-dated', refused, scene, fields);
  });

  test('HB-6730: an exit is told at once: whoever needs it decides anew', async () => {
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      expect((await handle.result()).status).toBe('REJECTED');
      expect(venue.sentNonces).toHaveLength(1);
    };
    await play('HB-6730-exit', ['window', 'accept'], scene, { reduceOnly: true });
  });
});

describe('a restart', () => {
  test('NT-3176: the same intent started again is the same order', async () => {
    await play('NT-3176', ['accept'], async ({ venue, handle, wanted, startAgain }) => {
      await until(handle, isResting);
      await expect(startAgain()).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      await venue.trade(venue.cloid(wanted), '0.02', 1);
      await handle.result();
      await expect(startAgain()).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      expect(accepted(venue)).toBe(1);
    });
  });

  test('NT-3879: a venue that does not answer after a restart makes nobody order again', async () => {
    await play('NT-3879', ['lostReply'], async ({ venue, handle, wanted }) => {
      venue.unreachable = false;
      await until(handle, ({ status }) => status !== 'PENDING');
      venue.unreachable = true;
      await rig.env.sleep('60s');
      expect(accepted(venue)).toBeLessThanOrEqual(1);
      venue.unreachable = false;
      await until(handle, isResting);
      await venue.trade(venue.cloid(wanted), '0.02', 1);
      await handle.result();
      expect(accepted(venue)).toBe(1);
    });
  });
});

describe('cancels and changes', () => {
  test('FT-12360: a cancel of what the venue no longer has ends in what became of it', async () => {
    await play('FT-12360', ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, isResting);
      await venue.trade(venue.cloid(wanted), '0.02', 1);
      const cancelled = handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
      await cancelled.catch(() => undefined);
      expect((await handle.result()).status).toBe('FILLED');
      expect(venue.cancels).toBeLessThanOrEqual(1);
    });
  });

  test('NT-4270: a change that races a fill never holds more than was wanted', async () => {
    await play('NT-4270', ['accept', 'accept'], async ({ venue, handle, wanted }) => {
      await until(handle, isResting);
      await venue.trade(venue.cloid(wanted), '0.015', 1);
      await handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('90500') }] });
      await venue.trade(venue.cloid(wanted, 1), '0.005', 2);
      const end = await handle.result();
      expect(end).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
      const open = [...venue.orders.values()].filter(({ status }) => status === 'open');
      expect(open).toEqual([]);
    });
  });
});
