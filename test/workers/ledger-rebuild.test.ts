/** A used stack loses its projection: histories and venue bring back every row as it was. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { accountAddress, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { createLedger } from '../../gateways/ledger/ledger.ts';
import { rebuildProjection } from '../../gateways/ledger/rebuild.ts';
import type { RebuildReport } from '../../gateways/ledger/rebuild-types.ts';
import { type ReadRecords, readTold } from '../../workers/told-records.ts';
import {
  amendUpdate,
  cancelUpdate,
  newOrder,
  orderStateQuery,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import {
  draftOf,
  startTestLedger,
  type TestLedger,
  venueFill,
} from '../gateways/ledger/test-ledger.ts';
import { eventually } from '../workflows/support/eventually.ts';
import { type Rig, startRig } from '../workflows/support/rig.ts';
import {
  ACCOUNT,
  intent,
  ScriptedVenue,
  type SendScript,
} from '../workflows/support/scripted-venue.ts';
import { FUNDING, HELD, type Shown, shownVenue } from './support/shown-venue.ts';

type Handle = WorkflowHandle<typeof order>;

let rig: Rig;
let opened: TestLedger;
const venue: Shown = shownVenue();
const ids: string[] = [];

/** One order of the stack: its workflow records into the real ledger. */
async function live(
  wanted: OrderIntent,
  script: SendScript[],
  scene: (handle: Handle) => Promise<unknown>,
): Promise<void> {
  const scripted = new ScriptedVenue(() => rig.env.currentTimeMs(), script);
  const ledger = createLedger(opened.pool);
  const activities: ReturnType<ScriptedVenue['activities']> = {
    ...scripted.activities(),
    recordOrder: ({ view, workflowId, version, steps, atMs }) =>
      ledger.recordOrder(view, workflowId, version, steps, atMs),
  };
  const workflowId = orderWorkflowId(wanted.account, wanted.intentId);
  ids.push(workflowId);
  await rig.play(workflowId, activities, async () => {
    const handle: Handle = await rig.env.client.workflow.start<typeof order>('order', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newOrder(wanted)],
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
    await scene(handle);
  });
}

const resting = (handle: Handle): Promise<void> =>
  eventually(async () => (await handle.query(orderStateQuery)).status === 'SUBMITTED');

async function useTheStack(): Promise<void> {
  await live(intent('filled'), ['fill'], (handle) => handle.result());
  await live(intent('refused'), ['reject'], (handle) => handle.result());
  await live(intent('amended'), ['accept', 'accept'], async (handle) => {
    await resting(handle);
    await handle.executeUpdate(amendUpdate, { args: [{ limitPx: px('91000') }] });
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
    await handle.result();
  });
  await live(intent('open'), ['accept'], resting);
  const ledger = createLedger(opened.pool);
  await ledger.recordFills(ACCOUNT, venue.fills);
  await ledger.recordFunding(ACCOUNT, [FUNDING]);
  await ledger.recordAccount(ACCOUNT, HELD);
  // Prepared, and then its history was lost: only the envelope and the venue know of it.
  const lost = { ...draftOf('lost'), account: ACCOUNT, intent: intent('lost') };
  await ledger.prepareEnvelope({ ...lost, countsAsSent: true });
}

const readHistories = async (): Promise<ReadRecords> => {
  const histories = await Promise.all(
    ids.map(async (workflowId) => ({
      workflowId,
      history: await rig.env.client.workflow.getHandle(workflowId).fetchHistory(),
    })),
  );
  return readTold(histories, ACCOUNT);
};

const rebuild = async (dryRun = false): Promise<RebuildReport> =>
  rebuildProjection(opened.pool, venue, ACCOUNT, (await readHistories()).told, dryRun);

const PROJECTION = ['orders', 'order_steps', 'fills', 'funding', 'positions'] as const;
const AUTHORITY = ['intents', 'envelopes', 'signer_lanes'] as const;

/** A busy machine's workflow task may beat, and is then told with later moments when replayed. */
const MOMENTS = ['at_ms', 'step_id', 'version', 'created_ms', 'updated_ms'];

async function dump(tables: readonly string[]): Promise<Record<string, unknown[]>> {
  const texts = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await opened.pool.query<{ row: unknown }>(
        `select to_jsonb(t) - $1::text[] as row from ${table} t order by 1`,
        [MOMENTS],
      );
      return [table, rows.map(({ row }) => row)] as const;
    }),
  );
  return Object.fromEntries(texts);
}

const loseProjection = () => opened.pool.query(`truncate ${PROJECTION.join(', ')}`);

beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedVenue(async () => 0).activities()));
  opened = await startTestLedger();
  await useTheStack();
}, 180_000);
afterAll(async () => {
  await opened.close();
  await rig.close();
});

