/** What the trading session may ask of the world. Types over domain, nothing else. */
import type { DecidedExits, HeldExits } from '../../domain/execution/exits.ts';
import type { OrderLeg } from '../../domain/execution/intent.ts';
import type { SizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';
import type { Side } from '../../domain/market/side.ts';

/** Who asks: the same for every request of one session. */
export interface SessionIdentity {
  readonly account: AccountAddress;
  readonly network: Network;
  readonly name: string;
  readonly startedMs: number;
}

export interface SessionRules {
  readonly strategy: string;
  /** Where the strategy is, when it is no registered one: see `ports/strategies.ts`. */
  readonly strategyFile?: { readonly path: string; readonly sha256: string };
  readonly assets: readonly string[];
  readonly interval: string;
  readonly genes: Readonly<Record<string, unknown>>;
  readonly sizing: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, unknown>>;
}

export interface StartedOrder {
  readonly intentId: string;
  readonly asset: string;
  readonly leg: OrderLeg;
  readonly side: Side;
  readonly sizeBase: SizeBase;
}

/** A step that waits for the one before it: it starts when `after` has filled. */
export interface DeferredOrder {
  readonly after: string;
  readonly decisionId: string;
  readonly step: number;
  readonly asset: string;
}

export interface DecideRequest {
  readonly session: SessionIdentity;
  readonly rules: SessionRules;
  readonly barOpenTimeMs: number;
  readonly assets: readonly string[];
  /** Those of them whose next bar has closed too: nothing is decided on the older one. */
  readonly superseded?: readonly string[];
  /** Why no position may be opened now, if so. Exits are never held back. */
  readonly entriesHalted?: string;
  readonly dayStart?: { readonly day: number; readonly equityUsd: string };
  /** Assets with an entry on its way. */
  readonly pendingEntries: readonly string[];
  /** The look at the positions that goes with the bar: it costs no other reading of the account. */
  readonly look?: PositionsLook;
}

export interface DecideResult {
  readonly dayStart: { readonly day: number; readonly equityUsd: string };
  readonly started: readonly StartedOrder[];
  readonly deferred: readonly DeferredOrder[];
  /** Where the stop of each newly opened position belongs, with its targets, if it has any. */
  readonly stopPx: Readonly<Record<string, DecidedExits>>;
  readonly summaries: Readonly<Record<string, string>>;
  /** What came of the look, which saw the positions as they were before the decisions. Absent: it failed. */
  readonly looked?: ProtectResult;
}

/** What a look at the protection of positions goes by. */
export interface PositionsLook {
  readonly assets: readonly string[];
  readonly stopPx: Readonly<Record<string, DecidedExits>>;
  /** The session's stops and targets that have not ended, oldest first. */
  readonly orders: readonly (StartedOrder & { readonly resting: boolean })[];
  /** First number of the stops and targets that may be started: part of their identity. */
  readonly nextNumber: number;
}

export interface ProtectRequest extends PositionsLook {
  readonly session: SessionIdentity;
  readonly strategy: string;
}

export interface ProtectResult {
  readonly started: readonly StartedOrder[];
  /** Assets that have a position. */
  readonly open: readonly string[];
  /** What was seen of positions with targets. */
  readonly exits?: Readonly<Record<string, HeldExits>>;
}

export interface SessionActivities {
  /** Heartbeats; tells the session of closed bars until it is cancelled. */
  watchBars(request: {
    readonly sessionWorkflowId: string;
    readonly assets: readonly string[];
    readonly interval: string;
  }): Promise<void>;
  /** One round of decisions, recorded before their orders start. Doing it twice changes nothing. */
  decideBars(request: DecideRequest): Promise<DecideResult>;
  /** Starts a step whose predecessor has filled, unless no position may be opened now. */
  startDeferred(request: {
    readonly session: SessionIdentity;
    readonly deferred: DeferredOrder;
    /** Why no position may be opened now, if so. */
    readonly entriesHalted?: string;
  }): Promise<StartedOrder | undefined>;
  protectPositions(request: ProtectRequest): Promise<ProtectResult>;
  /** Starts a reduce-only market order for every open position; returns those started. */
  closePositions(request: {
    readonly session: SessionIdentity;
    readonly strategy: string;
    readonly assets: readonly string[];
    readonly attempt: number;
  }): Promise<readonly StartedOrder[]>;
  /** The session's orders that may be on the venue or on their way there, whoever started them. */
  openOrders(request: { readonly session: SessionIdentity }): Promise<readonly StartedOrder[]>;
  cancelOrders(request: {
    readonly account: AccountAddress;
    readonly intentIds: readonly string[];
    readonly reason: string;
  }): Promise<void>;
  recordSession(request: {
    readonly session: SessionIdentity;
    readonly rules: SessionRules;
    readonly workflowId: string;
    readonly status: 'running' | 'paused' | 'draining' | 'stopping' | 'stopped';
    readonly atMs: number;
  }): Promise<void>;
}
