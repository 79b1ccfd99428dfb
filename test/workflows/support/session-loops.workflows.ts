/** Both loops of a session as workflows of their own: the one that is at work, and the one before it. */
import { continueAsNew, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { loopByConditions } from '../../../workflows/trading-session/loop-by-conditions.ts';
import { loopByInbox } from '../../../workflows/trading-session/session-loop.ts';
import type {
  SessionInput,
  SessionView,
} from '../../../workflows/trading-session/trading-session.messages.ts';

export const byInbox = (input: SessionInput): Promise<SessionView> =>
  loopByInbox(input, (next) => continueAsNew<typeof byInbox>(next));

export const byConditions = (input: SessionInput): Promise<SessionView> =>
  loopByConditions(input, (next) => continueAsNew<typeof byConditions>(next));

const STEPS = 500_000;

/** Some tenths of a second of the workflow thread's time. */
function ponder(): number {
  let sum = 0;
  for (let step = 0; step < STEPS; step += 1) sum = (sum + step * step) % 1_000_003;
  return sum;
}

/** Questions take long to answer, so that a local activity ends meanwhile. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async handleQuery(input, next) {
        const answer = await next(input);
        return ponder() < 0 ? undefined : answer;
      },
    },
  ],
});
