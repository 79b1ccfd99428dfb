/** When a run should hand over to the next: well before Temporal warns (10,240 events) or stops. */
import { workflowInfo } from '@temporalio/workflow';

const MAX_EVENTS = 2_000;

export function historyIsLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > MAX_EVENTS;
}
