/** The order workflow against a scripted venue, on a server that skips time. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { px } from '../../domain/kernel/decimal.ts';
import { orderWorkflowId } from '../../domain/kernel/ids.ts';
import {
  amendUpdate,
  cancelSignal,
  cancelUpdate,
  newOrder,
  orderStateQuery,
  submittedUpdate,
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

type Handle = WorkflowHandle<typeof order>;

interface Scene {
  readonly venue: ScriptedVenue;
  readonly handle: Handle;
  readonly wanted: OrderIntent;
}

/** Starts one order against a scripted venue, plays the scene, and replays the history. */
async function play(
  wanted: OrderIntent,
  script: SendScript[],
  scene: (scene: Scene) => Promise<void>,
  arrange: (venue: ScriptedVenue) => void = () => undefined,
): Promise<void> {
  const venue = new ScriptedVenue(() => rig.env.currentTimeMs(), script);
  arrange(venue);
  const workflowId = orderWorkflowId(wanted.account, wanted.intentId);
  await rig.play(workflowId, venue.activities(), async () => {
    const handle: Handle = await rig.env.client.workflow.start<typeof order>('order', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newOrder(wanted)],
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
    await scene({ venue, handle, wanted });
  });
}

const landed = (venue: ScriptedVenue): number => venue.orders.size;

/** Waits until the order's state is as asked. */
async function until(handle: Handle, rule: (view: OrderView) => boolean): Promise<OrderView> {
  await eventually(async () => rule(await handle.query(orderStateQuery)));
  return handle.query(orderStateQuery);
}

describe('an order that the venue answers', () => {
  test('an order that fills at once ends FILLED with its executions', async () => {
    await play(intent('fills-at-once'), ['fill'], async ({ venue, handle }) => {
      const view = await handle.result();
      expect(view).toMatchObject({ status: 'FILLED', filledBase: '0.02', averagePx: '90000' });
      expect(view.fills).toHaveLength(1);
      expect(venue.recorded.at(-1)).toEqual(view);
    });
  });

  test('a refusal of the first send ends REJECTED in the venue’s words', async () => {
    await play(intent('refused'), ['reject'], async ({ venue, handle }) => {
      const view = await handle.result();
      expect(view.status).toBe('REJECTED');
      expect(view.reason).toContain('Insufficient margin');
      expect(venue.sentNonces).toHaveLength(1);
    });
  });

  test('a resting order takes partial fills from the stream, whatever their order', async () => {
    await play(intent('partial'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      const cloid = venue.cloid(wanted);
      const first = await venue.trade(cloid, '0.005', 11);
      const second = await venue.trade(cloid, '0.015', 12);
      await handle.signal(venueFactsSignal, { statuses: [], fills: [second] });
      const partly = await until(handle, (view) => view.status === 'PARTIALLY_FILLED');
      expect(partly.filledBase).toBe('0.015');
      await handle.signal(venueFactsSignal, { statuses: [venue.status(cloid)], fills: [second] });
      await handle.signal(venueFactsSignal, { statuses: [], fills: [first, second] });
      expect((await handle.result()).fills.map((fill) => fill.tid)).toEqual([11, 12]);
    });
  });

  test('a silent stream loses nothing: the poll finds the fills', async () => {
    await play(intent('silent-stream'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await venue.trade(venue.cloid(wanted), '0.02', 21);
      expect(await handle.result()).toMatchObject({ status: 'FILLED', filledBase: '0.02' });
    });
  });
});

describe('an order that is refused by us', () => {
  test('a denied order ends DENIED and nothing is sent', async () => {
    const denial = { kind: 'risk', field: 'maxPosition', value: '900', rule: 'too much' } as const;
    const arrange = (venue: ScriptedVenue): void => {
      venue.denial = { kind: 'denied', denial };
    };
    await play(
      intent('denied'),
      [],
      async ({ venue, handle }) => {
        const view = await handle.executeUpdate(submittedUpdate);
        expect(view.denial).toEqual(denial);
        expect((await handle.result()).status).toBe('DENIED');
        expect(venue.sentNonces).toEqual([]);
      },
      arrange,
    );
  });
});

