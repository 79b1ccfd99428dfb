/**
 * An interceptor for replays: repeats to a sink everything that a workflow tells the ledger. What a
 * workflow tells is a function of its history, so a replay tells it again, word for word. Never part
 * of a worker that works.
 */
import type { Sinks, WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { proxySinks } from '@temporalio/workflow';

/** The activities whose requests make up the projection. */
const TOLD: readonly string[] = ['recordOrder', 'recordParent', 'recordSession'];

export interface ProjectionSinks extends Sinks {
  projection: { told(activity: string, request: unknown): void };
}

const { projection } = proxySinks<ProjectionSinks>();

function tell({ activityType, args }: { activityType: string; args: unknown[] }): void {
  if (TOLD.includes(activityType)) projection.told(activityType, args[0]);
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        tell(input);
        return next(input);
      },
      scheduleLocalActivity(input, next) {
        tell(input);
        return next(input);
      },
    },
  ],
});
