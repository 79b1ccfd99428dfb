/**
 * What the ledger must provide: the authority on intents and envelopes (written before the wire),
 * and the projection of orders, fills, funding, equity and decisions. Implemented by
 * `gateways/ledger`. Every write is idempotent: doing it twice changes nothing.
 */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { LegNews } from '../../domain/execution/parents/leg-news.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { AccountAddress, Cloid, IntentId } from '../../domain/kernel/ids.ts';
import type { ExposureClaim } from '../../domain/risk/reservation.ts';
import type { Envelope } from './envelope.ts';
import type { FundingPayment, VenueAccount, VenueFill } from './venue.ts';

export interface EnvelopeDraft extends Omit<Envelope, 'nonce' | 'sends'> {
  /** Stored as sent once, by whoever goes on to send it in the same breath. */
  readonly countsAsSent?: boolean;
  /** The venue's clock now: the nonce is max(last + 1, this), allocated by the ledger itself. */
  readonly nowMs: number;
  readonly intent: OrderIntent;
  /** What it may add to a position; absent when it can only reduce, or is never sent. */
  readonly claim?: ExposureClaim;
}

/** One step of an order's story, for `perpetua why`. */
export interface OrderStep {
  readonly atMs: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface DecisionRecord {
  readonly decisionId: string;
  readonly account: AccountAddress;
  readonly session: string;
  readonly asset: string;
  readonly barOpenTimeMs: number;
  readonly inputsHash: string;
  readonly decidedMs: number;
  /** The bar plan: signal, sizing, risk answer and planned steps, as plain JSON. */
  readonly plan: Readonly<Record<string, unknown>>;
}

export interface SessionRow {
  readonly account: AccountAddress;
  readonly name: string;
  readonly workflowId: string;
  readonly status: 'running' | 'paused' | 'draining' | 'stopping' | 'stopped';
  readonly config: Readonly<Record<string, unknown>>;
  readonly updatedMs: number;
}

export interface OpenOrderRow {
  readonly intent: OrderIntent;
  readonly workflowId: string;
  readonly cloid?: Cloid;
  readonly status: string;
}

/** A parent order as it was recorded last; its legs name it in their intents. */
export interface ParentRow {
  readonly view: ParentView;
  readonly workflowId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface LedgerPort {
  /**
   * Stores the envelope unless one exists for its cloid, allocating the nonce in the same
   * statement, and returns the stored one. `inserted` is false when it was there before.
   *
   * A claim is reserved with it, until the order's end is recorded or the intent's next epoch is
   * stored: what was executed and recorded of it counts as position instead. Of writers on one account
   * one at a time is judged, so that none is judged without the others.
   * @throws OverLimit when nothing was stored before and the claim does not fit; SessionOver when it
   * would open a position for a session that is recorded as stopping or stopped. Nothing is stored then
   */
  prepareEnvelope(draft: EnvelopeDraft): Promise<{ envelope: Envelope; inserted: boolean }>;
  /** Counts one more send and returns the envelope; undefined when there is none. */
  noteSend(cloid: Cloid): Promise<Envelope | undefined>;
  envelope(cloid: Cloid): Promise<Envelope | undefined>;
  /** A nonce of this signer that no other call ever gets: max(last + 1, nowMs). */
  nextNonce(signer: AccountAddress, nowMs: number): Promise<number>;
  /** The workflow that owns each cloid we know. */
  workflowsOf(cloids: readonly Cloid[]): Promise<ReadonlyMap<Cloid, string>>;

  /** Projects the order; an older `version` never overwrites a newer one. */
  recordOrder(
    view: OrderView,
    workflowId: string,
    version: number,
    steps: readonly OrderStep[],
    atMs: number,
  ): Promise<void>;
  /** The order as it was recorded last, when it has ended. */
  endedOrder(account: AccountAddress, intentId: IntentId): Promise<OrderView | undefined>;
  /** Orders that are not terminal in the projection. */
  openOrders(account: AccountAddress): Promise<readonly OpenOrderRow[]>;

  /** Projects the parent; an older `version` never overwrites a newer one. */
  recordParent(view: ParentView, workflowId: string, version: number, atMs: number): Promise<void>;
  parent(account: AccountAddress, intentId: IntentId): Promise<ParentRow | undefined>;
  /** Parents that have not ended in the projection. */
  openParents(account: AccountAddress): Promise<readonly ParentRow[]>;
  /**
   * Recorded legs of a parent, in the order in which they were started.
   * @param named when given: only the open ones, and these
   */
  legsOf(
    account: AccountAddress,
    parent: IntentId,
    named?: readonly IntentId[],
  ): Promise<readonly LegNews[]>;

  /** Inserts fills by (account, asset, time, tid); returns how many were new. */
  recordFills(account: AccountAddress, fills: readonly VenueFill[]): Promise<number>;
  fillsOf(account: AccountAddress, sinceMs: number): Promise<readonly VenueFill[]>;
  /** Sum of all recorded fills by asset, signed. */
  netFills(account: AccountAddress): Promise<ReadonlyMap<string, string>>;
  recordFunding(account: AccountAddress, payments: readonly FundingPayment[]): Promise<number>;
  /** Stores an equity sample and replaces the positions of the account. */
  recordAccount(account: AccountAddress, state: VenueAccount): Promise<void>;
  /** The equity at or right after the moment, or undefined without a sample. */
  equityAt(account: AccountAddress, atMs: number): Promise<string | undefined>;

  /** Stores decisions unless they exist and returns the stored ones, in the order given. */
  recordDecisions(records: readonly DecisionRecord[]): Promise<readonly DecisionRecord[]>;
  decision(decisionId: string): Promise<DecisionRecord | undefined>;
  recordSession(row: SessionRow): Promise<void>;
  recordReconciliation(
    account: AccountAddress,
    atMs: number,
    statement: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** A durable progress mark, e.g. how far fills were read; it never moves back. */
  watermark(account: AccountAddress, kind: string): Promise<number | undefined>;
  advanceWatermark(account: AccountAddress, kind: string, toMs: number): Promise<void>;
}
