/**
 * An order that is asked how it stands while it deals with the world, and hears of something
 * meanwhile. When the dealing ends before the answer is given, the task is split (decision 14): the
 * first time the order hears the news before the dealing's end, on replay after it.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { OrderActivities } from '../../activities/interfaces/order.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { orderWorkflowId } from '../../domain/kernel/ids.ts';
import { bundled } from '../../workers/workflow-bundle.ts';
import {
  cancelSignal,
  cancelUpdate,
  newOrder,
  type OrderInput,
  orderStateQuery,
  submittedUpdate,
  venueFactsSignal,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';
import { intent, ScriptedVenue } from './support/scripted-venue.ts';

const TASK_QUEUE = 'asked';
/** On a busy machine a question may be answered before the news are there. */
const ATTEMPTS = 5;

let rig: Rig;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  rig = await startRig([], 'real');
  const slowAnswers = fileURLToPath(new URL('./support/slow-answers.ts', import.meta.url));
  workflowBundle = await bundleWorkflowCode({
    ...bundled(),
    workflowInterceptorModules: [slowAnswers],
    logger: new DefaultLogger('ERROR'),
  });
}, 120_000);
afterAll(() => rig.close());

type Handle = WorkflowHandle<typeof order>;

interface Stage {
  readonly venue: ScriptedVenue;
  readonly handle: Handle;
  readonly wanted: OrderIntent;
}

/** How an order comes to a task that nobody begins yet, and what it hears in it. */
interface Scene {
  /** The task's first dealing: it is under way when the order is asked, and hears. */
  readonly dealing: keyof OrderActivities;
  arrange?(venue: ScriptedVenue): void;
  /** With a worker. */
  before(stage: Stage): Promise<unknown>;
  /** Without one: what wakes the order, unless a timer does. */
  cause?(stage: Stage): Promise<unknown>;
  hears(stage: Stage): Promise<unknown>;
  /** When the question is answered. */
  after?(stage: Stage): Promise<unknown>;
  readonly ends: string;
}

const rests = ({ venue }: Stage): Promise<void> =>
  eventually(async () => venue.recorded.at(-1)?.status === 'SUBMITTED');

/** The stream tells what the venue has of the order. */
async function stream({ venue, handle, wanted }: Stage): Promise<void> {
  const cloid = venue.cloid(wanted);
  const fills = venue.orders.get(cloid)?.fills ?? [];
  await handle.signal(venueFactsSignal, { cloid, statuses: [venue.status(cloid)], fills });
}

async function fills(stage: Stage): Promise<void> {
  await stage.venue.trade(stage.venue.cloid(stage.wanted), '0.02', 11);
  await stream(stage);
}

/** Sends an update and waits until the server has it; nobody has begun the task that brings it. */
async function asks({ handle }: Stage, update: typeof cancelUpdate | typeof submittedUpdate) {
  const { client } = rig.env;
  const { workflowId } = handle;
  const updateId = `${workflowId}-${update.name}`;
  const answer = handle.executeUpdate(update as typeof cancelUpdate, { args: [{}], updateId });
  answer.catch(() => undefined);
  const updateRef = { workflowExecution: { workflowId }, updateId };
  const poll = { namespace: client.options.namespace, updateRef };
  await eventually(() =>
    client.workflowService.pollWorkflowExecutionUpdate(poll).then(
      () => true,
      () => false,
    ),
  );
}

const SCENES: Readonly<Record<string, Scene>> = {
  'is placed, and hears that it filled': {
    dealing: 'placeOrder',
    arrange(venue) {
      venue.unreachable = true;
    },
    before: ({ venue }) => eventually(async () => venue.refusedCalls === 1),
    async cause({ venue }) {
      venue.unreachable = false;
    },
    hears: fills,
    ends: 'FILLED',
  },
  'is looked up, and hears that it filled': {
    dealing: 'lookUpOrder',
    before: rests,
    hears: fills,
    ends: 'FILLED',
  },
  'is looked up, and hears that somebody wants it gone': {
    dealing: 'lookUpOrder',
    before: rests,
    hears: ({ handle }) => handle.signal(cancelSignal),
    ends: 'CANCELLED',
  },
  'is looked up, and is asked to go': {
    dealing: 'lookUpOrder',
    before: rests,
    hears: (stage) => asks(stage, cancelUpdate),
    ends: 'CANCELLED',
  },
  'is looked up, and is asked whether it was placed': {
    dealing: 'lookUpOrder',
    before: rests,
    hears: (stage) => asks(stage, submittedUpdate),
    after: fills,
    ends: 'FILLED',
  },
  'tells of an execution, and hears of the next': {
    dealing: 'recordOrder',
    before: rests,
    async cause(stage) {
      await stage.venue.trade(stage.venue.cloid(stage.wanted), '0.005', 10);
      await stream(stage);
    },
    async hears(stage) {
      await stage.venue.trade(stage.venue.cloid(stage.wanted), '0.015', 12);
      await stream(stage);
    },
    ends: 'FILLED',
  },
  'is cancelled, and hears that it is': {
    dealing: 'cancelOnVenue',
    before: rests,
    cause: ({ handle }) => handle.signal(cancelSignal),
    hears: stream,
    ends: 'CANCELLED',
  },
  'tells of its end, and hears of it once more': {
    dealing: 'recordOrder',
    async before(stage) {
      await rests(stage);
      await stage.handle.signal(cancelSignal);
      await eventually(async () => stage.venue.cancels === 1);
    },
    cause: stream,
    hears: stream,
    ends: 'CANCELLED',
  },
};

