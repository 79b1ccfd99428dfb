/**
 * An order that answers whoever asks at once, and lets nobody else in before. Today's lets in all who
 * come together: on replay it has an update to accept where the history has an answer.
 */
import { condition, setHandler } from '@temporalio/workflow';
import type { OrderView } from '../../../domain/execution/order-view.ts';
import {
  cancelSignal,
  cancelUpdate,
  submittedUpdate,
} from '../../../workflows/order/order.messages.ts';

export async function order(): Promise<void> {
  let isAsked = false;
  const answer = (): OrderView => {
    isAsked = true;
    return {} as OrderView;
  };
  setHandler(cancelSignal, () => undefined);
  setHandler(submittedUpdate, answer);
  // Looked at when no promise is left to run: the answer is given by then.
  await condition(() => isAsked);
  setHandler(cancelUpdate, answer);
  await condition(() => false);
}
