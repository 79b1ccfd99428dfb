/**
 * What the judge is shown after a run, from three sources that know nothing of each other: the
 * venue's own log and answers, the ledger, and Temporal. Plain data; it judges nothing.
 */
import type { OrderView } from '../../domain/execution/order-view.ts';

/** One order action that reached the venue, refused or not, from the venue's journal. */
export interface SentOrder {
  readonly cloid: string;
  readonly nonce: number;
  readonly expiresAfterMs: number;
  /** The action as canonical JSON. */
  readonly action: string;
  readonly atMs: number;
}

/** One change of status of a venue order. */
export interface StatusChange {
  readonly oid: number;
  readonly cloid: string | undefined;
  readonly coin: string;
  /** The venue's own word. */
  readonly status: string;
  readonly atMs: number;
  /** Size of a reduce-only stop that the status makes rest; 0 for every other order. */
  readonly stopSize: string;
  readonly side: 'buy' | 'sell';
}

/** One execution; every source tells it in the same words. */
export interface Execution {
  readonly tid: number;
  readonly oid: number;
  readonly cloid: string | undefined;
  readonly coin: string;
  readonly side: 'buy' | 'sell';
  readonly sizeBase: string;
  readonly px: string;
  readonly timeMs: number;
}

export interface VenueFacts {
  readonly sent: readonly SentOrder[];
  /** Oldest first. */
  readonly changes: readonly StatusChange[];
  readonly fills: readonly Execution[];
  /** Signed sizes of what is held now. */
  readonly positions: Readonly<Record<string, string>>;
  readonly openCloids: readonly (string | undefined)[];
  /** Whether the venue has forgotten the beginning, or its log has a gap. */
  readonly isComplete: boolean;
}

export interface StoredEnvelope {
  readonly cloid: string;
  readonly intentId: string;
  readonly nonce: number;
  readonly expiresAfterMs: number;
  readonly action: string;
  readonly sends: number;
}

export interface RecordedOrder {
  readonly intentId: string;
  readonly workflowId: string;
  readonly session: string | undefined;
  readonly status: string;
  readonly filledBase: string;
  readonly cloid: string | undefined;
}

/** One line of an order's story. */
export interface RecordedStep {
  readonly intentId: string;
  readonly atMs: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface LedgerFacts {
  readonly envelopes: readonly StoredEnvelope[];
  readonly orders: readonly RecordedOrder[];
  readonly steps: readonly RecordedStep[];
  readonly fills: readonly Execution[];
  /** When each bar was decided, ascending. */
  readonly decidedMs: readonly number[];
}

export interface WorkflowFact {
  readonly workflowId: string;
  readonly startedMs: number;
  /** How each of its runs ended, oldest first; RUNNING when it has not. */
  readonly runs: readonly string[];
  /** Causes of failed workflow tasks that name a fault of the workflow's code. */
  readonly codeFaults: readonly string[];
}

export interface OrderWorkflowFact extends WorkflowFact {
  readonly intentId: string;
  readonly result: OrderView | undefined;
}

export interface WorkflowFacts {
  readonly orders: readonly OrderWorkflowFact[];
  readonly session: WorkflowFact;
}

export interface Kill {
  readonly target: string;
  readonly atMs: number;
  /** Aimed right behind the start of an order. */
  readonly aimed: boolean;
}

export interface RunFacts {
  readonly account: string;
  readonly venue: VenueFacts;
  readonly ledger: LedgerFacts;
  readonly workflows: WorkflowFacts;
  readonly kills: readonly Kill[];
  /** Intent keys that a client was told of or asked for. */
  readonly asked: readonly string[];
  /** When the session answered that it has stopped. */
  readonly sessionStoppedMs: number;
}
