/**
 * A year of a trading session in a couple of minutes: bars of four hours are decided, positions opened,
 * protected and closed, a person's orders amended, funding paid, on a server that skips time. With
 * `BAR_HOURS=1` the bars are hours, and it takes three times as long.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sessionWorkflowId } from '../../domain/kernel/ids.ts';
import type { ReconciliationStatement } from '../../workflows/account/account.messages.ts';
import { reconcileUpdate } from '../../workflows/account/account.messages.ts';
import {
  type SessionView,
  sessionStateQuery,
} from '../../workflows/trading-session/trading-session.messages.ts';
import {
  countOf,
  disagreements,
  notReplaying,
  type RunHistory,
  runsOf,
  slopeOf,
  unprotected,
} from './findings.ts';
import { LongOrders } from './long-orders.ts';
import { ACCOUNT, LongRun, SESSION } from './long-run.ts';
import { HOUR_MS } from './long-venue.ts';

const DAYS = 365;
const BAR_HOURS = barHoursOf(process.env.BAR_HOURS ?? '4');
const BARS_A_DAY = 24 / BAR_HOURS;
/**
 * Memory is measured this often: it costs a second or two, since compiled code goes too. The first
 * month is the warming-up.
 */
const MEASURE_EVERY_BARS = 30 * BARS_A_DAY;
const WARM_MEASURES = 1;
/** The server suggests a new run at these. */
const MOST_EVENTS = 4_096;
const MOST_BYTES = 4 * 2 ** 20;
/** Of what the worker keeps after garbage collection, over the eleven months after the first. */
const MOST_HEAP_GROWTH_MB = 12;

function barHoursOf(text: string): 1 | 4 {
  if (text === '1') return 1;
  if (text === '4') return 4;
  throw new RangeError(`BAR_HOURS ${JSON.stringify(text)}: must be 1 or 4`);
}

let run: LongRun;
let orders: LongOrders;
let statement: ReconciliationStatement;
const histories: RunHistory[] = [];

beforeAll(async () => {
  run = await LongRun.start({
    seed: 7,
    barHours: BAR_HOURS,
    // Beside the bars, not with them.
    reconcileEveryMs: 11.9 * HOUR_MS,
    deploys: false,
  });
  orders = new LongOrders(run);
  const startMs = performance.now();
  for (let bar = 0; bar < DAYS * BARS_A_DAY; bar += 1) {
    await run.bar();
    for (let hour = 0; hour < BAR_HOURS; hour += 1) await orders.tick(bar * BAR_HOURS + hour);
    if (bar % MEASURE_EVERY_BARS === MEASURE_EVERY_BARS - 1) await run.measure();
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const [watched] = run.firstRuns;
  statement = await run.env.client.workflow
    .getHandle(watched?.workflowId ?? '')
    .executeUpdate(reconcileUpdate);
  for (const { workflowId, runId } of run.firstRuns) {
    histories.push(...(await runsOf(run, workflowId, runId)));
  }
  const ids = [...run.ledger.orders.values()].map(({ workflowId }) => workflowId);
  for (const id of ids) histories.push(...(await runsOf(run, id)));
  const shown = {
    days: DAYS,
    barHours: BAR_HOURS,
    seconds,
    fills: run.venue.fills.length,
    ...countOf(run),
  };
  process.stderr.write(
    `${JSON.stringify({ ...shown, runs: histories.length, heapMb: run.measures.map(({ heapMb }) => Math.round(heapMb)), rssMb: run.measures.map(({ rssMb }) => Math.round(rssMb)) })}\n`,
  );
}, 1_800_000);
afterAll(() => run.close(), 60_000);

describe('a year of a session', () => {
  test('every bar was decided, and there was something to decide', async () => {
    const view: SessionView = await run
      .handle(sessionWorkflowId(ACCOUNT, SESSION))
      .query(sessionStateQuery);
    expect(view.bars).toBe(DAYS * BARS_A_DAY);
    expect(view.trouble).toBeUndefined();
    const counts = countOf(run);
    expect(counts['entry FILLED']).toBeGreaterThan(100);
    expect(counts['exit FILLED']).toBeGreaterThan(30);
    expect(counts['protect FILLED']).toBeGreaterThan(30);
    expect(counts['main FILLED']).toBeGreaterThan(10);
    expect(counts['main CANCELLED']).toBeGreaterThan(0);
    expect(orders.amended).toBeGreaterThan(30);
    expect(run.venue.payments.length).toBeGreaterThan(4_000);
  });

  test('nothing is lost from run to run: positions are the sum of fills, and what is open rests', async () => {
    expect(await disagreements(run)).toEqual([]);
    expect(unprotected(run)).toEqual([]);
    // A person's own position is reported when it has no stop; nobody asked for one.
    expect(statement.differences.filter(({ subject }) => subject !== 'SOL')).toEqual([]);
    expect(statement.balance.unexplainedUsd).toBe('0');
  });

  test('no history grows beyond what the server suggests', () => {
    expect(histories.filter(({ events }) => events > MOST_EVENTS)).toEqual([]);
    expect(histories.filter(({ bytes }) => bytes > MOST_BYTES)).toEqual([]);
    const handedOver = run.firstRuns.map(
      (first) => histories.filter(({ workflowId }) => workflowId === first.workflowId).length,
    );
    expect(Math.min(...handedOver)).toBeGreaterThan(2);
  });

  test('the SDK warned of nothing', () => {
    expect(run.warnings).toEqual([]);
  });

  test('after the first month the worker keeps no more and no more', () => {
    const warm = run.measures.slice(WARM_MEASURES);
    const growthMb = slopeOf([warm], ({ heapMb }) => heapMb) * warm.length;
    expect(growthMb).toBeLessThan(MOST_HEAP_GROWTH_MB);
    expect(slopeOf([warm], ({ descriptors }) => descriptors) * warm.length).toBeLessThan(5);
  });

  test('the histories replay', async () => {
    const [bundle] = run.editions;
    // Every run of session and account, and every eighth order.
    const chosen = histories.filter(
      ({ workflowId }, index) => !workflowId.startsWith('order:') || index % 8 === 0,
    );
    expect(await notReplaying(bundle ?? '', chosen)).toEqual([]);
  }, 600_000);
});
