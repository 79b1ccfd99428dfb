/**
 * The workflows port over Temporal's client: starts orders by their business id and passes on what
 * was heard. A workflow that has ended is an answer, not an error.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ParentsPort, WorkflowsPort } from '../activities/ports/workflows.ts';
import type { ParentIntent } from '../domain/execution/parents/parent.ts';
import { orderWorkflowId, parentWorkflowId } from '../domain/kernel/ids.ts';
import { streamConnectedSignal } from '../workflows/account/account.messages.ts';
import {
  cancelSignal,
  newOrder,
  ORDER_WORKFLOW,
  venueFactsSignal,
} from '../workflows/order/order.messages.ts';
import { PARENT_WORKFLOW, type ParentInput } from '../workflows/parent/parent.messages.ts';
import { orderSearchAttributes } from '../workflows/support/search-attributes.ts';
import { barsClosedSignal } from '../workflows/trading-session/trading-session.messages.ts';
import { isVenueTwap, VENUE_TWAP_WORKFLOW } from '../workflows/venue-twap/venue-twap.messages.ts';

/** Runs a message to a workflow; false when the workflow has ended or never was. */
async function delivered(message: Promise<void>): Promise<boolean> {
  try {
    await message;
    return true;
  } catch (fault) {
    if (fault instanceof WorkflowNotFoundError) return false;
    throw fault;
  }
}

/** @param client on the worker's own connection, so that orders can start eagerly */
export function createWorkflowsPort(client: Client, taskQueue: string): WorkflowsPort {
  const { workflow } = client;
  return {
    async startOrder(intent, { revive = false, resume } = {}) {
      const workflowId = orderWorkflowId(intent.account, intent.intentId);
      try {
        await workflow.start(ORDER_WORKFLOW, {
          workflowId,
          taskQueue,
          args: [{ ...newOrder(intent), ...(resume && { carried: { ...resume, version: 0 } }) }],
          requestEagerStart: true,
          workflowIdReusePolicy: revive ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
          typedSearchAttributes: orderSearchAttributes(intent),
        });
      } catch (fault) {
        if (!(fault instanceof WorkflowExecutionAlreadyStartedError)) throw fault;
      }
      return workflowId;
    },
    tellOrder: (id, facts) => delivered(workflow.getHandle(id).signal(venueFactsSignal, facts)),
    cancelOrder: (id, reason) => delivered(workflow.getHandle(id).signal(cancelSignal, { reason })),
    tellSession: (id, bars) => delivered(workflow.getHandle(id).signal(barsClosedSignal, bars)),
    tellAccount: (id) => delivered(workflow.getHandle(id).signal(streamConnectedSignal)),
    async running(ids) {
      const states = await Promise.all(
        ids.map(async (id) => {
          try {
            const { status } = await workflow.getHandle(id).describe();
            return status.name === 'RUNNING';
          } catch (fault) {
            if (fault instanceof WorkflowNotFoundError) return false;
            throw fault;
          }
        }),
      );
      return new Set(ids.filter((_id, index) => states[index]));
    },
  };
}

const typeOf = (intent: ParentIntent): string =>
  isVenueTwap(intent) ? VENUE_TWAP_WORKFLOW : PARENT_WORKFLOW;

/** @param client of the namespace in which parents run */
export function createParentsPort(client: Client, taskQueue: string): ParentsPort {
  return {
    async revive(intent) {
      const input: ParentInput = { intent };
      try {
        await client.workflow.start(typeOf(intent), {
          workflowId: parentWorkflowId(intent.account, intent.intentId),
          taskQueue,
          args: [input],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          typedSearchAttributes: orderSearchAttributes(intent),
        });
      } catch (fault) {
        if (!(fault instanceof WorkflowExecutionAlreadyStartedError)) throw fault;
      }
    },
  };
}
