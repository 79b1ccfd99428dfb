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
import { newParent, PARENT_WORKFLOW } from '../workflows/parent/parent.messages.ts';
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

/** From so many on, orders that run are listed in a few pages instead of being asked for singly. */
const LIST_FROM = 100;
const ASKED_AT_ONCE = 50;

async function isRunning({ workflow }: Client, id: string): Promise<boolean> {
  try {
    const { status } = await workflow.getHandle(id).describe();
    return status.name === 'RUNNING';
  } catch (fault) {
    if (fault instanceof WorkflowNotFoundError) return false;
    throw fault;
  }
}

/**
 * The orders that run, as Temporal's list shows them, which lags: one that ended a moment ago may
 * still be there, one that began may be missing. Whoever is missing is asked for by name.
 */
async function listedOrders({ workflow }: Client): Promise<ReadonlySet<string>> {
  const query = `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  const ids = new Set<string>();
  for await (const { workflowId } of workflow.list({ query })) ids.add(workflowId);
  return ids;
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
      const listed = ids.length > LIST_FROM ? await listedOrders(client) : new Set<string>();
      const found = new Set(ids.filter((id) => listed.has(id)));
      const asked = ids.filter((id) => !found.has(id));
      for (let from = 0; from < asked.length; from += ASKED_AT_ONCE) {
        const some = asked.slice(from, from + ASKED_AT_ONCE);
        const states = await Promise.all(some.map((id) => isRunning(client, id)));
        for (const [index, id] of some.entries()) if (states[index]) found.add(id);
      }
      return found;
    },
  };
}

const typeOf = (intent: ParentIntent): string =>
  isVenueTwap(intent) ? VENUE_TWAP_WORKFLOW : PARENT_WORKFLOW;

/** @param client of the namespace in which parents run */
export function createParentsPort(client: Client, taskQueue: string): ParentsPort {
  return {
    async revive(intent) {
      try {
        await client.workflow.start(typeOf(intent), {
          workflowId: parentWorkflowId(intent.account, intent.intentId),
          taskQueue,
          args: [newParent(intent)],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          typedSearchAttributes: orderSearchAttributes(intent),
        });
      } catch (fault) {
        if (!(fault instanceof WorkflowExecutionAlreadyStartedError)) throw fault;
      }
    },
  };
}
