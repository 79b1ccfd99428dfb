/**
 * A Temporal server with the real workflow bundle and scripted activities; it skips time unless asked
 * not to. Every run
 * that a test asks for is replayed against the same bundle afterwards: a workflow that cannot
 * replay its own history fails the test that produced it.
 */
import { activityInfo } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../../domain/execution/visibility.ts';
import {
  ensureTestServer,
  findTemporal,
} from '../../../gateways/temporal/provision/find-server.ts';
import { bundled } from '../../../workers/workflow-bundle.ts';

const quiet = new DefaultLogger('ERROR');

/** Temporal's own log lines at error only: what a test expects to fail is no news. */
export function silenceTemporal(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({ logger: quiet, telemetryOptions: { logging: { filter, forward: {} } } });
}

export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ ...bundled(), logger: quiet });
}

/** The activities of one workflow: whatever it does not script must not be called. */
export type Script = Readonly<Record<string, (request: never) => Promise<unknown>>>;

export interface Rig {
  readonly env: TestWorkflowEnvironment;
  readonly taskQueue: string;
  /** Plays a scene against scripted activities, then replays the history of the workflow. */
  play(workflowId: string, script: object, scene: () => Promise<void>): Promise<void>;
  /** The activities of a further workflow that a scene starts. */
  script(workflowId: string, script: object): void;
  /** Replays what a further workflow did. */
  replay(workflowId: string): Promise<void>;
  close(): Promise<void>;
}

/** Activities that hand each call to the script of the workflow that made it. */
function dispatching(scripts: ReadonlyMap<string, Script>, names: readonly string[]): Script {
  const dispatch = (name: string) => async (request: never) => {
    const { workflowExecution } = activityInfo();
    const script = scripts.get(workflowExecution?.workflowId ?? '');
    const activity = script?.[name];
    if (activity === undefined) throw new Error(`${name} was not expected`);
    return activity(request);
  };
  return Object.fromEntries(names.map((name) => [name, dispatch(name)]));
}

/** Which clock a scene runs by: `real` for what takes real time anyhow, on the server that users run. */
export type Clock = 'skipping' | 'real';

async function startServer(clock: Clock): Promise<TestWorkflowEnvironment> {
  const attributes = Object.values(SEARCH_ATTRIBUTES);
  if (clock === 'real') {
    const { path } = await findTemporal(() => undefined);
    const extraArgs = attributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
    return TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path }, extraArgs },
    });
  }
  const path = await ensureTestServer();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes: Object.fromEntries(attributes.map((name) => [name, 2 /* KEYWORD */])),
  });
  return env;
}

/** @param names of the activities that the tested workflow may call */
export async function startRig(names: readonly string[], clock: Clock = 'skipping'): Promise<Rig> {
  silenceTemporal();
  const env = await startServer(clock);
  const workflowBundle = await bundleWorkflows();
  const scripts = new Map<string, Script>();
  const taskQueue = `test-${process.pid}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle,
    activities: dispatching(scripts, names),
  });
  const running = worker.run();
  const replay = async (workflowId: string): Promise<void> => {
    const history = await env.client.workflow.getHandle(workflowId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  };
  return {
    env,
    taskQueue,
    script: (workflowId, script) => void scripts.set(workflowId, script as Script),
    replay,
    async play(workflowId, script, scene) {
      scripts.set(workflowId, script as Script);
      await scene();
      await replay(workflowId);
    },
    async close() {
      worker.shutdown();
      await running;
      await env.teardown();
    },
  };
}
