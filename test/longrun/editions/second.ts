/** A still later one: decisions cost one more step as well. */
import { patched, sleep, type WorkflowInterceptorsFactory } from '@temporalio/workflow';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async handleUpdate(input, next) {
        if (patched('longrun-second-edition')) await sleep(1);
        return next(input);
      },
    },
  ],
});
