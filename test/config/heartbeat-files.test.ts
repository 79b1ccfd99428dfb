import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listenToHearts, openHeart } from '../../config/heartbeat-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('heartbeats', () => {
  test('nobody is heard where nobody ever beat', () => {
    const heard = listenToHearts(folder);
    expect([heard(), heard()]).toEqual([false, false]);
  });

  test('what a dead worker left is no beat, a change of it is', () => {
    const heart = openHeart(folder, 'worker-1');
    heart.beat();
    const heard = listenToHearts(folder);
    expect([heard(), heard()]).toEqual([false, false]);
    for (let beat = 0; beat < 9; beat += 1) heart.beat();
    expect([heard(), heard()]).toEqual([true, false]);
  });

  test('any of several workers is enough, and one that ends is no beat', () => {
    const [one, two] = [openHeart(folder, 'worker-1'), openHeart(folder, 'worker-2')];
    one.beat();
    const heard = listenToHearts(folder);
    heard();
    two.beat();
    expect(heard()).toBe(true);
    one.stop();
    expect(heard()).toBe(false);
  });

  test('files of long ago are cleared by the next worker', () => {
    openHeart(folder, 'worker-1').beat();
    utimesSync(join(folder, 'heartbeats', 'worker-1'), 1, 1);
    openHeart(folder, 'worker-2').beat();
    expect(readdirSync(join(folder, 'heartbeats'))).toEqual(['worker-2']);
  });
});
