/**
 * What is placed once and lives until its end: orders, and parents of orders. Both are started with
 * an update that answers with the first outcome, and are asked, cancelled and waited for alike.
 */
import type { QueryDefinition, UpdateDefinition, WorkflowHandle } from '@temporalio/client';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { type SearchAttributePair, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { cancelSignal } from '../../workflows/order/order.messages.ts';
import { CALL_TIMEOUT_MS, isDeadline, type TemporalCalls, untilTaken } from './temporal-calls.ts';
import type { CancelAnswer } from './world.ts';

/** The workflow type and its messages. */
export interface PlacementKind<View> {
  readonly workflowType: string;
  readonly started: UpdateDefinition<View>;
  readonly cancel: UpdateDefinition<View, [{ readonly reason?: string }]>;
  readonly state: QueryDefinition<View>;
}

export class Placements<Input, View> {
  readonly #calls: TemporalCalls;
  readonly #kind: PlacementKind<View>;

  constructor(calls: TemporalCalls, kind: PlacementKind<View>) {
    this.#calls = calls;
    this.#kind = kind;
  }

  /** Starts the workflow unless it exists; answers with its first outcome, or how it ended. */
  async submit(
    workflowId: string,
    input: Input,
    typedSearchAttributes: SearchAttributePair[],
    timeoutMs: number,
  ): Promise<View> {
    const { client, endpoints } = this.#calls;
    const { started, workflowType } = this.#kind;
    const startWorkflowOperation = () =>
      new WithStartWorkflowOperation<(input: Input) => Promise<View>>(workflowType, {
        workflowId,
        taskQueue: endpoints.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        typedSearchAttributes,
      });
    try {
      return await this.#calls.update(timeoutMs, (updateId) =>
        client.executeUpdateWithStart(started, {
          updateId,
          startWorkflowOperation: startWorkflowOperation(),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#result(this.#handle(workflowId), CALL_TIMEOUT_MS);
    }
  }

  async end(workflowId: string, timeoutMs: number): Promise<View | undefined> {
    try {
      const handle = this.#handle(workflowId);
      return await this.#calls.deadline(timeoutMs, () => handle.result());
    } catch (error) {
      if (isDeadline(error)) return undefined;
      throw this.#calls.failureOf(error, workflowId);
    }
  }

  state(workflowId: string): Promise<View | undefined> {
    const handle = this.#handle(workflowId);
    return this.#calls.ifKnown(async () => {
      const { status } = await this.#calls.within(CALL_TIMEOUT_MS, () => handle.describe());
      if (status.name !== 'RUNNING') return this.#result(handle, CALL_TIMEOUT_MS);
      return this.#calls.ask(handle, this.#kind.state);
    });
  }

  /**
   * Asks for the end and waits for it. Temporal forgets a request that no worker took up, and nobody who
   * asked is left then: what is not answered in time is asked for in a way that lasts.
   */
  async cancel(workflowId: string, reason: string, timeoutMs: number): Promise<CancelAnswer<View>> {
    const handle = this.#handle(workflowId);
    try {
      const args: [{ reason: string }] = [{ reason }];
      const view = await this.#calls.deadline(timeoutMs, () =>
        untilTaken((updateId) => handle.executeUpdate(this.#kind.cancel, { args, updateId })),
      );
      return { kind: 'cancelled', view };
    } catch (error) {
      if (isDeadline(error)) return this.#askLastingly(workflowId, reason);
      const hasEnded =
        error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError;
      if (!hasEnded) throw this.#calls.failureOf(error, workflowId);
      return this.#ended(workflowId);
    }
  }

  async #ended(workflowId: string): Promise<CancelAnswer<View>> {
    const view = await this.state(workflowId);
    return view === undefined ? { kind: 'unknown' } : { kind: 'alreadyEnded', view };
  }

  async #askLastingly(workflowId: string, reason: string): Promise<CancelAnswer<View>> {
    const isAsked = await this.#calls.ifKnown(async () => {
      const handle = this.#handle(workflowId);
      await this.#calls.within(CALL_TIMEOUT_MS, () => handle.signal(cancelSignal, { reason }));
      return true;
    });
    return isAsked ? { kind: 'stillOpen' } : this.#ended(workflowId);
  }

  #handle(workflowId: string): WorkflowHandle<(input: Input) => Promise<View>> {
    return this.#calls.client.getHandle<(input: Input) => Promise<View>>(workflowId);
  }

  #result(
    handle: WorkflowHandle<(input: Input) => Promise<View>>,
    timeoutMs: number,
  ): Promise<View> {
    return this.#calls.within(timeoutMs, () => handle.result());
  }
}