describe('an order that is started once more after its end was told', () => {
  const standing = (wanted: OrderIntent, more: object) => ({
    kind: 'prepared' as const,
    cloid: new ScriptedVenue(async () => 0).cloid(wanted),
    nonce: 1,
    expiresAfterMs: 1,
    fresh: false,
    ended: true as const,
    ...more,
  });

  test('is not tried again though the venue refused it for a while only', async () => {
    const wanted = intent('told-refused');
    const reason = 'Only post-only orders allowed immediately after network upgrade';
    const outcome = { kind: 'rejected', reason } as const;
    const submit = { outcome, heard: { statuses: [], fills: [] }, sends: 1, sentMs: 0 };
    const arrange = (venue: ScriptedVenue): void => {
      venue.denial = standing(wanted, { fresh: true, submit });
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      expect(await handle.result()).toMatchObject({ status: 'REJECTED', reason });
      expect(venue.recorded.map(({ status }) => status)).toEqual(['REJECTED']);
    };
    await play(wanted, [], scene, arrange);
  });

  test('is told of again only with its end, and nothing that comes meanwhile changes it', async () => {
    const wanted = intent('told-expired');
    const arrange = (venue: ScriptedVenue): void => {
      venue.denial = standing(wanted, {});
      venue.unreachable = true;
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      await eventually(async () => venue.refusedCalls > 0);
      const amending = handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('89000') }] });
      const refused = expect(amending).rejects.toThrow(WorkflowUpdateFailedError);
      venue.unreachable = false;
      expect((await handle.result()).status).toBe('EXPIRED');
      await refused;
      expect(venue.recorded.map(({ status }) => status)).toEqual(['EXPIRED']);
      expect(venue.orders.size).toBe(0);
    };
    await play(wanted, [], scene, arrange);
  });
});

describe('an order whose state the ledger cannot take', () => {
  test('the workflow task does not stay open for it, and the ledger has the end at last', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.failingRecords = 4;
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      const view = await handle.result();
      expect(venue.recorded.at(-1)).toEqual(view);
      const { events } = await handle.fetchHistory();
      const ordinary = (events ?? []).filter((each) => each.activityTaskScheduledEventAttributes);
      expect(ordinary.length).toBeGreaterThan(0);
    };
    await play(intent('ledger-away'), ['fill'], scene, arrange);
  });
});

