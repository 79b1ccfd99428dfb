/**
 * The commands' view of Temporal. Every call has a deadline, and what goes wrong becomes a CliFailure
 * that tells an unreachable server, an absent worker and a refusal apart.
 */
import {
  Client,
  Connection,
  type WorkflowClient,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
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
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/execution/visibility.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import {
  accountWorkflowId,
  orderWorkflowId,
  parentWorkflowId,
  sessionWorkflowId,
} from '../../domain/kernel/ids.ts';
import {
  ACCOUNT_WORKFLOW,
  cancelRestingUpdate,
  type RestingChoice,
  reconcileUpdate,
} from '../../workflows/account/account.messages.ts';
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
  cancelUpdate as cancelParentUpdate,
  newParent,
  PARENT_WORKFLOW,
  type ParentInput,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import {
  drainUpdate,
  pauseUpdate,
  resumeUpdate,
  SESSION_WORKFLOW,
  type StopPolicy,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import {
  isVenueTwap,
  VENUE_TWAP_WORKFLOW,
} from '../../workflows/venue-twap/venue-twap.messages.ts';
import { CliFailure } from './failure.ts';
import {
  CALL_TIMEOUT_MS,
  isDeadline,
  refusalText,
  TemporalCalls,
  untilTaken,
} from './temporal-calls.ts';
import { type PlacementKind, Placements } from './temporal-placements.ts';
import type { SessionChange, Workflows } from './world.ts';

export interface OpenWorkflows extends Workflows {
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;

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

function attributesOf(intent: OrderIntent | ParentIntent): SearchAttributePair[] {
  return [
    keyword(SEARCH_ATTRIBUTES.account, intent.account),
    keyword(SEARCH_ATTRIBUTES.asset, intent.asset),
    keyword(SEARCH_ATTRIBUTES.strategy, intent.strategy),
    keyword(SEARCH_ATTRIBUTES.orderStatus, 'PENDING'),
  ];
}

const ORDERS: PlacementKind<OrderView> = {
  workflowType: ORDER_WORKFLOW,
  started: submittedUpdate,
  cancel: cancelUpdate,
  state: orderStateQuery,
};

const PARENTS: PlacementKind<ParentView> = {
  workflowType: PARENT_WORKFLOW,
  started: startedUpdate,
  cancel: cancelParentUpdate,
  state: parentStateQuery,
};

class TemporalWorkflows implements OpenWorkflows {
  readonly #connection: Connection;
  readonly #calls: TemporalCalls;
  readonly #orders: Placements<OrderInput, OrderView>;
  readonly #parents: Placements<ParentInput, ParentView>;
  /** Once started, they are asked, cancelled and waited for as all parents are. */
  readonly #venueTwaps: Placements<ParentInput, ParentView>;

  constructor(client: WorkflowClient, connection: Connection, endpoints: Endpoints) {
    this.#connection = connection;
    this.#calls = new TemporalCalls(client, connection, endpoints);
    this.#orders = new Placements(this.#calls, ORDERS);
    this.#parents = new Placements(this.#calls, PARENTS);
    const venueTwaps = { ...PARENTS, workflowType: VENUE_TWAP_WORKFLOW };
    this.#venueTwaps = new Placements(this.#calls, venueTwaps);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  submitOrder(intent: OrderIntent, timeoutMs: number): Promise<OrderView> {
    const workflowId = orderWorkflowId(intent.account, intent.intentId);
    return this.#orders.submit(workflowId, newOrder(intent), attributesOf(intent), timeoutMs);
  }

  orderEnd(workflowId: string, timeoutMs: number): Promise<OrderView | undefined> {
    return this.#orders.end(workflowId, timeoutMs);
  }

  orderState(workflowId: string): Promise<OrderView | undefined> {
    return this.#orders.state(workflowId);
  }

  cancelOrder(
    workflowId: string,
    reason: string,
    timeoutMs: number,
  ): ReturnType<Workflows['cancelOrder']> {
    return this.#orders.cancel(workflowId, reason, timeoutMs);
  }

  submitParent(intent: ParentIntent, timeoutMs: number): Promise<ParentView> {
    const workflowId = parentWorkflowId(intent.account, intent.intentId);
    const kind = isVenueTwap(intent) ? this.#venueTwaps : this.#parents;
    return kind.submit(workflowId, newParent(intent), attributesOf(intent), timeoutMs);
  }

  parentEnd(workflowId: string, timeoutMs: number): Promise<ParentView | undefined> {
    return this.#parents.end(workflowId, timeoutMs);
  }

  parentState(workflowId: string): Promise<ParentView | undefined> {
    return this.#parents.state(workflowId);
  }

  cancelParent(
    workflowId: string,
    reason: string,
    timeoutMs: number,
  ): ReturnType<Workflows['cancelParent']> {
    return this.#parents.cancel(workflowId, reason, timeoutMs);
  }

  async amendOrder(
    workflowId: string,
    change: Amendment,
    timeoutMs: number,
  ): ReturnType<Workflows['amendOrder']> {
    const handle = this.#calls.client.getHandle(workflowId);
    try {
      const view = await this.#calls.deadline(timeoutMs, () =>
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
      throw this.#calls.failureOf(error, workflowId);
    }
  }

  cancelResting(
    workflowId: string,
    choice: RestingChoice,
    timeoutMs: number,
  ): ReturnType<Workflows['cancelResting']> {
    const handle = this.#calls.client.getHandle(workflowId);
    return this.#calls.ifKnown(() =>
      this.#calls.update(timeoutMs, (updateId) =>
        handle.executeUpdate(cancelRestingUpdate, { args: [choice], updateId }),
      ),
    );
  }

  async requestCancel(workflowId: string, reason: string): Promise<boolean> {
    const sent = await this.#calls.ifKnown(async () => {
      const handle = this.#calls.client.getHandle(workflowId);
      await this.#calls.within(CALL_TIMEOUT_MS, () => handle.signal(cancelSignal, { reason }));
      return true;
    });
    return sent ?? false;
  }

  async startSession(input: Parameters<Workflows['startSession']>[0]): Promise<boolean> {
    try {
      await this.#calls.within(CALL_TIMEOUT_MS, () =>
        this.#calls.client.start(SESSION_WORKFLOW, {
          workflowId: sessionWorkflowId(input.account, input.name),
          taskQueue: this.#calls.endpoints.taskQueue,
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
    await this.#calls.within(CALL_TIMEOUT_MS, () =>
      this.#calls.client.start(ACCOUNT_WORKFLOW, {
        workflowId: accountWorkflowId(input.account),
        taskQueue: this.#calls.endpoints.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: [keyword(SEARCH_ATTRIBUTES.account, input.account)],
      }),
    );
  }

  sessionState(workflowId: string): ReturnType<Workflows['sessionState']> {
    const handle = this.#calls.client.getHandle(workflowId);
    return this.#calls.ifKnown(async () => {
      const { status } = await this.#calls.within(CALL_TIMEOUT_MS, () => handle.describe());
      if (status.name !== 'RUNNING') return undefined;
      return this.#calls.ask(handle, sessionStateQuery);
    });
  }

  changeSession(
    workflowId: string,
    change: SessionChange,
    timeoutMs: number,
  ): ReturnType<Workflows['changeSession']> {
    const handle = this.#calls.client.getHandle(workflowId);
    return this.#calls.ifKnown(() =>
      this.#calls.update(timeoutMs, (updateId) => {
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
    const handle = this.#calls.client.getHandle(workflowId);
    const statement = await this.#calls.ifKnown(() =>
      this.#calls.update(timeoutMs, (updateId) =>
        handle.executeUpdate(reconcileUpdate, { updateId }),
      ),
    );
    if (statement !== undefined) return statement;
    const message = `account workflow ${JSON.stringify(workflowId)}: is not running`;
    throw new CliFailure(EXIT.notFound, message, { mend: 'perpetua session start' });
  }
}
