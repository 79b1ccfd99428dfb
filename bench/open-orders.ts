/**
 * 3,000 orders that rest at once, each a workflow of its own: how long it takes to open and to cancel
 * them, what worker and Temporal server hold in memory meanwhile, and whether anything is left on the
 * venue. Every part is a process of its own, as in `perpetua up`. With limits the venue's own weight
 * bounds both ways; without, what is measured is ours. They are cancelled as
 * by `order cancel --all`, or by the kill switch.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { CANCELS_PER_ACTION } from '../activities/ports/kill-switch.ts';
import { loadSigningKey } from '../config/keystore.ts';
import { loadConfig } from '../config/load.ts';
import { px, sizeBase } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import { accountAddress, accountWorkflowId, orderWorkflowId } from '../domain/kernel/ids.ts';
import { connectVenue, type VenueConnection } from '../gateways/hyperliquid/connection.ts';
import { readOpenOrders } from '../gateways/hyperliquid/info.ts';
import { userRateLimitSchema } from '../gateways/hyperliquid/wire/info-account.ts';
import { allMidsSchema } from '../gateways/hyperliquid/wire/info-market.ts';
import { findTemporal } from '../gateways/temporal/provision/find-server.ts';
import { planStack } from '../workers/up/plan.ts';
import { type Stack, startStack } from '../workers/up/stack.ts';
import {
  ACCOUNT_WORKFLOW,
  cancelRestingUpdate,
  haltSignal,
  reconcileUpdate,
} from '../workflows/account/account.messages.ts';
import { cancelSignal, newOrder, ORDER_WORKFLOW } from '../workflows/order/order.messages.ts';
import { orderSearchAttributes } from '../workflows/support/search-attributes.ts';
import { earnOpenOrders } from './open-orders/volume.ts';
import { marketOrder } from './orders.ts';
import { rate } from './rate.ts';
import { round } from './statistics.ts';

const ORDERS = 3_000;
/** Of these the venue's limits let as many pass in a minute or two. */
const LIMITED_ORDERS = 1_500;
const AT_ONCE = 32;
const WITHIN_MS = 600_000;
const SHOWN_EVERY_MS = 10_000;
/** Far below the market: nothing fills. */
const RESTING_FRACTION = 0.5;
/** The venue's weight a minute; an order or a cancel of its own weighs one (see `shares.ts`). */
const WEIGHT_PER_MINUTE = 1_200;

/** As `order cancel --all`: together, and then each is asked for its end. Or the kill switch. */
type Canceller = 'all' | 'halt';

interface Memory {
  readonly workerMb: number;
  readonly temporalMb: number;
  readonly togetherMb: number;
}

export interface OpenOrdersResult {
  readonly benchmark: string;
  readonly orders: number;
  readonly limits: 'none' | 'venue';
  readonly by: Canceller;
  /** `lost` ended before they rested: on a busy machine one may be too old to be sent. */
  readonly opened: { readonly seconds: number; readonly perSecond: number; readonly lost: number };
  readonly memory: { readonly before: Memory; readonly open: Memory; readonly most: Memory };
  /** With all of them open. */
  readonly reconciled: { readonly ok: boolean; readonly differences: number; readonly ms: number };
  readonly cancelled: {
    /** Until nothing rests on the venue, and until every workflow has ended. */
    readonly venueSeconds: number;
    readonly seconds: number;
    readonly perSecond: number;
    /** Orders and cancels that the venue counted for the account meanwhile. */
    readonly sent: number;
    /** What the venue's weight alone bounds it to: each cancel an action of its own, or as ours go. */
    readonly boundSeconds: { readonly singly: number; readonly together: number };
  };
  readonly left: { readonly onVenue: number; readonly workflows: number };
  readonly aims: { readonly togetherMb: number; readonly left: number };
}

