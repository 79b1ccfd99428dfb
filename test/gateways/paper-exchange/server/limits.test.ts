import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Allowance,
  IpLimits,
  MinuteWindow,
  NO_LIMITS,
  VENUE_LIMITS,
} from '../../../../gateways/paper-exchange/server/limits.ts';

const MINUTE_MS = 60_000;

/** Amounts in the order of their times, which start anywhere. */
const spending = fc
  .tuple(
    fc.nat(10_000_000),
    fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 1, max: 80 })), { maxLength: 200 }),
  )
  .map(([startMs, steps]) => {
    let atMs = startMs;
    return steps.map(([passedMs, amount]) => {
      atMs += passedMs;
      return { atMs, amount };
    });
  });

describe('a minute of spending', () => {
  test('never holds more than the limit, wherever the minute begins', () => {
    fc.assert(
      fc.property(spending, (steps) => {
        const window = new MinuteWindow(300);
        const taken = steps.filter(({ amount, atMs }) => window.take(amount, atMs));
        const inMinuteFrom = (startMs: number) =>
          taken
            .filter(({ atMs }) => atMs >= startMs && atMs < startMs + MINUTE_MS)
            .reduce((sum, { amount }) => sum + amount, 0);
        const most = Math.max(0, ...taken.map(({ atMs }) => inMinuteFrom(atMs)));
        expect(most).toBeLessThanOrEqual(300);
      }),
    );
  });

  test('refuses only what the last 61 seconds leave no room for', () => {
    fc.assert(
      fc.property(spending, (steps) => {
        const window = new MinuteWindow(300);
        const taken: typeof steps = [];
        for (const step of steps) {
          const since = step.atMs - MINUTE_MS - 1000;
          const recent = taken.filter(({ atMs }) => atMs > since);
          const spent = recent.reduce((sum, { amount }) => sum + amount, 0);
          if (window.take(step.amount, step.atMs)) taken.push(step);
          else expect(spent + step.amount).toBeGreaterThan(300);
        }
      }),
    );
  });

  test('can be spent again after the wait that it names, and not a second before', () => {
    fc.assert(
      fc.property(spending, fc.integer({ min: 1, max: 300 }), (steps, amount) => {
        const window = new MinuteWindow(300);
        for (const step of steps) window.take(step.amount, step.atMs);
        const nowMs = steps.at(-1)?.atMs ?? 0;
        if (window.take(amount, nowMs)) return;
        const waitSeconds = window.waitSeconds(amount, nowMs);
        expect(window.take(amount, nowMs + (waitSeconds - 1) * 1000)).toBe(false);
        expect(window.take(amount, nowMs + waitSeconds * 1000)).toBe(true);
      }),
    );
  });

  test('that was passed by what was owed is closed until it is paid off', () => {
    const window = new MinuteWindow(100);
    expect(window.take(100, 0)).toBe(true);
    window.owe(150, 500);
    expect(window.take(1, 30_000)).toBe(false);
    expect(window.waitSeconds(1, 30_000)).toBe(31);
    expect(window.take(1, 61_000)).toBe(true);
  });

  test('is empty again after a long silence', () => {
    const window = new MinuteWindow(10);
    window.take(10, 1_000_000);
    expect(window.isEmpty(1_000_000)).toBe(false);
    expect(window.isEmpty(900_000_000)).toBe(true);
    expect(window.take(10, 900_000_000)).toBe(true);
  });
});

describe("the venue's limits of one address", () => {
  const allowance = () => new Allowance(VENUE_LIMITS, () => 5_000);
  const times = (count: number, act: () => unknown) => Array.from({ length: count }, act);
  const words = (refusals: unknown[]) => refusals.filter((refusal) => refusal !== undefined);

  test('are 1200 of weight a minute', () => {
    const one = allowance();
    expect(words(times(60, () => one.pay(20)))).toEqual([]);
    expect(one.pay(1)).toBe(61);
  });

  test('are 10 connections, and a closed one makes room', () => {
    const one = allowance();
    expect(words(times(10, () => one.connect()))).toEqual([]);
    expect(one.connect()).toBe(1);
    one.disconnect();
    expect(one.connect()).toBeUndefined();
  });

  test('are 30 new connections a minute', () => {
    const one = allowance();
    const opened = times(31, () => {
      const refused = one.connect();
      if (refused === undefined) one.disconnect();
      return refused;
    });
    expect(words(opened)).toEqual([61]);
  });

  test('are 1000 subscriptions', () => {
    const one = allowance();
    expect(words(times(1000, () => one.subscribe(undefined)))).toEqual([]);
    expect(one.subscribe(undefined)).toBe('Cannot subscribe to more than 1000 channels.');
    one.unsubscribe(undefined);
    expect(one.subscribe(undefined)).toBeUndefined();
  });

  test('are 10 users, each of whom may be named often', () => {
    const one = allowance();
    for (let user = 0; user < 10; user += 1) {
      expect(one.subscribe(`0x${user}`)).toBeUndefined();
      expect(one.subscribe(`0x${user}`)).toBeUndefined();
    }
    expect(one.subscribe('0xa')).toBe('Cannot track more than 10 total users.');
    one.unsubscribe('0x3');
    expect(one.subscribe('0xa')).toBe('Cannot track more than 10 total users.');
    one.unsubscribe('0x3');
    expect(one.subscribe('0xa')).toBeUndefined();
  });

  test('are 2000 messages a minute', () => {
    const one = allowance();
    expect(words(times(2000, () => one.message()))).toEqual([]);
    expect(one.message()).toBe('Cannot send more than 2000 messages per minute.');
  });

  test('are 100 posts without an answer', () => {
    const one = allowance();
    expect(words(times(100, () => one.beginPost(1)))).toEqual([]);
    expect(one.beginPost(1234)).toBe('too many pending post requests id=1234');
    one.endPost();
    expect(one.beginPost(1235)).toBeUndefined();
  });
});

describe('addresses', () => {
  test('are counted apart', () => {
    const ips = new IpLimits(VENUE_LIMITS, () => 0);
    expect(ips.of('127.0.0.1').pay(1200)).toBeUndefined();
    expect(ips.of('127.0.0.1').pay(1)).toBeGreaterThan(0);
    expect(ips.of('127.0.0.2').pay(1)).toBeUndefined();
  });

  test('are forgotten when they are idle, and only then', () => {
    let nowMs = 0;
    const ips = new IpLimits(VENUE_LIMITS, () => nowMs);
    ips.of('connected').connect();
    for (let index = 0; index < 20_000; index += 1) {
      nowMs += 100;
      ips.of(`passing ${index}`).pay(1);
    }
    expect(ips.size).toBeLessThan(3000);
    for (let index = 0; index < 9; index += 1) ips.of('connected').connect();
    expect(ips.of('connected').connect()).toBe(1);
  });

  test('without limits still cannot hold everything open', () => {
    const ips = new IpLimits(NO_LIMITS, () => 0);
    const one = ips.of('127.0.0.1');
    const refusals = Array.from({ length: 100_000 }, () => one.pay(60) ?? one.message());
    expect(new Set(refusals)).toEqual(new Set([undefined]));
    for (let index = 0; index < NO_LIMITS.connections; index += 1) one.connect();
    expect(one.connect()).toBe(1);
  });
});
