/**
 * The composition root of the trading worker: the only place where ports meet their gateways.
 * Everything is passed in; nothing here is a singleton.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { privateKeyToAccount } from 'viem/accounts';
import { createAccountActivities } from '../activities/account.activities.ts';
import { createArchiveActivities } from '../activities/archive.activities.ts';
import { createCancelRestingActivities } from '../activities/cancel-resting.activities.ts';
import { createFactBoard } from '../activities/fact-board.ts';
import { createHeadStarts, type HeadStarts } from '../activities/head-starts.ts';
import { beating } from '../activities/heartbeat.ts';
import type { AccountActivities } from '../activities/interfaces/account.ts';
import type { ArchiveActivities } from '../activities/interfaces/archive.ts';
import type { CancelRestingActivities } from '../activities/interfaces/cancel-resting.ts';
import type { KillSwitchActivities } from '../activities/interfaces/kill-switch.ts';
import type { OrderActivities } from '../activities/interfaces/order.ts';
import type { ParentActivities } from '../activities/interfaces/parent.ts';
import type { SessionActivities } from '../activities/interfaces/session.ts';
import type { UniverseActivities } from '../activities/interfaces/universe.ts';
import type { VenueTwapActivities } from '../activities/interfaces/venue-twap.ts';
import { createKillSwitchActivities } from '../activities/kill-switch.activities.ts';
import { createManualJudge } from '../activities/manual-risk.ts';
import { createEndCapture } from '../activities/markouts.ts';
import { createOrderActivities } from '../activities/order.activities.ts';
import { createParentActivities } from '../activities/parent.activities.ts';
import type { KillSwitchPort } from '../activities/ports/kill-switch.ts';
import type { MarketDataPort } from '../activities/ports/market-data.ts';
import type { WorkflowsPort } from '../activities/ports/workflows.ts';
import { createSessionActivities } from '../activities/session.activities.ts';
import { createUniverseActivities } from '../activities/universe.activities.ts';
import { createVenueTwapActivities } from '../activities/venue-twap.activities.ts';
import type { Endpoints } from '../config/endpoints.ts';
import { haltRule, tripHalt } from '../config/halt-file.ts';
import type { SigningKey } from '../config/keystore.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { deploymentTag } from '../domain/kernel/ids.ts';
import { describeViolation } from '../domain/kernel/outcome.ts';
import { parseRiskLimits } from '../domain/risk/limits.ts';
import { createCancelMany } from '../gateways/hyperliquid/cancel-many.ts';
import type { VenueConnection } from '../gateways/hyperliquid/connection.ts';
import { createMarketData } from '../gateways/hyperliquid/market-data.ts';
import { createPriceHistory } from '../gateways/hyperliquid/price-history.ts';
import { type OpenStream, openStream } from '../gateways/hyperliquid/streams.ts';
import { createVenueTwaps } from '../gateways/hyperliquid/twap.ts';
import { createVenue } from '../gateways/hyperliquid/venue.ts';
import { createNoteCancels } from '../gateways/ledger/cancel-notes.ts';
import { createLedger } from '../gateways/ledger/ledger.ts';
import { openLedgerPool } from '../gateways/ledger/pool.ts';
import { createQualityStore } from '../gateways/ledger/quality.ts';
import { createRecoveryReader } from '../gateways/ledger/recovery.ts';
import { createTwapLedger } from '../gateways/ledger/twaps.ts';
import { connectGoverned } from './governed-connection.ts';
import { startHeartbeat } from './heartbeat.ts';
import { keptBundle } from './kept-bundle.ts';
import { archivePorts, universePorts } from './market-archive.ts';
import { createStrategiesPort } from './strategies.ts';
import { keepUnstuck } from './stuck-runs.ts';
import { createParentsPort, createWorkflowsPort } from './temporal-workflows.ts';
import { quickenWorkflowThreads } from './workflow-threads.ts';

/**
 * Workflows held in memory, at some 200 KiB each, most of it the SDK's. One that is not among them is
 * replayed for its next message: an order that rests has ten events. The venue allows an account 1,000
 * open orders at first and 5,000 at most, which in memory would cost a gigabyte.
 */
