/**
 * A local activity that outlives the workflow task that began it, and an update that comes meanwhile.
 * The SDK replays them in another order than it ran them; an activity that gives way does not mind.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectedSinks, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundled } from '../../workers/workflow-bundle.ts';
import { askUpdate, type HeldUpSinks } from './support/held-up.workflows.ts';
import { type Rig, startRig } from './support/rig.ts';

const TASK_QUEUE = 'held-up';

let rig: Rig;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  rig = await startRig([], 'real');
  const path = fileURLToPath(new URL('./support/held-up.workflows.ts', import.meta.url));
  const logger = new DefaultLogger('ERROR');
  workflowBundle = await bundleWorkflowCode({ ...bundled(path), logger });
}, 120_000);
afterAll(() => rig.close());

/** Runs the workflow: somebody asks in its first task, is heard in its second, then the activity ends. */
async function heldUp(type: string): Promise<unknown> {
  const { env } = rig;
  const begun = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const linger = (): Promise<void> => {
    begun.resolve();
    return asked.promise;
  };
  const sinks: InjectedSinks<HeldUpSinks> = {
    scene: { asked: { fn: () => asked.resolve() } },
  };
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities: { linger },
    sinks,
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start(type, {
      workflowId: `held-up-${type}`,
      taskQueue: TASK_QUEUE,
      // A task is kept open for 80 % of that before it is handed in without the activity's end.
      workflowTaskTimeout: '1s',
    });
    await begun.promise;
    await handle.executeUpdate(askUpdate);
    await handle.result();
    return handle.fetchHistory();
  });
}

const replay = (history: unknown): Promise<void> => {
  const sinks: InjectedSinks<HeldUpSinks> = { scene: { asked: { fn: () => undefined } } };
  return Worker.runReplayHistory({ workflowBundle, sinks }, history);
};

describe('a local activity that is held up while somebody asks', () => {
  test('may not replay: the defect of the SDK that all this is about', async () => {
    await expect(replay(await heldUp('unguarded'))).rejects.toThrow(DeterminismViolationError);
  });

  test('replays when it gives way', async () => {
    await replay(await heldUp('guarded'));
  });
});
