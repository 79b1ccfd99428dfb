/**
 * One trading worker in a process of its own, so that its memory is its own: the real activities and
 * the real gateway to the venue; only the transport, the ledger and the market live with the test.
 * The streams run here too, but outside of Temporal: on a server that skips time their heartbeats,
 * which are real, would always be late.
 */
import { readdirSync } from 'node:fs';
import { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { privateKeyToAccount } from 'viem/accounts';
import { createAccountActivities } from '../../activities/account.activities.ts';
import { createFactBoard } from '../../activities/fact-board.ts';
import { createManualJudge } from '../../activities/manual-risk.ts';
import { createOrderActivities } from '../../activities/order.activities.ts';
import { StoreUnavailable, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { LedgerPort } from '../../activities/ports/ledger.ts';
import type { MarketDataPort } from '../../activities/ports/market-data.ts';
import type { QualityPort } from '../../activities/ports/quality.ts';
import type { RecoveryPort } from '../../activities/ports/recovery.ts';
import type { AccountStreamHandlers, VenuePort } from '../../activities/ports/venue.ts';
import type { WorkflowsPort } from '../../activities/ports/workflows.ts';
import { createSessionActivities } from '../../activities/session.activities.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import {
  accountAddress,
  accountWorkflowId,
  type Cloid,
  deploymentTag,
} from '../../domain/kernel/ids.ts';
import { type Candle, candleSeries } from '../../domain/market/candles.ts';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';
import { marketSnapshot } from '../../domain/market/snapshot.ts';
import { DEFAULT_RISK_LIMITS } from '../../domain/risk/limits.ts';
import type { VenueConnection } from '../../gateways/hyperliquid/connection.ts';
import { readFill } from '../../gateways/hyperliquid/info.ts';
import { createVenue } from '../../gateways/hyperliquid/venue.ts';
import { userFillsSchema } from '../../gateways/hyperliquid/wire/info-account-history.ts';
import { createStrategiesPort } from '../../workers/strategies.ts';
import { createWorkflowsPort } from '../../workers/temporal-workflows.ts';
import { replaceWorkflowThreads } from '../../workers/workflow-threads.ts';
import type { Fault, FromWorker, Measure, ToWorker, WorkerOptions } from './link.ts';
import type { Frames, MarketTexts } from './long-venue.ts';

const KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const account = accountAddress(options.account);

const say = (message: FromWorker): void => void process.send?.(message);

/** Questions under way, and messages to workflows: while there are none, everything was passed on. */
let busy = 0;
const waiting = new Map<number, PromiseWithResolvers<unknown>>();
let questions = 0;

function faultOf({ name, message }: Fault): Error {
  if (name === 'VenueUnreachable') return new VenueUnreachable(message);
  if (name === 'StoreUnavailable') return new StoreUnavailable(message);
  return new Error(message);
}

async function whileBusy<Value>(work: Promise<Value>): Promise<Value> {
  busy += 1;
  try {
    return await work;
  } finally {
    busy -= 1;
  }
}

function ask(name: string, ...args: unknown[]): Promise<unknown> {
  questions += 1;
  const answer = Promise.withResolvers<unknown>();
  waiting.set(questions, answer);
  say({ kind: 'ask', id: questions, name, args });
  return whileBusy(answer.promise);
}

/** A port whose methods are asked of the test. */
const remote = <Port extends object>(place: string): Port =>
  new Proxy({} as Port, {
    get:
      (_target, name) =>
      (...args: unknown[]) =>
        ask(`${place}.${String(name)}`, ...args),
  });

const connection: VenueConnection = {
  endpoints: { url: 'http://127.0.0.1:1', wsUrl: 'ws://127.0.0.1:1', isMainnet: false },
  info: async (request, schema) => schema.parse(await ask('venue.info', request)),
  exchange: (body) => ask('venue.exchange', body),
  exchangeTimeMs: async () => (await ask('venue.time')) as number,
};

let handlers: AccountStreamHandlers | undefined;

/** Connected at once; the test decides what is heard, and when. */
const streamAccount: VenuePort['streamAccount'] = async (_account, heard, signal) => {
  handlers = heard;
  heard.onConnected();
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
};

function hear({ orders, fills }: Frames): void {
  handlers?.onStatuses(
    orders.map(({ order, status, statusTimestamp }) => ({
      ...(order.cloid === null ? {} : { cloid: order.cloid as Cloid }),
      asset: order.coin,
      fact: {
        oid: order.oid,
        status,
        remainingBase: sizeBase(order.sz),
        statusTimestampMs: statusTimestamp,
      },
    })),
  );
  if (fills.length > 0) handlers?.onFills(userFillsSchema.parse(fills).map(readFill));
}

const signer = privateKeyToAccount(KEY);
const dropped = (channel: string, problem: string): never => {
  throw new Error(`${channel}: ${problem}`);
};
const venue: VenuePort = { ...createVenue(connection, signer, dropped), streamAccount };

/** Closed bars by asset, as far as they were asked for. */
const closedBars = new Map<string, Candle[]>();
/** What a worker that leaks keeps. */
const leaked: Candle[][] = [];

const market: MarketDataPort = {
  async snapshot(name, interval, bars, barOpenTimeMs) {
    const asset = (await venue.assets()).get(name);
    if (asset === undefined) throw new RangeError(`asset ${name} is not listed`);
    const known = closedBars.get(name) ?? [];
    const seen = (await ask('market.bars', name, known.at(-1)?.openTimeMs)) as MarketTexts;
    known.push(...seen.bars);
    if (known.length > 2 * bars) known.splice(0, known.length - bars);
    closedBars.set(name, known);
    if (options.leaks) leaked.push(known.map((bar) => ({ ...bar })));
    const decidedOn = known.filter(({ openTimeMs }) => openTimeMs <= (barOpenTimeMs ?? Infinity));
    const series = candleSeries(
      name,
      INTERVALS_MS[interval as Interval],
      decidedOn.slice(-bars),
      seen.asOfMs,
    );
    if (!series.ok) throw new Error(series.error.rule);
    const { midPx, asOfMs } = seen;
    const facts = { asset, series: series.value, midPx, markPx: midPx, asOfMs };
    const snapshot = marketSnapshot({ ...facts, receivedAtMs: Date.now() });
    if (!snapshot.ok) throw new Error(`${snapshot.error.field}: ${snapshot.error.rule}`);
    return snapshot.value;
  },
  midPx: async (asset) => ((await ask('market.bars', asset, Infinity)) as MarketTexts).midPx,
  glance: () => undefined,
  sight: () => Promise.reject(new Error('nobody looks')),
  watchSight: () => Promise.reject(new Error('nobody watches')),
  watchBars: () => Promise.reject(new Error('the test tells of bars itself')),
};

/** Prices after a fill are of the wall clock's time, which here is another one: none is looked for. */
const quality: QualityPort = {
  unmarkedFills: async () => [],
  recordMarkouts: async () => undefined,
  unmarkedEnds: async () => [],
  recordEnd: async () => undefined,
};

function counted(port: WorkflowsPort): WorkflowsPort {
  const methods = Object.entries(port) as [string, (...args: never[]) => Promise<unknown>][];
  return Object.fromEntries(
    methods.map(([name, method]) => [name, (...args: never[]) => whileBusy(method(...args))]),
  ) as unknown as WorkflowsPort;
}

function composeActivities(client: Client) {
  const ledger = remote<LedgerPort>('ledger');
  const workflows = counted(createWorkflowsPort(client, options.taskQueue));
  const board = createFactBoard();
  const halted = (): undefined => undefined;
  const strategies = createStrategiesPort('.');
  const tag = deploymentTag('longrun');
  const judge = createManualJudge(venue, ledger, DEFAULT_RISK_LIMITS);
  const ofAccount = createAccountActivities({
    venue,
    ledger,
    recovery: remote<RecoveryPort>('ledger'),
    workflows,
    parents: { revive: () => Promise.reject(new Error('there are no parents')) },
    twaps: { runningTwaps: async () => [] },
    twapLedger: { ourTwaps: async () => new Set() },
    board,
    market,
    quality,
    history: { minuteCandles: async () => [] },
    network: 'paper',
    tag,
    signer: accountAddress(signer.address),
    protect: 'sessions',
    // Between its two looks it waits for what is on its way, which here takes no time.
    pause: () => Promise.resolve(),
  });
  return {
    stream: ofAccount.streamAccount,
    activities: {
      ...createOrderActivities({
        venue,
        ledger,
        market,
        board,
        judge,
        signer: accountAddress(signer.address),
        tag,
        halted,
      }),
      ...createSessionActivities({
        venue,
        ledger,
        market,
        workflows,
        board,
        tag,
        strategies,
        halted,
      }),
      ...ofAccount,
      // Played by the test and by this process itself.
      watchBars: async () => undefined,
      streamAccount: async () => undefined,
    },
  };
}

/** The account's stream, opened again whenever it fails, as Temporal would. */
async function keepStreaming(
  stream: ReturnType<typeof composeActivities>['stream'],
): Promise<void> {
  for (;;) {
    const scene = new MockActivityEnvironment();
    const request = { account, workflowId: accountWorkflowId(account), equitySampleMs: 1_000 };
    await scene.run(stream, request).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet = busy === 0 ? quiet + 1 : 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  say({ kind: 'idle' });
}

function measure(): Measure {
  // Everything that can go goes, compiled code that was not used lately too: what is left is kept.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    heapMb: heapUsed / 2 ** 20,
    rssMb: rss / 2 ** 20,
    cpuSeconds: (user + system) / 1e6,
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
  };
}

function install(): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const reason = meta?.error instanceof Error ? (meta.error.stack ?? '') : '';
    say({ kind: 'warned', text: `${level} ${message} ${JSON.stringify(meta)} ${reason}` });
  });
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter, forward: {} } } });
}

install();
// As the product's worker does.
replaceWorkflowThreads(() => {
  say({ kind: 'warned', text: 'workflow code does not return' });
  process.exit(1);
});
const native = await NativeConnection.connect({ address: options.address });
const { activities, stream } = composeActivities(new Client({ connection: native }));
const worker = await Worker.create({
  connection: native,
  taskQueue: options.taskQueue,
  workflowBundle: { codePath: options.bundlePath },
  activities,
});
process.on('message', (message: ToWorker) => {
  if (message.kind === 'answer') {
    const { id, value, fault } = message;
    const answer = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) answer?.resolve(value);
    else answer?.reject(faultOf(fault));
  }
  if (message.kind === 'frames') hear(message.frames);
  if (message.kind === 'connected') handlers?.onConnected();
  if (message.kind === 'settle') void settle();
  if (message.kind === 'measure') say({ kind: 'measured', measure: measure() });
  if (message.kind === 'stop') worker.shutdown();
});
// Without the test there is nobody to trade for.
process.on('disconnect', () => process.exit(1));
void keepStreaming(stream);
say({ kind: 'ready' });
await worker.run();
process.exit(0);
