/** An order that rested once, and of which the venue knows nothing any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { newOrderFacts } from '../../../domain/execution/order-facts.ts';
import { deploymentTag, deriveCloid, orderWorkflowId } from '../../../domain/kernel/ids.ts';
import { cancelSignal } from '../../../workflows/order/order.messages.ts';
import { resting, type Scene, type Stage } from './stage.ts';

/** Long enough for the reads that prove it. */
const ASKED_FOR_MS = 20_000;
/** By the venue's own count; it has given out none so high. */
const OID = 4_000_000_000;

/** A run that goes on from an order that rested a day ago is asked to cancel it. */
async function asked(stage: Stage, key: string): Promise<WorkflowHandle> {
  const intent = resting(stage, key);
  const { account, sizeBase } = intent;
  const startedMs = Date.now() - 86_400_000;
  const cloid = deriveCloid({ tag: deploymentTag('recorded'), ...intent, epoch: 0 });
  const venue = { oid: OID, status: 'open', remainingBase: sizeBase, statusTimestampMs: startedMs };
  const facts = { ...newOrderFacts(sizeBase), cloid, sends: 1, venue };
  const resume = { facts, past: [], expiresAfterMs: startedMs + 15_000, startedMs };
  await stage.parts.workflows.startOrder(intent, { resume });
  const handle = stage.client.workflow.getHandle(orderWorkflowId(account, intent.intentId));
  await handle.signal(cancelSignal, { reason: 'recorded' });
  return handle;
}

export const GONE_SCENES: Readonly<Record<string, Scene>> = {
  async 'order-gone'(stage) {
    const handle = await asked(stage, 'rec-gone');
    await handle.result();
    return handle;
  },
  /** Of a release that asks without end: recorded while it does so. */
  async 'order-gone-and-asked'(stage) {
    const handle = await asked(stage, 'rec-asked');
    await sleep(ASKED_FOR_MS);
    return handle;
  },
};
