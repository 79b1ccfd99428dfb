/**
 * The session's dealings with the world: hear of closed bars, decide and start orders, keep every
 * position protected, close positions. Recorded decisions make all of it safe to repeat.
 */
import { type DecidedExits, type HeldExits, planExits } from '../domain/execution/exits.ts';
import type { OrderIntent } from '../domain/execution/intent.ts';
import { decimal, sizeBase } from '../domain/kernel/decimal.ts';
import type { DeploymentTag } from '../domain/kernel/ids.ts';
import { intentId, orderWorkflowId } from '../domain/kernel/ids.ts';
import { readMarket } from '../domain/risk/plan.ts';
import { historyBars } from '../domain/signals/window.ts';
import type { DecidedPlan, ReadRules, SeenMarket } from './decide.ts';
import { dayStartOf, decideRound, decisionIdOf, readRules } from './decide.ts';
import type { FactBoard } from './fact-board.ts';
import { withFailures } from './failures.ts';
import type { HeadStarts } from './head-starts.ts';
import { withHeartbeat } from './heartbeat.ts';
import type {
  DecideRequest,
  DecideResult,
  DeferredOrder,
  ProtectRequest,
  ProtectResult,
  SessionActivities,
  StartedOrder,
} from './interfaces/session.ts';
import { cloidOf } from './order-envelope.ts';
import { markPxOf, portfolioOf, readAccountState } from './portfolio.ts';
import { VenueUnreachable } from './ports/errors.ts';
import type { DecisionRecord, LedgerPort } from './ports/ledger.ts';
import type { MarketDataPort } from './ports/market-data.ts';
import type { StrategiesPort } from './ports/strategies.ts';
import type { VenueAccount, VenuePort } from './ports/venue.ts';
import type { WorkflowsPort } from './ports/workflows.ts';
import {
  closeIntent,
  exitOrderOf,
  protectIntent,
  startedOrder,
  targetIntent,
} from './session-orders.ts';

/** Bars of several assets that close together are told together, if they come within this time. */
const BATCH_MS = 40;

/**
 * The session gives an attempt up after 3.5 s and goes on as if nothing had been started. One that was
 * held up, by a ledger that is away or a process that was stopped, must not start anything afterwards.
 */
const START_WITHIN_MS = 3_000;

/** @returns throws from the moment on at which whoever asked may have given up */
function untilGivenUp(): () => void {
  const startedMs = performance.now();
  return () => {
    const tookMs = Math.round(performance.now() - startedMs);
    if (tookMs <= START_WITHIN_MS) return;
    throw new VenueUnreachable(`nothing is started after ${tookMs} ms: the session has gone on`);
  };
}

export interface SessionPorts {
  readonly venue: VenuePort;
  readonly ledger: LedgerPort;
  readonly market: MarketDataPort;
  readonly workflows: WorkflowsPort;
  readonly board: FactBoard;
  readonly tag: DeploymentTag;
  readonly strategies: StrategiesPort;
  readonly halted: () => string | undefined;
  readonly headStarts?: Pick<HeadStarts, 'begin'>;
}

const decidedPlan = (record: DecisionRecord): DecidedPlan => record.plan as unknown as DecidedPlan;

async function watchBars(
  ports: SessionPorts,
  sessionId: string,
  assets: readonly string[],
  interval: string,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Map<number, string[]>();
  const flush = async (barOpenTimeMs: number): Promise<void> => {
    const closed = waiting.get(barOpenTimeMs) ?? [];
    waiting.delete(barOpenTimeMs);
    await ports.workflows.tellSession(sessionId, { barOpenTimeMs, assets: closed });
  };
  const failed = Promise.withResolvers<never>();
  const onBarClosed = ({ asset, barOpenTimeMs }: { asset: string; barOpenTimeMs: number }) => {
    const batch = waiting.get(barOpenTimeMs);
    if (batch !== undefined) {
      batch.push(asset);
      return;
    }
    waiting.set(barOpenTimeMs, [asset]);
    setTimeout(() => flush(barOpenTimeMs).catch(failed.reject), BATCH_MS);
  };
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  try {
    await Promise.race([
      ports.market.watchBars(assets, interval, onBarClosed, until),
      failed.promise,
    ]);
  } finally {
    // After a failure nobody else would end the listening.
    ended.abort();
  }
}

