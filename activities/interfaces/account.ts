/** What the account workflow may ask of the world. Types over domain, nothing else. */
import type { AccountAddress } from '../../domain/kernel/ids.ts';

/** One difference between venue, ledger and workflows, with what was done about it. */
export interface Difference {
  readonly kind:
    | 'foreignOrder'
    | 'orphanOrder'
    | 'workflowMissing'
    | 'positionMismatch'
    | 'unprotectedPosition';
  /** The order's cloid or oid, or the asset. */
  readonly subject: string;
  readonly detail: string;
  readonly action: 'reported' | 'revived' | 'cancelled';
}

/** The three-way comparison: venue, ledger, workflows. `ok` when nothing is left to report. */
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

export interface AccountActivities {
  /** Heartbeats; records fills and equity, and tells orders what the venue says, until cancelled. */
  streamAccount(request: {
    readonly account: AccountAddress;
    readonly workflowId: string;
    readonly equitySampleMs: number;
  }): Promise<void>;
  /** Compares venue, ledger and workflows, and mends what can be mended without guessing. */
  reconcileAccount(request: {
    readonly account: AccountAddress;
    readonly trigger: string;
  }): Promise<ReconciliationStatement>;
}
