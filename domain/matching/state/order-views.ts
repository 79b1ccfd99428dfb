/**
 * Open orders as they are shown: a parent with the children that wait for it inside, and no child
 * on its own before that. Computes, never changes.
 */

import type { OrderView } from '../contract/venue-records.ts';
import { accountOrders, groupOrders } from './order-index.ts';
import { viewOf } from './order-rows.ts';
import type { LiveOrder, OrderIndex } from './state.ts';

/** An order with its held children. */
export function familyView(index: OrderIndex, order: LiveOrder): OrderView {
  if (order.tie?.role !== 'parent') return viewOf(order);
  const children = groupOrders(index, order.account, order.tie.group, 'held');
  return viewOf(
    order,
    children.map((child) => viewOf(child)),
  );
}

export const openViews = (index: OrderIndex, account: string): OrderView[] =>
  [...accountOrders(index, account).values()]
    .filter(({ tie }) => tie?.role !== 'held')
    .map((order) => familyView(index, order));
