/**
 * What the SDK does to a run by its own hand (decision 14): an update that was let in behind the end of
 * a local activity is let in before it on replay. Workflow code cannot put off when it is let in. The
 * workers start such a run over; what it has come to is judged like that of any other.
 */
import type { WorkflowFact } from '../facts.ts';

/** What core says of an update that stands elsewhere; any other fault of a replay is ours. */
const UPDATE_ELSEWHERE =
  /^Fatal error in workflow machines: UpdateMachine |^\[TMPRL1100\] .*(Update machine|WorkflowExecutionUpdate)/;

export const isSplit = (fault: string): boolean => UPDATE_ELSEWHERE.test(fault);

/** Whether a run was split, started over (which leaves it terminated) and ended by itself after that. */
export const wasStartedOver = ({ codeFaults, runs }: WorkflowFact): boolean =>
  codeFaults.some(isSplit) && runs.includes('TERMINATED') && runs.at(-1) === 'COMPLETED';
