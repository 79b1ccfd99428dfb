/**
 * Workflows that no worker can replay: a change that was not patched, or a task that the SDK split
 * (decision 14). Every task of such a run fails from then on, however often it is tried. It is started
 * over from its first task, and asked again what it was asked: an order finds in the ledger and at the
 * venue what it had come to, a parent its legs, a session its decisions and stops. Temporal itself tells
 * which runs they are (server 1.30 and later).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';

/** `grpc.status`. */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

const PROBLEMS = 'TemporalReportedProblems';
const NOT_REPLAYED = 'cause=WorkflowTaskFailedCauseNonDeterministicError';
/**
 * Also what core says of a history that has an update's answer where the replay has another update's
 * (core 1.24: an invalid transition of its own machines is "fatal" instead of "nondeterminism"). Code
 * of ours that throws goes by the same cause, and stays stuck in sight.
 */
const UNHANDLED = 'cause=WorkflowTaskFailedCauseWorkflowWorkerUnhandledFailure';
const OF_CORE = 'Fatal error in workflow machines';

const LOOK_EVERY_MS = 10_000;
/** One that is stuck again and again has another fault, which somebody must see. */
const MOST_STARTS = 3;
const PER_MS = 3_600_000;

interface StuckRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** What Temporal says of it, e.g. `cause=WorkflowTaskFailedCauseNonDeterministicError`. */
  readonly problems: readonly string[];
}

function codeOf(fault: unknown): number | undefined {
  const inner = fault instanceof ServiceError ? fault.cause : fault;
  return isGrpcServiceError(inner) ? inner.code : undefined;
}

/**
 * The running workflows whose tasks failed or timed out at least twice in a row, at most a few seconds
 * late. Undefined when the server cannot tell: it is older than 1.30.
 */
export async function stuckRuns(client: Client): Promise<readonly StuckRun[] | undefined> {
  const query = `${PROBLEMS} IS NOT NULL AND ExecutionStatus = 'Running'`;
  const found: StuckRun[] = [];
  try {
    for await (const { workflowId, runId, type, searchAttributes } of client.workflow.list({
      query,
    })) {
      const problems = (searchAttributes[PROBLEMS] ?? []).map(String);
      found.push({ workflowId, runId, type, problems });
    }
  } catch (fault) {
    if (codeOf(fault) === INVALID_ARGUMENT) return undefined;
    throw fault;
  }
  return found;
}

/** Whether it is one that cannot be replayed. Of failures in a row the first is an event, with its message. */
async function cannotReplay(client: Client, run: StuckRun): Promise<boolean> {
  const { workflowId, runId, problems } = run;
  if (problems.includes(NOT_REPLAYED)) return true;
  if (!problems.includes(UNHANDLED)) return false;
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const failed = events?.findLast((event) => event.workflowTaskFailedEventAttributes);
  const message = failed?.workflowTaskFailedEventAttributes?.failure?.message;
  return message?.startsWith(OF_CORE) === true;
}

/**
 * Starts a run over from its first task. Several workers that do it at once do it once.
 * @returns false when it has ended meanwhile, or was started over already
 */
async function startOver(client: Client, { workflowId, runId }: StuckRun): Promise<boolean> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { events } = await handle.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  if (first?.eventId == null) return false;
  try {
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
      reason: 'its history cannot be replayed',
      requestId: `start-over-${runId}`,
      workflowTaskFinishEventId: first.eventId,
    });
    return true;
  } catch (fault) {
    if (codeOf(fault) === NOT_FOUND) return false;
    throw fault;
  }
}

type StartsOf = Map<string, readonly number[]>;

async function lookOnce(client: Client, log: Logger, startsOf: StartsOf): Promise<boolean> {
  const stuck = await stuckRuns(client);
  if (stuck === undefined) {
    log.warn('this Temporal is older than 1.30 and does not tell which workflows are stuck');
    return false;
  }
  for (const run of stuck) {
    const { workflowId, runId } = run;
    const nowMs = Date.now();
    const starts = (startsOf.get(workflowId) ?? []).filter((atMs) => nowMs - atMs < PER_MS);
    if (starts.length >= MOST_STARTS) continue;
    if (!(await cannotReplay(client, run))) continue;
    startsOf.set(workflowId, [...starts, nowMs]);
    if (!(await startOver(client, run))) continue;
    log.error({ workflowId, runId }, 'a workflow that could not be replayed was started over');
    if (starts.length + 1 === MOST_STARTS) {
      log.error({ workflowId }, 'it will not be started over again within the hour');
    }
  }
  return true;
}

/**
 * Looks for stuck runs from now on, until it is told to end.
 * @returns ends the looking, and resolves when nothing of it is under way any more
 */
export function keepUnstuck(client: Client, log: Logger, everyMs = LOOK_EVERY_MS) {
  const ended = new AbortController();
  const { signal } = ended;
  const startsOf: StartsOf = new Map();
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (!(await lookOnce(client, log, startsOf))) return;
      } catch (fault) {
        // Temporal is away for a while; the heartbeat says so.
        log.info({ fault: String(fault) }, 'stuck workflows were not looked for');
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const looking = look();
  return async (): Promise<void> => {
    ended.abort();
    await looking;
  };
}
