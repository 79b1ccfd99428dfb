/** What one order asks of the world: local activities that give way, each of them once. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { OrderActivities } from '../../activities/interfaces/order.ts';
import { LOCALLY_ONCE, lasting, UNTIL_DONE } from '../support/lasting.ts';
import { inTurn } from '../support/turns.ts';

/**
 * Short dealings with the world. They run once: the workflow itself decides what follows. Longer
 * than one request to the venue may take (5 s); together with the preparation they fit into one
 * workflow task without heartbeats (8 s). What does not fit gives way: see `support/turns.ts`.
 */
const once = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '5500ms',
  retry: { maximumAttempts: 1 },
});
const { prepareOrder } = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '2500ms',
  retry: { maximumAttempts: 1 },
});

/** The projection is written until the ledger is back: nothing depends on when. */
export const recordOrder = lasting(
  proxyLocalActivities<OrderActivities>(LOCALLY_ONCE).recordOrder,
  proxyActivities<OrderActivities>(UNTIL_DONE).recordOrder,
);

/** Whether an earlier run got further, and that none ever will. Asked until there is an answer. */
const sealOrder = lasting(
  proxyLocalActivities<OrderActivities>(LOCALLY_ONCE).sealOrder,
  proxyActivities<OrderActivities>(UNTIL_DONE).sealOrder,
);

/** Preparing and one request to the venue, in one go. */
const { placeOrder } = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '7500ms',
  retry: { maximumAttempts: 1 },
});

export type OrderWorld = Omit<OrderActivities, 'recordOrder'>;
export const WORLD: OrderWorld = {
  prepareOrder: inTurn(prepareOrder),
  placeOrder: inTurn(placeOrder),
  submitOrder: inTurn(once.submitOrder),
  lookUpOrder: inTurn(once.lookUpOrder),
  burnOrderNonce: inTurn(once.burnOrderNonce),
  cancelOnVenue: inTurn(once.cancelOnVenue),
  checkOrder: inTurn(once.checkOrder),
  sealOrder,
};
