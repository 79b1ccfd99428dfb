/** Places a parent order, exactly once per intent key, and cancels one with all its legs. */
import {
  checkParent,
  type ParentIntent,
  type ParentSpec,
} from '../../domain/execution/parents/parent.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { canonicalJson, parentWorkflowId } from '../../domain/kernel/ids.ts';
import { CliFailure, orTold, usageFailure } from './failure.ts';
import { type IdentityOptions, readAsset, readIdentity } from './order-input.ts';
import { type FoundParent, toldParentEnd } from './parent-find.ts';
import { PLAN_FLAGS } from './parent-input.ts';
import { exitOfParent, parentDocument, renderParent } from './parent-report.ts';
import { withProgress } from './progress.ts';
import { type Report, report } from './report.ts';
import { readDurationMs } from './values.ts';
import { watchAccount } from './watched-account.ts';
import type { World } from './world.ts';

export interface PlaceParentOptions extends IdentityOptions {
  readonly wait?: boolean;
  readonly timeout: string;
}

async function intentOf(
  world: World,
  asset: string,
  spec: ParentSpec,
  options: IdentityOptions,
): Promise<ParentIntent> {
  const identity = readIdentity(options, world);
  const intent = { ...(await world.target()), ...identity, asset: readAsset(asset), spec };
  const violation = checkParent(intent);
  if (violation === undefined) return intent;
  throw usageFailure({ ...violation, field: PLAN_FLAGS[violation.field] ?? violation.field });
}

function keyTaken(key: string): CliFailure {
  const rule = 'is taken by a parent order that asks for something else';
  return new CliFailure(EXIT.refused, `intent key ${JSON.stringify(key)}: ${rule}`, {
    violation: { field: 'intent-key', value: key, rule },
    mend: `perpetua order show ${key}, or another --intent-key`,
  });
}

/** @throws CliFailure when the plan makes no sense, or the key belongs to another one */
export async function placeParent(
  world: World,
  asset: string,
  spec: ParentSpec,
  options: PlaceParentOptions,
): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const intent = await intentOf(world, asset, spec, options);
  const workflowId = parentWorkflowId(intent.account, intent.intentId);
  const workflows = await world.workflows();
  const told = () => toldParentEnd(world, intent);
  const startedMs = world.nowMs();
  const watched = watchAccount(world, workflows, intent);
  let view = await withProgress(world, `starting ${intent.intentId}`, () =>
    orTold(() => workflows.submitParent(intent, timeoutMs), told),
  );
  await watched;
  if (canonicalJson(view.intent) !== canonicalJson(intent)) throw keyTaken(intent.intentId);
  let timedOut = false;
  if (options.wait) {
    const leftMs = Math.max(1, timeoutMs - (world.nowMs() - startedMs));
    const end = await withProgress(world, `waiting for ${intent.intentId} to end`, () =>
      orTold(() => workflows.parentEnd(workflowId, leftMs), told),
    );
    timedOut = end === undefined;
    view = end ?? (await workflows.parentState(workflowId)) ?? view;
  }
  const stillOpen = `still ${view.status} after ${options.timeout}; it goes on by itself`;
  return report(
    { ...parentDocument(view, workflowId), ...(options.wait ? { timedOut } : {}) },
    (style) => {
      const text = renderParent(view, workflowId, style);
      return timedOut ? `${text}\n${style.paint('warn', stillOpen)}` : text;
    },
    timedOut ? EXIT.failed : exitOfParent(view),
  );
}

export const showParent = ({ view, workflowId, isLive }: FoundParent): Report =>
  report({ ...parentDocument(view, workflowId), isLive }, (style) =>
    renderParent(view, workflowId, style),
  );

/** @throws CliFailure when it is not cancelled in time; it goes on trying */
export async function cancelParent(
  world: World,
  { workflowId, view, isLive }: FoundParent,
  reason: string,
  options: { readonly wait: boolean; readonly timeout: string },
): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const key = view.intent.intentId;
  if (!isLive) return showParent({ workflowId, view, isLive });
  const workflows = await world.workflows();
  if (!options.wait) {
    await workflows.requestCancel(workflowId, reason);
    const document = { ...parentDocument(view, workflowId), cancelRequested: reason };
    return report(document, () => `asked to cancel ${key}`);
  }
  const answer = await withProgress(world, `cancelling ${key}`, () =>
    workflows.cancelParent(workflowId, reason, timeoutMs),
  );
  if (answer.kind === 'stillOpen' || answer.kind === 'unknown') {
    const message = `order ${key}: not cancelled after ${options.timeout}; it goes on trying`;
    throw new CliFailure(EXIT.failed, message, { mend: `perpetua order show ${key}` });
  }
  return report(parentDocument(answer.view, workflowId), (style) =>
    renderParent(answer.view, workflowId, style),
  );
}