const residentMb = (pid: number, row: 'VmRSS' | 'VmHWM'): number =>
  Number(
    new RegExp(`${row}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
  ) / 1024;

function memoryOf(stack: Stack, row: 'VmRSS' | 'VmHWM' = 'VmRSS'): Memory {
  const of = (name: string): number => residentMb(stack.processes().get(name) ?? 0, row);
  const [workerMb, temporalMb] = [of('trading-worker'), of('temporal')];
  return {
    workerMb: round(workerMb, 0),
    temporalMb: round(temporalMb, 0),
    togetherMb: round(workerMb + temporalMb, 0),
  };
}

interface Desk {
  readonly stack: Stack;
  readonly client: Client;
  readonly connection: VenueConnection;
  readonly account: AccountAddress;
  readonly limits: 'none' | 'venue';
  close(): Promise<void>;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function openDesk(limits: 'none' | 'venue', orders: number): Promise<Desk> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perpetua-bench-'));
  const loaded = await loadConfig({ env: {}, cwd: dataDir });
  const other = privateKeyToAccount(generatePrivateKey());
  const temporalBinary = (await findTemporal(say)).path;
  const stack = await startStack({
    config: {
      ...loaded.config,
      dataDir,
      // The speed decides whether the paper exchange keeps the venue's limits.
      paper: { ...loaded.config.paper, speed: limits === 'venue' ? 5 : 10, fundUsd: '100000000' },
      risk: { maxOrderNotionalUsd: '1000000' },
    },
    ports: 'auto',
    plan: (input) =>
      planStack({ ...input, temporalBinary })
        .slice(0, 2)
        .map((stage) => ({
          ...stage,
          children: stage.children.map((child) =>
            child.name === 'paper-exchange'
              ? { ...child, args: [...child.args, '--fund', `${other.address}=100000000`] }
              : child,
          ),
        })),
    say,
  });
  const { endpoints } = stack;
  const key = loadSigningKey('paper', dataDir);
  const connection = connectVenue({
    url: endpoints.exchangeUrl,
    wsUrl: endpoints.exchangeWsUrl,
    isMainnet: false,
  });
  try {
    await earnOpenOrders(connection, { account: privateKeyToAccount(key.reveal()), other }, orders);
  } catch (fault) {
    // Nobody has the desk yet who could close it.
    await stack.stop();
    throw fault;
  }
  const temporal = await Connection.connect({ address: endpoints.temporalAddress });
  return {
    stack,
    client: new Client({ connection: temporal, namespace: endpoints.namespace }),
    connection,
    account: accountAddress(key.address),
    limits,
    async close() {
      await temporal.close();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs `total` jobs, some at once, no faster than `perMinute`. */
async function forEach(
  total: number,
  perMinute: number,
  job: (index: number) => Promise<unknown>,
): Promise<void> {
  const startedAt = performance.now();
  await rate(total, AT_ONCE, async (index) => {
    const dueMs = startedAt + (index / perMinute) * 60_000 - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    await job(index);
  });
}

/** Waits until the count is as wanted, which may change. @returns what was wanted in the end */
async function until(
  what: string,
  target: () => Promise<number>,
  count: () => Promise<number>,
): Promise<number> {
  const deadline = performance.now() + WITHIN_MS;
  let shownMs = performance.now();
  for (;;) {
    const [wanted, now] = [await target(), await count()];
    if (now === wanted) return wanted;
    const late = performance.now() > deadline;
    if (late) throw new Error(`${what}: ${now} of ${wanted} within ${WITHIN_MS} ms`);
    if (performance.now() - shownMs > SHOWN_EVERY_MS) {
      shownMs = performance.now();
      say(`${what}: ${now} of ${wanted}`);
    }
    await sleep(500);
  }
}

const restingOn = async ({ connection, account }: Desk): Promise<number> =>
  (await readOpenOrders(connection, account)).length;

async function workflowsOf({ client }: Desk): Promise<number> {
  const query = `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  return (await client.workflow.count(query)).count;
}

/** How many orders and cancels the venue has counted for the account. */
async function countedOf({ connection, account }: Desk): Promise<number> {
  const question = { type: 'userRateLimit', user: account } as const;
  return (await connection.info(question, userRateLimitSchema)).nRequestsUsed;
}

const boundSeconds = (actions: number): number => round((actions / WEIGHT_PER_MINUTE) * 60, 1);

const NAME = 'open';
const intentOf = (account: AccountAddress, index: number, limitPx: string) => {
  const { type: _market, ...order } = marketOrder(account, NAME, index * 2);
  return { ...order, type: 'LIMIT', limitPx: px(limitPx), sizeBase: sizeBase('0.001') } as const;
};

/** Entries have 55 % of the weight: see `shares.ts`. A little less, so that none is turned away. */
const openingRate = ({ limits }: Desk): number =>
  limits === 'none' ? Number.POSITIVE_INFINITY : 0.5 * WEIGHT_PER_MINUTE;

function nameOf(limits: 'none' | 'venue', by: Canceller): string {
  if (by === 'halt') return 'open-orders-halted';
  return limits === 'none' ? 'open-orders' : 'open-orders-limited';
}

const none = async (): Promise<number> => 0;

async function openAll(desk: Desk, orders: number): Promise<{ seconds: number; open: number }> {
  const { client, account, stack } = desk;
  const mids = await desk.connection.info({ type: 'allMids' }, allMidsSchema);
  const limitPx = String(Math.round(Number(mids.BTC) * RESTING_FRACTION));
  const startedAt = performance.now();
  await forEach(orders, openingRate(desk), async (index) => {
    const intent = intentOf(account, index, limitPx);
    await client.workflow.start(ORDER_WORKFLOW, {
      workflowId: orderWorkflowId(account, intent.intentId),
      taskQueue: stack.endpoints.taskQueue,
      args: [newOrder(intent)],
      typedSearchAttributes: orderSearchAttributes(intent),
    });
  });
  // Whoever has ended will not rest any more.
  const open = await until(
    'orders open',
    () => workflowsOf(desk),
    () => restingOn(desk),
  );
  return { seconds: (performance.now() - startedAt) / 1_000, open };
}

async function askEach({ client, account }: Desk, orders: number): Promise<void> {
  await forEach(orders, Number.POSITIVE_INFINITY, async (index) => {
    const { intentId } = intentOf(account, index, '1');
    const handle = client.workflow.getHandle(orderWorkflowId(account, intentId));
    const signal = handle.signal(cancelSignal, { reason: 'the benchmark ends' });
    await signal.catch((fault: unknown) => {
      if (!(fault instanceof WorkflowNotFoundError)) throw fault;
    });
  });
}

async function cancelAll(desk: Desk, orders: number, by: Canceller) {
  const { client, account } = desk;
  const startedAt = performance.now();
  const spentSeconds = (): number => (performance.now() - startedAt) / 1_000;
  const ofAccount = client.workflow.getHandle(accountWorkflowId(account));
  let asked = Promise.resolve();
  if (by === 'halt') {
    await ofAccount.signal(haltSignal, { reason: 'the benchmark ends', cancelEntries: true });
  } else {
    await ofAccount.executeUpdate(cancelRestingUpdate, { args: [{}] });
    asked = askEach(desk, orders);
  }
  const gone = until('orders on the venue', none, () => restingOn(desk)).then(spentSeconds);
  const [venueSeconds] = await Promise.all([gone, asked]);
  await until('workflows', none, () => workflowsOf(desk));
  return { venueSeconds, seconds: spentSeconds() };
}

/** Asks again when there is no answer in time: the one under way has to end first. */
async function reconcile({ client, account }: Desk) {
  const handle = client.workflow.getHandle(accountWorkflowId(account));
  const startedAt = performance.now();
  for (;;) {
    try {
      const { ok, differences } = await handle.executeUpdate(reconcileUpdate);
      return { ok, differences: differences.length, ms: round(performance.now() - startedAt, 0) };
    } catch (fault) {
      const isLate = performance.now() - startedAt > WITHIN_MS;
      if (isLate || !(fault instanceof WorkflowUpdateFailedError)) throw fault;
      say(`not reconciled yet: ${fault.cause?.message}`);
    }
  }
}

async function measure(desk: Desk, orders: number, by: Canceller): Promise<OpenOrdersResult> {
  const { client, account, stack, limits } = desk;
  const { reconcileEveryMs, equitySampleMs } = stack.config;
  await client.workflow.start(ACCOUNT_WORKFLOW, {
    workflowId: accountWorkflowId(account),
    taskQueue: stack.endpoints.taskQueue,
    args: [{ account, network: 'paper', reconcileEveryMs, equitySampleMs }],
  });
  const before = memoryOf(stack);
  say(`before: ${before.workerMb} MB worker, ${before.temporalMb} MB Temporal`);
  const { seconds: openSeconds, open: opened } = await openAll(desk, orders);
  const open = memoryOf(stack);
  const spent = round(openSeconds, 1);
  say(`${opened} orders open after ${spent} s: ${open.workerMb} MB, ${open.temporalMb} MB`);
  const reconciled = await reconcile(desk);
  say(`reconciled in ${reconciled.ms} ms`);
  const countedBefore = await countedOf(desk);
  const { venueSeconds, seconds } = await cancelAll(desk, orders, by);
  return {
    benchmark: nameOf(limits, by),
    orders,
    limits,
    by,
    opened: {
      seconds: round(openSeconds, 1),
      perSecond: round(orders / openSeconds, 1),
      lost: orders - opened,
    },
    memory: { before, open, most: memoryOf(stack, 'VmHWM') },
    reconciled,
    cancelled: {
      venueSeconds: round(venueSeconds, 1),
      seconds: round(seconds, 1),
      perSecond: round(opened / seconds, 1),
      sent: (await countedOf(desk)) - countedBefore,
      boundSeconds: {
        singly: boundSeconds(opened),
        together: boundSeconds(Math.ceil(opened / CANCELS_PER_ACTION)),
      },
    },
    left: { onVenue: await restingOn(desk), workflows: await workflowsOf(desk) },
    aims: { togetherMb: 1_024, left: 0 },
  };
}

async function run(
  limits: 'none' | 'venue',
  orders: number,
  by: Canceller = 'all',
): Promise<OpenOrdersResult> {
  const desk = await openDesk(limits, orders);
  try {
    return await measure(desk, orders, by);
  } finally {
    await desk.close();
  }
}

const ordersOf = (usual: number): number => Number(process.env.BENCH_OPEN_ORDERS ?? usual);

export const openOrders = (): Promise<OpenOrdersResult> => run('none', ordersOf(ORDERS));
export const openOrdersLimited = (): Promise<OpenOrdersResult> =>
  run('venue', ordersOf(LIMITED_ORDERS));
export const openOrdersHalted = (): Promise<OpenOrdersResult> =>
  run('none', ordersOf(ORDERS), 'halt');