/** Starts the order of an intent that is part of a stored decision. */
function startStored(
  { headStarts, workflows }: SessionPorts,
  intent: OrderIntent,
): Promise<string> {
  headStarts?.begin(intent);
  return workflows.startOrder(intent);
}

/**
 * Starts the first order of every decision; the others wait for it. Answers once they have left: what
 * the session does with the answer would compete with them for the worker's one workflow thread.
 */
async function startDecided(
  ports: SessionPorts,
  records: readonly DecisionRecord[],
): Promise<Pick<DecideResult, 'started' | 'deferred' | 'stopPx' | 'summaries'>> {
  const started: StartedOrder[] = [];
  const deferred: DeferredOrder[] = [];
  const stopPx: Record<string, DecidedExits> = {};
  const summaries: Record<string, string> = {};
  const first: OrderIntent[] = [];
  for (const record of records) {
    const { intents, summary, stopPx: stop, exits } = decidedPlan(record);
    summaries[record.asset] = summary;
    const decided = exits ?? stop;
    if (decided !== undefined) stopPx[record.asset] = decided;
    const [intent, ...later] = intents;
    if (intent === undefined) continue;
    first.push(intent);
    started.push(startedOrder(intent));
    later.forEach((_intent, index) => {
      const before = intents[index]?.intentId ?? intent.intentId;
      const { decisionId, asset } = record;
      deferred.push({ after: before, decisionId, step: index + 1, asset });
    });
  }
  const sent = ports.board.untilSent(first.map((intent) => cloidOf(ports.tag, intent, 0)));
  await Promise.all(first.map((intent) => startStored(ports, intent)));
  await sent;
  return { started, deferred, stopPx, summaries };
}

/** What the strategy makes of the markets: worked out while the venue is asked for the account. */
async function seeMarkets(
  { market }: SessionPorts,
  { rules, assets, superseded = [], barOpenTimeMs }: DecideRequest,
  { seed, genes }: ReadRules,
): Promise<readonly SeenMarket[]> {
  const bars = historyBars(seed, genes);
  const needs = seed.needs?.(genes);
  const wanted = assets.filter((asset) => !superseded.includes(asset));
  const snapshots = await Promise.all(
    wanted.map((asset) => market.snapshot(asset, rules.interval, bars, barOpenTimeMs, needs)),
  );
  // The questions to the venue leave first.
  await new Promise(setImmediate);
  return snapshots.map((snapshot) => ({ snapshot, reading: readMarket(snapshot, seed, genes) }));
}

async function decideBars(ports: SessionPorts, request: DecideRequest): Promise<DecideResult> {
  const checkTime = untilGivenUp();
  const { strategy, strategyFile } = request.rules;
  const { superseded = [] } = request;
  const rules = readRules(request.rules, await ports.strategies.find(strategy, strategyFile));
  const [state, markets] = await Promise.all([
    readAccountState(ports.venue, request.session.account),
    seeMarkets(ports, request, rules),
  ]);
  const dayStart = dayStartOf(request, state.account.equityUsd);
  const looking = lookWithBar(ports, request, state.account, checkTime);
  const halt = request.entriesHalted ?? ports.halted() ?? null;
  const view = portfolioOf(state.account, state.orders, dayStart.equityUsd, halt, state.asOfMs);
  const decided = decideRound(request, rules, markets, view, Date.now());
  const records = await ports.ledger.recordDecisions(decided);
  const stored = await storedDecisions(ports, request, superseded);
  checkTime();
  const decisions = await startDecided(ports, [...records, ...stored]);
  const looked = await looking;
  return { dayStart, ...decisions, ...(looked === undefined ? {} : { looked }) };
}

/** What was decided on these assets before the answer was lost with its worker: it stands. */
async function storedDecisions(
  { ledger }: SessionPorts,
  { session, barOpenTimeMs }: DecideRequest,
  assets: readonly string[],
): Promise<readonly DecisionRecord[]> {
  const ids = assets.map((asset) => decisionIdOf(session, asset, barOpenTimeMs));
  const found = await Promise.all(ids.map((id) => ledger.decision(id)));
  return found.filter((record) => record !== undefined);
}

/** The look that goes with a bar. Its failure is no reason to decide nothing: the session looks again. */
async function lookWithBar(
  ports: SessionPorts,
  { session, rules, look }: DecideRequest,
  account: VenueAccount,
  checkTime: () => void,
): Promise<ProtectResult | undefined> {
  if (look === undefined) return undefined;
  try {
    const request = { session, strategy: rules.strategy, ...look };
    return await protectHeld(ports, request, account, checkTime);
  } catch {
    return undefined;
  }
}

