/** Workflows that the present version cannot replay, on real parts: they are started over and lose nothing. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { marketOrder } from '../../bench/orders.ts';
import { type BenchStack, startBenchStack } from '../../bench/stack.ts';
import { type OpenWorkflows, openWorkflows } from '../../client/cli/temporal-connection.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { px } from '../../domain/kernel/decimal.ts';
import { accountWorkflowId, orderWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { checkWorkflows } from '../../workers/doctor/part-checks.ts';
import { keepUnstuck, stuckRuns } from '../../workers/stuck-runs.ts';
import { WORKFLOWS_PATH, workflowsOf } from '../../workers/workflow-bundle.ts';
import { reconcileUpdate } from '../../workflows/account/account.messages.ts';
import { cancelUpdate, newOrder, submittedUpdate } from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import {
  decideUpdate,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../workflows/trading-session/trading-session.workflow.ts';
import { eventually } from '../workflows/support/eventually.ts';

const UNPATCHED = fileURLToPath(new URL('./support/unpatched.workflows.ts', import.meta.url));
const HASTY = fileURLToPath(new URL('./support/hasty.workflows.ts', import.meta.url));
const TASK_QUEUE = 'stuck-runs';
/** Temporal waits ten seconds between the failed tasks of a workflow, and tells after the second. */
const STUCK_WITHIN_MS = 60_000;

let stack: BenchStack;
let connection: NativeConnection;
let workflows: OpenWorkflows;
beforeAll(async () => {
  // The tape hardly moves, so that no stop is reached meanwhile.
  stack = await startBenchStack(0.1);
  connection = await NativeConnection.connect({ address: stack.endpoints.temporalAddress });
  workflows = await openWorkflows(stack.endpoints);
}, 150_000);
afterAll(async () => {
  await workflows.close();
  await connection.close();
  await stack.close();
}, 60_000);

/** While a worker with these workflows, and the product's activities, works for the task queue. */
async function under<Result>(path: string, scene: () => Promise<Result>): Promise<Result> {
  const { namespace } = stack.endpoints;
  const { activities } = stack.parts;
  const own = { connection, namespace, taskQueue: TASK_QUEUE, activities };
  const worker = await Worker.create({ ...own, ...workflowsOf(path) });
  return worker.runUntil(scene);
}

interface VenueOrder {
  readonly coin: string;
  readonly oid: number;
  readonly limitPx: string;
}

