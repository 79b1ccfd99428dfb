/** Plays one parent order against scripted legs, and sees to it that no leg outlives it. */
import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { ParentSpec } from '../../../domain/execution/parents/parent.ts';
import { parentWorkflowId } from '../../../domain/kernel/ids.ts';
import { newParent } from '../../../workflows/parent/parent.messages.ts';
import type { parent } from '../../../workflows/parent/parent.workflow.ts';
import { orderSearchAttributes } from '../../../workflows/support/search-attributes.ts';
import { eventually } from './eventually.ts';
import { type Clock, type Rig, startRig } from './rig.ts';
import { parentIntent, ScriptedLegs } from './scripted-legs.ts';
import { expectUnsplit } from './unsplit.ts';

/** A rig with the parent's activities and no others. */
export function startParentRig(clock: Clock = 'skipping'): Promise<Rig> {
  const names = new ScriptedLegs(parentIntent('names', { kind: 'closePosition' }), () => {
    throw new Error('nobody to tell');
  });
  return startRig(Object.keys(names.activities()), clock);
}

export interface Scene {
  readonly legs: ScriptedLegs;
  readonly handle: WorkflowHandle<typeof parent>;
  /** Waits until these legs live, and no others. */
  readonly living: (...names: string[]) => Promise<void>;
}

export async function playParent(
  rig: Rig,
  id: string,
  spec: ParentSpec,
  scene: (scene: Scene) => Promise<void>,
  prepare: (legs: ScriptedLegs) => void = () => undefined,
): Promise<void> {
  const wanted = parentIntent(id, spec);
  const workflowId = parentWorkflowId(wanted.account, wanted.intentId);
  const legs = new ScriptedLegs(wanted, () => rig.env.client.workflow.getHandle(workflowId));
  prepare(legs);
  await rig.play(workflowId, legs.activities(), async () => {
    const handle = await rig.env.client.workflow.start<typeof parent>('parent', {
      workflowId,
      taskQueue: rig.taskQueue,
      args: [newParent(wanted)],
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
    const living = (...names: string[]): Promise<void> =>
      eventually(async () => legs.live.toSorted().join() === names.toSorted().join());
    await scene({ legs, handle, living });
    // Whatever the test was about: nothing outlives the parent.
    await handle.result();
    expect(legs.live).toEqual([]);
    await expectUnsplit(handle);
  });
}

export type PlayParent = (
  ...scene: Parameters<typeof playParent> extends [Rig, ...infer Rest] ? Rest : never
) => Promise<void>;
