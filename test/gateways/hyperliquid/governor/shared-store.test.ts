import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sharedStore } from '../../../../gateways/hyperliquid/governor/shared-store.ts';
import { NOTHING_SPENT, type Spent } from '../../../../gateways/hyperliquid/governor/shares.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shared-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = { nowMs: 600_000 };
const open = (writer: number, onFault?: (message: string) => void) =>
  sharedStore(folder, writer, onFault, () => clock.nowMs);

/** What the store has seen spent, asked for without spending. */
function seenBy(store: ReturnType<typeof open>): Spent {
  let seen: Spent = NOTHING_SPENT;
  store.take('read', 1, (spent) => {
    seen = spent;
    return false;
  });
  return seen;
}

describe('the spending of several processes', () => {
  test('is seen by all of them, for a minute and a little', () => {
    const [one, two] = [open(1), open(2)];
    expect(one.take('enter', 3, () => true)).toBe(true);
    two.owe('read', 20);
    expect(seenBy(one)).toEqual({ reduce: 0, protect: 0, enter: 3, read: 20 });
    expect(seenBy(open(3))).toEqual(seenBy(one));
    clock.nowMs += 61_000;
    expect(seenBy(two).enter).toBe(3);
    clock.nowMs += 2_000;
    expect(seenBy(two)).toEqual(NOTHING_SPENT);
  });

  test('a claim that was one too many is taken back', () => {
    const [one, two] = [open(1), open(2)];
    let asked = 0;
    const taken = one.take('enter', 5, (spent) => {
      asked += 1;
      // Another process gets in between the look and the claim.
      if (asked === 1) two.owe('reduce', 100);
      return spent.reduce === 0;
    });
    expect({ taken, asked }).toEqual({ taken: false, asked: 2 });
    expect(seenBy(two)).toEqual({ ...NOTHING_SPENT, reduce: 100 });
  });

  test('a pause that the venue asked of one holds all', () => {
    const [one, two] = [open(1), open(2)];
    one.bar(7_000);
    clock.nowMs += 6_000;
    expect(two.barredMs()).toBe(1_000);
    clock.nowMs += 1_000;
    expect(two.barredMs()).toBe(0);
  });

  test('what the account’s requests come to is seen by all, and is no weight', () => {
    const [one, two] = [open(1), open(2)];
    const sinceMs = clock.nowMs;
    one.count(3);
    clock.nowMs += 100_000;
    two.count(4);
    expect([one.countedSince(sinceMs), two.countedSince(sinceMs)]).toEqual([7, 7]);
    expect(one.countedSince(sinceMs + 1)).toBe(4);
    expect(seenBy(one)).toEqual(NOTHING_SPENT);
  });

  test('half a record, and nonsense, count for nothing', () => {
    const one = open(1);
    one.owe('enter', 3);
    const file = join(folder, `spend-${Math.floor(clock.nowMs / 120_000)}`);
    appendFileSync(file, Buffer.alloc(32, 0xff));
    appendFileSync(file, Buffer.alloc(9, 1));
    expect(seenBy(one)).toEqual({ ...NOTHING_SPENT, enter: 3 });
    expect(seenBy(open(2))).toEqual({ ...NOTHING_SPENT, enter: 3 });
  });

  test('files of before the machine was started anew are cleared', () => {
    writeFileSync(join(folder, 'spend-99999'), Buffer.alloc(32));
    open(1).owe('enter', 1);
    expect(readdirSync(folder)).not.toContain('spend-99999');
  });

  test('each process counts for itself when the files fail, and says so', () => {
    writeFileSync(join(folder, 'file'), '');
    const faults: string[] = [];
    const alone = sharedStore(
      join(folder, 'file', 'in-a-file'),
      1,
      (message) => faults.push(message),
      () => clock.nowMs,
    );
    expect(alone.take('enter', 3, () => true)).toBe(true);
    expect(alone.take('enter', 3, (spent) => spent.enter === 0)).toBe(false);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toContain('ENOTDIR');
  });
});
