/**
 * One trading session's state: what it waits for, the orders it started and that have not ended,
 * and where stops belong. Decides nothing about markets: that is the activities' part.
 */
import { workflowInfo } from '@temporalio/workflow';
import type {
  DecideResult,
  DeferredOrder,
  PositionsLook,
  ProtectResult,
  SessionIdentity,
  StartedOrder,
} from '../../activities/interfaces/session.ts';
import { type DecidedExits, exitsAfterFill, exitsAfterLook } from '../../domain/execution/exits.ts';
import { standsBy } from '../../domain/execution/intent.ts';
import { TERMINAL_STATUSES } from '../../domain/execution/order-view.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import { Turns } from '../support/turns.ts';
import type {
  BarsClosed,
  DayStart,
  OrderSettled,
  SessionCarried,
  SessionInput,
  SessionOrder,
  SessionStatus,
  SessionView,
  StopPolicy,
} from './trading-session.messages.ts';

const isTerminal = (status: string): boolean =>
  TERMINAL_STATUSES.some((terminal) => terminal === status);

const ENDS_REMEMBERED = 500;
const REFUSED: readonly string[] = ['REJECTED', 'DENIED'];

/** How long a rest takes after each failed look, or refused stop, in a row. */
const REST_MS = [1_000, 2_000, 5_000, 15_000, 30_000] as const;
const LONGEST_REST_MS = 30_000;
export const restMs = (rests: number): number => REST_MS[rests] ?? LONGEST_REST_MS;

/**
 * How a session waits. A look that failed, and a protective stop that was refused, are followed by a
 * rest, longer each time: both may go on for long, when the venue is away, or takes post-only orders
 * alone after an upgrade.
 */
export interface SessionWaits {
  /** Nothing is looked at now: the last look failed, or the stop that it started was refused. */
  readonly isResting: boolean;
  /** Something was heard that the session has not taken in. */
  readonly hasNews: boolean;
  lookFailed(): Promise<void>;
  stopRefused(): void;
  /** The next rest is a short one. */
  allIsWell(): void;
  /** Until something is reached by what is heard, or the time has passed. */
  until(isReached: () => boolean, longestMs: number): Promise<void>;
  pause(delayMs: number): Promise<void>;
}

export class SessionRun {
  readonly input: SessionInput;
  readonly waits: SessionWaits;
  status: SessionStatus;
  bars: number;
  ordersStarted: number;
  protections: number;
  dayStart: DayStart | undefined;
  trouble: string | undefined;
  stopPolicy: StopPolicy | undefined;
  deciding = false;
  /** How often somebody wanted the ledger to know how it stands, and up to which time it does. */
  recordsAsked = 0;
  recordsDone = 0;
  /** What people asked for last, whether or not it was taken in: see {@link SessionRun.haltedNow}. */
  asked: SessionStatus | undefined;
  readonly turns = new Turns();
  /** A turn of the loop is under way. */
  turning = false;
  readonly lastBars: Record<string, number>;
  readonly orders: Record<string, SessionOrder>;
  readonly stopPx: Record<string, DecidedExits>;
  readonly lastDecisions: Record<string, string>;
  /** Closed bars that were not decided yet. */
  closed: BarsClosed[] = [];
  /** Assets whose protection must be looked at. */
  exposed: string[];
  /** Looks at all of them since anything was last heard of an order or started. */
  quietLooks = 0;
  deferred: DeferredOrder[] = [];
  /** Steps whose predecessor has filled. */
  ready: DeferredOrder[] = [];
  /**
   * How the newest ended orders ended. An order can end before the activity that started it has
   * answered, above all when that was lost with its worker and is done again.
   */
  private readonly ended = new Map<string, string>();

