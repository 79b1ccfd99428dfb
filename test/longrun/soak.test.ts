/**
 * Thirty days of a trading session: hourly funding, three upgrades of the code with runs under way,
 * and two times somebody was away for 37 minutes around the close of a bar: the venue, then the ledger.
 */
import { fileURLToPath } from 'node:url';
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
  risenBy,
  runsOf,
  slopeOf,
  unprotected,
} from './findings.ts';
import type { Measure } from './link.ts';
import { LongOrders } from './long-orders.ts';
import { ACCOUNT, LongRun, type Place, SESSION } from './long-run.ts';
import { HOUR_MS } from './long-venue.ts';

const DAYS = 30;
/** The edition that is put in place on the morning of a day, with all earlier ones in it. */
const UPGRADES: ReadonlyMap<number, number> = new Map([
  [4, 1],
  [8, 2],
  [12, 3],
]);
const EDITIONS = ['first', 'second', 'third'].map((name) =>
  fileURLToPath(new URL(`./editions/${name}.ts`, import.meta.url)),
);
const OUTAGES: ReadonlyMap<number, Place> = new Map([
  [11, 'venue'],
  [18, 'ledger'],
]);
/** The hour of the day at which somebody is away. */
const OUTAGE_HOUR = 9;
/**
 * Days after a start in which a process still warms up: its memory is not judged. What is judged is the
 * last edition's, which runs for eighteen days.
 */
const WARM_UP_DAYS = 6;
const LEAKY_DAYS = 6;
const MOST_HEAP_SLOPE_MB_A_DAY = 0.25;
/** Of the eighteen days: what leaks 2 MB a day rises by this from the first twelve to the last six. */
const MOST_RSS_RISE_MB = 12;

let run: LongRun;
let statement: ReconciliationStatement;
/** One measure a day, by the process that ran. */
const stretches: Measure[][] = [[]];
const histories: RunHistory[] = [];

async function day(index: number, orders: LongOrders): Promise<void> {
  const edition = UPGRADES.get(index);
  if (edition !== undefined) {
    await run.deploy(EDITIONS.slice(0, edition));
    stretches.push([]);
  }
  const away = OUTAGES.get(index);
  for (let hour = 0; hour < 24; hour += 1) {
    if (away !== undefined && hour === OUTAGE_HOUR) await run.barWithout(away);
    else await run.bar();
    await orders.tick(index * 24 + hour);
  }
  stretches.at(-1)?.push(await run.measure());
}

beforeAll(async () => {
  run = await LongRun.start({
    seed: 11,
    barHours: 1,
    reconcileEveryMs: 1.1 * HOUR_MS,
    deploys: true,
  });
  const orders = new LongOrders(run);
  const startMs = performance.now();
  for (let index = 0; index < DAYS; index += 1) await day(index, orders);
  const seconds = (performance.now() - startMs) / 1_000;
  statement = await run.handle(run.firstRuns[0]?.workflowId ?? '').executeUpdate(reconcileUpdate);
  for (const { workflowId, runId } of run.firstRuns) {
    histories.push(...(await runsOf(run, workflowId, runId)));
  }
  for (const { workflowId } of run.ledger.orders.values()) {
    histories.push(...(await runsOf(run, workflowId)));
  }
  const shown = { days: DAYS, seconds, fills: run.venue.fills.length, ...countOf(run) };
  process.stderr.write(`${JSON.stringify({ ...shown, stretches })}\n`);
}, 1_200_000);
afterAll(() => run.close(), 60_000);

const warm = (): Measure[][] => stretches.map((days) => days.slice(WARM_UP_DAYS));

describe('the measure of memory', () => {
  test('finds a leak of some bars a decision', async () => {
    const leaky = await LongRun.start({
      seed: 11,
      barHours: 1,
      reconcileEveryMs: 1.1 * HOUR_MS,
      deploys: false,
      leaks: true,
    });
    try {
      for (let hour = 0; hour < LEAKY_DAYS * 24; hour += 1) {
        await leaky.bar();
        if (hour % 24 === 23) await leaky.measure();
      }
      const days = leaky.measures.slice(2);
      expect(slopeOf([days], ({ heapMb }) => heapMb)).toBeGreaterThan(MOST_HEAP_SLOPE_MB_A_DAY);
    } finally {
      await leaky.close();
    }
  }, 120_000);
});

describe('thirty days with upgrades and outages', () => {
  test('every bar was told, and all but those of the outages were decided', async () => {
    const view: SessionView = await run
      .handle(sessionWorkflowId(ACCOUNT, SESSION))
      .query(sessionStateQuery);
    expect(view.bars).toBe(DAYS * 24);
    expect(run.ledger.decisions.size).toBe(DAYS * 24 - OUTAGES.size);
    expect(run.venue.payments.length).toBeGreaterThan(300);
  });

  test('venue, ledger and workflows agree in the end, and every position has its stop', async () => {
    expect(await disagreements(run)).toEqual([]);
    expect(unprotected(run)).toEqual([]);
    expect(statement.differences.filter(({ subject }) => subject !== 'SOL')).toEqual([]);
    expect(statement.balance.unexplainedUsd).toBe('0');
  });

  test('the SDK warned of nothing while nobody was away', () => {
    expect(run.warnings).toEqual([]);
  });

  test('memory and handles stay level', () => {
    expect(slopeOf(warm(), ({ heapMb }) => heapMb)).toBeLessThan(MOST_HEAP_SLOPE_MB_A_DAY);
    expect(risenBy(stretches.at(-1) ?? [], ({ rssMb }) => rssMb)).toBeLessThan(MOST_RSS_RISE_MB);
    expect(slopeOf(warm(), ({ descriptors }) => descriptors)).toBeLessThan(0.5);
    expect(slopeOf(warm(), ({ resources }) => resources)).toBeLessThan(0.5);
  });

  test('what older editions began replays in the newest', async () => {
    const newest = run.editions.at(-1) ?? '';
    const markers = new Set(
      histories.flatMap(({ history }) =>
        (history.events ?? []).map(({ markerRecordedEventAttributes: marker }) =>
          marker?.markerName === 'core_patch' ? JSON.stringify(marker.details) : '',
        ),
      ),
    );
    // The editions left their marks: this is about something.
    expect(markers.size).toBeGreaterThan(EDITIONS.length);
    const chosen = histories.filter(
      ({ workflowId }, index) => !workflowId.startsWith('order:') || index % 3 === 0,
    );
    expect(await notReplaying(newest, chosen)).toEqual([]);
  }, 300_000);
});