/** Waits until a task of the order waits to be begun. */
const taskWaits = ({ handle }: Stage): Promise<void> =>
  eventually(async () => {
    const { raw } = await handle.describe();
    return raw.pendingWorkflowTask?.state === 1;
  });

function worker(activities: object): Promise<Worker> {
  return Worker.create({
    connection: rig.env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities,
    // No worker has tasks of its own, so the second one gets what the first has left.
    maxCachedWorkflows: 0,
  });
}

/** Plays the scene, until the news come in time. @returns its history, in which the task is split */
async function asked(name: string, scene: Scene, edition?: OrderInput['edition']) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { events } = await askedOnce(`${name} ${attempt}`, scene, 125 * 2 ** attempt, edition);
    if (events?.some(isSplit)) return { events };
  }
  throw new Error(`${name}: the task was not split in ${ATTEMPTS} attempts`);
}

/** @param answerMs how long the answer to the question takes */
async function askedOnce(
  name: string,
  scene: Scene,
  answerMs: number,
  edition?: OrderInput['edition'],
) {
  const venue = new ScriptedVenue(async () => Date.now());
  const wanted = intent(`asked-${name.replaceAll(/\W+/g, '-')}-${edition}`);
  scene.arrange?.(venue);
  const activities = venue.activities();
  const begun = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const dealing = activities[scene.dealing] as (request: never) => Promise<unknown>;
  const held = async (request: never): Promise<unknown> => {
    const result = await dealing(request);
    begun.resolve();
    await heard.promise;
    return result;
  };
  const first = await worker(activities);
  const stage = await first.runUntil(async (): Promise<Stage> => {
    const handle: Handle = await rig.env.client.workflow.start<typeof order>('order', {
      workflowId: orderWorkflowId(wanted.account, wanted.intentId),
      taskQueue: TASK_QUEUE,
      args: [{ ...newOrder(wanted), ...(edition && { edition }) }],
      typedSearchAttributes: orderSearchAttributes(wanted),
    });
    await scene.before({ venue, handle, wanted });
    return { venue, handle, wanted };
  });
  await scene.cause?.(stage);
  await taskWaits(stage);
  const question = stage.handle.query(orderStateQuery.name, answerMs);
  const second = await worker({ ...activities, [scene.dealing]: held });
  await second.runUntil(async () => {
    await begun.promise;
    await scene.hears(stage);
    heard.resolve();
    await question;
    await scene.after?.(stage);
    const { status } = await stage.handle.result();
    expect(status).toBe(scene.ends);
  });
  return stage.handle.fetchHistory();
}

interface HistoryEvent {
  readonly workflowTaskScheduledEventAttributes?: unknown;
  readonly markerRecordedEventAttributes?: unknown;
  readonly workflowExecutionSignaledEventAttributes?: unknown;
}

/** Whether the event is a task that was asked for when nothing but the end of a dealing was told. */
function isSplit(event: HistoryEvent, index: number, events: readonly HistoryEvent[]): boolean {
  const before = events
    .slice(0, index)
    .findLast((each) => !each.workflowExecutionSignaledEventAttributes);
  const isTask = Boolean(event.workflowTaskScheduledEventAttributes);
  return isTask && Boolean(before?.markerRecordedEventAttributes);
}

const replay = (history: unknown): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, history);

describe('an order that is asked while it', () => {
  test.each(Object.entries(SCENES))('%s, replays', async (name, scene) => {
    await replay(await asked(name, scene));
  });

  test('is looked up may not replay when it takes in news as they come: what this is about', async () => {
    const [name, scene] = Object.entries(SCENES)[1] ?? [];
    if (name === undefined || scene === undefined) throw new Error('no scene');
    const history = await asked(name, scene, 2);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});