  constructor(input: SessionInput, waits: SessionWaits) {
    const carried: Partial<SessionCarried> = input.carried ?? {};
    this.input = input;
    this.waits = waits;
    this.status = carried.status ?? 'running';
    this.bars = carried.bars ?? 0;
    this.ordersStarted = carried.ordersStarted ?? 0;
    this.protections = carried.protections ?? 0;
    this.dayStart = carried.dayStart;
    this.trouble = carried.trouble;
    this.lastBars = { ...carried.lastBars };
    this.orders = { ...carried.orders };
    this.stopPx = { ...carried.stopPx };
    this.lastDecisions = { ...carried.lastDecisions };
    // Positions may be open from before: their protection is the first thing to look at.
    this.exposed = [...input.config.assets];
  }

  get identity(): SessionIdentity {
    const { account, network, name, startedMs } = this.input;
    return { account, network, name, startedMs };
  }

  get openOrders(): readonly SessionOrder[] {
    return Object.values(this.orders);
  }

  get pendingEntries(): readonly string[] {
    return this.openOrders.filter(({ leg }) => leg === 'entry').map(({ asset }) => asset);
  }

  /** Whether an entry of the asset is on its way or waits for the close before it. */
  expectsEntry(asset: string): boolean {
    const waits = [...this.deferred, ...this.ready].some((step) => step.asset === asset);
    return waits || this.pendingEntries.includes(asset);
  }

  /** Why no position may be opened now, if so, by what was taken in. */
  get entriesHalted(): string | undefined {
    return this.status === 'running' ? undefined : `the session is ${this.status}`;
  }

  /** The same by all that was heard. For requests: no branch may depend on it, see `session-inbox.ts`. */
  get haltedNow(): string | undefined {
    const { asked = 'running' } = this;
    return this.entriesHalted ?? (asked === 'running' ? undefined : `the session is ${asked}`);
  }

  /** The newest bar for each asset that was not decided yet; older ones are dropped, not traded. */
  takeBars(): BarsClosed | undefined {
    const closed = this.closed;
    this.closed = [];
    const barOpenTimeMs = Math.max(...closed.map((bar) => bar.barOpenTimeMs));
    const assets = new Set(
      closed.filter((bar) => bar.barOpenTimeMs === barOpenTimeMs).flatMap((bar) => bar.assets),
    );
    const fresh = this.input.config.assets.filter(
      (asset) => assets.has(asset) && (this.lastBars[asset] ?? 0) < barOpenTimeMs,
    );
    if (fresh.length === 0) return undefined;
    for (const asset of fresh) this.lastBars[asset] = barOpenTimeMs;
    this.bars += 1;
    return { barOpenTimeMs, assets: fresh };
  }

  get wantsRecord(): boolean {
    return this.recordsDone < this.recordsAsked;
  }

  get mayLook(): boolean {
    return this.exposed.length > 0 && !this.waits.isResting;
  }

  /** What a look at the protection of these assets goes by. */
  lookAt(assets: readonly string[]): PositionsLook {
    const orders = this.openOrders
      // A stop in doubt protects nothing: another is started, and one too many is cancelled later. Two
      // targets would take twice: one in doubt is waited for.
      .filter(({ leg, status }) => standsBy(leg) && (leg === 'target' || status !== 'IN_DOUBT'))
      .map(({ status, ...order }) => ({ ...order, resting: status === 'SUBMITTED' }));
    return { assets, stopPx: this.stopPx, orders, nextNumber: this.protections };
  }

  /** Takes in what a look at these assets found and started. */
  looked(assets: readonly string[], { started, open, exits = {} }: ProtectResult): void {
    if (started.length === 0) this.waits.allIsWell();
    this.protections += started.length;
    this.track(started);
    for (const [asset, seen] of Object.entries(exits)) {
      this.know(asset, exitsAfterLook(this.stopPx[asset], seen));
    }
    // The stop of an entry that is still to come must outlive the position that it replaces.
    const over = assets.filter((asset) => !open.includes(asset) && !this.expectsEntry(asset));
    for (const asset of over) delete this.stopPx[asset];
  }

  private know(asset: string, exits: DecidedExits | undefined): void {
    if (exits !== undefined) this.stopPx[asset] = exits;
  }

