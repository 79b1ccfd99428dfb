/** What a workflow that should have ended is waiting for, in one line for people. */
import type { Client } from '@temporalio/client';

const EVENTS_SHOWN = 6;
const WORKFLOWS_SHOWN = 6;

async function lineOf(client: Client, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { raw, historyLength } = await handle.describe();
  const { pendingWorkflowTask: task, pendingActivities: activities } = raw;
  const held = task
    ? `its task is ${task.state === 2 ? 'started' : 'scheduled'}, attempt ${task.attempt}`
    : 'no task waits';
  const busy = (activities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name} attempt ${attempt} ${lastFailure?.message ?? ''}`,
  );
  const { events } = await handle.fetchHistory();
  const last = (events ?? []).slice(-EVENTS_SHOWN).map(({ eventTime, ...event }) => {
    const [kind = ''] = Object.entries(event).flatMap(([key, value]) =>
      key.endsWith('Attributes') && value ? [key.replace('EventAttributes', '')] : [],
    );
    return `${new Date(Number(eventTime?.seconds) * 1_000).toISOString().slice(11, 19)} ${kind}`;
  });
  return `${workflowId}: ${historyLength} events, ${held}; ${[...busy, ...last].join(', ')}`;
}

/** Some of them: one that is stuck tells more than the names of all. */
export async function describeStuck(
  client: Client,
  workflowIds: readonly string[],
): Promise<readonly string[]> {
  const some = workflowIds.slice(0, WORKFLOWS_SHOWN);
  return Promise.all(some.map((id) => lineOf(client, id).catch((fault) => `${id}: ${fault}`)));
}
