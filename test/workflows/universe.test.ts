/** The universe workflow against scripted activities; its histories are replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { UniverseChosen, UniverseRequest } from '../../activities/interfaces/universe.ts';
import type { universe } from '../../workflows/universe/universe.workflow.ts';
import { type Rig, startRig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(['chooseUniverse']);
}, 120_000);
afterAll(() => rig.close());

const CHOSEN: UniverseChosen = {
  venue: 'paper',
  atMs: 1_746_372_780_000,
  members: [{ asset: 'BTC', score: 0.8 }],
  joined: ['BTC'],
  dropped: [],
  looked: 4,
  passedOver: 219,
};

const run = (workflowId: string) =>
  rig.env.client.workflow.execute<typeof universe>('universe', {
    workflowId,
    taskQueue: rig.taskQueue,
    args: [{ size: 8, looked: 40 }],
  });

describe('the universe workflow', () => {
  test('chooses once with what it was asked, and again when the venue did not answer', async () => {
    const asked: UniverseRequest[] = [];
    const script = {
      async chooseUniverse(request: UniverseRequest) {
        asked.push(request);
        if (asked.length < 3) throw ApplicationFailure.retryable('no answer', 'VenueUnreachable');
        return CHOSEN;
      },
    };
    await rig.play('universe-in-the-end', script, async () => {
      expect(await run('universe-in-the-end')).toEqual(CHOSEN);
    });
    expect(asked).toEqual(Array(3).fill({ size: 8, looked: 40 }));
  });

  test('fails when what the venue tells cannot be read, so that its schedule shows it', async () => {
    const script = {
      chooseUniverse: () =>
        Promise.reject(ApplicationFailure.nonRetryable('no number', 'VenueDataCorrupt')),
    };
    await rig.play('universe-unreadable', script, async () => {
      await expect(run('universe-unreadable')).rejects.toThrow();
    });
  });
});