async function openOrders(asset: string): Promise<readonly VenueOrder[]> {
  const response = await fetch(`${stack.endpoints.exchangeUrl}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'openOrders', user: stack.account }),
  });
  const orders = (await response.json()) as VenueOrder[];
  return orders.filter(({ coin }) => coin === asset);
}

/** Until Temporal tells that the workflow is stuck, then until it is no longer. */
async function unstuck(workflowId: string): Promise<void> {
  const isStuck = async (): Promise<boolean> => {
    const runs = await stuckRuns(stack.client);
    return runs?.some((run) => run.workflowId === workflowId) === true;
  };
  await eventually(isStuck, STUCK_WITHIN_MS);
  expect(await checkWorkflows(stack.endpoints, 'expected')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining(workflowId),
  });
  const stopLooking = keepUnstuck(stack.client, pino({ level: 'silent' }), 500);
  try {
    await eventually(async () => !(await isStuck()), STUCK_WITHIN_MS);
    const check = await checkWorkflows(stack.endpoints, 'expected');
    expect(check).toMatchObject({ status: 'ok' });
  } finally {
    await stopLooking();
  }
}

async function differences(): Promise<readonly string[]> {
  const account = stack.client.workflow.getHandle(accountWorkflowId(stack.account));
  const statement = await account.executeUpdate(reconcileUpdate);
  return statement.differences.map(({ kind, subject }) => `${kind} ${subject}`);
}

async function restingOrder(): Promise<OrderIntent> {
  const mid = Number(await stack.parts.market.midPx('BTC'));
  const { approvalDigest: _judged, ...intent } = marketOrder(stack.account, 'stuck', 0);
  const limitPx = px(Math.round(mid * 0.8));
  return { ...intent, type: 'LIMIT', timeInForce: 'GTC', limitPx } as OrderIntent;
}

describe('a workflow that no worker can replay', () => {
  test('an order goes on as the same order of the venue, and its cancel is answered', async () => {
    const intent = await restingOrder();
    const workflowId = orderWorkflowId(stack.account, intent.intentId);
    const begin = () =>
      stack.client.workflow.start<typeof order>('order', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [newOrder(intent)],
        typedSearchAttributes: orderSearchAttributes(intent),
      });
    await under(UNPATCHED, async () => {
      const begun = await begin();
      await begun.executeUpdate(submittedUpdate);
    });
    const placed = await openOrders('BTC');
    expect(placed).toHaveLength(1);
    await under(WORKFLOWS_PATH, async () => {
      const now = stack.client.workflow.getHandle(workflowId);
      // Nobody can answer: the request has to last until somebody can.
      const answer = await workflows.cancelOrder(workflowId, 'no longer wanted', 1_000);
      expect(answer).toEqual({ kind: 'stillOpen' });
      await unstuck(workflowId);
      const view = await now.result();
      expect(view).toMatchObject({ status: 'CANCELLED', oid: placed[0]?.oid });
    });
    expect(await openOrders('BTC')).toEqual([]);
    expect(await differences()).toEqual([]);
  }, 150_000);

  test('a session keeps its position and its stop, decides no bar twice, and goes on', async () => {
    const workflowId = sessionWorkflowId(stack.account, 'stuck');
    const { barOpenTimeMs } = await stack.parts.market.snapshot('ETH', '1m', 2);
    const config = {
      strategy: 'ema-crossover',
      assets: ['ETH'],
      interval: '1m',
      genes: { enterOn: 'state' },
      sizing: { maxPositionFraction: 0.001 },
      limits: {},
    } as const;
    const session = stack.client.workflow.getHandle<typeof tradingSession>(workflowId);
    await under(UNPATCHED, async () => {
      await stack.client.workflow.start<typeof tradingSession>('tradingSession', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [
          {
            account: stack.account,
            network: 'paper',
            name: 'stuck',
            startedMs: Date.now(),
            config,
          },
        ],
      });
      await session.executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: ['ETH'] }] });
      await eventually(async () => (await openOrders('ETH')).length === 1, 30_000);
    });
    const [stop] = await openOrders('ETH');
    await under(WORKFLOWS_PATH, async () => {
      await session.signal('barsClosed', { barOpenTimeMs, assets: ['ETH'] });
      await unstuck(workflowId);
      await eventually(async () => (await session.query(sessionStateQuery)).settled, 30_000);
      expect(await openOrders('ETH')).toEqual([stop]);
      expect(await differences()).toEqual([]);
      await session.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    });
    expect(await openOrders('ETH')).toEqual([]);
    expect(await differences()).toEqual([]);
  }, 180_000);

  test('an order whose answers stand in another order begins again, and is told its cancel', async () => {
    const intent = { ...(await restingOrder()), intentId: 'stuck-by-answers' } as OrderIntent;
    const workflowId = orderWorkflowId(stack.account, intent.intentId);
    const handle = await stack.client.workflow.start<typeof order>('order', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [newOrder(intent)],
      typedSearchAttributes: orderSearchAttributes(intent),
    });
    // Both come with the first task: there is no worker yet.
    const asked = [
      handle.executeUpdate(submittedUpdate),
      handle.executeUpdate(cancelUpdate, { args: [{ reason: 'no longer wanted' }] }),
    ];
    await under(HASTY, () => Promise.all(asked));
    await under(WORKFLOWS_PATH, async () => {
      expect(await workflows.cancelOrder(workflowId, 'no longer wanted', 1_000)).toEqual({
        kind: 'stillOpen',
      });
      await unstuck(workflowId);
      const now = stack.client.workflow.getHandle(workflowId);
      expect(await now.result()).toMatchObject({ status: 'CANCELLED' });
    });
    const first = stack.client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
    const { events } = await first.fetchHistory();
    const faults = events?.flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
    expect(faults?.map(({ failure }) => failure?.message).join()).toContain(
      'UpdateMachine in state',
    );
    expect(await openOrders('BTC')).toEqual([]);
  }, 150_000);
});
