/**
 * Starts the workflow of an order again whose workflow is lost. One that was never amended goes
 * through its start, which finds its envelope; one that was goes on from its newest epoch, since
 * the older ones are known to be dead. What became of the newest one is for the run to find out.
 */

import type { OrderIntent } from '../domain/execution/intent.ts';
import type { OrderFacts } from '../domain/execution/order-facts.ts';
import { fillFact, fillKey, newOrderFacts } from '../domain/execution/order-facts.ts';
import { decimal, sizeBase, ZERO } from '../domain/kernel/decimal.ts';
import { cloidOf } from './order-envelope.ts';
import { askedBase, type Envelope } from './ports/envelope.ts';
import type { OpenOrderRow } from './ports/ledger.ts';
import type { Resumption } from './ports/workflows.ts';
import type { ReconcilePorts } from './reconcile-look.ts';

const UNKNOWN = 'its workflow was lost';

/** What the epochs before this one executed, as one; undefined when they executed nothing. */
async function executedBefore(
  { ledger, tag }: ReconcilePorts,
  intent: OrderIntent,
  { epoch }: Envelope,
): Promise<OrderFacts | undefined> {
  const epochs = Array.from({ length: epoch }, (_none, index) => cloidOf(tag, intent, index));
  const fills = (await ledger.fillsOf(intent.account, 0)).filter(
    ({ cloid }) => cloid !== undefined && epochs.includes(cloid),
  );
  if (fills.length === 0) return undefined;
  const size = fills.reduce((sum, fill) => sum.plus(decimal(fill.sizeBase)), ZERO);
  return {
    ...newOrderFacts(sizeBase(size)),
    epoch: epoch - 1,
    sends: 1,
    fills: Object.fromEntries(fills.map((fill) => [fillKey(fill), fillFact(fill)])),
  };
}

async function resumptionOf(
  ports: ReconcilePorts,
  { intent, cloid }: OpenOrderRow,
): Promise<Resumption | undefined> {
  const envelope = cloid && (await ports.ledger.envelope(cloid));
  if (!envelope || envelope.epoch === 0) return undefined;
  const before = await executedBefore(ports, intent, envelope);
  return {
    facts: {
      ...newOrderFacts(askedBase(envelope) ?? intent.sizeBase),
      cloid: envelope.cloid,
      epoch: envelope.epoch,
      sends: Math.max(1, envelope.sends),
      unknown: UNKNOWN,
    },
    past: before === undefined ? [] : [before],
    expiresAfterMs: envelope.expiresAfterMs,
    // Executions are looked for from a while before the envelope expired; see `resolve-doubt.ts`.
    startedMs: envelope.expiresAfterMs,
  };
}

export async function reviveOrder(ports: ReconcilePorts, row: OpenOrderRow): Promise<void> {
  const resume = await resumptionOf(ports, row);
  await ports.workflows.startOrder(row.intent, { revive: true, ...(resume && { resume }) });
}
