/**
 * Order workflows completed per second, from start to FILLED with every execution seen and recorded,
 * beside bare workflows with as many local activities that do nothing. The two take turns at each
 * concurrency, in one worker.
 */
import type { OrderView } from '../domain/execution/order-view.ts';
import { orderWorkflowId } from '../domain/kernel/ids.ts';
import { marketOrder } from './orders.ts';
import type { BenchStack } from './stack.ts';
import { startBenchStack } from './stack.ts';
import { quantile, round } from './statistics.ts';

const CONCURRENCIES = [1, 8, 64] as const;
const ROUNDS = 3;
/** Per round: enough for some seconds at each concurrency. */
const ORDERS = { 1: 30, 8: 120, 64: 256 } as const;
const WARM_UP = 30;

interface Row {
  readonly concurrency: number;
  /** Orders that did not end FILLED, by their ends: on a busy machine one may be too old to be sent. */
  readonly unfilled: Readonly<Record<string, number>>;
  readonly ordersPerSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
}

export interface ThroughputResult {
  readonly benchmark: 'order-throughput';
  readonly activitiesPerOrder: number;
  readonly rows: readonly Row[];
  readonly aim: number;
}

/** Runs `total` jobs, `concurrency` at a time; returns jobs per second. */
async function rate(
  total: number,
  concurrency: number,
  job: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < total) {
        const index = next;
        next += 1;
        await job(index);
      }
    }),
  );
  return total / ((performance.now() - startedAt) / 1_000);
}

let series = 0;

/** @param unfilled counts the orders that end otherwise; they count as completed all the same */
function orderJob(
  stack: BenchStack,
  unfilled: Record<string, number> = {},
): (index: number) => Promise<unknown> {
  series += 1;
  const name = `throughput-${series}`;
  return async (index) => {
    const intent = marketOrder(stack.account, name, index);
    stack.parts.headStarts.begin(intent);
    await stack.parts.workflows.startOrder(intent);
    const id = orderWorkflowId(intent.account, intent.intentId);
    const view = await stack.client.workflow.getHandle(id).result();
    const { status, reason } = view as OrderView;
    if (status === 'FILLED') return;
    unfilled[status] = (unfilled[status] ?? 0) + 1;
    process.stderr.write(`${id}: ${status}: ${reason ?? 'no reason given'}\n`);
  };
}

function bareJob(stack: BenchStack, activities: number): (index: number) => Promise<unknown> {
  series += 1;
  const name = `bare-throughput-${series}`;
  return async (index) => {
    const handle = await stack.client.workflow.start('bare', {
      workflowId: `${name}-${index}`,
      taskQueue: stack.endpoints.taskQueue,
      args: [activities],
      requestEagerStart: true,
    });
    await handle.result();
  };
}

/** How many local activities one order took, read from its history. */
async function activitiesOf(stack: BenchStack): Promise<number> {
  const job = orderJob(stack);
  const counts: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    await job(index);
    const intent = marketOrder(stack.account, `throughput-${series}`, index);
    const id = orderWorkflowId(intent.account, intent.intentId);
    const { events } = await stack.client.workflow.getHandle(id).fetchHistory();
    counts.push((events ?? []).filter((event) => event.markerRecordedEventAttributes).length);
  }
  return quantile(counts, 0.5);
}

export async function orderThroughput(): Promise<ThroughputResult> {
  const stack = await startBenchStack();
  try {
    const activities = await activitiesOf(stack);
    await rate(WARM_UP, 8, orderJob(stack));
    await rate(WARM_UP, 8, bareJob(stack, activities));
    const rows: Row[] = [];
    for (const concurrency of CONCURRENCIES) {
      const unfilled: Record<string, number> = {};
      const orders: number[] = [];
      const bare: number[] = [];
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        orders.push(await rate(ORDERS[concurrency], concurrency, orderJob(stack, unfilled)));
        bare.push(await rate(ORDERS[concurrency], concurrency, bareJob(stack, activities)));
      }
      const [ordersPerSecond, barePerSecond] = [quantile(orders, 0.5), quantile(bare, 0.5)];
      const last = `${concurrency} at a time: ${round(ordersPerSecond, 1)} orders/s`;
      process.stderr.write(`${last}, ${round(barePerSecond, 1)} bare/s\n`);
      rows.push({
        concurrency,
        unfilled,
        ordersPerSecond: round(ordersPerSecond, 1),
        barePerSecond: round(barePerSecond, 1),
        ratio: round(ordersPerSecond / barePerSecond),
      });
    }
    return { benchmark: 'order-throughput', activitiesPerOrder: activities, rows, aim: 0.85 };
  } finally {
    await stack.close();
  }
}
