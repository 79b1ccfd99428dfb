/**
 * What reconciliation does about a difference, where that needs no guess: a lost order workflow is
 * started again and adopts its order; an order of ours that nobody attends to is cancelled unless it
 * protects what is held; a position without a stop gets a guard by policy. Foreign orders are never
 * touched.
 */
import { isOpenParent } from '../domain/execution/parents/parent-view.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import type { Difference } from './interfaces/account.ts';
import type { Look, ReconcilePorts } from './reconcile-look.ts';
import {
  guardIntent,
  protectsSomething,
  spentExits,
  spentGuards,
  wantsGuard,
} from './reconcile-positions.ts';
import { reviveOrder } from './reconcile-revive.ts';

async function revive(
  ports: ReconcilePorts,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  const row = seen.ledgerOrders.find((each) => each.intent.intentId === difference.subject);
  if (row === undefined) return difference;
  await reviveOrder(ports, row);
  return { ...difference, action: 'revived' };
}

/** A parent that was asked to end, and lost before it did, is asked again. */
async function reviveParent(
  ports: ReconcilePorts,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  const row = seen.openParents.find(({ view }) => view.intent.intentId === difference.subject);
  if (row === undefined) return difference;
  const { intent, cancelRequested } = row.view;
  await ports.parents.revive(intent);
  if (cancelRequested !== undefined) {
    await ports.workflows.cancelOrder(row.workflowId, cancelRequested);
  }
  return { ...difference, action: 'revived' };
}

/** A leg whose workflow is lost is brought back first: it alone can prove that its order is gone. */
async function endLeg(
  ports: ReconcilePorts,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  const row = seen.ledgerOrders.find((each) => each.intent.intentId === difference.subject);
  const name = row?.intent.parent;
  const parent = name && (await ports.ledger.parent(row.intent.account, name));
  // A parent that the ledger does not know may be about to be recorded.
  if (row === undefined || !parent || isOpenParent(parent.view.status)) return difference;
  if (!seen.running.has(row.workflowId)) {
    await reviveOrder(ports, row);
  }
  const asked = await ports.workflows.cancelOrder(row.workflowId, 'its parent has ended');
  return asked ? { ...difference, action: 'cancelled' } : difference;
}

async function sweep(
  ports: ReconcilePorts,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  const order = seen.venueOrders.find((each) => each.cloid === difference.subject);
  if (order?.cloid === undefined || protectsSomething(seen, order)) return difference;
  const nonce = await ports.ledger.nextNonce(ports.signer, seen.exchangeTimeMs);
  const outcome = await ports.venue.cancel(order.asset, order.cloid, nonce);
  return outcome.kind === 'cancelled' ? { ...difference, action: 'cancelled' } : difference;
}

async function guard(
  ports: ReconcilePorts,
  address: AccountAddress,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  const position = seen.account.positions.find(({ asset }) => asset === difference.subject);
  if (position === undefined || !wantsGuard(ports, seen, position.asset)) return difference;
  const intent = await guardIntent(ports, address, seen, position);
  if (intent === undefined) return difference;
  await ports.workflows.startOrder(intent);
  const detail = `${difference.detail}; a stop for ${intent.sizeBase} at ${intent.triggerPx} is placed`;
  return { ...difference, detail, action: 'protected' };
}

export async function mend(
  ports: ReconcilePorts,
  address: AccountAddress,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  switch (difference.kind) {
    case 'workflowMissing':
      return revive(ports, seen, difference);
    case 'parentMissing':
      return reviveParent(ports, seen, difference);
    case 'orphanLeg':
      return endLeg(ports, seen, difference);
    case 'orphanOrder':
      return sweep(ports, seen, difference);
    case 'unprotectedPosition':
      return guard(ports, address, seen, difference);
    default:
      return difference;
  }
}

/**
 * Cancels guards, stops and targets that have nothing left to stand by. The positions are read once more
 * for that: those of the look may be older than the order, and be gone, or not there yet.
 */
export async function retireSpent(
  ports: ReconcilePorts,
  address: AccountAddress,
  seen: Look,
): Promise<void> {
  const spent = (look: Look) => [...spentExits(look), ...spentGuards(look)];
  if (spent(seen).length === 0) return;
  const account = await ports.venue.account(address);
  for (const { workflowId, intent } of spent({ ...seen, account })) {
    const reason =
      intent.leg === 'target' ? 'takes profit of nothing any more' : 'no longer protects anything';
    await ports.workflows.cancelOrder(workflowId, reason);
  }
}