/** Starts the stops and targets that positions lack, and cancels those that belong to none any more. */
async function protectHeld(
  ports: SessionPorts,
  request: ProtectRequest,
  account: VenueAccount,
  checkTime: () => void,
): Promise<ProtectResult> {
  const { session, strategy } = request;
  const assets = await ports.venue.assets();
  const started: StartedOrder[] = [];
  const open: string[] = [];
  const exits: Record<string, HeldExits> = {};
  for (const name of request.assets) {
    const asset = assets.get(name);
    if (asset === undefined) throw new RangeError(`asset ${name} is not listed`);
    const held = account.positions.find((position) => position.asset === name);
    const holding = held && { ...held, markPx: markPxOf(held) };
    if (held !== undefined) open.push(name);
    const mine = request.orders.filter((order) => order.asset === name).map(exitOrderOf);
    const plan = planExits(asset, holding, request.stopPx[name], mine);
    if (plan.terms !== undefined) exits[name] = plan.terms;
    const begin = async (intent: OrderIntent): Promise<void> => {
      checkTime();
      await ports.workflows.startOrder(intent);
      started.push(startedOrder(intent));
    };
    const number = (): number => request.nextNumber + started.length;
    if (plan.stop !== undefined) {
      await begin(protectIntent(session, strategy, name, plan.stop, number()));
    }
    for (const target of plan.targets) {
      await begin(targetIntent(session, strategy, name, target, number()));
    }
    for (const id of plan.cancel) {
      const workflowId = orderWorkflowId(session.account, intentId(id));
      await ports.workflows.cancelOrder(workflowId, 'no longer protects anything');
    }
  }
  return { started, open, ...(Object.keys(exits).length === 0 ? {} : { exits }) };
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createSessionActivities(ports: SessionPorts): SessionActivities {
  const { venue, ledger, workflows } = ports;
  return withFailures<SessionActivities>({
    watchBars: ({ sessionWorkflowId, assets, interval }) =>
      withHeartbeat((signal) => watchBars(ports, sessionWorkflowId, assets, interval, signal)),
    decideBars: (request) => decideBars(ports, request),
    async startDeferred({ session, deferred, entriesHalted = ports.halted() }) {
      const checkTime = untilGivenUp();
      const record = await ledger.decision(deferred.decisionId);
      const intent = record && decidedPlan(record).intents[deferred.step];
      if (intent === undefined) {
        throw new RangeError(`decision ${deferred.decisionId} has no step ${deferred.step}`);
      }
      if (entriesHalted !== undefined || intent.session !== session.name) return undefined;
      checkTime();
      await startStored(ports, intent);
      return startedOrder(intent);
    },
    async protectPositions(request) {
      const checkTime = untilGivenUp();
      const account = await venue.account(request.session.account);
      return protectHeld(ports, request, account, checkTime);
    },
    async closePositions({ session, strategy, assets, attempt }) {
      const { positions } = await venue.account(session.account);
      const intents = positions
        .filter((position) => assets.includes(position.asset))
        .map((position): OrderIntent => {
          const size = decimal(position.sizeBase);
          const closing = {
            side: size.gt(0) ? 'sell' : 'buy',
            sizeBase: sizeBase(size.abs()),
          } as const;
          return closeIntent(session, strategy, position.asset, closing, attempt);
        });
      await Promise.all(intents.map((intent) => workflows.startOrder(intent)));
      return intents.map(startedOrder);
    },
    async openOrders({ session }) {
      const open = await ledger.openOrders(session.account);
      return open
        .filter(({ intent }) => intent.session === session.name)
        .map(({ intent }) => startedOrder(intent));
    },
    async cancelOrders({ account, intentIds, reason }) {
      const ids = intentIds.map((id) => orderWorkflowId(account, intentId(id)));
      await Promise.all(ids.map((id) => workflows.cancelOrder(id, reason)));
    },
    recordSession: ({ session, rules, workflowId, status, atMs }) =>
      ledger.recordSession({
        account: session.account,
        name: session.name,
        workflowId,
        status,
        config: { ...rules },
        updatedMs: atMs,
      }),
  });
}
