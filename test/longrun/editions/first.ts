/** A later edition of the workflows: every signal costs one more step, behind a patch. */
import { patched, sleep, type WorkflowInterceptorsFactory } from '@temporalio/workflow';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async handleSignal(input, next) {
        if (patched('longrun-first-edition')) await sleep(1);
        return next(input);
      },
    },
  ],
});
