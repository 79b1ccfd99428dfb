/**
 * Records histories of today's workflow code from a stack of real parts, for those that
 * `histories.test.ts` replays: `node test/replay/record.ts <folder> [name...]`. What is committed is
 * never recorded over: give new histories new names.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  WithStartWorkflowOperation,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startBenchStack } from '../../bench/stack.ts';
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { accountWorkflowId, orderWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import {
  accountClosedSignal,
  cancelRestingUpdate,
  haltSignal,
  reconcileUpdate,
} from '../../workflows/account/account.messages.ts';
import {
  amendUpdate,
  cancelUpdate,
  newOrder,
  ORDER_WORKFLOW,
} from '../../workflows/order/order.messages.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import {
  decideUpdate,
  drainUpdate,
  pauseUpdate,
  resumeUpdate,
  SESSION_WORKFLOW,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { UNIVERSE_WORKFLOW } from '../../workflows/universe/universe.messages.ts';
import { GONE_SCENES } from './scenes/gone.ts';
import { PARENT_SCENES } from './scenes/parents.ts';
import { PASSED_SCENES } from './scenes/passed.ts';
import {
  hold,
  resting,
  type Scene,
  type Stage,
  size,
  started,
  unlessEnded,
} from './scenes/stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const BAR_MS = 60_000;
const SESSION_RULES = {
  strategy: 'ema-crossover',
  assets: ['ETH'],
  interval: '1m',
  genes: { enterOn: 'state' },
  sizing: { maxPositionFraction: 0.001 },
  limits: {},
} as const;

async function session({ account, client, endpoints }: Stage, name: string, carried?: object) {
  return client.workflow.start(SESSION_WORKFLOW, {
    workflowId: sessionWorkflowId(account, name),
    taskQueue: endpoints.taskQueue,
    args: [
      {
        account,
        network: 'paper',
        name,
        startedMs: Date.now(),
        config: SESSION_RULES,
        ...(carried === undefined ? {} : { carried }),
      },
    ],
  });
}

/**
 * Sells more than is held, at the best price alone. The venue caps the order to the position, executes
 * what is wanted there and cancels the rest; what it says is left is left of the capped size.
 */
async function capped(stage: Stage, key: string, size: string): Promise<WorkflowHandle> {
  await stage.parts.market.midPx('BTC');
  const bid = stage.parts.market.glance('BTC')?.bidPx;
  if (bid === undefined) throw new Error('no bid of BTC');
  // A little below, since the tape moves on.
  const limitPx = px(Math.floor(Number(bid) * 0.9999));
  const order = { sizeBase: sizeBase(size), timeInForce: 'IOC', limitPx } as const;
  const handle = await started(
    stage,
    resting(stage, key, { ...order, side: 'sell', reduceOnly: true }),
  );
  await handle.result();
  return handle;
}

const LOWER_PRICE: Amendment = { limitPx: px('50000') };

/** An order that fills at once, and is to be amended by a request that is there from its start on. */
async function amendedLate(
  stage: Stage,
  key: string,
  change: Amendment = { sizeBase: sizeBase('0.02') },
): Promise<WorkflowHandle> {
  const intent = resting(stage, key, { limitPx: px(Math.round(stage.mid * 1.05)) });
  const start = new WithStartWorkflowOperation(ORDER_WORKFLOW, {
    workflowId: orderWorkflowId(intent.account, intent.intentId),
    taskQueue: stage.endpoints.taskQueue,
    args: [newOrder(intent)],
    typedSearchAttributes: orderSearchAttributes(intent),
    workflowIdConflictPolicy: 'FAIL',
  });
  const { workflow } = stage.client;
  try {
    await workflow.executeUpdateWithStart(amendUpdate, {
      startWorkflowOperation: start,
      args: [change],
    });
  } catch (fault) {
    if (!(fault instanceof WorkflowUpdateFailedError)) throw fault;
  }
  const handle = await start.workflowHandle();
  await handle.result();
  return handle;
}

/** What a session hands over that has decided nothing yet. */
const YOUNG = {
  status: 'running',
  lastBars: {},
  bars: 0,
  ordersStarted: 0,
  protections: 0,
  orders: {},
  stopPx: {},
  lastDecisions: {},
};

