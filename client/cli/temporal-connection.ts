/**
 * The commands' view of Temporal. Every call has a deadline, and what goes wrong becomes a CliFailure
 * that tells an unreachable server, an absent worker and a refusal apart.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  Client,
  Connection,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  type WorkflowClient,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { Endpoints } from '../../config/endpoints.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { Amendment } from '../../domain/execution/order-epochs.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/execution/visibility.ts';
import { accountWorkflowId, orderWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { ACCOUNT_WORKFLOW, reconcileUpdate } from '../../workflows/account/account.messages.ts';
import {
  amendUpdate,
  cancelSignal,
  cancelUpdate,
  newOrder,
  ORDER_WORKFLOW,
  type OrderInput,
  orderStateQuery,
  submittedUpdate,
} from '../../workflows/order/order.messages.ts';
import {
  drainUpdate,
  pauseUpdate,
  resumeUpdate,
  SESSION_WORKFLOW,
  type StopPolicy,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { SessionChange, Workflows } from './world.ts';

export interface OpenWorkflows extends Workflows {
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** For calls that the server answers by itself, and queries, which a worker answers at once. */
const CALL_TIMEOUT_MS = 10_000;

type OrderWorkflow = (input: OrderInput) => Promise<OrderView>;
type StartOptions = WithStartWorkflowOperation<OrderWorkflow>['options'];

/** @throws CliFailure (unreachable) naming the address */
export async function openWorkflows(endpoints: Endpoints): Promise<OpenWorkflows> {
  const address = endpoints.temporalAddress;
  const connection = await Connection.connect({
    address,
    connectTimeout: CONNECT_TIMEOUT_MS,
  }).catch((cause: unknown) => {
    const message = `Temporal ${address}: cannot be reached`;
    throw new CliFailure(EXIT.unreachable, message, { mend: 'perpetua up', cause });
  });
  const client = new Client({ connection, namespace: endpoints.namespace });
  return new TemporalWorkflows(client.workflow, connection, endpoints);
}

const keyword = (name: string, value: string): SearchAttributePair => ({
  key: defineSearchAttributeKey(name, 'KEYWORD'),
  value,
});

function orderAttributes(intent: OrderIntent): SearchAttributePair[] {
  return [
    keyword(SEARCH_ATTRIBUTES.account, intent.account),
    keyword(SEARCH_ATTRIBUTES.asset, intent.asset),
    keyword(SEARCH_ATTRIBUTES.strategy, intent.strategy),
    keyword(SEARCH_ATTRIBUTES.orderStatus, 'PENDING'),
  ];
}

const isDeadline = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error);

/**
 * The server gives an update up when the workflow task that carried it failed or timed out, as under
 * load. It names no status of its own for that; asking again with the same update id is safe.
 */
function isAbandonedUpdate(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isGrpcServiceError(cause) && cause.details.includes('workflow task failure');
}

const ABANDONED_RETRY_MS = 250;

/** Makes one update, and again with the same id while the server gives it up. */
async function untilTaken<Value>(call: (updateId: string) => Promise<Value>): Promise<Value> {
  const updateId = randomUUID();
  for (;;) {
    try {
      return await call(updateId);
    } catch (error) {
      if (!isAbandonedUpdate(error)) throw error;
      await setTimeout(ABANDONED_RETRY_MS);
    }
  }
}

/** What a refused update was refused with, in the workflow's words. */
const refusalText = (error: WorkflowUpdateFailedError): string =>
  error.cause?.message ?? error.message;

class TemporalWorkflows implements OpenWorkflows {
  readonly #client: WorkflowClient;
  readonly #connection: Connection;
  readonly #endpoints: Endpoints;

  constructor(client: WorkflowClient, connection: Connection, endpoints: Endpoints) {
    this.#client = client;
    this.#connection = connection;
    this.#endpoints = endpoints;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async submitOrder(intent: OrderIntent, timeoutMs: number): Promise<OrderView> {
    const workflowId = orderWorkflowId(intent.account, intent.intentId);
    const start: StartOptions = {
      workflowId,
      taskQueue: this.#endpoints.taskQueue,
      args: [newOrder(intent)],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes: orderAttributes(intent),
    };
    try {
      return await this.#update(timeoutMs, (updateId) =>
        this.#client.executeUpdateWithStart(submittedUpdate, {
          updateId,
          startWorkflowOperation: new WithStartWorkflowOperation<OrderWorkflow>(
            ORDER_WORKFLOW,
            start,
          ),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#result(this.#order(workflowId), CALL_TIMEOUT_MS);
    }
  }

