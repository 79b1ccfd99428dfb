/** Temporal's and the market's ports in memory, and all ports of the activities joined. */
import { createFactBoard } from '../../../activities/fact-board.ts';
import { StoreUnavailable } from '../../../activities/ports/errors.ts';
import type { BarClosed, MarketDataPort } from '../../../activities/ports/market-data.ts';
import type {
  FillMarkout,
  MarkedFillKey,
  PriceHistoryPort,
  QualityPort,
  UnmarkedEnd,
} from '../../../activities/ports/quality.ts';
import type {
  BalanceMark,
  KnownSession,
  RecoveryPort,
} from '../../../activities/ports/recovery.ts';
import type { StrategiesPort } from '../../../activities/ports/strategies.ts';
import type { TwapLedgerPort, VenueTwapPort } from '../../../activities/ports/venue-twap.ts';
import type {
  ParentsPort,
  VenueFacts,
  WorkflowsPort,
} from '../../../activities/ports/workflows.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { Resumption } from '../../../domain/execution/order-epochs.ts';
import type { MarketGlance } from '../../../domain/execution/quality/arrival.ts';
import type { CandleEnds, PriceMark } from '../../../domain/execution/quality/markout.ts';
import type { VenueTwap } from '../../../domain/execution/venue-twap/twap-facts.ts';
import { px } from '../../../domain/kernel/decimal.ts';
import { accountAddress, deploymentTag, orderWorkflowId } from '../../../domain/kernel/ids.ts';
import { describeViolation } from '../../../domain/kernel/outcome.ts';
import type { MarketSnapshot } from '../../../domain/market/snapshot.ts';
import { seedByName } from '../../../domain/signals/registry.ts';
import { fakeLedger } from './fake-ledger.ts';
import { fakeVenue } from './fake-venue.ts';

export const ACCOUNT = accountAddress(`0x${'a'.repeat(40)}`);
export const SIGNER = accountAddress(`0x${'b'.repeat(40)}`);
export const TAG = deploymentTag('test');

export interface Told {
  readonly workflowId: string;
  readonly facts: VenueFacts;
}

export interface FakeWorkflows extends WorkflowsPort {
  readonly started: {
    readonly intent: OrderIntent;
    readonly revive: boolean;
    readonly resume?: Resumption;
  }[];
  readonly told: Told[];
  readonly cancelled: string[];
  readonly bars: { readonly barOpenTimeMs: number; readonly assets: readonly string[] }[];
  readonly accountEvents: string[];
  readonly alive: Set<string>;
  /** Called at the start of every message to a workflow; may throw. */
  onMessage: () => void;
}

export function fakeWorkflows(): FakeWorkflows {
  const workflows: FakeWorkflows = {
    started: [],
    told: [],
    cancelled: [],
    bars: [],
    accountEvents: [],
    alive: new Set(),
    onMessage: () => undefined,
    startOrder: async (intent, options) => {
      const { revive = false, resume } = options ?? {};
      workflows.started.push({ intent, revive, ...(resume && { resume }) });
      return orderWorkflowId(intent.account, intent.intentId);
    },
    tellOrder: async (workflowId, facts) => {
      workflows.onMessage();
      workflows.told.push({ workflowId, facts });
      return true;
    },
    cancelOrder: async (workflowId) => {
      workflows.cancelled.push(workflowId);
      return true;
    },
    tellSession: async (_workflowId, bars) => {
      workflows.onMessage();
      workflows.bars.push(bars);
      return true;
    },
    tellAccount: async (_workflowId, event) => {
      workflows.onMessage();
      workflows.accountEvents.push(event);
      return true;
    },
    running: async (ids) => new Set(ids.filter((id) => workflows.alive.has(id))),
  };
  return workflows;
}

export interface FakeMarket extends MarketDataPort {
  mid: string;
  /** What the streams have told; nothing by default. */
  seen: MarketGlance | undefined;
  readonly snapshots: Map<string, MarketSnapshot>;
  /** Tells of a closed bar; undefined while nobody listens. */
  barClosed: ((bar: BarClosed) => void) | undefined;
}

