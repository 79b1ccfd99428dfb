/**
 * What the order benchmarks run on: Temporal, ledger and paper exchange as processes of their own,
 * and the trading worker in this process, so that the moment of submission is on the same clock as
 * the start.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { ORDER_SENDS } from '../activities/order.activities.ts';
import type { Endpoints } from '../config/endpoints.ts';
import { loadSigningKey } from '../config/keystore.ts';
import { loadConfig } from '../config/load.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import { accountAddress, accountWorkflowId } from '../domain/kernel/ids.ts';
import { findTemporal } from '../gateways/temporal/provision/find-server.ts';
import type { TradingParts } from '../workers/compose.ts';
import { composeTrading, connectTemporal, WORKER_SLOTS } from '../workers/compose.ts';
import { planStack } from '../workers/up/plan.ts';
import { startStack } from '../workers/up/stack.ts';
import { workflowsOf } from '../workers/workflow-bundle.ts';
import { replaceWorkflowThreads } from '../workers/workflow-threads.ts';
import { ACCOUNT_WORKFLOW } from '../workflows/account/account.messages.ts';
import { startFloor } from './bare/floor.ts';
import { type BareRuns, bareRuns } from './bare/runs.ts';
import { Moments } from './moments.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const WORKFLOWS_PATH = fileURLToPath(new URL('./workflows.ts', import.meta.url));

export interface BenchStack {
  readonly endpoints: Endpoints;
  readonly account: AccountAddress;
  readonly client: Client;
  /** Where the stack keeps its files. */
  readonly dataDir: string;
  readonly parts: TradingParts;
  /** Bare Temporal, as the SDK ships it, in a process of its own. */
  readonly floor: BareRuns;
  /** Bare workflows in this worker, with the product's quick thread for workflow code (decision 24). */
  readonly quickFloor: BareRuns;
  /** When the next order leaves for the venue: `performance.now()`. */
  nextSentAt(): Promise<number>;
  close(): Promise<void>;
}

const SENT = 'an order is sent';

/** @param speed of the tape: slow enough not to disturb, fast enough for fresh quotes */
export async function startBenchStack(speed = 10): Promise<BenchStack> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const dataDir = mkdtempSync(join(tmpdir(), 'perpetua-bench-'));
  const loaded = await loadConfig({ env: {}, cwd: dataDir });
  const config = {
    ...loaded.config,
    dataDir,
    paper: { ...loaded.config.paper, speed, fundUsd: '100000000' },
    risk: { maxOrderNotionalUsd: '1000000' },
  };
  const temporalBinary = (await findTemporal(say)).path;
  const stack = await startStack({
    config,
    ports: 'auto',
    // The worker runs here, and nobody looks at a dashboard.
    plan: (input) => planStack({ ...input, temporalBinary }).slice(0, 1),
    say,
  });
  const { endpoints } = stack;
  const key = loadSigningKey('paper', dataDir);
  const log = pino({ level: 'error' }, pino.destination(2));
  const { connection, client } = await connectTemporal(endpoints);
  const parts = composeTrading({ config: stack.config, endpoints }, key, client, log);
  const moments = new Moments();
  ORDER_SENDS.subscribe(() => moments.happens(SENT));
  // As the product's worker does; the bare workflows run in the same thread.
  replaceWorkflowThreads(() => process.exit(1));
  const bare = bareRuns(client, endpoints.taskQueue);
  const worker = await Worker.create({
    connection,
    namespace: endpoints.namespace,
    taskQueue: endpoints.taskQueue,
    ...workflowsOf(WORKFLOWS_PATH),
    ...WORKER_SLOTS,
    activities: { ...parts.activities, ...bare.activities },
  });
  const running = worker.run();
  const account = accountAddress(key.address);
  await client.workflow.start(ACCOUNT_WORKFLOW, {
    workflowId: accountWorkflowId(account),
    taskQueue: endpoints.taskQueue,
    args: [{ account, network: 'paper', reconcileEveryMs: 600_000, equitySampleMs: 5_000 }],
  });
  const floor = await startFloor(endpoints);
  return {
    floor,
    quickFloor: bare.runs,
    endpoints,
    account,
    client,
    dataDir,
    parts,
    nextSentAt: () => moments.until(SENT),
    async close() {
      await floor.close();
      worker.shutdown();
      await running;
      await parts.close();
      await connection.close();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
