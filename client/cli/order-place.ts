/** `order place`: hands one intent to its workflow, exactly once per intent key. */

import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { orderWorkflowId } from '../../domain/kernel/ids.ts';
import { CliFailure, orTold } from './failure.ts';
import { toldEnd } from './order-find.ts';
import {
  differingFields,
  intentOf,
  type OrderWords,
  type PlaceOptions,
  readDraft,
} from './order-input.ts';
import { exitOfOrder, orderDocument, renderOrder } from './order-report.ts';
import { withProgress } from './progress.ts';
import { type Report, report } from './report.ts';
import { readDurationMs } from './values.ts';
import { watchAccount } from './watched-account.ts';
import type { World } from './world.ts';

/** @throws CliFailure when the words do not fit, or the key belongs to a different order */
export async function placeOrder(
  world: World,
  words: OrderWords,
  options: PlaceOptions,
): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const draft = readDraft(words, options, world);
  const intent = intentOf(draft, await world.target());
  const workflowId = orderWorkflowId(intent.account, intent.intentId);
  const workflows = await world.workflows();
  const told = () => toldEnd(world, intent.intentId);
  const startedMs = world.nowMs();
  const watched = watchAccount(world, workflows, intent);
  let view = await withProgress(world, `placing ${intent.intentId}`, () =>
    orTold(() => workflows.submitOrder(intent, timeoutMs), told),
  );
  await watched;
  const differences = differingFields(view.placedAs ?? view.intent, intent);
  if (differences.length > 0) throw keyTaken(intent.intentId, differences);
  let timedOut = false;
  // Also when it has ended: its last fills may still be on their way.
  if (options.wait) {
    const leftMs = Math.max(1, timeoutMs - (world.nowMs() - startedMs));
    const end = await withProgress(world, `waiting for ${intent.intentId} to end`, () =>
      orTold(() => workflows.orderEnd(workflowId, leftMs), told),
    );
    timedOut = end === undefined;
    view = end ?? (await workflows.orderState(workflowId)) ?? view;
  }
  const stillOpen = `still ${view.status} after ${options.timeout}; it goes on by itself`;
  return report(
    { ...orderDocument(view, workflowId), ...(options.wait ? { timedOut } : {}) },
    (style) => {
      const order = renderOrder(view, workflowId, style);
      return timedOut ? `${order}\n${style.paint('warn', stillOpen)}` : order;
    },
    timedOut ? EXIT.failed : exitOfOrder(view),
  );
}

function keyTaken(key: string, differences: ReturnType<typeof differingFields>): CliFailure {
  const list = differences
    .map(({ field, stored, wanted }) => `${field} ${stored}, not ${wanted}`)
    .join('; ');
  const fields = differences.map(({ field }) => field).join(', ');
  const rule = `is taken by an order that differs in ${fields}`;
  return new CliFailure(EXIT.refused, `intent key ${JSON.stringify(key)}: ${rule} (${list})`, {
    violation: { field: 'intent-key', value: key, rule },
    mend: `perpetua order show ${key}, or another --intent-key`,
  });
}