export function fakeMarket(): FakeMarket {
  const market: FakeMarket = {
    mid: '100',
    seen: undefined,
    glance: () => market.seen,
    snapshots: new Map(),
    barClosed: undefined,
    midPx: async () => market.mid,
    sight: async () => {
      const [markPx, step] = [px(market.mid), 1];
      const [bidPx, askPx] = [px(Number(market.mid) - step), px(Number(market.mid) + step)];
      return { atMs: 0, bidPx, askPx, markPx };
    },
    watchSight: async (asset, until, signal) => {
      for (;;) {
        const sight = await market.sight(asset);
        if (until(sight)) return sight;
        if (signal.aborted) return undefined;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    snapshot: async (asset) => {
      const known = market.snapshots.get(asset);
      if (known === undefined) throw new Error(`no snapshot of ${asset} was planned`);
      return known;
    },
    watchBars: (_assets, _interval, onBarClosed, signal) =>
      new Promise((resolve) => {
        market.barClosed = onBarClosed;
        signal.addEventListener('abort', () => {
          market.barClosed = undefined;
          resolve();
        });
      }),
  };
  return market;
}

export interface FakeRecovery extends RecoveryPort {
  known: KnownSession[];
  forgotten: string[];
  flowsUsd: string;
  before: BalanceMark | undefined;
}

export function fakeRecovery(): FakeRecovery {
  const recovery: FakeRecovery = {
    known: [],
    forgotten: [],
    flowsUsd: '0',
    before: undefined,
    sessions: async () => recovery.known,
    forgottenAssets: async () => recovery.forgotten,
    cashFlowsUsd: async () => recovery.flowsUsd,
    lastBalance: async () => recovery.before,
  };
  return recovery;
}

export interface FakeParents extends ParentsPort {
  readonly revived: string[];
}

export function fakeParents(): FakeParents {
  const revived: string[] = [];
  return { revived, revive: async ({ intentId }) => void revived.push(intentId) };
}

export interface FakeTwaps extends Pick<VenueTwapPort, 'runningTwaps' | 'cancelTwap'> {
  running: VenueTwap[];
  readonly cancelled: number[];
  /** Of which a cancel comes to nothing. */
  readonly stubborn: Set<number>;
}

export function fakeTwaps(): FakeTwaps {
  const twaps: FakeTwaps = {
    running: [],
    cancelled: [],
    stubborn: new Set(),
    runningTwaps: async () => twaps.running,
    cancelTwap: async (_asset, twapId) => {
      if (twaps.stubborn.has(twapId)) return { kind: 'unknown', reason: 'no answer' };
      twaps.cancelled.push(twapId);
      twaps.running = twaps.running.filter((each) => each.twapId !== twapId);
      return { kind: 'cancelled' };
    },
  };
  return twaps;
}

export interface FakeTwapLedger extends Pick<TwapLedgerPort, 'ourTwaps'> {
  known: number[];
}

export function fakeTwapLedger(): FakeTwapLedger {
  const ledger: FakeTwapLedger = {
    known: [],
    ourTwaps: async (_account, ids) => new Set(ids.filter((id) => ledger.known.includes(id))),
  };
  return ledger;
}

export interface FakeQuality extends QualityPort {
  fills: MarkedFillKey[];
  ends: UnmarkedEnd[];
  readonly markouts: FillMarkout[];
  readonly endMarks: Map<string, PriceMark>;
  away: boolean;
}

export function fakeQuality(): FakeQuality {
  const quality: FakeQuality = {
    fills: [],
    ends: [],
    markouts: [],
    endMarks: new Map(),
    away: false,
    unmarkedFills: async (_account, sinceMs) =>
      quality.fills.filter(({ fill }) => fill.timeMs >= sinceMs),
    recordMarkouts: async (_account, markouts) => {
      if (quality.away) throw new StoreUnavailable('recordMarkouts: the store is away');
      quality.markouts.push(...markouts);
    },
    unmarkedEnds: async (_account, sinceMs) =>
      quality.ends.filter(({ endedMs }) => endedMs >= sinceMs),
    recordEnd: async (_account, id, mark) => void quality.endMarks.set(id, mark),
  };
  return quality;
}

export interface FakeHistory extends PriceHistoryPort {
  candles: CandleEnds[];
  readonly asked: { readonly asset: string; readonly fromMs: number; readonly toMs: number }[];
}

export function fakeHistory(): FakeHistory {
  const history: FakeHistory = {
    candles: [],
    asked: [],
    minuteCandles: async (asset, fromMs, toMs) => {
      history.asked.push({ asset, fromMs, toMs });
      return history.candles.filter(({ openMs, closeMs }) => closeMs >= fromMs && openMs <= toMs);
    },
  };
  return history;
}

/** All ports of the activities, joined. */
export function fakeWorld() {
  const [venue, ledger, workflows, market] = [
    fakeVenue(),
    fakeLedger(),
    fakeWorkflows(),
    fakeMarket(),
  ];
  const world = {
    venue,
    ledger,
    workflows,
    market,
    recovery: fakeRecovery(),
    quality: fakeQuality(),
    history: fakeHistory(),
    parents: fakeParents(),
    twaps: fakeTwaps(),
    twapLedger: fakeTwapLedger(),
    board: createFactBoard(),
    network: 'paper' as const,
    protect: 'sessions' as 'none' | 'sessions' | 'all',
    signer: SIGNER,
    tag: TAG,
    judge: async () => undefined,
    halt: undefined as string | undefined,
    halted: () => world.halt,
    pause: async () => undefined,
    strategies: {
      find: async (name) => {
        const seed = seedByName(name);
        if (seed.ok) return seed.value;
        throw new RangeError(describeViolation(seed.error));
      },
    } satisfies StrategiesPort,
  };
  return world;
}

/** Polls until the condition holds; fails after five seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
