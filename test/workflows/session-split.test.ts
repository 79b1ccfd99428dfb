/**
 * Questions that split a session's tasks. One that comes with a task ends it at the local activity's
 * end: the session hears of that end only after what came meanwhile, and on replay before it. Decision
 * 14 has the story; the loop from before is the control that the split is really there.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { bundled } from '../../workers/workflow-bundle.ts';
import {
  barsClosedSignal,
  orderSettledSignal,
  pauseUpdate,
  resumeUpdate,
  type SessionView,
  sessionStateQuery,
  stopUpdate,
} from '../../workflows/trading-session/trading-session.messages.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';
import { order, ScriptedDesk, stopOrder } from './support/scripted-desk.ts';
import { ACCOUNT } from './support/scripted-venue.ts';
import { bar, sessionInput } from './support/session-scene.ts';

const TASK_QUEUE = 'session-split';
/** For a question to reach the server: nobody tells when it has. A scene says whether it came in time. */
const ARRIVAL_MS = 150;

let rig: Rig;
let workflowBundle: WorkflowBundleWithSourceMap;
let stage: Stage;
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  rig = await startRig([], 'real');
  const path = fileURLToPath(new URL('./support/session-loops.workflows.ts', import.meta.url));
  const logger = new DefaultLogger('ERROR');
  const options = { ...bundled(path), workflowInterceptorModules: [path], logger };
  workflowBundle = await bundleWorkflowCode(options);
  stage = new Stage();
  worker = await Worker.create({
    connection: rig.env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities: stage.activities(),
  });
  running = worker.run();
}, 120_000);
afterAll(async () => {
  worker.shutdown();
  await running;
  await rig.close();
});

/** A desk whose activities can be held up, one scene after the other. */
class Stage {
  desk = new ScriptedDesk();
  private readonly held: { activity: string; meanwhile: () => Promise<void> }[] = [];

  /** What happens while the next such activity is under way. */
  during(activity: string, meanwhile: () => Promise<void>): void {
    this.held.push({ activity, meanwhile });
  }

  get isOver(): boolean {
    return this.held.length === 0;
  }

  clear(): void {
    this.desk = new ScriptedDesk();
    this.held.length = 0;
  }

  activities(): Record<string, (request: never) => Promise<unknown>> {
    const names = Object.keys(new ScriptedDesk().activities());
    const act = (name: string) => async (request: never) => {
      const [next] = this.held;
      if (next?.activity === name) {
        this.held.shift();
        await next.meanwhile();
      }
      const desk = this.desk.activities() as unknown as Record<string, (request: never) => unknown>;
      return desk[name]?.(request);
    };
    return Object.fromEntries(names.map((name) => [name, act(name)]));
  }
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

interface Scene {
  readonly handle: WorkflowHandle;
  /** Asks while a task is under way: the question comes with the next. */
  ask(): Promise<void>;
  /** What it answered. */
  answer(): Promise<SessionView>;
  readonly settled: (id: string, status: string, filledBase?: string) => Promise<void>;
  readonly closed: (index: number) => Promise<void>;
}

/** @returns whether the split was there */
type Play = (scene: Scene) => Promise<boolean>;

async function attempt(type: string, name: string, scene: Play) {
  stage.clear();
  const handle = await rig.env.client.workflow.start(type, {
    workflowId: sessionWorkflowId(ACCOUNT, name),
    taskQueue: TASK_QUEUE,
    args: [sessionInput(name)],
  });
  const asked = Promise.withResolvers<SessionView>();
  const wasSplit = await scene({
    handle,
    async ask() {
      handle.query(sessionStateQuery).then(asked.resolve, asked.reject);
      await pause(ARRIVAL_MS);
    },
    answer: () => asked.promise,
    settled: (id, status, filledBase = '0') =>
      handle.signal(orderSettledSignal, { ...order(id), status, filledBase }),
    closed: (index) => handle.signal(barsClosedSignal, bar(index)),
  });
  await handle.terminate('seen enough').catch(() => undefined);
  // What a run that took over did is another story.
  const first = rig.env.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
  return { wasSplit, history: await first.fetchHistory() };
}

/** Plays until the question came in time, which it nearly always does. */
async function splitHistory(type: string, split: Split): Promise<History> {
  for (let number = 0; number < 5; number += 1) {
    const name = `${type}-${SCENES.indexOf(split)}-${number}`;
    const { wasSplit, history } = await attempt(type, name, play(split));
    if (wasSplit) return history;
  }
  throw new Error(`${split.name}: no question split a task`);
}

const replay = (history: History): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, history);

interface Split {
  readonly name: string;
  /** Before bar 1 is decided. */
  readonly before?: (scene: Scene) => Promise<void>;
  /** Comes with the question, while bar 1 is decided. */
  readonly trigger: (scene: Scene) => Promise<void>;
  /** What it has the session do. */
  readonly activity: string;
  /** Happens while that is under way. */
  readonly meanwhile: (scene: Scene) => Promise<void>;
  /** The answer knows of the trigger, and not of the activity's end. */
  readonly isBetween: (view: SessionView) => boolean;
  /** Until nothing more happens. */
  readonly end?: (scene: Scene) => Promise<void>;
}

