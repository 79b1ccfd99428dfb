/**
 * The account workflow's contract. One per account: it owns the user stream, reconciles venue,
 * ledger and workflows, and reports what is foreign. It never adopts an order that is not ours.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ReconciliationStatement } from '../../activities/interfaces/account.ts';
import type {
  RestingCancelled,
  RestingChoice,
} from '../../activities/interfaces/cancel-resting.ts';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';

export type { Difference, ReconciliationStatement } from '../../activities/interfaces/account.ts';
export type {
  RestingCancelled,
  RestingChoice,
} from '../../activities/interfaces/cancel-resting.ts';

export const ACCOUNT_WORKFLOW = 'account';

export interface AccountInput {
  readonly account: AccountAddress;
  readonly network: Network;
  readonly reconcileEveryMs: number;
  readonly equitySampleMs: number;
  readonly carried?: AccountCarried;
}

export interface AccountCarried {
  readonly last?: ReconciliationStatement;
  readonly streamConnections: number;
}

/** A fact: the user stream (re)connected, so a gap may have been missed. */
export const streamConnectedSignal = defineSignal('streamConnected');

/** Reconciles now and answers with the statement. */
export const reconcileUpdate = defineUpdate<ReconciliationStatement>('reconcile');

export interface AccountView {
  readonly account: AccountAddress;
  readonly streamConnections: number;
  readonly last?: ReconciliationStatement;
}

export const accountStateQuery = defineQuery<AccountView>('state');

/** A fact: the account is no longer wanted; the stream ends and the workflow completes. */
export const accountClosedSignal = defineSignal('accountClosed');

export interface HaltRequest {
  readonly reason?: string;
  /** Also cancel the entries that rest on the venue. */
  readonly cancelEntries?: boolean;
}

/**
 * A fact: somebody wants entries halted, e.g. by `temporal workflow signal --name halt`. It only
 * reduces risk, so anybody may send it; the command line alone lifts the halt.
 */
export const haltSignal = defineSignal<[HaltRequest?]>('halt');

/**
 * Takes our resting orders out of the market together, or those of an asset or a session; a parent's
 * legs stay. Their workflows hear of it as of any fact, and are asked for their ends by whoever wants
 * them. Fails when the venue or the ledger could not be asked.
 */
export const cancelRestingUpdate = defineUpdate<RestingCancelled, [RestingChoice]>('cancelResting');
