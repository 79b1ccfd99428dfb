/** What the account workflow may ask of the world. Types over domain, nothing else. */
import type { AccountAddress } from '../../domain/kernel/ids.ts';

/** One difference between venue, ledger and workflows, with what was done about it. */
export interface Difference {
  readonly kind:
    | 'foreignOrder'
    | 'foreignTwap'
    | 'orphanTwap'
    | 'orphanOrder'
    | 'orphanLeg'
    | 'workflowMissing'
    | 'parentMissing'
    | 'sessionMissing'
    | 'orderNotOpen'
    | 'positionMismatch'
    | 'unprotectedPosition'
    | 'balanceMismatch'
    | 'watermarkAhead';
  /** The order's cloid, oid or intent, the TWAP's id, the session, the asset, or the mark. */
  readonly subject: string;
  readonly detail: string;
  readonly action: 'reported' | 'revived' | 'cancelled' | 'protected';
}

/** Money at the venue, and how much of its change since the statement before the ledger explains. */
export interface BalanceStatement {
  /** Equity less what open positions have gained: changes by fills, funding and transfers only. */
  readonly cashUsd: string;
  /** Realised profit less fees plus funding, over everything in the ledger. */
  readonly flowsUsd: string;
  /** Change of the cash since the statement before, less that of the flows; absent without one. */
  readonly unexplainedUsd?: string;
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
  readonly balance: BalanceStatement;
  /** How far executions and funding were read, by the venue's clock; absent before the first. */
  readonly watermarks: { readonly fillsMs?: number; readonly fundingMs?: number };
  readonly differences: readonly Difference[];
  /** SHA-256 of everything above as canonical JSON: what was signed off. */
  readonly digest: string;
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
