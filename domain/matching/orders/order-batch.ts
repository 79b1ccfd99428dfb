/**
 * The `order` action: a batch of orders, alone (`na`) or as a group. In `normalTpsl` the first order
 * is the parent, and the triggers after it are held until it has filled; in `positionTpsl` all are
 * triggers that belong to the position. Each order gets its own answer; what no order of the batch
 * may have refuses it whole. Orders of one action are placed as they come: that the venue sorts the
 * actions of a block (cancels before takers) does not show where each input is a block of its own.
 */

import type { Grouping, VenueAction, WireOrder } from '../contract/venue-actions.ts';
import type { ExchangeResponse, OrderStatusEntry } from '../contract/venue-answers.ts';
import type { AccountState, Step, Tie } from '../state/state.ts';
import { type BatchProblem, type ReadOrder, readBatch, withAsset } from './order-validation.ts';
import { type Attachments, placeOrder } from './placing.ts';

type OrderAction = Extract<VenueAction, { type: 'order' }>;

/** The answer to a batch of orders. */
export const orderAnswer = (statuses: readonly OrderStatusEntry[]): ExchangeResponse => ({
  status: 'ok',
  response: { type: 'order', data: { statuses } },
});

/** The answer to a batch that pre-validation has refused: one error, however many orders. */
export const batchRefusal = ({ kind, text }: BatchProblem): ExchangeResponse =>
  kind === 'refused' ? { status: 'err', response: text } : orderAnswer([{ error: text }]);

/** Why the orders cannot form the group; the texts beyond the venue's two are formed like them. */
function groupProblem(orders: readonly WireOrder[], grouping: Grouping): string | undefined {
  if (grouping !== 'normalTpsl' && grouping !== 'positionTpsl') return undefined;
  const [first, ...rest] = orders;
  const exit = grouping === 'normalTpsl' ? rest[0] : first;
  if (!first || !exit) return undefined;
  for (const order of grouping === 'normalTpsl' ? rest : orders) {
    if (!('trigger' in order.t)) return 'Order of this group is not a trigger order.';
    if (!order.r) return 'Trigger order is not reduce only.';
    const isOfParent = grouping === 'positionTpsl' || (order.a === first.a && order.b !== first.b);
    if (!isOfParent || order.a !== exit.a || order.b !== exit.b) {
      return 'Trigger order has unexpected side.';
    }
  }
  return undefined;
}

/** Places the parent, then its children as its fate demands. */
function placeFamily(
  step: Step,
  account: AccountState,
  [parent, ...children]: readonly ReadOrder[],
  builder: Attachments['builder'],
): OrderStatusEntry[] {
  if (!parent) return [];
  const group = step.state.nextOid;
  const tieOf = (role: Tie['role']): Tie => ({
    group,
    role,
    isPositionTpsl: false,
    isWholePosition: false,
  });
  const answer = placeOrder(step, account, parent, { tie: tieOf('parent'), builder });
  const isLive = step.state.orders.has(group);
  const isFilled = account.latest.get(group)?.status === 'filled';
  const isRefused = typeof answer === 'object' && 'error' in answer;
  const place = (child: ReadOrder): OrderStatusEntry => {
    if (isLive) return placeOrder(step, account, child, { tie: tieOf('held'), builder });
    if (isFilled) return placeOrder(step, account, child, { tie: tieOf('sibling'), builder });
    if (isRefused) return answer;
    const text = 'Order was canceled since its parent order did not fill.';
    return { error: withAsset(text, child.asset.spec.index) };
  };
  return [answer, ...children.map(place)];
}

/** Performs the action. The builder, if any, was approved before. */
export function placeBatch(
  step: Step,
  account: AccountState,
  { orders, grouping }: OrderAction,
  builder: Attachments['builder'] = null,
): ExchangeResponse {
  const batch = readBatch(step, orders, grouping === 'positionTpsl');
  if ('kind' in batch) return batchRefusal(batch);
  const problem = groupProblem(orders, grouping);
  if (problem !== undefined) return { status: 'err', response: problem };
  if (grouping === 'normalTpsl') return orderAnswer(placeFamily(step, account, batch, builder));
  const group = step.state.nextOid;
  return orderAnswer(
    batch.map((read) => {
      const tie: Tie | null =
        grouping === 'positionTpsl'
          ? { group, role: 'sibling', isPositionTpsl: true, isWholePosition: read.sz === 0 }
          : null;
      return placeOrder(step, account, read, { tie, builder });
    }),
  );
}
