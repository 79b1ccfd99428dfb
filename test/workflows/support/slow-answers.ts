/**
 * An interceptor that takes its time over a question, with the workflow's thread blocked: a dealing
 * that ends meanwhile is told to the SDK before the answer is. How long, ms, is the question's argument.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async handleQuery(input, next) {
        const [answerMs = 0] = input.args;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(answerMs));
        return next(input);
      },
    },
  ],
});
