/** The product's workflows, and bare ones beside them as the floor that Temporal itself sets. */
import { proxyLocalActivities } from '@temporalio/workflow';
import type { BareActivities } from './bare-activities.ts';

export { account, order, parent, tradingSession, universe, venueTwap } from '../workflows/index.ts';

const { touch } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '8s' });

/** A workflow that does nothing but run one local activity `count` times. */
export async function bare(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await touch();
}
