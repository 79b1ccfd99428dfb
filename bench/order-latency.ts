/**
 * From the start of an order, and from a session's decision, to the moment that the submission code
 * runs; beside the floor that Temporal sets: an eagerly started workflow with one local activity, which
 * does nothing at all: no ledger, no venue, no search attributes. It runs in the same worker, with the
 * same quick thread for workflow code (decision 24), so that it gains by that as much as the orders do.
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

/** How large a tail is, beside its middle. */
type Tails = Readonly<Record<'floor' | 'order' | 'session', number>>;

export interface LatencyResult {
  readonly benchmark: 'order-latency';
  readonly floor: Quantiles;
  readonly orderStartToSubmission: Quantiles;
  readonly sessionDecisionToSubmission: Quantiles;
  readonly ratios: { readonly order: number; readonly session: number };
  /** p99 over p50. */
  readonly tails: Tails;
  /** The history of a market order that fills at once. */
  readonly filledOrder: { readonly events: number; readonly historyBytes: number };
  readonly aims: {
    readonly order: number;
    readonly session: number;
    readonly tail: number;
    readonly events: number;
  };
}

/** From `startedAt` to the moment, ms. @throws when it does not come */
async function elapsed(moment: Promise<number>, startedAt: number, what: string): Promise<number> {
  const cannot = new Error(`${what}: not within ${WAIT_MS} ms`);
  const waiting = new AbortController();
  const late = sleep(WAIT_MS, undefined, { signal: waiting.signal }).then(() => {
    throw cannot;
  });
  late.catch(() => undefined);
  try {
    return (await Promise.race([moment, late])) - startedAt;
  } finally {
    waiting.abort();
  }
}

async function floorRun({ client, endpoints, ranAt }: BenchStack, index: number) {
  const workflowId = `bare-latency-${index}`;
  const ran = ranAt(workflowId);
  const startedAt = performance.now();
  const handle = await client.workflow.start('bare', {
    workflowId,
    taskQueue: endpoints.taskQueue,
    args: [1],
    requestEagerStart: true,
  });
  const ms = await elapsed(ran, startedAt, workflowId);
  await handle.result();
  return ms;
}

async function orderRun(stack: BenchStack, index: number): Promise<number> {
  const intent = marketOrder(stack.account, 'latency', index);
  const id = orderWorkflowId(intent.account, intent.intentId);
  const sent = stack.nextSentAt();
  const startedAt = performance.now();
  // As a session starts what it has decided and stored.
  stack.parts.headStarts.begin(intent);
  await stack.parts.workflows.startOrder(intent);
  const ms = await elapsed(sent, startedAt, id);
  await stack.client.workflow.getHandle(id).result();
  return ms;
}

async function filledOrder({ client, account }: BenchStack, index: number) {
  const { intentId } = marketOrder(account, 'latency', index);
  const handle = client.workflow.getHandle(orderWorkflowId(account, intentId));
  const { historyLength, historySize } = await handle.describe();
  return { events: historyLength, historyBytes: historySize ?? Number.NaN };
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
  const sent = stack.nextSentAt();
  const startedAt = performance.now();
  await handle.executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: ['ETH'] }] });
  const ms = await elapsed(sent, startedAt, `session ${name}`);
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
    const tail = ({ p50Ms, p99Ms }: Quantiles): number => round(p99Ms / p50Ms);
    return {
      benchmark: 'order-latency',
      floor: base,
      orderStartToSubmission: orders,
      sessionDecisionToSubmission: sessions,
      ratios: {
        order: round(orders.p50Ms / base.p50Ms),
        session: round(sessions.p50Ms / base.p50Ms),
      },
      tails: { floor: tail(base), order: tail(orders), session: tail(sessions) },
      filledOrder: await filledOrder(stack, WARM_UP + RUNS - 1),
      aims: { order: 1.3, session: 2.6, tail: 3, events: 14 },
    };
  } finally {
    await stack.close();
  }
}
