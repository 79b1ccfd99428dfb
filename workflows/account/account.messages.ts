/**
 * The account workflow's contract. One per account: it owns the user stream, reconciles venue,
 * ledger and workflows, and reports what is foreign. It never adopts an order that is not ours.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';

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

/** One difference between venue, ledger and workflows, with what was done about it. */
export interface Difference {
  readonly kind:
    | 'foreignOrder'
    | 'orphanOrder'
    | 'workflowMissing'
    | 'fillMissing'
    | 'positionMismatch'
    | 'unprotectedPosition';
  readonly subject: string;
  readonly venue?: string;
  readonly ledger?: string;
  readonly action: 'reported' | 'revived' | 'cancelled' | 'recorded';
}

/** The three-way comparison: venue, ledger, workflows. `ok` when nothing differs after mending. */
export interface ReconciliationStatement {
  readonly account: AccountAddress;
  readonly atMs: number;
  readonly trigger: string;
  readonly ok: boolean;
  readonly equityUsd: string;
  readonly openOrders: {
    readonly venue: number;
    readonly ledger: number;
    readonly workflows: number;
  };
  readonly fills: { readonly checked: number; readonly added: number };
  readonly positions: readonly {
    readonly asset: string;
    readonly venueBase: string;
    readonly ledgerBase: string;
  }[];
  readonly differences: readonly Difference[];
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