const CACHED_WORKFLOWS = 1_000;
/**
 * How much a worker has in hand at once. Beyond it an order waits on the server, and those that are started
 * later go before it, since they are handed over with their start: with the SDK's 40 tasks and 64 orders at
 * a time, some waited for more than four seconds, and were too old to be sent.
 */
export const WORKER_SLOTS = {
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
} as const;

export type TradingActivities = OrderActivities &
  ParentActivities &
  AccountActivities &
  SessionActivities &
  KillSwitchActivities &
  CancelRestingActivities &
  VenueTwapActivities &
  ArchiveActivities &
  UniverseActivities;

/** The venue's TWAPs send a slice each 30 s; a look at all of them weighs 20 of the minute's 1,200. */
const FOLLOW_TWAP_MS = 30_000;

export interface TradingParts {
  readonly activities: TradingActivities;
  readonly workflows: WorkflowsPort;
  readonly headStarts: HeadStarts;
  readonly market: MarketDataPort;
  close(): Promise<void>;
}

/** Where Temporal is, and the client that starts orders on the worker's own connection. */
export interface TemporalLink {
  readonly connection: NativeConnection;
  readonly client: Client;
}

export async function connectTemporal(endpoints: Endpoints): Promise<TemporalLink> {
  const connection = await NativeConnection.connect({ address: endpoints.temporalAddress });
  return { connection, client: new Client({ connection, namespace: endpoints.namespace }) };
}

const killSwitchOf = (dataDir: string): KillSwitchPort => ({
  halted: () => haltRule(dataDir),
  trip: (reason, by) => void tripHalt(dataDir, { reason, by, sinceMs: Date.now() }),
});

/** The way to the venue: requests under their limits, and streams. */
export interface Wire {
  readonly connection: VenueConnection;
  readonly open: OpenStream;
}

/** Everything that speaks with the venue, or reads what is kept of its market. */
function venueSide({ config, endpoints }: WorkerConfig, key: SigningKey, log: Logger, wire?: Wire) {
  const onCorrupt = (channel: string, problem: string): void =>
    log.warn({ channel, problem }, 'a stream frame was dropped');
  const onUnshared = (fault: string): void =>
    log.warn({ fault }, 'rate limits are not shared with other processes');
  const { connection, open } = wire ?? {
    connection: connectGoverned({ config, endpoints }, key.address, onUnshared),
    open: openStream,
  };
  const wallet = privateKeyToAccount(key.reveal());
  const venue = createVenue(connection, wallet, onCorrupt, open);
  const archive = archivePorts({ config, endpoints }, onUnshared);
  const beside = { open, sentiment: archive.readings };
  return {
    venue,
    archive,
    universe: universePorts({ config, endpoints }, connection),
    market: createMarketData(connection, venue.assets, onCorrupt, beside),
    history: createPriceHistory(connection),
    twaps: createVenueTwaps(connection, wallet),
    cancelMany: createCancelMany(connection, wallet, venue.assets),
  };
}

/**
 * Joins ports and gateways to the activities of one signer.
 * @param wire instead of the sockets that the endpoints name
 * @throws RangeError naming the risk limits that are not legal
 */