  async orderEnd(workflowId: string, timeoutMs: number): Promise<OrderView | undefined> {
    try {
      const handle = this.#order(workflowId);
      return await this.#connection.withDeadline(Date.now() + timeoutMs, () => handle.result());
    } catch (error) {
      if (isDeadline(error)) return undefined;
      throw this.#failureOf(error, workflowId);
    }
  }

  orderState(workflowId: string): Promise<OrderView | undefined> {
    const handle = this.#order(workflowId);
    return this.#ifKnown(async () => {
      const { status } = await this.#within(CALL_TIMEOUT_MS, () => handle.describe());
      if (status.name !== 'RUNNING') return this.#result(handle, CALL_TIMEOUT_MS);
      return this.#within(CALL_TIMEOUT_MS, () => handle.query(orderStateQuery));
    });
  }

  async cancelOrder(
    workflowId: string,
    reason: string,
    timeoutMs: number,
  ): ReturnType<Workflows['cancelOrder']> {
    const handle = this.#order(workflowId);
    try {
      const args: [{ reason: string }] = [{ reason }];
      const view = await this.#connection.withDeadline(Date.now() + timeoutMs, () =>
        untilTaken((updateId) => handle.executeUpdate(cancelUpdate, { args, updateId })),
      );
      return { kind: 'cancelled', view };
    } catch (error) {
      if (isDeadline(error)) return { kind: 'stillOpen' };
      const hasEnded =
        error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError;
      if (!hasEnded) throw this.#failureOf(error, workflowId);
      const view = await this.orderState(workflowId);
      return view === undefined ? { kind: 'unknown' } : { kind: 'alreadyEnded', view };
    }
  }

  async amendOrder(
    workflowId: string,
    change: Amendment,
    timeoutMs: number,
  ): ReturnType<Workflows['amendOrder']> {
    const handle = this.#order(workflowId);
    try {
      const view = await this.#connection.withDeadline(Date.now() + timeoutMs, () =>
        untilTaken((updateId) => handle.executeUpdate(amendUpdate, { args: [change], updateId })),
      );
      return { kind: 'amended', view };
    } catch (error) {
      if (isDeadline(error)) return { kind: 'stillOpen' };
      if (error instanceof WorkflowUpdateFailedError) {
        return { kind: 'refused', reason: refusalText(error) };
      }
      if (error instanceof WorkflowNotFoundError) {
        return { kind: 'refused', reason: 'the order has already ended' };
      }
      throw this.#failureOf(error, workflowId);
    }
  }

  async requestCancel(workflowId: string, reason: string): Promise<boolean> {
    const sent = await this.#ifKnown(async () => {
      const handle = this.#order(workflowId);
      await this.#within(CALL_TIMEOUT_MS, () => handle.signal(cancelSignal, { reason }));
      return true;
    });
    return sent ?? false;
  }

  async startSession(input: Parameters<Workflows['startSession']>[0]): Promise<boolean> {
    try {
      await this.#within(CALL_TIMEOUT_MS, () =>
        this.#client.start(SESSION_WORKFLOW, {
          workflowId: sessionWorkflowId(input.account, input.name),
          taskQueue: this.#endpoints.taskQueue,
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          typedSearchAttributes: [
            keyword(SEARCH_ATTRIBUTES.account, input.account),
            keyword(SEARCH_ATTRIBUTES.strategy, input.config.strategy),
            keyword(SEARCH_ATTRIBUTES.session, input.name),
          ],
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  async ensureAccount(input: Parameters<Workflows['ensureAccount']>[0]): Promise<void> {
    await this.#within(CALL_TIMEOUT_MS, () =>
      this.#client.start(ACCOUNT_WORKFLOW, {
        workflowId: accountWorkflowId(input.account),
        taskQueue: this.#endpoints.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: [keyword(SEARCH_ATTRIBUTES.account, input.account)],
      }),
    );
  }

  sessionState(workflowId: string): ReturnType<Workflows['sessionState']> {
    const handle = this.#client.getHandle(workflowId);
    return this.#ifKnown(async () => {
      const { status } = await this.#within(CALL_TIMEOUT_MS, () => handle.describe());
      if (status.name !== 'RUNNING') return undefined;
      return this.#within(CALL_TIMEOUT_MS, () => handle.query(sessionStateQuery));
    });
  }

  changeSession(
    workflowId: string,
    change: SessionChange,
    timeoutMs: number,
  ): ReturnType<Workflows['changeSession']> {
    const handle = this.#client.getHandle(workflowId);
    return this.#ifKnown(() =>
      this.#update(timeoutMs, (updateId) => {
        switch (change.kind) {
          case 'pause':
            return handle.executeUpdate(pauseUpdate, { updateId });
          case 'resume':
            return handle.executeUpdate(resumeUpdate, { updateId });
          case 'drain':
            return handle.executeUpdate(drainUpdate, { updateId });
          case 'stop': {
            const args: [{ positions: StopPolicy }] = [{ positions: change.positions }];
            return handle.executeUpdate(stopUpdate, { args, updateId });
          }
        }
      }),
    );
  }

  async reconcile(workflowId: string, timeoutMs: number): ReturnType<Workflows['reconcile']> {
    const handle = this.#client.getHandle(workflowId);
    const statement = await this.#ifKnown(() =>
      this.#update(timeoutMs, (updateId) => handle.executeUpdate(reconcileUpdate, { updateId })),
    );
    if (statement !== undefined) return statement;
    const message = `account workflow ${JSON.stringify(workflowId)}: is not running`;
    throw new CliFailure(EXIT.notFound, message, { mend: 'perpetua session start' });
  }

  #order(workflowId: string): WorkflowHandle<OrderWorkflow> {
    return this.#client.getHandle<OrderWorkflow>(workflowId);
  }

  async #result(handle: WorkflowHandle<OrderWorkflow>, timeoutMs: number): Promise<OrderView> {
    return this.#within(timeoutMs, () => handle.result());
  }

  #update<Value>(timeoutMs: number, call: (updateId: string) => Promise<Value>): Promise<Value> {
    return this.#within(timeoutMs, () => untilTaken(call));
  }

  /** Runs a call that must be answered in time. */
  async #within<Value>(timeoutMs: number, call: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#connection.withDeadline(Date.now() + timeoutMs, call);
    } catch (error) {
      // What callers tell apart themselves stays as it is.
      if (error instanceof WorkflowNotFoundError) throw error;
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw error;
      if (isDeadline(error)) throw this.#noAnswer(timeoutMs, error);
      throw this.#failureOf(error);
    }
  }

  async #ifKnown<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  #noAnswer(timeoutMs: number, cause: unknown): CliFailure {
    const { taskQueue, temporalAddress } = this.#endpoints;
    const message =
      `no worker answered within ${timeoutMs / 1000} s on task queue ${taskQueue} ` +
      `(Temporal ${temporalAddress}); what was asked for may still happen once one runs`;
    return new CliFailure(EXIT.unreachable, message, { mend: 'perpetua doctor', cause });
  }

  #failureOf(error: unknown, workflowId = 'workflow'): CliFailure {
    if (error instanceof CliFailure) return error;
    if (error instanceof WorkflowUpdateFailedError) {
      return new CliFailure(EXIT.refused, refusalText(error), { cause: error });
    }
    if (error instanceof WorkflowFailedError) {
      const reason = error.cause?.message ?? error.message;
      return new CliFailure(EXIT.failed, `${workflowId}: ended without a result: ${reason}`, {
        cause: error,
      });
    }
    const reason = error instanceof Error ? rootMessage(error) : String(error);
    const message = `Temporal ${this.#endpoints.temporalAddress}: ${reason}`;
    return new CliFailure(EXIT.unreachable, message, { mend: 'perpetua doctor', cause: error });
  }
}

/** The innermost message: the client wraps what the server said in "Failed to …". */
function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}
