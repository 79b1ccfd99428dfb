/** The floor that Temporal itself sets: a workflow that does nothing but run local activities that do nothing. */
import { proxyLocalActivities } from '@temporalio/workflow';
import type { BareActivities } from './activities.ts';

const { touch } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '8s' });

/** Runs one local activity `count` times. */
export async function bare(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await touch();
}
