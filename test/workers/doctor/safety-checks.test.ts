import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tripHalt } from '../../../config/halt-file.ts';
import { type WatchdogState, writeWatchdog } from '../../../config/watchdog-state.ts';
import { checkKillSwitch, checkWatchdog } from '../../../workers/doctor/safety-checks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safety-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOW_MS = 1_760_000_000_000;
const watching: WatchdogState = {
  pid: 7,
  atMs: NOW_MS,
  status: 'watching',
  silentForMs: 1_400,
  signer: '0xabc',
};

describe('doctor', () => {
  test('says whether entries are halted, why and how to lift it', () => {
    expect(checkKillSwitch(folder).status).toBe('ok');
    tripHalt(folder, { reason: 'drill', by: 'test', sinceMs: NOW_MS });
    expect(checkKillSwitch(folder)).toEqual({
      name: 'kill switch',
      status: 'warn',
      detail: 'entries are halted since 2025-10-09T08:53:20.000Z: drill',
      mend: 'perpetua resume',
    });
  });

  test.each<[string, Partial<WatchdogState> | undefined, string, string]>([
    ['that watches', {}, 'ok', 'heard of a worker 1 s ago; cancels as 0xabc'],
    ['that never wrote', undefined, 'fail', 'left no word'],
    ['that hangs', { atMs: NOW_MS - 61_000 }, 'fail', 'pid 7 wrote last 61 s ago'],
    [
      'that had to act',
      {
        status: 'silent',
        silentForMs: 31_000,
        lastAct: { atMs: NOW_MS, cancelled: 2, left: 1 },
      },
      'fail',
      'no worker was heard of for 31 s: 2 entries cancelled, 1 left',
    ],
    [
      'that could not act',
      {
        status: 'silent',
        silentForMs: 31_000,
        lastAct: { atMs: NOW_MS, cancelled: 0, left: 0, problem: 'HTTP 502' },
      },
      'fail',
      'no worker was heard of for 31 s: HTTP 502',
    ],
  ])('of a watchdog %s', (_what, changes, status, detail) => {
    if (changes !== undefined) writeWatchdog(folder, { ...watching, ...changes });
    expect(checkWatchdog(folder, 'expected', NOW_MS)).toMatchObject({ status, detail });
  });

  test('misses no watchdog where nothing was started', () => {
    expect(checkWatchdog(folder, 'not started').status).toBe('warn');
  });
});
