/**
 * What the judge is shown after a run, from three sources that know nothing of each other: the
 * venue's own log and answers, the ledger, and Temporal. Plain data; it judges nothing.
 */
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';

/** One order action that reached the venue, refused or not, from the venue's journal. */
export interface SentOrder {
  /** Its number in the venue's journal: the venue's clock may step, this only grows. */
  readonly seq: number;
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
  /** 0 for the order as placed, then one more for each time it was amended. */
  readonly epoch: number;
  readonly nonce: number;
  readonly expiresAfterMs: number;
  readonly action: string;
  readonly sends: number;
}

export interface RecordedOrder {
  readonly intentId: string;
  readonly workflowId: string;
  readonly session: string | undefined;
  readonly parent: string | undefined;
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
  /** How each parent stands, by the ledger. */
  readonly parents: readonly { readonly intentId: string; readonly status: string }[];
  readonly steps: readonly RecordedStep[];
  readonly fills: readonly Execution[];
  /** When each bar was decided, ascending. */
  readonly decidedMs: readonly number[];
  /** Oids that a reconciliation has reported as foreign. */
  readonly foreignReported: readonly string[];
}

export interface WorkflowFact {
  readonly workflowId: string;
  readonly startedMs: number;
  /** How each of its runs ended, oldest first; RUNNING when it has not. */
  readonly runs: readonly string[];
  /** When the last of its runs was closed; undefined while one is open. */
  readonly closedMs: number | undefined;
  /** Causes of failed workflow tasks that name a fault of the workflow's code. */
  readonly codeFaults: readonly string[];
}

export interface OrderWorkflowFact extends WorkflowFact {
  readonly intentId: string;
  /** Of the last run that completed. */
  readonly result: OrderView | undefined;
  /** Of all runs that completed, oldest first. */
  readonly ends: readonly OrderView[];
  /** The pid of the process that completed its first task. */
  readonly firstPid: number | undefined;
}

export interface ParentWorkflowFact extends WorkflowFact {
  readonly intentId: string;
  readonly result: ParentView | undefined;
}

export interface WorkflowFacts {
  readonly orders: readonly OrderWorkflowFact[];
  readonly parents: readonly ParentWorkflowFact[];
  readonly session: WorkflowFact;
  readonly account: WorkflowFact;
}

export interface Kill {
  readonly target: string;
  readonly atMs: number;
  /** Aimed right behind the start of an order. */
  readonly aimed: boolean;
  /** Of the process that took its place. */
  readonly pid?: number;
}

/** A fault that was carried out. */
export interface DoneFault {
  readonly kind: string;
  readonly target: string;
  readonly atMs: number;
  readonly untilMs: number;
}

/** What an operator did to a workflow. */
export interface Intervention {
  readonly what: string;
  readonly workflowId: string;
  readonly atMs: number;
}

/** An order that was placed past us; without an oid when the venue never confirmed it. */
export interface Foreign {
  readonly cloid: string;
  readonly nonce: number;
  oid?: number;
  /** Whether it still rested at the end, before it was taken back. */
  wasOpen?: boolean;
}

export interface RunFacts {
  readonly account: string;
  readonly venue: VenueFacts;
  readonly ledger: LedgerFacts;
  readonly workflows: WorkflowFacts;
  readonly kills: readonly Kill[];
  readonly faults: readonly DoneFault[];
  readonly interventions: readonly Intervention[];
  readonly foreign: readonly Foreign[];
  /** Intent keys that a client was told of or asked for, orders' and parents'. */
  readonly asked: readonly string[];
  /** When the last fault was over. */
  readonly lastFaultMs: number;
  /** When the session answered that it has stopped, and how far the venue's journal was by then. */
  readonly sessionStoppedMs: number;
  readonly sessionStoppedSeq: number;
}
