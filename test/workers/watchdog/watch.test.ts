import { describe, expect, test } from '@jest/globals';
import type { EntriesCancelled } from '../../../activities/interfaces/kill-switch.ts';
import { createVenueSwitch } from '../../../workers/watchdog/venue-switch.ts';
import { createWatch } from '../../../workers/watchdog/watch.ts';

function scene() {
  const world = {
    nowMs: 1_000,
    beats: 0,
    acts: [] as number[],
    answer: (): EntriesCancelled => ({ cancelled: 2, left: [] }),
  };
  const watch = createWatch(
    {
      nowMs: () => world.nowMs,
      heard: () => world.beats-- > 0,
      cancelEntries: async () => {
        world.acts.push(world.nowMs);
        return world.answer();
      },
    },
    30_000,
  );
  const lookFor = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      world.nowMs += 1_000;
      world.beats = Math.max(0, world.beats);
      await watch.look();
    }
  };
  return { world, watch, lookFor };
}

describe('the watchdog', () => {
  test('does nothing while workers are heard of', async () => {
    const { world, lookFor } = scene();
    world.beats = 600;
    await lookFor(600_000);
    expect(world.acts).toEqual([]);
  });

  test('cancels entries when nobody was heard of for the time that is set', async () => {
    const { world, watch, lookFor } = scene();
    await lookFor(29_000);
    expect(world.acts).toEqual([]);
    await lookFor(1_000);
    expect(world.acts).toEqual([31_000]);
    expect(watch.isSilent()).toBe(true);
  });

  test('looks again for what lands late, and at once after a new silence', async () => {
    const { world, watch, lookFor } = scene();
    await lookFor(60_000);
    expect(world.acts).toEqual([31_000, 61_000]);
    world.beats = 1;
    await lookFor(1_000);
    expect(watch.isSilent()).toBe(false);
    await lookFor(30_000);
    expect(world.acts).toEqual([31_000, 61_000, 92_000]);
  });

  test.each<[string, () => EntriesCancelled]>([
    ['something was left', () => ({ cancelled: 0, left: ['0x1'] })],
    [
      'the venue did not answer',
      () => {
        throw new Error('HTTP 502');
      },
    ],
  ])('tries again soon when %s', async (_what, answer) => {
    const { world, lookFor } = scene();
    world.answer = answer;
    await lookFor(36_000);
    expect(world.acts).toEqual([31_000, 33_000, 35_000, 37_000]);
  });
});

function switchScene() {
  const world = {
    nowMs: 0,
    isFlat: true,
    tradedUsd: 2_000_000,
    refusal: undefined as string | undefined,
    sent: [] as (number | undefined)[],
  };
  const venueSwitch = createVenueSwitch(
    {
      isFlat: async () => world.isFlat,
      tradedUsd: async () => world.tradedUsd,
      exchangeTimeMs: async () => 1_000_000 + world.nowMs,
      schedule: async (timeMs) => {
        world.sent.push(timeMs);
        return world.refusal;
      },
    },
    () => world.nowMs,
  );
  const stepFor = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5_000) {
      await venueSwitch.step();
      world.nowMs += 5_000;
    }
  };
  return { world, venueSwitch, stepFor };
}

describe("the venue's own switch", () => {
  test('is set 180 s ahead and renewed every minute while the account is flat', async () => {
    const { world, venueSwitch, stepFor } = switchScene();
    await stepFor(125_000);
    expect(world.sent).toEqual([1_180_000, 1_240_000, 1_300_000]);
    expect(venueSwitch.scheduledForMs()).toBe(1_300_000);
  });

  test('is taken back once when a position is seen, and set again when it is gone', async () => {
    const { world, venueSwitch, stepFor } = switchScene();
    await stepFor(5_000);
    world.isFlat = false;
    await stepFor(60_000);
    expect(world.sent).toEqual([1_180_000, undefined]);
    expect(venueSwitch.scheduledForMs()).toBeUndefined();
    world.isFlat = true;
    await stepFor(5_000);
    expect(world.sent).toHaveLength(3);
  });

  test('that an earlier run left is taken back when there is a position', async () => {
    const { world, stepFor } = switchScene();
    world.isFlat = false;
    await stepFor(30_000);
    expect(world.sent).toEqual([undefined]);
  });

  test('is left alone for an account that has not traded enough, or is refused', async () => {
    const poor = switchScene();
    poor.world.tradedUsd = 999_999;
    await poor.stepFor(60_000);
    expect(poor.world.sent).toEqual([]);
    const refused = switchScene();
    refused.world.refusal = 'Too many scheduled cancels triggered for the day.';
    await refused.stepFor(60_000);
    expect(refused.world.sent).toHaveLength(1);
    expect(refused.venueSwitch.scheduledForMs()).toBeUndefined();
  });
});
