/**
 * One strategy over the tape in a real trading session: the workflows on a real server, the activities
 * and gateways of production, the paper exchange. This process moves the tape: at the first moment
 * after a bar of the session has closed it is decided, and whatever a moment brings about, fills, stops,
 * their orders and records, has ended before the next moment comes. Nothing here sleeps.
 */

import { AT_TARGET } from '../../domain/evolution/backtest/trade-book.ts';
import { decimal, plain } from '../../domain/kernel/decimal.ts';
import {
  accountWorkflowId,
  type IntentId,
  orderWorkflowId,
  sessionWorkflowId,
} from '../../domain/kernel/ids.ts';
import { INTERVALS_MS } from '../../domain/market/interval.ts';
import type { VenueEvent } from '../../domain/matching/contract/venue-events.ts';
import type { FundingPayment } from '../../domain/matching/contract/venue-records.ts';
import { type Change, PaperExchange } from '../../gateways/paper-exchange/exchange.ts';
import { openTape } from '../../gateways/paper-exchange/feeds/open-tape.ts';
import type { TapeFeed } from '../../gateways/paper-exchange/feeds/tape-feed.ts';
import { createLog } from '../../gateways/paper-exchange/log.ts';
import { configOf } from '../../gateways/paper-exchange/start.ts';
import { forgetfulJournal } from '../../gateways/paper-exchange/state/journal.ts';
import type { account as accountWorkflow } from '../../workflows/account/account.workflow.ts';
import {
  type BarsClosed,
  decideUpdate,
  type SessionView,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import type { tradingSession } from '../../workflows/trading-session/trading-session.workflow.ts';
import { isVenueAtRest } from './at-rest.ts';
import { DeskWire, type ParityWire } from './desk-wire.ts';
import { type OrderCause, type SeenFill, type SideOutcome, tradesOf } from './outcome.ts';
import { PATIENT, type ParityCase } from './parity-case.ts';
import { openSocketWire } from './socket-wire.ts';
import type { AccountWorker, Stack } from './stack.ts';
import { MINUTE_MS, type ParityTape } from './tape.ts';

const SESSION = 'parity';
/** `WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND`, as the server says it: something had come meanwhile. */
const HANDED_OVER: readonly string[] = ['2', '2 UnhandledCommand'];
const ATTEMPTS = 3;
const STILL_LOOKS = 3;
/**
 * A task that a busy machine takes long for is not taken away at once. One that is lost costs this long: the
 * SDK's core sometimes drops one ("Trying to send a new WFT for a run which already has one!").
 */
const TASK_TIMEOUT_MS = 20_000;
/** Of the wall clock: what does not settle within it never will. */
const STANDSTILL_MS = 15 * TASK_TIMEOUT_MS;
/** `PENDING_ACTIVITY_STATE_STARTED`. */
const STARTED = 2;
const RECONCILE_EVERY_MS = 30_000;
const EQUITY_SAMPLE_MS = 1_000;

export interface SessionSide extends SideOutcome {
  readonly decisions: number;
  /** Orders that the session started. */
  readonly orders: number;
  /** Requests and questions that came while a run handed over, and had to be repeated. */
  readonly turnedAway: number;
}

function feedTerms({ bookSeed, stepsPerBar, fromMs }: ParityCase, { startMs }: ParityTape) {
  const startOffsetMinutes = (fromMs - MINUTE_MS - startMs) / MINUTE_MS;
  return { seed: bookSeed, stepsPerBar, startOffsetMinutes };
}

/** The tape as exchanges play it; a pure function of the step, so that many can share it. */
export const openFeed = (parity: ParityCase, tape: ParityTape): TapeFeed =>
  openTape(tape.dir, feedTerms(parity, tape));

function openExchange(feed: TapeFeed, parity: ParityCase): PaperExchange {
  const { bookSeed, exchangeTakerFeeRate: takerFeeRate } = parity;
  return new PaperExchange({
    config: {
      ...configOf(feed.meta, bookSeed),
      ...(takerFeeRate === undefined ? {} : { takerFeeRate }),
    },
    feed,
    recovered: forgetfulJournal(),
    hasAddressBudget: false,
    clock: Date.now,
    isOnTapeTime: false,
    log: createLog('error'),
  });
}

export class ParitySession {
  readonly exchange: PaperExchange;
  readonly #parity: ParityCase;
  readonly #stack: Stack;
  readonly #wire: ParityWire;
  readonly #worker: AccountWorker;
  readonly #tape: ParityTape;
  readonly #happened: (SeenFill | FundingPayment)[] = [];
  #stirred = false;
  decisions = 0;
  /** Requests that came while a run handed over. */
  turnedAway = 0;

  private constructor(
    parity: ParityCase,
    stack: Stack,
    tape: ParityTape,
    wire: ParityWire,
    worker: AccountWorker,
  ) {
    this.#parity = parity;
    this.#stack = stack;
    this.#tape = tape;
    this.exchange = wire.exchange;
    this.#wire = wire;
    this.#worker = worker;
    this.exchange.onChange((change) => this.#hear(change));
  }

  /**
   * Opens exchange, account and session; the tape stands before the first bar that is decided.
   * @param over sockets; or a feed: then the exchange is reached at its desk, which is much faster
   */
  static async open(
    name: string,
    parity: ParityCase,
    stack: Stack,
    tape: ParityTape,
    over: TapeFeed | 'sockets',
  ): Promise<ParitySession> {
    const wire =
      over === 'sockets'
        ? await openSocketWire(tape.dir, feedTerms(parity, tape))
        : new DeskWire(openExchange(over, parity));
    wire.exchange.fund(stack.keyOf(name).address, parity.equityUsd);
    const worker = await stack.work(name, wire);
    const session = new ParitySession(parity, stack, tape, wire, worker);
    await session.#start();
    return session;
  }

  async #start(): Promise<void> {
    const { strategy, genes, sizing, interval } = this.#parity;
    const limits = { ...PATIENT, ...this.#parity.limits };
    const { account, taskQueue } = this.#worker;
    const { workflow } = this.#stack.env.client;
    await workflow.start<typeof accountWorkflow>('account', {
      workflowId: accountWorkflowId(account),
      taskQueue,
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      args: [
        {
          account,
          network: 'paper',
          reconcileEveryMs: RECONCILE_EVERY_MS,
          equitySampleMs: EQUITY_SAMPLE_MS,
        },
      ],
    });
    const assets = [...this.#tape.coins];
    await workflow.start<typeof tradingSession>('tradingSession', {
      workflowId: this.sessionId,
      taskQueue,
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      args: [
        {
          account,
          network: 'paper',
          name: SESSION,
          startedMs: Date.now(),
          config: { strategy, assets, interval, genes, sizing, limits },
        },
      ],
    });
    await this.#settle();
    if (this.#wire.wire === undefined) await this.#untilWatching();
  }

  /** Over sockets the session hears of bars that close after its stream has begun. */
  async #untilWatching(): Promise<void> {
    const look = (): Promise<unknown> =>
      Promise.all(
        this.#tape.coins.map((coin) =>
          this.#worker.parts.market.snapshot(coin, this.#parity.interval, 1),
        ),
      );
    await look();
    for (let isWatching = false; !isWatching; ) {
      const { raw } = await this.#handle.describe();
      isWatching = (raw.pendingActivities ?? []).some(
        ({ activityType, state }) => activityType?.name === 'watchBars' && state === STARTED,
      );
    }
    // Its stores are those that were just made: it listens as soon as it has begun.
    await look();
  }

  get sessionId(): string {
    return sessionWorkflowId(this.#worker.account, SESSION);
  }

  get #handle() {
    return this.#stack.env.client.workflow.getHandle<typeof tradingSession>(this.sessionId);
  }

  /** Everything that happens to the account, by the market's clock. */
  #hear({ events }: Change): void {
    const mine = events.filter(
      (event): event is Exclude<VenueEvent, { kind: 'trade' }> =>
        event.kind !== 'trade' && event.account === this.#worker.account,
    );
    const { feed, step } = this.exchange;
    const time = feed.timeMs(step);
    for (const event of mine) {
      if (event.kind === 'order' || event.kind === 'liquidation') this.#stirred = true;
      if (event.kind === 'funding') this.#happened.push({ ...event.payment, time });
      if (event.kind !== 'fill') continue;
      const { fill } = event;
      const markPx = Number(this.exchange.venue.bestPrices(fill.coin)?.markPx ?? fill.px);
      const { marginSummary } = this.exchange.venue.accountSummary(this.#worker.account);
      const equityUsd = Number(marginSummary.accountValue);
      this.#happened.push({ fill: { ...fill, time }, markPx, equityUsd });
    }
  }

  #isAtRest({ openOrders }: SessionView): boolean {
    const { account } = this.#worker;
    return isVenueAtRest(this.exchange, account, this.#tape.coins, openOrders.length);
  }

  /**
   * Waits until no task of the session has been under way over some looks. A question that comes with a
   * task splits it, which does not replay (`docs/decisions/0014`), so it is asked when nothing moves.
   */
  async #untilStill(): Promise<void> {
    let [length, looks] = [0, 0];
    while (looks < STILL_LOOKS) {
      await this.#wire.heard();
      const { raw, historyLength } = await this.#handle.describe();
      looks = !raw.pendingWorkflowTask && historyLength === length ? looks + 1 : 0;
      length = historyLength;
    }
  }

  /** One that still reaches the run that has just handed over is asked again, and counted. */
  async #state(): Promise<SessionView> {
    for (let attempt = 0; ; attempt += 1) {
      await this.#untilStill();
      try {
        return await this.#handle.query(sessionStateQuery);
      } catch (fault) {
        const isOfEnded = String(fault).includes('WorkflowExecutionContinuedAsNew');
        if (!isOfEnded || attempt >= ATTEMPTS) throw fault;
        this.turnedAway += 1;
      }
    }
  }

  /**
   * Settles when nothing is on its way any more, and this bar is decided.
   * @throws saying where it stands, if it never does
   */
  async #settle(decidedMs = 0): Promise<void> {
    const untilMs = performance.now() + STANDSTILL_MS;
    for (;;) {
      await this.#wire.heard();
      this.#stirred = false;
      const view = await this.#state();
      if (view.trouble !== undefined) throw new Error(view.trouble);
      const isDecided = view.lastBarOpenTimeMs >= decidedMs;
      if (isDecided && view.settled && !this.#stirred && this.#isAtRest(view)) return;
      if (performance.now() < untilMs) continue;
      const open = this.exchange.venue.openOrders(this.#worker.account);
      throw new Error(`does not settle: ${JSON.stringify({ view, open })}`);
    }
  }

  /**
   * A request that comes while the session hands over to its next run is turned away by the server. A
   * bar is decided once, however often it is told.
   */
  async #askToDecide(bars: BarsClosed): Promise<SessionView> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#handle.executeUpdate(decideUpdate, { args: [bars] });
      } catch (fault) {
        const failures = await this.#failedTasks();
        if (attempt >= ATTEMPTS || failures.some((cause) => !HANDED_OVER.includes(cause))) {
          throw new Error(`not decided; failed tasks: ${failures.join(', ')}`, { cause: fault });
        }
        this.turnedAway += 1;
      }
    }
  }

  /** Why workflow tasks of the session's present run failed, by Temporal's numbers. */
  async #failedTasks(): Promise<readonly string[]> {
    const { events } = await this.#handle.fetchHistory();
    return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed ? [`${failed.cause} ${failed.failure?.message ?? ''}`.trim()] : [],
    );
  }

  /** The bar that has just closed, decided. */
  async #decide(barOpenTimeMs: number): Promise<void> {
    await this.#wire.showMarket();
    this.decisions += 1;
    if (this.#wire.wire === undefined) {
      await this.#settle(barOpenTimeMs);
      return;
    }
    const assets = [...this.#tape.coins];
    const view = await this.#askToDecide({ barOpenTimeMs, assets });
    if (view.trouble !== undefined) throw new Error(view.trouble);
    const isCalm = view.openOrders.every((id) => /\/(protect|target)\//.test(id));
    if (this.#stirred || !isCalm) await this.#settle();
  }

  /** The next moment of the tape, and the bar of the session that has closed when it comes. */
  #next(): { readonly timeMs: number; readonly closedMs: number | undefined } {
    const { stepsPerBar, interval, fromMs } = this.#parity;
    const decisionMs = INTERVALS_MS[interval];
    const { feed, step } = this.exchange;
    const timeMs = step < feed.lastStep ? feed.timeMs(step + 1) : Number.POSITIVE_INFINITY;
    const openMs = timeMs - (timeMs % MINUTE_MS);
    const isFirst = timeMs - openMs < MINUTE_MS / stepsPerBar;
    const closes = isFirst && openMs % decisionMs === 0 && openMs >= fromMs;
    return { timeMs, closedMs: closes ? openMs - decisionMs : undefined };
  }

  /** One moment, with all that it brings about. */
  #move(closedMs: number | undefined): Promise<void> | undefined {
    this.exchange.advance();
    if (closedMs === undefined) return this.#stirred ? this.#settle() : undefined;
    const settled = this.#stirred ? this.#settle() : Promise.resolve();
    return settled.then(() => this.#decide(closedMs));
  }

  /**
   * Plays the tape of several sessions, all of the same interval, up to a moment of the market: step by
   * step together, so that the market is modelled once for all of them.
   */
  static async play(sessions: readonly ParitySession[], endMs: number): Promise<void> {
    const [first] = sessions;
    if (first === undefined) return;
    for (;;) {
      const { timeMs, closedMs } = first.#next();
      if (timeMs >= endMs) return;
      // The last that was seen of the bar that closes now.
      if (closedMs !== undefined) {
        await Promise.all(sessions.map((session) => session.#wire.showMarket()));
      }
      const moves = sessions.flatMap((session) => session.#move(closedMs) ?? []);
      if (moves.length > 0) await Promise.all(moves);
    }
  }

  async outcome(): Promise<SessionSide> {
    const causes = await this.#causes();
    const fills = this.#happened.flatMap((each) => ('fill' in each ? [each.fill] : []));
    const payments = this.#happened.filter((each) => !('fill' in each)) as FundingPayment[];
    const { marginSummary } = this.exchange.venue.accountSummary(this.#worker.account);
    return {
      fills,
      payments,
      trades: tradesOf(
        this.#happened,
        ({ cloid, oid }) => causes.get(String(cloid)) ?? { cause: 'liquidation', reason: `${oid}` },
      ),
      accountValueUsd: plain(decimal(marginSummary.accountValue)),
      decisions: this.decisions,
      orders: (await this.#state()).ordersStarted,
      turnedAway: this.turnedAway,
    };
  }

  /** By the name on the venue: what the ledger knows of why an order was sent. */
  async #causes(): Promise<ReadonlyMap<string, OrderCause>> {
    const { rows } = await this.#stack.ledger.pool.query<{
      cloid: string;
      leg: string;
      reason: string | null;
    }>(
      `select e.cloid, i.intent ->> 'leg' as leg, d.plan ->> 'reason' as reason
         from envelopes e
         join intents i on i.account = e.account and i.intent_id = e.intent_id
         left join decisions d on d.decision_id = i.decision_id
        where e.account = $1`,
      [this.#worker.account],
    );
    return new Map(
      rows.map(({ cloid, leg, reason }) => [
        cloid,
        leg === 'target'
          ? { cause: 'target', reason: AT_TARGET }
          : leg === 'protect'
            ? { cause: 'stop', reason: 'the protective stop triggered' }
            : { cause: 'signal', reason: reason ?? '' },
      ]),
    );
  }

  /** Ends what works for the session, whatever becomes of it. */
  async abandon(): Promise<void> {
    await this.#worker.close();
    await this.#wire.close();
  }

  /** Ends the session; stops stay on the venue, but nobody attends to them any more. */
  async close(): Promise<void> {
    const { account } = this.#worker;
    const { openOrders } = await this.#state();
    await this.#handle.executeUpdate(stopUpdate, { args: [{ positions: 'keep' }] });
    const { workflow } = this.#stack.env.client;
    const left = openOrders.map((id) => orderWorkflowId(account, id as IntentId));
    for (const workflowId of [accountWorkflowId(account), ...left]) {
      await workflow.getHandle(workflowId).terminate('the run is over');
    }
    await this.abandon();
  }
}
