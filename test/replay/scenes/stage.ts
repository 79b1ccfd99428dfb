/** What the scenes of recorded histories are played on, and how their orders begin. */
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { BenchStack } from '../../../bench/stack.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId, orderWorkflowId } from '../../../domain/kernel/ids.ts';
import { submittedUpdate } from '../../../workflows/order/order.messages.ts';

/** Plays one workflow and hands over what is to be recorded. */
export type Scene = (stage: Stage) => Promise<WorkflowHandle>;

export interface Stage extends BenchStack {
  /** BTC's price now, USD. */
  readonly mid: number;
}

export const size = sizeBase('0.01');

/** A limit order that rests far below the market, unless changed. */
export function resting({ account, mid }: Stage, key: string, changes: Partial<OrderIntent> = {}) {
  const intent: OrderIntent = {
    network: 'paper',
    account,
    intentId: intentId(key),
    strategy: 'manual',
    leg: 'main',
    asset: 'BTC',
    side: 'buy',
    type: 'LIMIT',
    sizeBase: size,
    reduceOnly: false,
    limitPx: px(Math.round(mid * 0.8)),
    approvalDigest: 'recorded',
    ...changes,
  };
  return intent;
}

export async function started(stage: Stage, intent: OrderIntent): Promise<WorkflowHandle> {
  await stage.parts.workflows.startOrder(intent);
  const handle = stage.client.workflow.getHandle(orderWorkflowId(intent.account, intent.intentId));
  await unlessEnded(handle.executeUpdate(submittedUpdate));
  return handle;
}

/** An order that ends at once answers no more. */
export async function unlessEnded(update: Promise<unknown>): Promise<void> {
  try {
    await update;
  } catch (fault) {
    if (!(fault instanceof WorkflowNotFoundError)) throw fault;
  }
}

/** Buys at once, whatever the price is by now. */
export async function hold(stage: Stage, key: string, size: string): Promise<void> {
  const limitPx = px(Math.round(stage.mid * 1.05));
  const intent = resting(stage, key, { sizeBase: sizeBase(size), timeInForce: 'IOC', limitPx });
  await (await started(stage, intent)).result();
}