describe('an order whose send has no readable outcome', () => {
  test('a lost reply is found by its cloid and adopted, not sent again', async () => {
    await play(intent('lost-reply'), ['lostReply'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await venue.trade(venue.cloid(wanted), '0.02', 31);
      expect((await handle.result()).status).toBe('FILLED');
      expect(landed(venue)).toBe(1);
      expect(venue.sentNonces).toHaveLength(1);
    });
  });

  test('a lost request is sent again with the same nonce and lands once', async () => {
    const script: SendScript[] = ['lostRequest', 'fill'];
    await play(intent('lost-request'), script, async ({ venue, handle }) => {
      expect((await handle.result()).status).toBe('FILLED');
      expect(new Set(venue.sentNonces).size).toBe(1);
      expect(venue.sentNonces).toHaveLength(2);
    });
  });

  test('a worker that dies while sending leaves doubt, and the venue settles it', async () => {
    await play(intent('dies-sending'), ['throw', 'fill'], async ({ venue, handle }) => {
      expect((await handle.result()).status).toBe('FILLED');
      expect(landed(venue)).toBe(1);
    });
  });

  test('after expiry and several empty reads the order is proven absent: EXPIRED', async () => {
    const script: SendScript[] = ['lostRequest', 'lostRequest', 'lostRequest'];
    await play(intent('never-landed'), script, async ({ venue, handle }) => {
      const view = await handle.result();
      expect(view.status).toBe('EXPIRED');
      expect(view.reason).toContain('NOT_PLACED');
      expect(landed(venue)).toBe(0);
    });
  });

  test('a nonce that the venue has passed is a fence: the expiry, minutes away, is not waited for', async () => {
    await play(
      intent('nonce-passed'),
      ['lostRequest', 'passed'],
      async ({ venue, handle }) => {
        const startedMs = await rig.env.currentTimeMs();
        const view = await handle.result();
        expect(view.status).toBe('EXPIRED');
        expect(view.reason).toMatch(
          /^NOT_PLACED: the venue has passed its nonce, then absent in \d/,
        );
        expect((await rig.env.currentTimeMs()) - startedMs).toBeLessThan(30_000);
        expect([landed(venue), venue.sentNonces.length, venue.burns]).toEqual([0, 2, 0]);
      },
      (venue) => {
        venue.expiresInMs = 300_000;
      },
    );
  });

  test('a clock of the venue that is set back meanwhile puts the proof off by seconds', async () => {
    const script: SendScript[] = ['lostRequest', 'lostRequest', 'lostRequest'];
    await play(
      intent('set-back'),
      script,
      async ({ venue, handle }) => {
        const startedMs = await rig.env.currentTimeMs();
        const view = await handle.result();
        expect(view.status).toBe('EXPIRED');
        expect(venue.aheadMs).toEqual([]);
        expect((await rig.env.currentTimeMs()) - startedMs).toBeLessThan(600_000);
      },
      (venue) => void venue.aheadMs.push(3_600_000, 3_600_000),
    );
  });

  test('an envelope that an earlier run stored is looked up before anything is sent', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.storedBefore = true;
    };
    await play(
      intent('stored-before'),
      ['fill'],
      async ({ venue, handle }) => {
        expect((await handle.result()).status).toBe('FILLED');
        expect(venue.lookUps).toBeGreaterThan(0);
        expect(landed(venue)).toBe(1);
      },
      arrange,
    );
  });

  test('what a stored envelope is told by its first counted send is no end of it', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.storedBefore = true;
    };
    await play(
      intent('stored-refused'),
      ['reject'],
      async ({ venue, handle }) => {
        const view = await handle.result();
        expect(view.status).toBe('EXPIRED');
        expect(landed(venue)).toBe(0);
      },
      arrange,
    );
  });

  test('a doubtful order that is cancelled has its nonce burnt and never lands', async () => {
    const script: SendScript[] = ['lostRequest', 'lostRequest', 'lostRequest'];
    await play(intent('burnt'), script, async ({ venue, handle }) => {
      await until(handle, (view) => view.status === 'IN_DOUBT');
      await handle.signal(cancelSignal, { reason: 'changed my mind' });
      const view = await handle.result();
      expect(view.status).toBe('EXPIRED');
      expect(venue.burns).toBe(1);
      expect(landed(venue)).toBe(0);
    });
  });
});

describe('a venue that keeps everybody waiting', () => {
  test('updates that meet slow dealings are answered, and the history replays', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.slownessMs = { prepare: 2_300, submit: 5_200, lookUp: 2_000 };
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      await eventually(async () => venue.sentNonces.length > 0);
      const submitted = handle.executeUpdate(submittedUpdate);
      await eventually(async () => venue.lookUps > 0);
      const cancelled = handle.executeUpdate(cancelUpdate, { args: [{}] });
      expect((await submitted).cloid).toBeDefined();
      expect((await cancelled).status).toBe('CANCELLED');
      expect(landed(venue)).toBe(1);
    };
    await play(intent('slow-venue'), ['lostReply'], scene, arrange);
  }, 90_000);
});

