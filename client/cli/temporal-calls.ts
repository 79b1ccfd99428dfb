/**
 * Calls to Temporal with a deadline each: what goes wrong becomes a CliFailure that tells an
 * unreachable server, an absent worker and a refusal apart.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type Connection,
  isGrpcDeadlineError,
  isGrpcServiceError,
  type WorkflowClient,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { type QueryDefinition, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Endpoints } from '../../config/endpoints.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { CliFailure, NoResult } from './failure.ts';

/** For calls that the server answers by itself, and queries, which a worker answers at once. */
export const CALL_TIMEOUT_MS = 10_000;

export const isDeadline = (error: unknown): boolean =>
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
/** How long a task may be under way before a question no longer waits for its end, and between looks. */
const TASK_UNDER_WAY_MS = 2_000;
const TASK_LOOK_MS = 20;

/** Makes one update, and again with the same id while the server gives it up. */
export async function untilTaken<Value>(
  call: (updateId: string) => Promise<Value>,
): Promise<Value> {
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
export const refusalText = (error: WorkflowUpdateFailedError): string =>
  error.cause?.message ?? error.message;

/** The innermost message: the client wraps what the server said in "Failed to …". */
function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

export class TemporalCalls {
  readonly client: WorkflowClient;
  readonly endpoints: Endpoints;
  readonly #connection: Connection;

  constructor(client: WorkflowClient, connection: Connection, endpoints: Endpoints) {
    this.client = client;
    this.endpoints = endpoints;
    this.#connection = connection;
  }

  /** Runs a call that has so long; whoever asks judges what goes wrong. */
  deadline<Value>(timeoutMs: number, call: () => Promise<Value>): Promise<Value> {
    return this.#connection.withDeadline(Date.now() + timeoutMs, call);
  }

  /** Runs a call that must be answered in time. */
  async within<Value>(timeoutMs: number, call: () => Promise<Value>): Promise<Value> {
    try {
      return await this.deadline(timeoutMs, call);
    } catch (error) {
      // What callers tell apart themselves stays as it is.
      if (error instanceof WorkflowNotFoundError) throw error;
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw error;
      if (isDeadline(error)) throw this.#noAnswer(timeoutMs, error);
      throw this.failureOf(error);
    }
  }

  /**
   * Asks a workflow while no task of it is under way: a question that comes with a task splits it, and
   * what a local activity of that task brings is then heard later than on replay. One that stays under
   * way, as while nobody works, is asked all the same. See `docs/decisions/0014`.
   */
  ask<Answer>(handle: WorkflowHandle, question: QueryDefinition<Answer>): Promise<Answer> {
    return this.within(CALL_TIMEOUT_MS, async () => {
      const untilMs = Date.now() + TASK_UNDER_WAY_MS;
      for (;;) {
        const { raw } = await handle.describe();
        if (!raw.pendingWorkflowTask || Date.now() >= untilMs) return handle.query(question);
        await setTimeout(TASK_LOOK_MS);
      }
    });
  }

  update<Value>(timeoutMs: number, call: (updateId: string) => Promise<Value>): Promise<Value> {
    return this.within(timeoutMs, () => untilTaken(call));
  }

  async ifKnown<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  failureOf(error: unknown, workflowId = 'workflow'): CliFailure {
    if (error instanceof CliFailure) return error;
    if (error instanceof WorkflowUpdateFailedError) {
      return new CliFailure(EXIT.refused, refusalText(error), { cause: error });
    }
    if (error instanceof WorkflowFailedError) {
      const reason = error.cause?.message ?? error.message;
      return new NoResult(EXIT.failed, `${workflowId}: ended without a result: ${reason}`, {
        mend: 'perpetua reconcile, which starts again what has not ended',
        cause: error,
      });
    }
    const reason = error instanceof Error ? rootMessage(error) : String(error);
    const message = `Temporal ${this.endpoints.temporalAddress}: ${reason}`;
    return new CliFailure(EXIT.unreachable, message, { mend: 'perpetua doctor', cause: error });
  }

  #noAnswer(timeoutMs: number, cause: unknown): CliFailure {
    const { taskQueue, temporalAddress } = this.endpoints;
    const message =
      `no worker answered within ${timeoutMs / 1000} s on task queue ${taskQueue} ` +
      `(Temporal ${temporalAddress}); what was asked for may still happen once one runs`;
    return new CliFailure(EXIT.unreachable, message, { mend: 'perpetua doctor', cause });
  }
}
