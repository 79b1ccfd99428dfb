import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';

/**
 * A question splits a workflow task only where a local activity ends, which leaves a marker (decision
 * 14): a workflow that asks for none hears everything in the order of its history.
 */
export async function expectUnsplit(handle: WorkflowHandle): Promise<void> {
  const { events } = await handle.fetchHistory();
  const markers = events?.flatMap(({ markerRecordedEventAttributes: marker }) => marker ?? []);
  expect(markers).toEqual([]);
}
