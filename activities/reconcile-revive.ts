/**
 * Starts the workflow of an order again whose workflow is lost. One that was never amended goes
 * through its start, which finds its envelope; one that was goes on from its newest epoch.
 */
import { resumedIntent } from '../domain/execution/order-epochs.ts';
import { newestEpoch, standingAt } from './newest-epoch.ts';
import { isSealed } from './ports/envelope.ts';
import type { OpenOrderRow } from './ports/ledger.ts';
import type { ReconcilePorts } from './reconcile-look.ts';

export async function reviveOrder(ports: ReconcilePorts, row: OpenOrderRow): Promise<void> {
  const { intent, cloid } = row;
  // What was recorded last may be older than what was stored last.
  const recorded = cloid === undefined ? undefined : await ports.ledger.envelope(cloid);
  const from = recorded === undefined || isSealed(recorded) ? 0 : recorded.epoch;
  const epoch = await newestEpoch(ports, intent, from);
  if (epoch === 0) {
    await ports.workflows.startOrder(intent, { revive: true });
    return;
  }
  const standing = await standingAt(ports, intent, epoch);
  const whole = resumedIntent(intent, standing.past, standing);
  const resume = { ...standing, placedAs: intent };
  await ports.workflows.startOrder(whole, { revive: true, resume });
}
