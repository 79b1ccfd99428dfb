/**
 * From the start of an order, and from a session's decision, to the moment that the submission code
 * runs; beside the floor that Temporal sets: an eagerly started workflow with one local activity, which
 * does nothing at all: no ledger, no venue, no search attributes. The floor is Temporal's SDK as it
 * ships, in a process of its own. `quickFloor` is the same workflow in the product's worker, which is
 * quicker by its own thread for workflow code (decision 24): what ours costs beyond what we gained there.
 * All are measured in turn, so that the machine's moods meet all of them alike; and each for itself: a
 * server that has told a result still writes for a while (close tasks, visibility, one connection to
 * SQLite), and what follows at once waits for that. `order-throughput` measures many at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { orderWorkflowId, sessionWorkflowId } from '../domain/kernel/ids.ts';
import type { SessionInput } from '../workflows/trading-session/trading-session.messages.ts';
import {
  decideUpdate,
  SESSION_WORKFLOW,
  stopUpdate,
} from '../workflows/trading-session/trading-session.messages.ts';
import { elapsed } from './moments.ts';
import { marketOrder } from './orders.ts';
import type { BenchStack } from './stack.ts';
import { startBenchStack } from './stack.ts';
import type { Quantiles } from './statistics.ts';
import { quantiles, round } from './statistics.ts';

const WARM_UP = 15;
const RUNS = 150;
/** For how long the server is left alone before each run, ms. */
const SETTLE_MS = 100;

/** How large a tail is, beside its middle. */
type Tails = Readonly<Record<'floor' | 'quickFloor' | 'order' | 'session', number>>;

interface Ratios {
  readonly order: number;
  readonly session: number;
}

export interface LatencyResult {
  readonly benchmark: 'order-latency';
  readonly floor: Quantiles;
  readonly quickFloor: Quantiles;
  readonly orderStartToSubmission: Quantiles;
  readonly sessionDecisionToSubmission: Quantiles;
  /** To the floor: what the aims are about. */
  readonly ratios: Ratios;
  readonly quickRatios: Ratios;
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

async function alone(run: () => Promise<number>): Promise<number> {
  await sleep(SETTLE_MS);
  return run();
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
  await sleep(SETTLE_MS);
  const sent = stack.nextSentAt();
  const startedAt = performance.now();
  await handle.executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: ['ETH'] }] });
  const ms = await elapsed(sent, startedAt, `session ${name}`);
  await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
  return ms;
}

const tail = ({ p50Ms, p99Ms }: Quantiles): number => round(p99Ms / p50Ms);

const ratiosTo = (floor: Quantiles, order: Quantiles, session: Quantiles): Ratios => ({
  order: round(order.p50Ms / floor.p50Ms),
  session: round(session.p50Ms / floor.p50Ms),
});

export async function orderLatency(): Promise<LatencyResult> {
  const stack = await startBenchStack();
  try {
    const [bare, quick, order, session]: [number[], number[], number[], number[]] = [
      [],
      [],
      [],
      [],
    ];
    for (let index = 0; index < WARM_UP + RUNS; index += 1) {
      const counts = index >= WARM_UP;
      const times = {
        bare: await alone(() => stack.floor.startToActivityMs()),
        quick: await alone(() => stack.quickFloor.startToActivityMs()),
        order: await alone(() => orderRun(stack, index)),
        session: await sessionRun(stack, index),
      };
      if (!counts) continue;
      bare.push(times.bare);
      quick.push(times.quick);
      order.push(times.order);
      session.push(times.session);
    }
    const [floor, quickFloor] = [quantiles(bare), quantiles(quick)];
    const [orders, sessions] = [quantiles(order), quantiles(session)];
    return {
      benchmark: 'order-latency',
      floor,
      quickFloor,
      orderStartToSubmission: orders,
      sessionDecisionToSubmission: sessions,
      ratios: ratiosTo(floor, orders, sessions),
      quickRatios: ratiosTo(quickFloor, orders, sessions),
      tails: {
        floor: tail(floor),
        quickFloor: tail(quickFloor),
        order: tail(orders),
        session: tail(sessions),
      },
      filledOrder: await filledOrder(stack, WARM_UP + RUNS - 1),
      aims: { order: 1.3, session: 2.6, tail: 3, events: 14 },
    };
  } finally {
    await stack.close();
  }
}
