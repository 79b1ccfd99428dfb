/** What the order workflow may ask of the world. Types over domain, nothing else. */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Resumption } from '../../domain/execution/order-epochs.ts';
import type { Denial, FillFact, VenueStatusFact } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { Arrival } from '../../domain/execution/quality/arrival.ts';
import type { SizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid } from '../../domain/kernel/ids.ts';
import type { OrderStep } from '../ports/ledger.ts';
import type { CancelOutcome, SendOutcome } from '../ports/venue.ts';

/** Why there is no envelope. */
export type NotPrepared =
  /** Withdrawn, now or by an earlier run, and no envelope is stored: nothing was sent. */
  { readonly kind: 'unsent' } | { readonly kind: 'denied'; readonly denial: Denial };

export interface Prepared {
  readonly kind: 'prepared';
  readonly cloid: Cloid;
  readonly nonce: number;
  readonly expiresAfterMs: number;
  /** What the market looked like when the envelope was drawn up; absent in older histories. */
  readonly arrival?: Arrival;
  /** False when an earlier attempt or run had stored the envelope: it may have been sent. */
  readonly fresh: boolean;
  /** The ledger has newer epochs: the order goes on from the newest one, not from this. */
  readonly standing?: Resumption;
  /** The ledger has the order's end: whoever started it once more finds out what it was, no more. */
  readonly ended?: true;
}

/**
 * An envelope that was sent at once, now or by a run whose order was refused for good: `submit` says
 * what came of it, `fault` why that is unknown.
 */
export type PlaceResult =
  | NotPrepared
  | (Prepared & { readonly submit?: SubmitResult; readonly fault?: string });

export interface PrepareRequest {
  readonly withdrawn?: boolean;
  readonly intent: OrderIntent;
  readonly epoch: number;
  readonly workflowId: string;
}

export interface SubmitResult {
  readonly outcome: SendOutcome;
  /** What the user stream said of the order meanwhile. */
  readonly heard: {
    readonly statuses: readonly VenueStatusFact[];
    readonly fills: readonly FillFact[];
  };
  /** How often the envelope may have left us, this time included. */
  readonly sends: number;
  readonly sentMs: number;
  /** From sending to the reply, or to giving up on it, by our own clock; absent in older histories. */
  readonly ackMs?: number;
}

export interface LookUpRequest {
  readonly account: AccountAddress;
  readonly cloid: Cloid;
  readonly sizeBase: SizeBase;
  /** Executions are only fetched when the venue counts more than this. */
  readonly knownFilledBase: SizeBase;
  readonly sinceMs: number;
}

export interface LookUpResult {
  readonly status?: VenueStatusFact;
  readonly fills: readonly FillFact[];
  /** Not in the status look-up, nor among the open orders, nor among the fills. */
  readonly absentEverywhere: boolean;
  /** Whether the open orders show it; read, and present, only when the status look-up knows nothing. */
  readonly resting?: boolean;
  readonly exchangeTimeMs: number;
}

export interface OrderActivities {
  /**
   * Checks, draws up and stores the envelope. Idempotent: a stored one is returned as it is, also
   * when the order is withdrawn or denied. If none was stored then, none ever will be. Sends nothing.
   */
  prepareOrder(request: PrepareRequest): Promise<PlaceResult>;
  /**
   * Prepares and, when the envelope is fresh and that took no longer than it should, sends it in the
   * same breath. One that was stored before, or late, comes back unsent and not `fresh`.
   */
  placeOrder(request: PrepareRequest): Promise<PlaceResult>;
  /** Why the intent would be denied now, without storing or sending anything. */
  checkOrder(request: { readonly intent: OrderIntent }): Promise<Denial | undefined>;
  /** Sends the stored envelope once more, after counting the send in the ledger. */
  submitOrder(request: { readonly cloid: Cloid }): Promise<SubmitResult>;
  lookUpOrder(request: LookUpRequest): Promise<LookUpResult>;
  burnOrderNonce(request: { readonly cloid: Cloid }): Promise<'burnt' | 'unknown'>;
  cancelOnVenue(request: { readonly asset: string; readonly cloid: Cloid }): Promise<CancelOutcome>;
  /**
   * Makes sure that nobody opens an epoch after this one. When somebody has, nothing is sealed: that
   * is where the order stands.
   */
  sealOrder(request: PrepareRequest): Promise<Resumption | undefined>;
  recordOrder(request: {
    readonly view: OrderView;
    readonly workflowId: string;
    readonly version: number;
    readonly steps: readonly OrderStep[];
    readonly atMs: number;
  }): Promise<void>;
}
