/**
 * Orders and sessions as an earlier version might have begun them: with a step that today's version
 * does not take and knows nothing of. What they begin, it cannot replay.
 */
import { sleep } from '@temporalio/workflow';
import { order as orderOfToday } from '../../../workflows/order/order.workflow.ts';
import { tradingSession as sessionOfToday } from '../../../workflows/trading-session/trading-session.workflow.ts';

export { account } from '../../../workflows/account/account.workflow.ts';

export const order: typeof orderOfToday = (input) => {
  void sleep(1);
  return orderOfToday(input);
};

export const tradingSession: typeof sessionOfToday = (input) => {
  void sleep(1);
  return sessionOfToday(input);
};
