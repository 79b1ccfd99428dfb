import { describe, expect, test } from '@jest/globals';
import { restoreVenue } from '../../../domain/matching/venue.ts';
import {
  ALICE,
  BOB,
  bookAt,
  CONFIG,
  type Desk,
  lastStatus,
  oidOf,
  openDesk,
  order,
  START_MS,
  trigger,
} from './venue-fixture.ts';

const DAY_MS = 86_400_000;
const at = (time: number | undefined) => ({
  type: 'scheduleCancel' as const,
  ...(time === undefined ? {} : { time }),
});
const schedule = (desk: Desk, time?: number, account = ALICE) =>
  desk.act(account, at(time)).response;
const done = { status: 'ok', response: { type: 'default' } };
const soon = START_MS + 60_000;

describe('a scheduled cancel', () => {
  test('ends all orders of its account when its time has come, and nobody else’s', () => {
    const desk = openDesk();
    const exits = trigger('sl', '95000', { b: false, p: '90000' });
    const [parent] = desk.group(ALICE, 'normalTpsl', order(), exits);
    const stop = oidOf(desk.place(ALICE, trigger('sl', '96000', { b: false, p: '90000' }))[0]);
    const theirs = oidOf(desk.place(BOB, order())[0]);
    expect(schedule(desk, soon)).toEqual(done);
    expect(desk.venue.scheduledCancelMs(ALICE)).toBe(soon);
    desk.market(bookAt(100_000));
    expect(desk.venue.openOrders(ALICE)).toHaveLength(2);
    desk.wait(60_000);
    desk.market(bookAt(98_000));
    const ended = [oidOf(parent), oidOf(parent) + 1, stop];
    expect(ended.map((oid) => lastStatus(desk, ALICE, oid))).toEqual(
      ended.map(() => 'scheduledCancel'),
    );
    expect(desk.venue.openOrders(ALICE)).toEqual([]);
    expect(desk.venue.fills(ALICE)).toEqual([]);
    expect(lastStatus(desk, BOB, theirs)).toBe('filled');
    expect(desk.venue.scheduledCancelMs(ALICE)).toBeUndefined();
  });

  test('comes before the action that is sent after its time', () => {
    const desk = openDesk();
    const oid = oidOf(desk.place(ALICE, order())[0]);
    schedule(desk, soon);
    desk.wait(60_000);
    const later = oidOf(desk.place(ALICE, order())[0]);
    expect(lastStatus(desk, ALICE, oid)).toBe('scheduledCancel');
    expect(lastStatus(desk, ALICE, later)).toBe('open');
  });

  test('needs no more than the time to be told', () => {
    const desk = openDesk();
    const oid = oidOf(desk.place(ALICE, order())[0]);
    expect(desk.venue.nextDueMs()).toBeUndefined();
    schedule(desk, soon);
    expect(desk.venue.nextDueMs()).toBe(soon);
    expect(desk.clock()).toEqual([]);
    expect(lastStatus(desk, ALICE, oid)).toBe('open');
    desk.wait(60_000);
    expect(desk.clock()).toHaveLength(1);
    expect(lastStatus(desk, ALICE, oid)).toBe('scheduledCancel');
    expect(desk.venue.nextDueMs()).toBeUndefined();
  });

  test('is moved by another time and taken back by none', () => {
    const desk = openDesk();
    const oid = oidOf(desk.place(ALICE, order())[0]);
    schedule(desk, soon);
    schedule(desk, soon + 60_000);
    desk.wait(60_000);
    desk.market(bookAt(100_000));
    expect(lastStatus(desk, ALICE, oid)).toBe('open');
    expect(schedule(desk)).toEqual(done);
    desk.wait(600_000);
    desk.market(bookAt(100_000));
    expect(lastStatus(desk, ALICE, oid)).toBe('open');
  });

  test('must be at least 5 seconds ahead', () => {
    const desk = openDesk();
    expect(schedule(desk, START_MS + 2)).toHaveProperty('status', 'err');
    expect(schedule(desk, START_MS + 5003)).toEqual(done);
  });

  test('fires ten times a day at most, and again on the next', () => {
    const desk = openDesk();
    for (let i = 0; i < 10; i += 1) {
      expect(schedule(desk, START_MS + (i + 1) * 10_000)).toEqual(done);
      desk.wait(10_000);
      desk.market(bookAt(100_000));
    }
    expect(schedule(desk, START_MS + 200_000)).toEqual({
      status: 'err',
      response: 'Too many scheduled cancels triggered for the day. Limit is 10',
    });
    desk.wait(DAY_MS);
    expect(schedule(desk, START_MS + DAY_MS + 300_000)).toEqual(done);
  });

  test('asks for volume where the venue is told to', () => {
    const desk = openDesk({ ...CONFIG, scheduleCancelVolumeUsd: '1000000' });
    desk.place(ALICE, order({ p: '100001', s: '0.12345', tif: 'Ioc' }));
    expect(schedule(desk, soon)).toEqual({
      status: 'err',
      response:
        'Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $12345.12.',
    });
  });

  test('survives a restart', () => {
    const desk = openDesk();
    const oid = oidOf(desk.place(ALICE, order())[0]);
    schedule(desk, soon);
    desk.venue = restoreVenue(CONFIG, JSON.parse(JSON.stringify(desk.venue.snapshot())));
    desk.wait(60_000);
    desk.market(bookAt(100_000));
    expect(lastStatus(desk, ALICE, oid)).toBe('scheduledCancel');
  });

  test('is told of even if the input that brings its time is itself refused', () => {
    const desk = openDesk();
    const oid = oidOf(desk.place(ALICE, order())[0]);
    schedule(desk, soon);
    const deposit = { kind: 'deposit', atMs: soon, account: BOB, usd: '-1' } as const;
    expect(() => desk.venue.apply(deposit)).toThrow(RangeError);
    desk.wait(60_000);
    expect(desk.market(bookAt(100_000))[0]).toMatchObject({
      kind: 'order',
      update: { status: 'scheduledCancel', order: { oid } },
    });
  });
});
