/**
 * The order workflow's contract: its id, input, result and messages. Safe to import anywhere.
 * One order from intent to its end; the id is the business key, so a second start finds the first.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import type { FillFact, OrderFacts, VenueStatusFact } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';

export const ORDER_WORKFLOW = 'order';
const EDITION = 3;

/** What an order is started with. */
export const newOrder = (intent: OrderIntent): OrderInput => ({ intent, edition: EDITION });

export interface OrderInput {
  readonly intent: OrderIntent;
  /**
   * The order of events that the run follows. Absent: preparing and sending are two activities, as in
   * histories from before they became one. 2: they are one. 3: what the run hears is taken in where it
   * waits (decision 14), and every earlier change is followed without a mark in the history.
   */
  readonly edition?: 2 | typeof EDITION;
  /** Present after continue-as-new only. */
  readonly carried?: OrderCarried;
}

/** What a run hands to the next: plain JSON, nothing derived. */
export interface OrderCarried {
  readonly facts: OrderFacts;
  readonly version: number;
  readonly cancelRequested?: string;
  readonly expiresAfterMs: number;
  /** When the first run started: executions are looked for from then on. */
  readonly startedMs: number;
  /** The intent as placed, of an order that was amended. */
  readonly placedAs?: OrderIntent;
  /** Facts of earlier epochs of an order that was amended. */
  readonly past?: readonly OrderFacts[];
  /** When the present epoch came to rest, for the partial-fill policy. */
  readonly restingSinceMs?: number;
  /** An earlier run has told the order's end. */
  readonly wasTold?: true;
}

export interface VenueFactsMessage {
  /** Of which epoch they tell; absent in histories from before that was told. */
  readonly cloid?: Cloid;
  readonly statuses: readonly VenueStatusFact[];
  readonly fills: readonly FillFact[];
}

export interface CancelRequest {
  readonly reason?: string;
}

/** A fact: somebody wants the order gone. Also what `temporal workflow signal --name cancel` sends. */
export const cancelSignal = defineSignal<[CancelRequest?]>('cancel');

/** A fact: what the venue said of the order, from whichever source heard it first. */
export const venueFactsSignal = defineSignal<[VenueFactsMessage]>('venueFacts');

/** Requests the cancel and answers when the order has ended; refused when it already has. */
export const cancelUpdate = defineUpdate<OrderView, [CancelRequest]>('cancelOrder');

/**
 * Changes price, trigger or size: cancels, waits for the proof, and places what is left anew.
 * Answers when the change is on the venue, or with the order as it ended before it could be changed.
 */
export const amendUpdate = defineUpdate<OrderView, [Amendment]>('amend');

/** Answers once the order was denied, or its first send has an outcome (which may be doubt). */
export const submittedUpdate = defineUpdate<OrderView>('submitted');

/** The order now. */
export const orderStateQuery = defineQuery<OrderView>('state');
