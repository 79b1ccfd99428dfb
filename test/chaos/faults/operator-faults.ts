/** What an operator does at the wrong moment: terminates, resets, starts twice, trades by hand. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { newOrder, ORDER_WORKFLOW } from '../../../workflows/order/order.messages.ts';
import { placeForeign } from '../world/foreign.ts';
import type { Apply, Arena } from './arena.ts';

const FOUND_WITHIN_MS = 20_000;
const LOOK_MS = 100;

/** Does something to one of the candidates; asks for new ones until one was there. */
async function toOne(
  candidates: () => readonly string[],
  draw: number,
  act: (workflowId: string) => Promise<boolean>,
): Promise<void> {
  const deadlineMs = Date.now() + FOUND_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    const ids = candidates();
    const id = ids[Math.floor(draw * ids.length)];
    if (id !== undefined && (await act(id).catch(() => false))) return;
    await sleep(LOOK_MS);
  }
  throw new Error('there was nothing to do it to');
}

const note = ({ diary }: Arena, what: string, workflowId: string): void => {
  diary.interventions.push({ what, workflowId, atMs: Date.now() });
};

function terminateOne(arena: Arena, candidates: () => readonly string[], draw: number) {
  return toOne(candidates, draw, async (id) => {
    const { workflow } = arena.client;
    const { runId, status } = await workflow.getHandle(id).describe();
    if (status.name !== 'RUNNING') return false;
    note(arena, 'terminate', id);
    // This run and no other: a request that is repeated after its answer was lost would end the next one.
    await workflow.getHandle(id, runId).terminate('chaos');
    return true;
  });
}

export const terminateOrder: Apply = (arena, { draw }) =>
  terminateOne(arena, () => arena.traffic.resting(), draw);

export const terminateParent: Apply = (arena, { draw }) =>
  terminateOne(arena, () => arena.traffic.working(), draw);

/** Back to the end of its first task: everything after it is done again. */
export const resetOrder: Apply = (arena, { draw }) =>
  toOne(
    () => arena.traffic.resting(),
    draw,
    async (workflowId) => {
      const { client } = arena;
      const handle = client.workflow.getHandle(workflowId);
      const { runId, status } = await handle.describe();
      if (status.name !== 'RUNNING') return false;
      const { events } = await handle.fetchHistory();
      const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
      if (first?.eventId == null) return false;
      note(arena, 'reset', workflowId);
      await client.workflowService.resetWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { workflowId, runId },
        reason: 'chaos',
        requestId: randomUUID(),
        workflowTaskFinishEventId: first.eventId,
      });
      return true;
    },
  );

/** The same order once more, while it lives or after it has ended, past every check of the client. */
export const startTwice: Apply = (arena, { draw }) => {
  const { traffic, client, chaos } = arena;
  const candidates = (): readonly string[] => (draw < 0.5 ? traffic.resting() : traffic.ended());
  return toOne(candidates, (draw * 2) % 1, async (workflowId) => {
    const intent = traffic.intentOf(workflowId);
    if (intent === undefined) return false;
    note(arena, 'duplicateStart', workflowId);
    try {
      await client.workflow.start(ORDER_WORKFLOW, {
        workflowId,
        taskQueue: chaos.stack.endpoints.taskQueue,
        args: [newOrder(intent)],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
    } catch (fault) {
      // Refused while it lives: that is the protection at work.
      if (!(fault instanceof WorkflowExecutionAlreadyStartedError)) throw fault;
    }
    return true;
  });
};

/** Somebody trades the account by hand: an order that is not ours and must never be touched. */
export const tradeByHand: Apply = ({ chaos, diary }) =>
  placeForeign(chaos.stack, (order) => void diary.foreign.push(order));
