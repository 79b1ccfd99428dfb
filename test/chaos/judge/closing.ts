/**
 * I7: every workflow closed by itself and in time, whatever was asked for was done, parents left no
 * leg, and what is not ours was reported and left alone.
 */
import type { RecordedOrder, RecordedStep, RunFacts, WorkflowFact } from '../facts.ts';
import type { Graces } from '../judge.ts';
import { claimOf } from './ends.ts';
import { isSplit, wasStartedOver } from './split.ts';
import {
  endedByHand,
  groups,
  interventionsOf,
  PARENT_ENDS,
  type Violation,
  violation,
} from './violation.ts';

const ENDS_WELL = ['CONTINUED_AS_NEW', 'COMPLETED'];
/** What an operator's hand ends from outside; the sweeper starts the order again. */
const ENDS_BY_HAND = ['terminate', 'terminateParent', 'reset'];

/**
 * The SDK gives workflow code 5 s by the clock on the wall: a process that was stopped meanwhile (4 to
 * 10 s) fails its task by no fault of the code, and the next attempt passes.
 */
const TIMED_OUT = /^Script execution timed out after \d+ms$/;

/** Each stopped worker excuses one such task; code that really hangs would fail far more of them. */
function timeOuts(all: readonly WorkflowFact[], { faults }: RunFacts): Violation[] {
  const found = all.flatMap(({ workflowId, codeFaults }) =>
    codeFaults.filter((fault) => TIMED_OUT.test(fault)).map(() => workflowId),
  );
  const stops = faults.filter(({ kind }) => kind === 'stopWorker').length;
  return found
    .slice(stops)
    .map((workflowId) => violation('I7', workflowId, 'workflow code did not come back'));
}

/** The SDK may split one run of a seed; more would be no rare chance any more. */
const MOST_SPLIT = 1;

function splits(all: readonly WorkflowFact[]): Violation[] {
  return all
    .filter(wasStartedOver)
    .slice(MOST_SPLIT)
    .map(({ workflowId }) => violation('I7', workflowId, 'could not be replayed'));
}

const count = (items: readonly string[], wanted: string): number =>
  items.filter((item) => item === wanted).length;

function workflowEnded(
  workflow: WorkflowFact,
  hands: readonly string[],
  isEndedByHand: boolean,
): Violation[] {
  const { workflowId, runs, codeFaults } = workflow;
  const isOver = wasStartedOver(workflow);
  const found = codeFaults
    .filter((fault) => !TIMED_OUT.test(fault) && !(isOver && isSplit(fault)))
    .map((fault) => violation('I7', workflowId, `task failed: ${fault}`));
  const byHand = hands.filter((what) => ENDS_BY_HAND.includes(what)).length;
  const others = runs.filter((run) => !ENDS_WELL.includes(run));
  const isByHand =
    others.every((run) => run === 'TERMINATED') && others.length <= byHand + Number(isOver);
  if ((runs.at(-1) !== 'COMPLETED' && !isEndedByHand) || !isByHand) {
    found.push(violation('I7', workflowId, `runs ended as ${runs.join(', ')}`));
  }
  // A second start of the same work would show as a run that follows a completed one.
  const again = count(hands, 'duplicateStart') + count(hands, 'reset');
  if (count(runs, 'COMPLETED') > 1 + again) {
    found.push(violation('I7', workflowId, `was started ${runs.length} times`));
  }
  return found;
}

export function allClosed(facts: RunFacts, { closedMs: graceMs }: Graces): Violation[] {
  const { workflows, asked, lastFaultMs } = facts;
  const { orders, parents, session, account } = workflows;
  const hands = interventionsOf(facts);
  const all = [...orders, ...parents, session, account];
  const known = new Set([...orders, ...parents].map(({ intentId }) => intentId));
  const late = all.filter(({ closedMs }) => (closedMs ?? 0) - lastFaultMs > graceMs);
  const ended = endedByHand(facts);
  const byHand = new Set(
    [...orders, ...parents]
      .filter(({ intentId }) => ended.has(intentId))
      .map((each) => each.workflowId),
  );
  return [
    ...all.flatMap((workflow) => {
      const { workflowId } = workflow;
      return workflowEnded(workflow, hands.get(workflowId) ?? [], byHand.has(workflowId));
    }),
    ...timeOuts(all, facts),
    ...splits(all),
    ...late.map(({ workflowId, closedMs }) =>
      violation(
        'I7',
        workflowId,
        `closed ${(closedMs ?? 0) - lastFaultMs} ms after the last fault`,
      ),
    ),
    ...asked
      .filter((intentId) => !known.has(intentId))
      .map((intentId) => violation('I7', intentId, 'was asked for and lost')),
  ];
}

/**
 * When the story first told of an order's end; undefined when it never did. Of one that has filled that
 * is also when it told the last of its executions: the venue's own word may come long after them.
 * What an execution of the workflow told that was lost with its worker is told again.
 */
function toldEndMs({ status }: RecordedOrder, story: readonly RecordedStep[]): number | undefined {
  const ends = story.filter((step) => claimOf(step) !== undefined).map(({ atMs }) => atMs);
  const fills = new Map<unknown, number>();
  for (const { what, detail, atMs } of story) {
    if (what !== 'fill') continue;
    const { tid } = detail.fill as { readonly tid?: number };
    fills.set(tid, Math.min(atMs, fills.get(tid) ?? atMs));
  }
  const lastFill = fills.size > 0 ? [Math.max(...fills.values())] : [];
  const told = status === 'FILLED' || ends.length === 0 ? [...ends, ...lastFill] : ends;
  return told.length > 0 ? Math.min(...told) : undefined;
}

/** A parent ends last, and ends only when the end of each of its legs is known. */
export function parentsLeaveNothing(facts: RunFacts): Violation[] {
  const { ledger, workflows } = facts;
  const byHand = endedByHand(facts);
  const legs = groups(
    ledger.orders.filter(({ parent }) => parent !== undefined),
    ({ parent }) => String(parent),
  );
  const orders = new Map(workflows.orders.map((order) => [order.intentId, order]));
  const stories = groups(ledger.steps, ({ intentId }) => intentId);
  const found: Violation[] = [];
  for (const { intentId, closedMs, result } of workflows.parents) {
    if (closedMs === undefined) continue;
    for (const leg of legs.get(intentId) ?? []) {
      const endedMs = toldEndMs(leg, stories.get(leg.intentId) ?? []);
      if ((orders.get(leg.intentId)?.startedMs ?? 0) > closedMs) {
        found.push(violation('parents', leg.intentId, 'was started after its parent had ended'));
      } else if (endedMs === undefined || endedMs > closedMs) {
        const lateMs = endedMs === undefined ? 'for ever' : `by ${endedMs - closedMs} ms`;
        found.push(violation('parents', leg.intentId, `outlived its parent ${lateMs}`));
      }
    }
    if (!byHand.has(intentId) && !PARENT_ENDS.includes(result?.status ?? '')) {
      found.push(violation('parents', intentId, `ended as ${result?.status ?? 'nothing'}`));
    }
  }
  return found;
}

/** An order placed past us is reported, and neither cancelled nor adopted. */
export function foreignUntouched({ foreign, ledger }: RunFacts): Violation[] {
  return foreign.flatMap(({ oid, cloid, wasOpen }) => {
    if (oid === undefined) return [];
    const found: Violation[] = [];
    if (!ledger.foreignReported.includes(String(oid))) {
      found.push(violation('foreign', cloid, `order ${oid} was never reported`));
    }
    if (wasOpen !== true) found.push(violation('foreign', cloid, `order ${oid} did not stay`));
    return found;
  });
}