describe('cancelling', () => {
  test('the cancel signal cancels a resting order on the venue', async () => {
    await play(intent('cancel-signal'), ['accept'], async ({ venue, handle }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await handle.signal(cancelSignal);
      expect(await handle.result()).toMatchObject({ status: 'CANCELLED', reason: 'canceled' });
      expect(venue.cancels).toBe(1);
    });
  });

  test('the cancel update answers with the ended order', async () => {
    await play(intent('cancel-update'), ['accept'], async ({ handle }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      const view = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'test' }] });
      expect(view.status).toBe('CANCELLED');
    });
  });

  test('a fill that races the cancel counts, and the order ends CANCELLED with its part', async () => {
    await play(intent('cancel-race'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await venue.trade(venue.cloid(wanted), '0.005', 41);
      await handle.signal(cancelSignal);
      expect(await handle.result()).toMatchObject({ status: 'CANCELLED', filledBase: '0.005' });
    });
  });

  test('a cancel that meets a filled order leaves it FILLED', async () => {
    await play(intent('cancel-late'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await venue.trade(venue.cloid(wanted), '0.02', 51);
      await handle.signal(cancelSignal);
      expect((await handle.result()).status).toBe('FILLED');
    });
  });

  test('an order that is cancelled while it cannot be prepared is never sent', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.unreachable = true;
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      await eventually(async () => venue.refusedCalls > 0);
      await handle.signal(cancelSignal, { reason: 'before it was sent' });
      const view = await handle.result();
      expect(view).toMatchObject({ status: 'CANCELLED', reason: 'before it was sent' });
      expect(venue.sentNonces).toEqual([]);
    };
    await play(intent('cancel-unsent'), [], scene, arrange);
  });

  test('a cancel does not end an order that a lost execution may have sent', async () => {
    const arrange = (venue: ScriptedVenue): void => {
      venue.unreachable = true;
      venue.storedBefore = true;
    };
    const scene = async ({ venue, handle }: Scene): Promise<void> => {
      await handle.signal(cancelSignal);
      await rig.env.sleep('3s');
      expect((await handle.query(orderStateQuery)).status).toBe('PENDING');
      venue.unreachable = false;
      expect((await handle.result()).status).toBe('EXPIRED');
      expect(venue.lookUps).toBeGreaterThan(0);
      expect(venue.sentNonces).toEqual([]);
    };
    await play(intent('cancel-lost'), [], scene, arrange);
  });

  test('a cancel is repeated until the venue can be reached', async () => {
    await play(intent('cancel-unreachable'), ['accept'], async ({ venue, handle }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      venue.unreachable = true;
      await handle.signal(cancelSignal);
      await rig.env.sleep('5s');
      venue.unreachable = false;
      expect((await handle.result()).status).toBe('CANCELLED');
      expect(venue.cancels).toBeGreaterThan(1);
    });
  });

  test('an order whose end nobody heard, and the venue has forgotten, is gone when it is cancelled', async () => {
    await play(intent('cancel-gone'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      await venue.trade(venue.cloid(wanted), '0.005', 71);
      venue.forget(venue.cloid(wanted));
      await handle.signal(cancelSignal);
      const view = await handle.result();
      expect(view).toMatchObject({ status: 'CANCELLED', filledBase: '0.005' });
      expect(view.reason).toMatch(
        /^GONE: not open any more, and absent in [3-9] reads over 1\d{4} ms$/,
      );
      expect(venue.cancels).toBeLessThan(5);
    });
  });

  test('an order that has ended refuses the cancel update', async () => {
    // A fill that the venue counts but does not show keeps the workflow open after the end.
    await play(intent('cancel-refused'), ['accept'], async ({ venue, handle, wanted }) => {
      await until(handle, (view) => view.status === 'SUBMITTED');
      const cloid = venue.cloid(wanted);
      const fill = await venue.trade(cloid, '0.02', 61);
      const held = venue.orders.get(cloid)?.fills ?? [];
      held.length = 0;
      await handle.signal(venueFactsSignal, { statuses: [venue.status(cloid)], fills: [] });
      await until(handle, (view) => view.status === 'FILLED');
      const refused = handle.executeUpdate(cancelUpdate, { args: [{}] });
      await expect(refused).rejects.toThrow(WorkflowUpdateFailedError);
      held.push(fill);
      expect((await handle.result()).fills).toHaveLength(1);
    });
  });
});
