/** Which order somebody means: by intent key, cloid, venue id or workflow id. */
import { newOrderFacts } from '../../domain/execution/order-facts.ts';
import { type OrderView, TERMINAL_STATUSES, viewOrder } from '../../domain/execution/order-view.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { isIntentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { CliFailure } from './failure.ts';
import type { World } from './world.ts';

/** The order that somebody means by an intent key, cloid, venue id or workflow id. */
export interface FoundOrder {
  readonly workflowId: string;
  readonly view: OrderView;
  /** Whether the view comes from the running workflow rather than from the ledger. */
  readonly isLive: boolean;
}

export const notFound = (id: string): CliFailure =>
  new CliFailure(EXIT.notFound, `order ${JSON.stringify(id)}: is not known`, {
    violation: {
      field: 'order',
      value: id,
      rule: 'must be the intent key, cloid, venue order id or workflow id of an order',
    },
    mend: 'perpetua order list --status all',
  });

/** The workflow of the order; an order that the ledger does not know yet may be running already. */
export async function resolveWorkflow(
  world: World,
  id: string,
): Promise<{ readonly workflowId: string; readonly recorded?: OrderView }> {
  const { account } = await world.target();
  const story = await (await world.ledger()).order(id, account);
  if (story !== undefined) {
    const recorded = story.view ?? viewOrder(story.intent, newOrderFacts(story.intent.sizeBase));
    return { workflowId: story.workflowId, recorded };
  }
  if (id.startsWith('order:')) return { workflowId: id };
  if (!isIntentId(id)) throw notFound(id);
  return { workflowId: orderWorkflowId(account, id) };
}

const hasEnded = ({ status }: OrderView): boolean => TERMINAL_STATUSES.includes(status);

/** How the order of the intent key ended, if the ledger was told. */
export async function toldEnd(world: World, id: string): Promise<OrderView | undefined> {
  const { recorded } = await resolveWorkflow(world, id);
  return recorded !== undefined && hasEnded(recorded) ? recorded : undefined;
}

/** Looks in the ledger, and while the order is open asks its workflow too. @throws CliFailure */
export async function findOrder(world: World, id: string): Promise<FoundOrder> {
  const { workflowId, recorded } = await resolveWorkflow(world, id);
  if (recorded !== undefined && hasEnded(recorded)) {
    return { workflowId, view: recorded, isLive: false };
  }
  const live = await (await world.workflows()).orderState(workflowId);
  const view = live ?? recorded;
  if (view === undefined) throw notFound(id);
  return { workflowId, view, isLive: live !== undefined };
}