export function composeTrading(
  workerConfig: WorkerConfig,
  key: SigningKey,
  client: Client,
  log: Logger,
  wire?: Wire,
): TradingParts {
  const { config, endpoints } = workerConfig;
  const limits = parseRiskLimits(config.risk);
  if (!limits.ok) throw new RangeError(limits.error.map(describeViolation).join('; '));
  const pool = openLedgerPool(endpoints.ledgerUrl);
  const signer = key.address;
  const side = venueSide(workerConfig, key, log, wire);
  const { venue, market, archive, universe, history, twaps, cancelMany } = side;
  const ledger = createLedger(pool);
  const quality = createQualityStore(pool);
  const board = createFactBoard();
  const workflows = createWorkflowsPort(client, endpoints.taskQueue);
  const tag = deploymentTag(endpoints.deployment);
  const killSwitch = killSwitchOf(config.dataDir);
  const { halted } = killSwitch;
  const nextNonce = async (): Promise<number> =>
    ledger.nextNonce(signer, await venue.exchangeTimeMs());
  const judge = createManualJudge(venue, ledger, limits.value);
  const ended = createEndCapture({ venue, market, quality });
  const orderPorts = { venue, ledger, market, board, judge, signer, tag, halted, ended };
  const headStarts = createHeadStarts(orderPorts);
  const shared = { venue, tag, pause, ledger, market, workflows, board, halted };
  const twapPorts = { twaps, twapLedger: createTwapLedger(pool) };
  const account = createAccountActivities({
    ...shared,
    ...twapPorts,
    quality,
    history,
    recovery: createRecoveryReader(pool),
    parents: createParentsPort(client, endpoints.taskQueue),
    network: endpoints.network,
    signer,
    protect: config.protectPositions,
  });
  const cancelPorts = { ...shared, cancelMany, nextNonce, noteCancels: createNoteCancels(pool) };
  const halting = createKillSwitchActivities({ ...cancelPorts, killSwitch });
  const { cancelResting } = createCancelRestingActivities(cancelPorts);
  const strategies = createStrategiesPort(config.dataDir);
  const followEveryMs = FOLLOW_TWAP_MS;
  return {
    workflows,
    headStarts,
    market,
    activities: {
      ...createOrderActivities({ ...orderPorts, headStarts }),
      ...createParentActivities({ ...orderPorts, workflows }),
      ...createVenueTwapActivities({ ...orderPorts, ...twapPorts, followEveryMs }),
      ...account,
      reconcileAccount: beating(account.reconcileAccount),
      ...createSessionActivities({ ...shared, strategies, headStarts }),
      ...halting,
      haltEntries: beating(halting.haltEntries),
      cancelResting: beating(cancelResting),
      ...createArchiveActivities(archive),
      ...createUniverseActivities(universe),
    },
    async close() {
      market.close();
      await archive.close();
      await pool.end();
    },
  };
}

export interface TradingWorker {
  /** Resolves when the worker has drained after `shutdown`. */
  run(): Promise<void>;
  shutdown(): void;
}

/** One worker that polls the trading task queue. */
export async function composeTradingWorker(
  workerConfig: WorkerConfig,
  key: SigningKey,
  log: Logger,
): Promise<TradingWorker> {
  const { endpoints } = workerConfig;
  const { connection, client } = await connectTemporal(endpoints);
  const parts = composeTrading(workerConfig, key, client, log);
  quickenWorkflowThreads(workerConfig.config.dataDir, log);
  const worker = await Worker.create({
    connection,
    namespace: endpoints.namespace,
    taskQueue: endpoints.taskQueue,
    workflowBundle: await keptBundle(workerConfig.config.dataDir),
    activities: parts.activities,
    shutdownGraceTime: '5s',
    maxCachedWorkflows: CACHED_WORKFLOWS,
    ...WORKER_SLOTS,
    // A killed worker's cached workflows wait this long for it; a restart takes about as long.
    stickyQueueScheduleToStartTimeout: '5s',
  });
  return {
    shutdown: () => worker.shutdown(),
    async run() {
      const stopBeating = startHeartbeat(
        workerConfig.config.dataDir,
        (withinMs) =>
          connection.withDeadline(Date.now() + withinMs, () =>
            connection.workflowService.getSystemInfo({}),
          ),
        (reason) => log.warn({ reason }, 'no heartbeat'),
      );
      const stopLooking = keepUnstuck(client, log);
      try {
        await worker.run();
      } finally {
        await stopLooking();
        stopBeating();
        await parts.close();
        await connection.close();
      }
    },
  };
}
