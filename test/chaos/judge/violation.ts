/** What the judge's rules share: how a broken promise is told, and small questions to the facts. */
import type { RunFacts, WorkflowFact } from '../facts.ts';

export interface Violation {
  readonly invariant: string;
  readonly subject: string;
  readonly detail: string;
}

export const violation = (invariant: string, subject: string, detail: string): Violation => ({
  invariant,
  subject,
  detail,
});

export function groups<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return found;
}

export const isRunning = ({ runs }: WorkflowFact): boolean => runs.at(-1) === 'RUNNING';

const ENDS = ['FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'DENIED'];
/** A parent ends so when it has ended well, or was asked to, or was never begun. */
export const PARENT_ENDS: readonly string[] = ['DONE', 'STOPPED', 'DENIED'];

const TERMINAL_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^filled$/, 'FILLED'],
  [/Rejected$|^rejected$/, 'REJECTED'],
  [/[cC]anceled$/, 'CANCELLED'],
];

/** What a word of the venue says of the order's end; undefined while it is open. */
export const endOf = (word: string): string | undefined =>
  TERMINAL_WORDS.find(([pattern]) => pattern.test(word))?.[1];

/** What an operator did to a workflow, by its id. */
export function interventionsOf({ interventions }: RunFacts): Map<string, string[]> {
  const byWorkflow = groups(interventions, ({ workflowId }) => workflowId);
  return new Map([...byWorkflow].map(([id, all]) => [id, all.map(({ what }) => what)]));
}

/** The cloid of the newest epoch of each intent. */
export function newestCloids({ ledger }: RunFacts): Map<string, string> {
  const ascending = [...ledger.envelopes].sort((a, b) => a.epoch - b.epoch);
  return new Map(ascending.map(({ intentId, cloid }) => [intentId, cloid]));
}

/**
 * Orders and parents that an operator terminated after their end was recorded and before they could say
 * so: the ledger's word is their last one, and nothing is left to revive.
 */
export function endedByHand(facts: RunFacts): ReadonlySet<string> {
  const hands = interventionsOf(facts);
  const { workflows, ledger } = facts;
  const ended = [...ledger.orders, ...ledger.parents].filter(({ status }) =>
    [...ENDS, ...PARENT_ENDS].includes(status),
  );
  const recorded = new Set(ended.map(({ intentId }) => intentId));
  const byHand = [...workflows.orders, ...workflows.parents].filter(
    ({ workflowId, intentId, runs }) =>
      runs.at(-1) === 'TERMINATED' &&
      hands.get(workflowId)?.some((what) => /^terminate/.test(what)) === true &&
      recorded.has(intentId),
  );
  return new Set(byHand.map(({ intentId }) => intentId));
}
