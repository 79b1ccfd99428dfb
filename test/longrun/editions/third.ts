/** The last one: what is told to the ledger is told a moment later. */
import { patched, sleep, type WorkflowInterceptorsFactory } from '@temporalio/workflow';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      async scheduleLocalActivity(input, next) {
        const isRecord = input.activityType.startsWith('record');
        if (isRecord && patched('longrun-third-edition')) await sleep(1);
        return next(input);
      },
    },
  ],
});