async function paused({ handle }: Scene): Promise<void> {
  await handle.executeUpdate(pauseUpdate);
}

/** Bar 1 is decided in one task; the trigger and the question come with the next. */
const play =
  ({ before, trigger, activity, meanwhile, isBetween, end = paused }: Split): Play =>
  async (scene) => {
    await eventually(async () => (await view(scene)).settled);
    await before?.(scene);
    stage.during('decideBars', async () => {
      stage.desk.decision = { ...stage.desk.decision, summaries: { BTC: 'bar 1' } };
      await trigger(scene);
      await scene.ask();
    });
    stage.during(activity, () => meanwhile(scene));
    await scene.closed(1);
    const answer = await scene.answer();
    await eventually(async () => stage.isOver);
    // Whatever follows has come as far as it can.
    await end(scene);
    return isBetween(answer);
  };

const view = ({ handle }: Scene): Promise<SessionView> => handle.query(sessionStateQuery);

const turnOver = async (): Promise<void> => {
  stage.desk.decision = {
    started: [order('exit-1', { leg: 'exit', side: 'sell' })],
    deferred: [{ after: 'exit-1', decisionId: 'd1', step: 1, asset: 'BTC' }],
  };
};
/** The look that is under way finds a position. */
async function exitFills({ settled }: Scene): Promise<void> {
  stage.desk.open = ['BTC'];
  await settled('exit-1', 'FILLED', '0.01');
}
/** An order that was not known, filled in part: positions are looked at. */
const strayFills: Pick<Split, 'trigger' | 'activity' | 'isBetween'> = {
  trigger: ({ settled }) => settled('stray', 'PARTIALLY_FILLED', '0.01'),
  activity: 'protectPositions',
  isBetween: ({ openOrders, protections }) => openOrders.includes('stray') && protections === 0,
};
const nextBar: Pick<Split, 'trigger' | 'activity' | 'isBetween'> = {
  trigger: ({ closed }) => closed(2),
  activity: 'decideBars',
  isBetween: ({ bars, lastDecisions }) => bars === 2 && lastDecisions[0]?.summary === 'bar 1',
};

/** A request is accepted in the next task only; a failure of it is told by what comes after. */
function answeredLater(request: Promise<unknown>): void {
  request.catch(() => undefined);
}

/** As many as bring a run to its end with the very signal that comes in between. */
const NOISE = 746;

async function muchIsHeard({ settled }: Scene): Promise<void> {
  const noise = Array.from({ length: NOISE }, () => settled('noise', 'SUBMITTED'));
  await Promise.all(noise);
}

const SCENES: readonly Split[] = [
  {
    ...strayFills,
    name: 'an order fills that a step waits for, after a look',
    before: turnOver,
    meanwhile: exitFills,
  },
  {
    ...nextBar,
    name: 'an order fills that a step waits for, after a decision',
    before: turnOver,
    meanwhile: exitFills,
  },
  { ...nextBar, name: 'the next bar closes', meanwhile: ({ closed }) => closed(3) },
  {
    name: 'an order fills, before somebody who paused is answered',
    trigger: async ({ handle }) => answeredLater(handle.executeUpdate(pauseUpdate)),
    activity: 'recordSession',
    isBetween: ({ status, bars }) => status === 'paused' && bars === 1,
    before: turnOver,
    meanwhile: exitFills,
    end: async ({ handle }) => void (await handle.executeUpdate(resumeUpdate)),
  },
  {
    name: 'an order fills while the session winds down',
    trigger: async ({ handle }) =>
      answeredLater(handle.executeUpdate(stopUpdate, { args: [{ positions: 'keep' }] })),
    activity: 'protectPositions',
    // The question may come with the last record as well.
    isBetween: ({ status }) => status === 'stopping' || status === 'stopped',
    before: turnOver,
    meanwhile: exitFills,
    end: async ({ handle }) => {
      const placed = stopOrder('protect/0');
      await handle.signal(orderSettledSignal, { ...placed, status: 'SUBMITTED', filledBase: '0' });
      await handle.result();
    },
  },
  { ...strayFills, name: 'the run hands over', before: muchIsHeard, meanwhile: exitFills },
];
const [WITH_A_STEP_AFTER_A_LOOK] = SCENES;
const HANDING_OVER = SCENES.at(-1);

const lastEvent = ({ events }: History) => events?.at(-1);

describe('a question that splits a task, and meanwhile', () => {
  test.each(SCENES.map((split) => [split.name, split] as const))(
    '%s: replays',
    async (_, split) => {
      const history = await splitHistory('byInbox', split);
      await replay(history);
      const handedOver = lastEvent(history)?.workflowExecutionContinuedAsNewEventAttributes;
      expect(handedOver != null).toBe(split === HANDING_OVER);
    },
  );

  test('an order fills: did not replay when it was taken in wherever the session stood', async () => {
    if (WITH_A_STEP_AFTER_A_LOOK === undefined) throw new RangeError('no scene');
    const history = await splitHistory('byConditions', WITH_A_STEP_AFTER_A_LOOK);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});
