/** What activities ask of Temporal: start orders, and tell workflows what was heard. */
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { FillFact, VenueStatusFact } from '../../domain/execution/order-facts.ts';

export interface VenueFacts {
  readonly statuses: readonly VenueStatusFact[];
  readonly fills: readonly FillFact[];
}

export interface WorkflowsPort {
  /**
   * Starts the intent's order workflow, eagerly where possible. Idempotent by workflow id.
   * @param revive start again when an earlier run was closed: the new run adopts what it finds
   * @returns the workflow id
   */
  startOrder(intent: OrderIntent, options?: { readonly revive?: boolean }): Promise<string>;
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
