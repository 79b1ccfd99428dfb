/**
 * I7: every workflow closed by itself and in time, whatever was asked for was done, parents left no
 * leg, and what is not ours was reported and left alone.
 */
import type { RunFacts, WorkflowFact } from '../facts.ts';
import type { Graces } from '../judge.ts';
import { groups, interventionsOf, type Violation, violation } from './violation.ts';

const ENDS_WELL = ['CONTINUED_AS_NEW', 'COMPLETED'];
/** What an operator's hand ends from outside; the sweeper starts the order again. */
const ENDS_BY_HAND = ['terminate', 'terminateParent', 'reset'];
/** A leg tells its parent of its end a moment before its own workflow closes. */
const LEG_CLOSES_WITHIN_MS = 10_000;

const count = (items: readonly string[], wanted: string): number =>
  items.filter((item) => item === wanted).length;

function workflowEnded(workflow: WorkflowFact, hands: readonly string[]): Violation[] {
  const { workflowId, runs, codeFaults } = workflow;
  const found = codeFaults.map((fault) => violation('I7', workflowId, `task failed: ${fault}`));
  const byHand = hands.filter((what) => ENDS_BY_HAND.includes(what)).length;
  const others = runs.filter((run) => !ENDS_WELL.includes(run));
  const isByHand = others.every((run) => run === 'TERMINATED') && others.length <= byHand;
  if (runs.at(-1) !== 'COMPLETED' || !isByHand) {
    found.push(violation('I7', workflowId, `runs ended as ${runs.join(', ')}`));
  }
  // A second start of the same work would show as a run that follows a completed one.
  if (count(runs, 'COMPLETED') > 1 + count(hands, 'duplicateStart')) {
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
  return [
    ...all.flatMap((workflow) => workflowEnded(workflow, hands.get(workflow.workflowId) ?? [])),
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

/** A parent ends last, and ends only when no leg of it lives. */
export function parentsLeaveNothing({ ledger, workflows }: RunFacts): Violation[] {
  const legs = groups(
    ledger.orders.filter(({ parent }) => parent !== undefined),
    ({ parent }) => String(parent),
  );
  const orders = new Map(workflows.orders.map((order) => [order.intentId, order]));
  const found: Violation[] = [];
  for (const { intentId, closedMs, result } of workflows.parents) {
    if (closedMs === undefined) continue;
    for (const leg of legs.get(intentId) ?? []) {
      const order = orders.get(leg.intentId);
      const legClosedMs = order?.closedMs ?? Number.POSITIVE_INFINITY;
      if ((order?.startedMs ?? 0) > closedMs) {
        found.push(violation('parents', leg.intentId, 'was started after its parent had ended'));
      } else if (legClosedMs - closedMs > LEG_CLOSES_WITHIN_MS) {
        found.push(violation('parents', leg.intentId, 'outlived its parent'));
      }
    }
    if (!['DONE', 'STOPPED', 'DENIED'].includes(result?.status ?? '')) {
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
