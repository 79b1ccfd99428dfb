/**
 * From the start of an order, and from a session's decision, to the moment that the submission code
 * runs; beside the floor that Temporal sets: an eagerly started workflow with one local activity.
 * The three are measured in turn, so that the machine's moods meet all of them alike.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { orderWorkflowId, sessionWorkflowId } from '../domain/kernel/ids.ts';
import type { SessionInput } from '../workflows/trading-session/trading-session.messages.ts';
import {
  decideUpdate,
  SESSION_WORKFLOW,
  stopUpdate,
} from '../workflows/trading-session/trading-session.messages.ts';
import { marketOrder } from './orders.ts';
import type { BenchStack } from './stack.ts';
import { startBenchStack } from './stack.ts';
import type { Quantiles } from './statistics.ts';
import { quantiles, round } from './statistics.ts';

const WARM_UP = 15;
const RUNS = 150;
const SESSION_EVERY = 3;
const WAIT_MS = 10_000;

export interface LatencyResult {
  readonly benchmark: 'order-latency';
  readonly floor: Quantiles;
  readonly orderStartToSubmission: Quantiles;
  readonly sessionDecisionToSubmission: Quantiles;
  readonly ratios: { readonly order: number; readonly session: number };
  readonly aims: { readonly order: number; readonly session: number };
}

/** Waits until the activity of the workflow ran; returns the time from `startedAt` in ms. */
async function ranAfter(stack: BenchStack, id: string, startedAt: number): Promise<number> {
  const deadline = performance.now() + WAIT_MS;
  while (!stack.ranAt.has(id)) {
    if (performance.now() > deadline) throw new Error(`${id} was not submitted in ${WAIT_MS} ms`);
    await sleep(1);
  }
  return (stack.ranAt.get(id) ?? Number.NaN) - startedAt;
}

async function floorRun({ client, endpoints, ...stack }: BenchStack, index: number) {
  const workflowId = `bare-latency-${index}`;
  const startedAt = performance.now();
  const handle = await client.workflow.start('bare', {
    workflowId,
    taskQueue: endpoints.taskQueue,
    args: [1],
    requestEagerStart: true,
  });
  const ms = await ranAfter({ client, endpoints, ...stack }, workflowId, startedAt);
  await handle.result();
  return ms;
}

/** Waits for the next order to leave; returns the time from `startedAt` in ms. */
async function sentAfter(stack: BenchStack, startedAt: number, what: string): Promise<number> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const sentAt = stack.sentAt.find((atMs) => atMs >= startedAt);
    if (sentAt !== undefined) return sentAt - startedAt;
    if (performance.now() > deadline) throw new Error(`${what} sent nothing in ${WAIT_MS} ms`);
    await sleep(1);
  }
}

async function orderRun(stack: BenchStack, index: number): Promise<number> {
  const intent = marketOrder(stack.account, 'latency', index);
  const id = orderWorkflowId(intent.account, intent.intentId);
  const startedAt = performance.now();
  await stack.parts.workflows.startOrder(intent);
  const ms = await sentAfter(stack, startedAt, id);
  await stack.client.workflow.getHandle(id).result();
  return ms;
}

const RULES = {
  strategy: 'ema-crossover',
  assets: ['ETH'],
  interval: '1m',
  // The stance itself is an entry, so that every fresh session decides to open a position.
  genes: { enterOn: 'state' },
  sizing: { maxPositionFraction: 0.001 },
  limits: {},
} as const;

async function sessionRun(stack: BenchStack, index: number): Promise<number> {
  const { account, client, endpoints } = stack;
  const name = `bench-${index}`;
  const startedMs = Date.now();
  const input: SessionInput = { account, network: 'paper', name, startedMs, config: RULES };
  const handle = await client.workflow.start(SESSION_WORKFLOW, {
    workflowId: sessionWorkflowId(account, name),
    taskQueue: endpoints.taskQueue,
    args: [input],
  });
  const { barOpenTimeMs } = await stack.parts.market.snapshot('ETH', '1m', 2);
  await sleep(100);
  const startedAt = performance.now();
  await handle.executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: ['ETH'] }] });
  const ms = await sentAfter(stack, startedAt, `session ${name}`);
  await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
  return ms;
}

export async function orderLatency(): Promise<LatencyResult> {
  const stack = await startBenchStack();
  try {
    const floor: number[] = [];
    const order: number[] = [];
    const session: number[] = [];
    for (let index = 0; index < WARM_UP + RUNS; index += 1) {
      const counts = index >= WARM_UP;
      const bare = await floorRun(stack, index);
      const started = await orderRun(stack, index);
      if (counts) {
        floor.push(bare);
        order.push(started);
      }
      if (index % SESSION_EVERY !== 0) continue;
      const decided = await sessionRun(stack, index);
      if (counts) session.push(decided);
    }
    const [base, orders, sessions] = [quantiles(floor), quantiles(order), quantiles(session)];
    return {
      benchmark: 'order-latency',
      floor: base,
      orderStartToSubmission: orders,
      sessionDecisionToSubmission: sessions,
      ratios: {
        order: round(orders.p50Ms / base.p50Ms),
        session: round(sessions.p50Ms / base.p50Ms),
      },
      aims: { order: 1.5, session: 3 },
    };
  } finally {
    await stack.close();
  }
}
