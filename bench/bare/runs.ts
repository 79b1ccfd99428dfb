/** Bare workflows, started as orders are: eagerly, by the process whose worker runs them. */
import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { elapsed, Moments } from '../moments.ts';
import { rate } from '../rate.ts';
import type { BareActivities } from './activities.ts';

/** What is measured of bare workflows. */
export interface BareRuns {
  /** From the start of a workflow to the moment that its first local activity runs, ms. */
  startToActivityMs(): Promise<number>;
  /** Workflows completed per second, each with as many local activities, some at a time. */
  perSecond(total: number, concurrency: number, activities: number): Promise<number>;
}

let series = 0;

/** @returns the runs, and the activities that the worker of the task queue must have */
export function bareRuns(
  client: Client,
  taskQueue: string,
): { readonly runs: BareRuns; readonly activities: BareActivities } {
  const moments = new Moments();
  // Another process may start some on the same server.
  const name = `bare-${process.pid}`;
  const start = (workflowId: string, activities: number) =>
    client.workflow.start('bare', {
      workflowId,
      taskQueue,
      args: [activities],
      requestEagerStart: true,
    });
  const nextId = (): string => {
    series += 1;
    return `${name}-${series}`;
  };
  return {
    activities: {
      touch: async () => moments.happens(activityInfo().workflowExecution?.workflowId ?? ''),
    },
    runs: {
      async startToActivityMs() {
        const workflowId = nextId();
        const ran = moments.until(workflowId);
        const startedAt = performance.now();
        const handle = await start(workflowId, 1);
        const ms = await elapsed(ran, startedAt, workflowId);
        await handle.result();
        return ms;
      },
      perSecond: (total, concurrency, activities) =>
        rate(total, concurrency, async () => (await start(nextId(), activities)).result()),
    },
  };
}
