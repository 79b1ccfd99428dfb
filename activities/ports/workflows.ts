/** What activities ask of Temporal: start orders, and tell workflows what was heard. */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Resumption } from '../../domain/execution/order-epochs.ts';
import type { FillFact, VenueStatusFact } from '../../domain/execution/order-facts.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';

export interface VenueFacts {
  /** Of which of the order's epochs they tell. */
  readonly cloid?: Cloid;
  readonly statuses: readonly VenueStatusFact[];
  readonly fills: readonly FillFact[];
}

/** What recovery asks of Temporal about parents; see `ReconcilePorts`. */
export interface ParentsPort {
  /** Starts the parent's workflow again, after an earlier run was lost: it adopts its legs. */
  revive(intent: ParentIntent): Promise<void>;
}

export interface WorkflowsPort {
  /**
   * Starts the intent's order workflow, eagerly where possible. Idempotent by workflow id.
   * @param revive start again when an earlier run was closed: the new run adopts what it finds
   * @param resume with `revive`: the new run goes on from here instead of from the intent's start
   * @returns the workflow id
   */
  startOrder(
    intent: OrderIntent,
    options?: { readonly revive?: boolean; readonly resume?: Resumption },
  ): Promise<string>;
  /** Tells an order what the venue said. A closed order is no error: `false`. */
  tellOrder(workflowId: string, facts: VenueFacts): Promise<boolean>;
  /** Asks an order to cancel. A closed order is no error: `false`. */
  cancelOrder(workflowId: string, reason: string): Promise<boolean>;
  tellSession(
    workflowId: string,
    bars: { readonly barOpenTimeMs: number; readonly assets: readonly string[] },
  ): Promise<boolean>;
  tellAccount(workflowId: string, event: 'streamConnected'): Promise<boolean>;
  /** Which of the workflows are running now. */
  running(workflowIds: readonly string[]): Promise<ReadonlySet<string>>;
}
