/** The timers of a session's looks: by their own clock, without a server. */
import { describe, expect, test } from '@jest/globals';
import type { Timer } from '../../workflows/trading-session/session-inbox.ts';
import { LookTimers } from '../../workflows/trading-session/session-waits.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Timers that are over when their time has come, and a session that looks whenever it is told to. */
function session(intervalMs: number = DAY_MS) {
  let nowMs = 0;
  const due: { readonly atMs: number; readonly level: number }[] = [];
  const looksAtMs: number[] = [];
  const inbox = {
    after(delayMs: number, timer: Timer): void {
      if (timer.what === 'look') due.push({ atMs: nowMs + delayMs, level: timer.level });
    },
  };
  const run = {
    quietLooks: 0,
    exposeAll(): void {
      run.quietLooks += 1;
      looksAtMs.push(nowMs);
    },
  };
  const timers = new LookTimers(inbox, run, intervalMs);
  timers.set();
  return {
    looksAtMs,
    running: due,
    news(): void {
      run.quietLooks = 0;
      timers.set();
    },
    /** A bar brings a look of its own. */
    bar(): void {
      run.quietLooks += 1;
      timers.set();
    },
    until(endMs: number): void {
      for (;;) {
        due.sort((a, b) => a.atMs - b.atMs);
        const [next] = due;
        if (next === undefined || next.atMs > endMs) break;
        due.shift();
        nowMs = next.atMs;
        timers.over(next.level);
        timers.set();
      }
      nowMs = endMs;
    },
  };
}

describe('the timers of looks', () => {
  test('grow rarer while nothing happens', () => {
    const { looksAtMs, until } = session();
    until(12 * HOUR_MS);
    const gapsMs = looksAtMs.map((atMs, index) => atMs - (looksAtMs[index - 1] ?? 0));
    expect(gapsMs.map((gapMs) => gapMs / MINUTE_MS)).toEqual([0.25, 1, 4, 16, 64, 256, 256]);
  });

  test('have a look follow soon after news, whatever long one runs', () => {
    const { looksAtMs, until, news } = session();
    until(2 * HOUR_MS);
    const before = looksAtMs.length;
    news();
    until(2 * HOUR_MS + 2 * MINUTE_MS);
    const since = looksAtMs.slice(before).map((atMs) => atMs - 2 * HOUR_MS);
    expect(since).toEqual([15_000, 75_000]);
  });

  test('are one for each span at most, however often there is news', () => {
    const { running, until, news } = session();
    for (let minute = 1; minute < 600; minute += 1) {
      until(minute * MINUTE_MS);
      for (let count = 0; count < 3; count += 1) news();
      expect(new Set(running.map(({ level }) => level)).size).toBe(running.length);
    }
  });

  test('leave out the spans within which a bar brings a look', () => {
    const { looksAtMs, running, until, bar } = session(HOUR_MS);
    until(59 * MINUTE_MS);
    expect(looksAtMs.map((atMs) => atMs / MINUTE_MS)).toEqual([0.25, 1.25, 5.25, 21.25]);
    bar();
    expect(running).toHaveLength(1);
    until(HOUR_MS + 4 * HOUR_MS);
    expect(looksAtMs).toHaveLength(5);
  });

  test('are hardly over while bars bring looks', () => {
    const { looksAtMs, running, until, bar } = session(MINUTE_MS);
    for (let minute = 1; minute <= 240; minute += 1) {
      until(minute * MINUTE_MS);
      bar();
    }
    expect(looksAtMs).toEqual([15_000]);
    expect(running).toHaveLength(1);
  });
});