/** In this order: the last one halts the account and ends it. */
const SCENES: Readonly<Record<string, Scene>> = {
  ...PARENT_SCENES,
  ...GONE_SCENES,
  ...PASSED_SCENES,
  async 'order-cancel-heard'(stage) {
    const handle = await started(stage, resting(stage, 'rec-cancel'));
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
    return handle;
  },
  async 'order-sealed'(stage) {
    const handle = await started(stage, resting(stage, 'rec-sealed'));
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
    return handle;
  },
  async 'order-good-til-date'(stage) {
    const intent = resting(stage, 'rec-gtd', { cancelAtMs: Date.now() + 1_500 });
    const handle = await started(stage, intent);
    await handle.result();
    return handle;
  },
  async 'order-amended-by-epochs'(stage) {
    const handle = await started(stage, resting(stage, 'rec-amend'));
    const change = { limitPx: px(Math.round(stage.mid * 0.75)) };
    await handle.executeUpdate(amendUpdate, { args: [change] });
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
    return handle;
  },
  async 'order-denied-at-once'(stage) {
    const handle = await started(stage, resting(stage, 'rec-denied', { asset: 'NOSUCH' }));
    await handle.result();
    return handle;
  },
  async 'order-rejected'(stage) {
    const limitPx = px(Math.round(stage.mid * 1.01));
    const intent = resting(stage, 'rec-rejected', { timeInForce: 'ALO', limitPx });
    const handle = await started(stage, intent);
    await handle.result();
    return handle;
  },
  async 'order-revived'(stage) {
    const { client, account } = stage;
    const intent = resting(stage, 'rec-revived');
    const lost = await started(stage, intent);
    const change = { limitPx: px(Math.round(stage.mid * 0.75)) };
    await lost.executeUpdate(amendUpdate, { args: [change] });
    await lost.terminate('recorded');
    await client.workflow.getHandle(accountWorkflowId(account)).executeUpdate(reconcileUpdate);
    const handle = client.workflow.getHandle(lost.workflowId);
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
    return handle;
  },
  async 'order-capped-and-cancelled'(stage) {
    for (const key of ['rec-a', 'rec-b', 'rec-c', 'rec-d']) await hold(stage, key, '10');
    return capped(stage, 'rec-cut', '60');
  },
  async 'session-stop-refused'(stage) {
    const handle = await session(stage, 'rec-refused');
    await sleep(1_000);
    // Such a stop is refused: it would be taken at once.
    const refused = { leg: 'protect', session: 'rec-refused', timeInForce: 'ALO' } as const;
    const limitPx = px(Math.round(stage.mid * 1.01));
    await (await started(stage, resting(stage, 'rec-stop', { ...refused, limitPx }))).result();
    await sleep(2_500);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'order-hears-in-waits'(stage) {
    const handle = await started(stage, resting(stage, 'rec-waits'));
    await handle.executeUpdate(amendUpdate, {
      args: [{ limitPx: px(Math.round(stage.mid * 0.75)) }],
    });
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'recorded' }] });
    return handle;
  },
  async 'order-filled-in-turn'(stage) {
    const intent = resting(stage, 'rec-filled', { limitPx: px(Math.round(stage.mid * 1.05)) });
    const handle = await started(stage, intent);
    await handle.result();
    return handle;
  },
  'order-filled-then-raised': (stage) => amendedLate(stage, 'rec-raised'),
  'order-raised-too-late': (stage) => amendedLate(stage, 'rec-too-late'),
  'order-filled-then-repriced': (stage) => amendedLate(stage, 'rec-repriced', LOWER_PRICE),
  'order-repriced-too-late': (stage) => amendedLate(stage, 'rec-as-placed', LOWER_PRICE),
  async 'order-until-in-turn'(stage) {
    const intent = resting(stage, 'rec-until', { cancelAtMs: Date.now() + 1_500 });
    const handle = await started(stage, intent);
    await handle.result();
    return handle;
  },
  async 'session-paused-and-kept'(stage) {
    const handle = await session(stage, 'rec-kept');
    await handle.executeUpdate(pauseUpdate);
    await handle.executeUpdate(resumeUpdate);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'keep' }] });
    return handle;
  },
  async 'session-records-in-turn'(stage) {
    const handle = await session(stage, 'rec-in-turn');
    await handle.executeUpdate(pauseUpdate);
    await handle.executeUpdate(resumeUpdate);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'keep' }] });
    return handle;
  },
  async 'session-looks-after-bars'(stage) {
    const handle = await session(stage, 'rec-looks');
    while ((await handle.query(sessionStateQuery)).bars < 2) await sleep(500);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'session-looks-with-bars'(stage) {
    const handle = await session(stage, 'rec-looks-with');
    while ((await handle.query(sessionStateQuery)).bars < 2) await sleep(500);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'session-heard-between-turns'(stage) {
    const handle = await session(stage, 'rec-heard');
    await handle.executeUpdate(pauseUpdate);
    await handle.executeUpdate(resumeUpdate);
    while ((await handle.query(sessionStateQuery)).bars < 2) await sleep(500);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'session-carried-between-turns'(stage) {
    const settled = { intentId: 'rec-heard', asset: 'ETH', leg: 'entry', side: 'buy' } as const;
    const order = { ...settled, sizeBase: size, status: 'CANCELLED', filledBase: '0' };
    const heard = [{ kind: 'settled', settled: order }];
    const handle = await session(stage, 'rec-carried-on', { ...YOUNG, heard });
    await sleep(1_000);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'keep' }] });
    return handle;
  },
  async 'session-ends-in-silence'(stage) {
    const handle = await session(stage, 'rec-silent');
    while ((await handle.query(sessionStateQuery)).protections === 0) await sleep(500);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'session-decided-and-drained'(stage) {
    const handle = await session(stage, 'rec-drained');
    const barOpenTimeMs = (Math.floor(Date.now() / BAR_MS) - 1) * BAR_MS;
    await handle.executeUpdate(decideUpdate, { args: [{ barOpenTimeMs, assets: ['ETH'] }] });
    await handle.executeUpdate(drainUpdate);
    await unlessEnded(handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] }));
    return handle;
  },
  async universe({ client, endpoints }) {
    const handle = await client.workflow.start(UNIVERSE_WORKFLOW, {
      workflowId: 'universe:recorded',
      taskQueue: endpoints.taskQueue,
      args: [{ size: 3, looked: 4 }],
    });
    await handle.result();
    return handle;
  },
  async 'session-carried'(stage) {
    const handle = await session(stage, 'rec-carried', YOUNG);
    await sleep(1_000);
    await handle.executeUpdate(stopUpdate, { args: [{ positions: 'close' }] });
    return handle;
  },
  async 'account-cancelled-together'(stage) {
    const order = await started(stage, resting(stage, 'rec-together'));
    const handle = stage.client.workflow.getHandle(accountWorkflowId(stage.account));
    await handle.executeUpdate(cancelRestingUpdate, { args: [{ asset: 'BTC' }] });
    await order.result();
    return handle;
  },
  async 'account-halted-and-closed'({ client, account }) {
    const handle = client.workflow.getHandle(accountWorkflowId(account));
    await handle.signal(haltSignal, { reason: 'recorded', cancelEntries: true });
    await handle.executeUpdate(reconcileUpdate);
    await handle.signal(accountClosedSignal);
    await handle.result();
    return handle;
  },
};

async function main([folder, ...names]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new RangeError('a folder must be given');
  mkdirSync(folder, { recursive: true });
  const stack = await startBenchStack();
  try {
    const mid = Math.round(Number(await stack.parts.market.midPx('BTC')));
    for (const [name, scene] of Object.entries(SCENES)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const file = join(folder, `${name}.json`);
      if (existsSync(file)) throw new RangeError(`${file}: exists; histories are never replaced`);
      const handle = await scene({ ...stack, mid });
      const history = JSON.parse(historyToJSON(await handle.fetchHistory()));
      // Stack traces of failures name the folder of this machine, which is nobody's business.
      writeFileSync(file, `${JSON.stringify(history).replaceAll(ROOT, '')}\n`);
      process.stderr.write(`${name}: ${history.events.length} events\n`);
    }
  } finally {
    await stack.close();
  }
}

await main(process.argv.slice(2));
process.exit();