describe('rebuilding the projection', () => {
  test('finds what is missing and changes nothing on a dry run', async () => {
    const before = await dump([...PROJECTION, ...AUTHORITY]);
    const { differences, recalled } = await rebuild(true);
    expect(recalled).toEqual(['lost']);
    expect(differences).toEqual([{ table: 'orders', key: 'lost', kind: 'missing' }]);
    expect(await dump([...PROJECTION, ...AUTHORITY])).toEqual(before);
  }, 120_000);

  test('brings back every row as it was, and leaves the authority alone', async () => {
    await rebuild();
    const before = await dump(PROJECTION);
    const authority = await dump(AUTHORITY);
    expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);
    await loseProjection();
    const report = await rebuild();
    expect(report.compared).toMatchObject({ orders: 5, fills: 2, funding: 1, positions: 1 });
    expect(await dump(PROJECTION)).toEqual(before);
    expect(await dump(AUTHORITY)).toEqual(authority);
  }, 120_000);

  test('a second time finds nothing that differs', async () => {
    await rebuild();
    expect((await rebuild()).differences).toEqual([]);
  }, 120_000);

  test('mends rows that were altered', async () => {
    await rebuild();
    const before = await dump(PROJECTION);
    await opened.pool.query(`update orders set status = 'FILLED',
      view = jsonb_set(view, '{status}', '"FILLED"') where intent_id = 'refused'`);
    await opened.pool.query('update fills set px = 1 where tid = 1');
    await opened.pool.query(`delete from order_steps where intent_id = 'filled'`);
    const { differences } = await rebuild();
    expect(differences.map(({ table, key, kind }) => `${kind} ${table} ${key}`)).toEqual([
      'differs orders refused',
      'missing order_steps filled',
      expect.stringMatching(/^differs fills BTC/),
    ]);
    expect(await dump(PROJECTION)).toEqual(before);
  }, 120_000);

  test('keeps and names what only the ledger has', async () => {
    await rebuild();
    const older = venueFill(99, { timeMs: 1_000 });
    await createLedger(opened.pool).recordFills(ACCOUNT, [older]);
    const { differences } = await rebuild();
    expect(differences).toMatchObject([{ table: 'fills', kind: 'onlyInLedger' }]);
    await opened.pool.query('delete from fills where tid = 99');
  }, 120_000);

  test('an order without a history is in doubt until the venue shows it', async () => {
    const statusOf = async () => {
      const { rows } = await opened.pool.query(
        `select status from orders where intent_id = 'lost'`,
      );
      return rows[0]?.status;
    };
    await opened.pool.query(`delete from orders where intent_id = 'lost'`);
    await rebuild();
    expect(await statusOf()).toBe('IN_DOUBT');
    await opened.pool.query(`delete from orders where intent_id = 'lost'`);
    venue.statuses.set(draftOf('lost').cloid, {
      asset: 'BTC',
      fact: { oid: 9, status: 'canceled', remainingBase: sizeBase('0.01'), statusTimestampMs: 5 },
    });
    await rebuild();
    expect(await statusOf()).toBe('CANCELLED');
  }, 120_000);
});

describe('reading histories', () => {
  const committed = (name: string) => ({
    workflowId: name,
    history: JSON.parse(readFileSync(`test/replay/histories/${name}.json`, 'utf8')),
  });
  const accountOf = (name: string) =>
    accountAddress(/0x[0-9a-f]{40}/.exec(decodedInput(name))?.[0] ?? '');
  const decodedInput = (name: string): string => {
    const started = committed(name).history.events[0].workflowExecutionStartedEventAttributes;
    return Buffer.from(started.input.payloads[0].data, 'base64').toString();
  };

  test('a session tells how it stood, to its end', async () => {
    const account = accountOf('session-stopped');
    const { told, unreadable } = await readTold([committed('session-stopped')], account);
    expect(unreadable).toEqual([]);
    expect(told.sessions.map(({ status }) => status).at(-1)).toBe('stopped');
  }, 60_000);

  test('one that does not replay is named, and the others are read', async () => {
    const broken = committed('order-cancelled');
    broken.history.events = broken.history.events.filter(
      (event: { timerStartedEventAttributes?: unknown }) => !event.timerStartedEventAttributes,
    );
    const account = accountOf('order-filled');
    const { told, unreadable } = await readTold([broken, committed('order-filled')], account);
    expect(unreadable.map(({ workflowId }) => workflowId)).toEqual(['order-cancelled']);
    expect(told.orders.at(-1)?.view.status).toBe('FILLED');
  }, 60_000);

  test('histories of other accounts are left out', async () => {
    const { told } = await readTold(
      [committed('order-filled')],
      accountAddress(`0x${'9'.repeat(40)}`),
    );
    expect(told.orders).toEqual([]);
  }, 60_000);
});
