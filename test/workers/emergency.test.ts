/** What works when little else does: a worker's heartbeat, and nonces without a ledger. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { listenToHearts } from '../../config/heartbeat-files.ts';
import { emergencyNonces } from '../../workers/emergency-lane.ts';
import { startHeartbeat } from '../../workers/heartbeat.ts';

const folder = mkdtempSync(join(tmpdir(), 'emergency-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a heartbeat', () => {
  test('is left out while Temporal does not answer, and comes back with it', async () => {
    const heard = listenToHearts(folder);
    heard();
    let isAway = true;
    const missed: string[] = [];
    const stop = startHeartbeat(
      folder,
      async () => {
        if (isAway) throw new Error('connection refused');
      },
      (reason) => missed.push(reason),
    );
    try {
      await until(() => missed.length >= 2, 'two beats are left out');
      expect(missed[0]).toBe('connection refused');
      expect(heard()).toBe(false);
      isAway = false;
      await until(heard, 'a beat');
    } finally {
      stop();
    }
    expect(heard()).toBe(false);
  }, 60_000);
});

describe('nonces in an emergency', () => {
  const clock = async (): Promise<number> => 5_000;

  test('are the ledger’s while it answers', async () => {
    let drawn = 7_000;
    const next = emergencyNonces(async () => ++drawn, clock);
    expect([await next(), await next()]).toEqual([7_001, 7_002]);
  });

  test.each<[string, (nowMs: number) => Promise<number>]>([
    ['is down', () => Promise.reject(new Error('refused'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('are the clock’s, strictly upwards, when the ledger %s', async (_what, fromLedger) => {
    const next = emergencyNonces(fromLedger, clock, 10);
    expect([await next(), await next(), await next()]).toEqual([5_000, 5_001, 5_002]);
  });
});
