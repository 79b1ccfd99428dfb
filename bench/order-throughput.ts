/**
 * Order workflows completed per second, from start to FILLED with every execution seen and recorded,
 * beside bare workflows with as many local activities that do nothing: of the SDK as it ships, in a
 * process of its own, and of the product's own worker. All take turns at each concurrency.
 */
import type { OrderView } from '../domain/execution/order-view.ts';
import { orderWorkflowId } from '../domain/kernel/ids.ts';
import { marketOrder } from './orders.ts';
import { rate } from './rate.ts';
import type { BenchStack } from './stack.ts';
import { startBenchStack } from './stack.ts';
import { quantile, round } from './statistics.ts';

const CONCURRENCIES = [1, 8, 64] as const;
const ROUNDS = 5;
/** Per round: enough for some seconds at each concurrency. */
const ORDERS = { 1: 30, 8: 120, 64: 256 } as const;
const WARM_UP = 30;

interface Row {
  readonly concurrency: number;
  /** Orders that did not end FILLED, by their ends: on a busy machine one may be too old to be sent. */
  readonly unfilled: Readonly<Record<string, number>>;
  readonly ordersPerSecond: number;
  readonly barePerSecond: number;
  readonly quickBarePerSecond: number;
  /**
   * Of orders to bare workflows: of the SDK as it ships, and of the product's own worker. The median over
   * the rounds, each of orders to the bare ones that ran next to them: both in the same mood of the machine.
   */
  readonly ratio: number;
  readonly quickRatio: number;
}

export interface ThroughputResult {
  readonly benchmark: 'order-throughput';
  readonly activitiesPerOrder: number;
  readonly rows: readonly Row[];
  readonly aim: number;
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

const ratioOf = (orders: readonly number[], bare: readonly number[]): number =>
  quantile(
    orders.map((perSecond, turn) => perSecond / (bare[turn] ?? Number.NaN)),
    0.5,
  );

/** Orders and both kinds of bare workflows in turn, so that the machine's moods meet all of them. */
async function rowOf(
  stack: BenchStack,
  concurrency: (typeof CONCURRENCIES)[number],
  activities: number,
): Promise<Row> {
  const unfilled: Record<string, number> = {};
  const [orders, bare, quick]: [number[], number[], number[]] = [[], [], []];
  const total = ORDERS[concurrency];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    orders.push(await rate(total, concurrency, orderJob(stack, unfilled)));
    bare.push(await stack.floor.perSecond(total, concurrency, activities));
    quick.push(await stack.quickFloor.perSecond(total, concurrency, activities));
  }
  const ordersPerSecond = quantile(orders, 0.5);
  const barePerSecond = quantile(bare, 0.5);
  const quickBarePerSecond = quantile(quick, 0.5);
  const row = {
    concurrency,
    unfilled,
    ordersPerSecond: round(ordersPerSecond, 1),
    barePerSecond: round(barePerSecond, 1),
    quickBarePerSecond: round(quickBarePerSecond, 1),
    ratio: round(ratioOf(orders, bare)),
    quickRatio: round(ratioOf(orders, quick)),
  };
  process.stderr.write(`${JSON.stringify(row)}\n`);
  return row;
}

export async function orderThroughput(): Promise<ThroughputResult> {
  const stack = await startBenchStack();
  try {
    const activities = await activitiesOf(stack);
    await rate(WARM_UP, 8, orderJob(stack));
    await stack.floor.perSecond(WARM_UP, 8, activities);
    await stack.quickFloor.perSecond(WARM_UP, 8, activities);
    const rows: Row[] = [];
    for (const concurrency of CONCURRENCIES) {
      rows.push(await rowOf(stack, concurrency, activities));
    }
    return { benchmark: 'order-throughput', activitiesPerOrder: activities, rows, aim: 0.85 };
  } finally {
    await stack.close();
  }
}
