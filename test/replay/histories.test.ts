/**
 * Committed histories replay against today's workflow code: a change that would strand running
 * workflows fails here. A history that does not belong to the code must fail, or the check is blind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflows, silenceTemporal } from '../workflows/support/rig.ts';

const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

interface JsonEvent {
  eventType?: string;
  timerStartedEventAttributes?: { startToFireTimeout?: string };
  markerRecordedEventAttributes?: { markerName?: string };
}

const read = (name: string): { events: JsonEvent[] } =>
  JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  silenceTemporal();
  workflowBundle = await bundleWorkflows();
}, 60_000);

const replay = (history: unknown): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, history);

describe('committed histories', () => {
  test.each(['order', 'account', 'session', 'parent', 'candle-archive', 'universe', 'venue-twap'])(
    'there are histories of the %s workflow',
    (kind) => {
      expect(names.filter((name) => name.startsWith(kind)).length).toBeGreaterThan(0);
    },
  );

  test.each(names)('%s replays', async (name) => {
    await replay(read(name));
  });

  test('a history of other code is refused: the negative control', async () => {
    const history = read('order-cancelled.json');
    const timer = history.events.findIndex((each) => each.timerStartedEventAttributes);
    expect(timer).toBeGreaterThan(0);
    const others = { ...history, events: history.events.filter((_each, index) => index !== timer) };
    await expect(replay(others)).rejects.toThrow();
  });

  test('a history whose commands come in another order is a determinism violation', async () => {
    const history = read('order-filled.json');
    const markers = history.events.filter((each) => each.markerRecordedEventAttributes);
    const [first, second] = markers;
    expect(second).toBeDefined();
    const swapped = history.events.map((each) =>
      each === first ? { ...each, markerRecordedEventAttributes: { markerName: 'Version' } } : each,
    );
    await expect(replay({ ...history, events: swapped })).rejects.toThrow(
      DeterminismViolationError,
    );
  });
});
