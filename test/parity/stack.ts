/** What all sessions of a parity run share: a Temporal server, a ledger, the workflows' bundle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { pino } from 'pino';
import { configuredEndpoints } from '../../config/endpoints.ts';
import { SigningKey } from '../../config/keystore.ts';
import { configSchema } from '../../config/schema.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/execution/visibility.ts';
import { type AccountAddress, sha256Hex } from '../../domain/kernel/ids.ts';
import type { SentimentSeries } from '../../domain/market/side-series.ts';
import { FEAR_AND_GREED } from '../../gateways/candle-store/fear-and-greed.ts';
import { CandleStore } from '../../gateways/candle-store/store.ts';
import { migrate } from '../../gateways/ledger/migrate.ts';
import { findTemporal } from '../../gateways/temporal/provision/find-server.ts';
import { composeTrading, type TradingParts } from '../../workers/compose.ts';
import { marketDir } from '../../workers/market-archive.ts';
import { bundled } from '../../workers/workflow-bundle.ts';
import { replaceWorkflowThreads } from '../../workers/workflow-threads.ts';
import { startEmptyLedger, type TestLedger } from '../gateways/ledger/test-ledger.ts';
import type { ParityWire } from './desk-wire.ts';

const TASK_QUEUE = 'parity';

/** What works for one account: the composition of production over another wire. */
export interface AccountWorker {
  readonly account: AccountAddress;
  readonly taskQueue: string;
  readonly parts: TradingParts;
  close(): Promise<void>;
}

export interface Stack {
  readonly env: TestWorkflowEnvironment;
  readonly ledger: TestLedger;
  /** The account that a session of this name will trade for. */
  keyOf(name: string): SigningKey;
  work(name: string, wire: ParityWire): Promise<AccountWorker>;
  /** Stores an index of fear and greed where workers look for it. */
  keepSentiment(series: SentimentSeries): Promise<void>;
  /**
   * Replays the newest run of each against the code that made it.
   * @returns a line for each that does not replay
   */
  notReplaying(workflowIds: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

function silenceTemporal(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  const logger = new DefaultLogger('ERROR');
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter, forward: {} } },
    shutdownSignals: [],
  });
}

async function startServer(): Promise<TestWorkflowEnvironment> {
  const { path } = await findTemporal(() => undefined);
  const attributes = Object.values(SEARCH_ATTRIBUTES);
  const extraArgs = attributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path }, extraArgs },
  });
}

const keyOf = (name: string): SigningKey => new SigningKey(`0x${sha256Hex(name)}`, name);

type Activities = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Names of workflows hold the account that they work for. */
const accountIn = (workflowId: string): string => /0x[0-9a-f]{40}/.exec(workflowId)?.[0] ?? '';

/**
 * One worker for the workflows of all accounts, each with the activities of its own composition: bundle,
 * thread and compiled code are made once. In production there is one for each account.
 */
class SharedWorker {
  readonly #env: TestWorkflowEnvironment;
  readonly #workflowBundle: WorkflowBundleWithSourceMap;
  readonly #byAccount = new Map<string, Activities>();
  /** Begun once, also by accounts that are added together. */
  #working: Promise<{ readonly worker: Worker; readonly running: Promise<void> }> | undefined;

  constructor(env: TestWorkflowEnvironment, workflowBundle: WorkflowBundleWithSourceMap) {
    this.#env = env;
    this.#workflowBundle = workflowBundle;
  }

  async add(account: AccountAddress, activities: Activities): Promise<void> {
    this.#byAccount.set(account, activities);
    this.#working ??= this.#begin(Object.keys(activities));
    await this.#working;
  }

  remove(account: AccountAddress): void {
    this.#byAccount.delete(account);
  }

  async #begin(names: readonly string[]) {
    const worker = await Worker.create({
      connection: this.#env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: this.#workflowBundle,
      activities: Object.fromEntries(names.map((name) => [name, this.#routed(name)])),
      maxCachedWorkflows: 4_000,
    });
    return { worker, running: worker.run() };
  }

  #routed(name: string): (...args: never[]) => Promise<unknown> {
    return async (...args) => {
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      const activity = this.#byAccount.get(accountIn(workflowId ?? ''))?.[name];
      if (activity === undefined) throw new Error(`${workflowId}: nobody works for its account`);
      return activity(...args);
    };
  }

  async close(): Promise<void> {
    const working = await this.#working;
    working?.worker.shutdown();
    await working?.running;
  }
}

async function work(
  stack: { env: TestWorkflowEnvironment; ledger: TestLedger; dataDir: string },
  shared: SharedWorker,
  name: string,
  { wire, urls }: ParityWire,
): Promise<AccountWorker> {
  const { env, ledger, dataDir } = stack;
  const key = keyOf(name);
  const config = configSchema.parse({
    dataDir,
    deployment: 'parity',
    network: 'paper',
    exchange: { ...urls, weightPerMinute: 1_000_000 },
  });
  const endpoints = {
    ...configuredEndpoints(config),
    ledgerUrl: ledger.url,
    taskQueue: TASK_QUEUE,
  };
  const log = pino({ level: 'silent' });
  // Orders start eagerly on the worker's own connection.
  const client = new Client({ connection: env.nativeConnection });
  const parts = composeTrading({ config, endpoints }, key, client, log, wire);
  // Without sockets bars are told by whoever moves the tape, one at a time.
  const watchBars = async (): Promise<void> => undefined;
  const activities = wire ? { ...parts.activities, watchBars } : parts.activities;
  await shared.add(key.address, activities as unknown as Activities);
  return {
    account: key.address,
    taskQueue: TASK_QUEUE,
    parts,
    async close() {
      await parts.close();
      shared.remove(key.address);
    },
  };
}

async function keepSentiment(dataDir: string, { timeMs, value }: SentimentSeries): Promise<void> {
  const store = new CandleStore(marketDir(configSchema.parse({ dataDir })));
  const rows = { timeMs, values: [value] };
  await store.append({ key: FEAR_AND_GREED, rows, source: 'made up' });
  await store.close();
}

async function notReplaying(
  env: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundleWithSourceMap,
  workflowIds: readonly string[],
): Promise<readonly string[]> {
  const histories = workflowIds.map(async (workflowId) => ({
    workflowId,
    history: await env.client.workflow.getHandle(workflowId).fetchHistory(),
  }));
  const results = Worker.runReplayHistories({ workflowBundle }, await Promise.all(histories));
  const failed: string[] = [];
  for await (const { workflowId, error } of results) {
    if (error !== undefined) failed.push(`${workflowId}: ${error.message}`);
  }
  return failed;
}

export async function startStack(): Promise<Stack> {
  silenceTemporal();
  // As in production.
  replaceWorkflowThreads(() => {
    throw new Error('workflow code does not return');
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'perpetua-parity-'));
  const [env, ledger] = await Promise.all([startServer(), startEmptyLedger()]);
  await migrate(ledger.pool);
  const workflowBundle = await bundleWorkflowCode({
    ...bundled(),
    logger: new DefaultLogger('ERROR'),
  });
  const shared = new SharedWorker(env, workflowBundle);
  return {
    env,
    ledger,
    keyOf,
    work: (name, wire) => work({ env, ledger, dataDir }, shared, name, wire),
    keepSentiment: (series) => keepSentiment(dataDir, series),
    notReplaying: (workflowIds) => notReplaying(env, workflowBundle, workflowIds),
    async close() {
      await shared.close();
      await env.teardown();
      await ledger.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
