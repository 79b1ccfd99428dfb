/**
 * What a rebuild of the projection works on and reports: records that histories told, the venue's
 * answers, and the differences that were found.
 */
import type { Pool } from 'pg';
import type { LedgerPort, OrderStep, SessionRow } from '../../activities/ports/ledger.ts';
import type { VenuePort } from '../../activities/ports/venue.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';

/** What a workflow told the ledger, as its history has it. */
export interface OrderRecord {
  readonly view: OrderView;
  readonly workflowId: string;
  readonly version: number;
  readonly steps: readonly OrderStep[];
  readonly atMs: number;
}

export interface ParentRecord {
  readonly view: ParentView;
  readonly workflowId: string;
  readonly version: number;
  readonly atMs: number;
}

/** Everything that the histories of one account told. */
export interface ToldRecords {
  readonly orders: readonly OrderRecord[];
  readonly parents: readonly ParentRecord[];
  readonly sessions: readonly SessionRow[];
}

export type VenueReads = Pick<VenuePort, 'account' | 'fillsSince' | 'fundingSince' | 'orderStatus'>;

/** One row that is not what its source says. */
export interface RebuildDifference {
  readonly table:
    | 'orders'
    | 'order_steps'
    | 'parents'
    | 'sessions'
    | 'fills'
    | 'funding'
    | 'positions';
  readonly key: string;
  /** `onlyInLedger` is kept; the others are mended unless it is a dry run. */
  readonly kind: 'missing' | 'differs' | 'onlyInLedger';
}

export interface RebuildReport {
  readonly account: AccountAddress;
  readonly dryRun: boolean;
  readonly compared: Readonly<Record<RebuildDifference['table'], number>>;
  readonly differences: readonly RebuildDifference[];
  /** Orders without a history, put together from their envelopes and the venue. */
  readonly recalled: readonly string[];
}

/** One rebuild under way. `apply` runs a write, or does not when it is a dry run. */
export interface Rebuild {
  readonly pool: Pool;
  readonly ledger: LedgerPort;
  readonly account: AccountAddress;
  readonly differences: RebuildDifference[];
  readonly apply: (write: () => Promise<unknown>) => Promise<void>;
}