  /** Nothing was heard, and all positions are looked at in case there was something to hear. */
  exposeAll(): void {
    this.exposed = [...this.input.config.assets];
    this.quietLooks += 1;
  }

  track(started: readonly StartedOrder[]): void {
    this.ordersStarted += started.length;
    if (started.length > 0) this.quietLooks = 0;
    for (const order of started) {
      const { intentId } = order;
      if (this.orders[intentId] !== undefined || this.ended.has(intentId)) continue;
      this.orders[intentId] = { ...order, status: 'PENDING' };
    }
  }

  decided(result: DecideResult): void {
    this.dayStart = result.dayStart;
    this.track(result.started);
    for (const step of result.deferred) {
      const end = this.ended.get(step.after);
      if (end === undefined) this.deferred.push(step);
      else if (end === 'FILLED') this.ready.push(step);
    }
    Object.assign(this.stopPx, result.stopPx);
    Object.assign(this.lastDecisions, result.summaries);
    this.trouble = undefined;
  }

  /**
   * An order changed. One that was not known is taken on as it is: the order itself knows best what
   * it is. Its end may free the step that waited for it; any fill may expose.
   */
  settle({ filledBase, ...order }: OrderSettled): void {
    const { intentId, asset, status, leg } = order;
    this.quietLooks = 0;
    if (standsBy(leg) && REFUSED.includes(status)) this.waits.stopRefused();
    else if (standsBy(leg) && status === 'SUBMITTED') this.waits.allIsWell();
    if (leg === 'target') {
      this.know(asset, exitsAfterFill(this.stopPx[asset], order, sizeBase(filledBase)));
    }
    if (!isTerminal(status)) {
      this.orders[intentId] = order;
    } else {
      delete this.orders[intentId];
      this.rememberEnd(intentId, status);
      const waiting = this.deferred.filter((step) => step.after === intentId);
      this.deferred = this.deferred.filter((step) => step.after !== intentId);
      if (status === 'FILLED') this.ready.push(...waiting);
    }
    const matters = filledBase !== '0' || isTerminal(status) || standsBy(leg);
    if (matters && !this.exposed.includes(asset)) this.exposed.push(asset);
  }

  private get isSettled(): boolean {
    const waiting = [this.closed, this.exposed, this.deferred, this.ready];
    return (
      !this.turning &&
      !this.waits.hasNews &&
      waiting.every((queue) => queue.length === 0) &&
      this.openOrders.every(({ leg, status }) => standsBy(leg) && status === 'SUBMITTED')
    );
  }

  private rememberEnd(intentId: string, status: string): void {
    this.ended.set(intentId, status);
    const [oldest] = this.ended.keys();
    if (this.ended.size > ENDS_REMEMBERED && oldest !== undefined) this.ended.delete(oldest);
  }

  view(): SessionView {
    const { name, account, startedMs, config } = this.input;
    return {
      name,
      account,
      status: this.status,
      config,
      startedMs,
      lastBarOpenTimeMs: Math.max(0, ...Object.values(this.lastBars)),
      bars: this.bars,
      ordersStarted: this.ordersStarted,
      protections: this.protections,
      openOrders: Object.keys(this.orders),
      settled: this.isSettled,
      lastDecisions: Object.entries(this.lastDecisions).map(([asset, summary]) => ({
        asset,
        summary,
      })),
      ...(this.trouble === undefined ? {} : { trouble: this.trouble }),
    };
  }

  carry(): SessionCarried {
    return {
      status: this.status,
      lastBars: this.lastBars,
      bars: this.bars,
      ordersStarted: this.ordersStarted,
      protections: this.protections,
      orders: this.orders,
      stopPx: this.stopPx,
      lastDecisions: this.lastDecisions,
      ...(this.dayStart === undefined ? {} : { dayStart: this.dayStart }),
      ...(this.trouble === undefined ? {} : { trouble: this.trouble }),
    };
  }

  get workflowId(): string {
    return workflowInfo().workflowId;
  }
}
