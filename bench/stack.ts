/**
 * What the order benchmarks run on: Temporal, ledger and paper exchange as processes of their own,
 * and the trading worker in this process, so that the moment of submission is on the same clock as
 * the start.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
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
import { composeTrading, connectTemporal } from '../workers/compose.ts';
import { planStack } from '../workers/up/plan.ts';
import { startStack } from '../workers/up/stack.ts';
import { workflowsOf } from '../workers/workflow-bundle.ts';
import { ACCOUNT_WORKFLOW } from '../workflows/account/account.messages.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const WORKFLOWS_PATH = fileURLToPath(new URL('./workflows.ts', import.meta.url));

export interface BenchStack {
  readonly endpoints: Endpoints;
  readonly account: AccountAddress;
  readonly client: Client;
  readonly parts: TradingParts;
  /** When each bare workflow's activity ran, by workflow id: `performance.now()`. */
  readonly ranAt: Map<string, number>;
  /** When orders left for the venue, oldest first: `performance.now()`. */
  readonly sentAt: readonly number[];
  close(): Promise<void>;
}

/** Calls the activity after noting when it ran for the first time in its workflow. */
function noting<Args extends unknown[], Result>(
  ranAt: Map<string, number>,
  activity: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return (...args) => {
    const id = activityInfo().workflowExecution?.workflowId ?? '';
    if (!ranAt.has(id)) ranAt.set(id, performance.now());
    return activity(...args);
  };
}

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
  const ranAt = new Map<string, number>();
  const sentAt: number[] = [];
  ORDER_SENDS.subscribe(() => sentAt.push(performance.now()));
  const worker = await Worker.create({
    connection,
    namespace: endpoints.namespace,
    taskQueue: endpoints.taskQueue,
    ...workflowsOf(WORKFLOWS_PATH),
    activities: {
      ...parts.activities,
      touch: noting(ranAt, async () => undefined),
    },
  });
  const running = worker.run();
  const account = accountAddress(key.address);
  await client.workflow.start(ACCOUNT_WORKFLOW, {
    workflowId: accountWorkflowId(account),
    taskQueue: endpoints.taskQueue,
    args: [{ account, network: 'paper', reconcileEveryMs: 600_000, equitySampleMs: 5_000 }],
  });
  return {
    endpoints,
    account,
    client,
    parts,
    ranAt,
    sentAt,
    async close() {
      worker.shutdown();
      await running;
      await parts.close();
      await connection.close();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
