/**
 * What the commands need of the world, as interfaces: streams, a clock, the workflows, the ledger and
 * child processes. `real-world.ts` connects them; tests hand in their own.
 */
import type { Config } from '../../config/schema.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';
import type {
  AccountInput,
  ReconciliationStatement,
  RestingCancelled,
  RestingChoice,
} from '../../workflows/account/account.messages.ts';
import type {
  SessionInput,
  SessionView,
  StopPolicy,
} from '../../workflows/trading-session/trading-session.messages.ts';

export interface Sink {
  write(text: string): unknown;
  readonly isTerminal: boolean;
}

/** Whose orders are meant. */
export interface Target {
  readonly network: Network;
  readonly account: AccountAddress;
}

/** What a cancel came to. `alreadyEnded` has the order's last state. */
export type CancelAnswer<View = OrderView> =
  | { readonly kind: 'cancelled' | 'alreadyEnded'; readonly view: View }
  | { readonly kind: 'stillOpen' }
  | { readonly kind: 'unknown' };

/** What an amendment came to. */
export type AmendAnswer =
  | { readonly kind: 'amended'; readonly view: OrderView }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'stillOpen' };

export type SessionChange =
  | { readonly kind: 'pause' | 'resume' | 'drain' }
  | { readonly kind: 'stop'; readonly positions: StopPolicy };

/**
 * The workflows. Methods throw CliFailure when Temporal cannot be reached or nobody works; a
 * workflow that does not exist is `undefined`.
 */
export interface Workflows {
  /** Starts the intent's workflow unless it exists; answers once its first send has an outcome. */
  submitOrder(intent: OrderIntent, timeoutMs: number): Promise<OrderView>;
  /** The order's end, or undefined when it is still open after the time. */
  orderEnd(workflowId: string, timeoutMs: number): Promise<OrderView | undefined>;
  orderState(workflowId: string): Promise<OrderView | undefined>;
  cancelOrder(workflowId: string, reason: string, timeoutMs: number): Promise<CancelAnswer>;
  /** Changes an open order; answers when the change is on the venue, or why it is not. */
  amendOrder(workflowId: string, change: Amendment, timeoutMs: number): Promise<AmendAnswer>;
  /** Starts the parent order unless it exists; answers once its first legs were started. */
  submitParent(intent: ParentIntent, timeoutMs: number): Promise<ParentView>;
  /** The parent's end, or undefined when it is still open after the time. */
  parentEnd(workflowId: string, timeoutMs: number): Promise<ParentView | undefined>;
  parentState(workflowId: string): Promise<ParentView | undefined>;
  cancelParent(
    workflowId: string,
    reason: string,
    timeoutMs: number,
  ): Promise<CancelAnswer<ParentView>>;
  /** Asks an order or a parent without waiting; false when no such one is running. */
  requestCancel(workflowId: string, reason: string): Promise<boolean>;
  /**
   * Takes resting orders out of the market together; undefined when the account's workflow does not run.
   * Each still has to be asked for its end.
   */
  cancelResting(
    workflowId: string,
    choice: RestingChoice,
    timeoutMs: number,
  ): Promise<RestingCancelled | undefined>;
  /** False when a session of this name is running already. */
  startSession(input: SessionInput): Promise<boolean>;
  /** Starts the account's workflow unless it is running. */
  ensureAccount(input: AccountInput): Promise<void>;
  sessionState(workflowId: string): Promise<SessionView | undefined>;
  changeSession(
    workflowId: string,
    change: SessionChange,
    timeoutMs: number,
  ): Promise<SessionView | undefined>;
  reconcile(workflowId: string, timeoutMs: number): Promise<ReconciliationStatement>;
}

export interface World {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  nowMs(): number;
  /** Lower-case hex digits nobody can guess. */
  randomHex(bytes: number): string;
  /** The settings that commands take their defaults from. @throws ConfigError */
  settings(): Promise<Config>;
  /** @throws CliFailure (unreachable) when no account is known */
  target(): Promise<Target>;
  workflows(): Promise<Workflows>;
  ledger(): Promise<LedgerReader>;
  /** Runs one of our process files with our streams; answers its exit code. */
  runProcess(file: string, args: readonly string[]): Promise<number>;
}
