/**
 * Who goes first when the venue's rate limits leave room for some only: cancels and reductions, then
 * protective stops, then entries, then reads. Knows wire actions by their canonical keys; a kind of
 * action that it does not know is an entry, which is the first to wait and the one a halt stops.
 */

/** From the first to the last. */
export const PRIORITIES = ['reduce', 'protect', 'enter', 'read'] as const;
export type Priority = (typeof PRIORITIES)[number];

type Json = Readonly<Record<string, unknown>>;

/** Actions that can only take orders out of the market. */
const WITHDRAWALS: ReadonlySet<unknown> = new Set([
  'cancel',
  'cancelByCloid',
  'noop',
  'scheduleCancel',
  'twapCancel',
]);

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** The orders an action places or changes; none when it is about something else. */
function ordersOf({ type, orders, order, modifies, twap }: Json): readonly unknown[] {
  if (type === 'order' && Array.isArray(orders)) return orders;
  if (type === 'modify') return [order];
  if (type === 'batchModify' && Array.isArray(modifies)) {
    return modifies.map((each) => (isJson(each) ? each.order : undefined));
  }
  return type === 'twapOrder' ? [twap] : [];
}

function priorityOfOrder(order: unknown): Priority {
  if (!isJson(order) || order.r !== true) return 'enter';
  return isJson(order.t) && 'trigger' in order.t ? 'protect' : 'reduce';
}

/** The priority of a wire action: that of its least urgent order. */
export function priorityOfAction(action: Json): Priority {
  if (WITHDRAWALS.has(action.type)) return 'reduce';
  const orders = ordersOf(action).map(priorityOfOrder);
  if (orders.length === 0 || orders.includes('enter')) return 'enter';
  return orders.includes('protect') ? 'protect' : 'reduce';
}

/** Whether the action can make a position larger or open one: what a halt holds back. */
export const mayAddRisk = (action: Json): boolean => priorityOfAction(action) === 'enter';
