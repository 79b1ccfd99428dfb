/**
 * `npm run sim -- --seeds N [--seed S] [--processes P] [--json] [--trace ORDER] [--planted all|NAME]
 * [--record FILE]`: runs seeds S, S + 1, … of the simulation. Exit 0: every seed is as promised and,
 * from 5,000 seeds on, every possible cell of faults was hit. With `--trace`: what happens to an order or
 * a parent is said on standard error. With `--planted`: every planted bug is caught. With `--record`: the
 * seeds follow those of the record, and are added to it window by window.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { PLANTED } from './planted-bugs.ts';
import { runSeeds } from './report/fan-out.ts';
import {
  addToRecord,
  nextSeed,
  presentCommit,
  readRecord,
  recordTable,
  windowOf,
} from './report/record.ts';
import {
  count,
  coverageTable,
  digestOf,
  kindsTable,
  missedCells,
  newTally,
  type Tally,
} from './report/tally.ts';
import { impossibleTable } from './world/impossible-cells.ts';

/** With fewer seeds a rare cell may be missed by chance. */
const GATE_FROM_SEEDS = 5_000;
const PLANTED_SEEDS = 200;
const SHOWN_FAILURES = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    planted: { type: 'string', multiple: true },
    record: { type: 'string' },
    trace: { type: 'string' },
    window: { type: 'string', default: '5000' },
  },
});

function whole(text: string, option: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`--${option} ${JSON.stringify(text)}: must be a whole number from ${least}`);
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function summary(tally: Tally, elapsedMs: number): Record<string, unknown> {
  return {
    seeds: tally.seeds,
    failed: tally.failed,
    ...tally.sums,
    statuses: tally.statuses,
    digest: digestOf(tally),
    missedCells: missedCells(tally),
    elapsedMs: Math.round(elapsedMs),
    seedsPerSecond: Number((tally.seeds / (elapsedMs / 1_000)).toFixed(2)),
  };
}

async function simulate(firstSeed: number, seeds: number, processes: number): Promise<boolean> {
  const tally = newTally();
  const begunMs = performance.now();
  const traced = values.trace === undefined ? {} : { trace: values.trace };
  await runSeeds({ firstSeed, seeds, processes, ...traced }, (verdict) => {
    count(tally, verdict);
    for (const text of verdict.broken) say(`seed ${verdict.seed}: ${text}`);
  });
  const missed = missedCells(tally);
  const isGated = seeds >= GATE_FROM_SEEDS;
  const isCovered = !isGated || missed.length === 0;
  const result = summary(tally, performance.now() - begunMs);
  if (values.json) process.stdout.write(`${JSON.stringify({ ...result, hits: tally.hits })}\n`);
  else {
    const { failed, missedCells: _missed, ...shown } = result;
    say(coverageTable(tally));
    say(impossibleTable());
    say(kindsTable(tally));
    say(JSON.stringify(shown));
    say(`${tally.failed.length} of ${seeds} seeds failed`);
    const failing = tally.failed.slice(0, SHOWN_FAILURES).map(({ seed }) => seed);
    if (failing.length > 0)
      say(`to see one again: npm run sim -- --seeds 1 --seed ${failing[0]} [--trace ORDER]`);
    if (isGated && missed.length > 0) say(`cells that were not hit: ${missed.join('; ')}`);
    else say(`${missed.length} cells were not hit`);
  }
  if (!values.json) say(totals([tally.failed.length === 0, ...(isGated ? [isCovered] : [])]));
  return tally.failed.length === 0 && isCovered;
}

/** As jest prints its own: what CI adds up. One check is that no seed broke a promise, one the cells. */
function totals(checks: readonly boolean[]): string {
  const failed = checks.filter((isGood) => !isGood).length;
  const parts = [`${checks.length - failed} passed`, `${checks.length} total`];
  return `Tests: ${[...(failed > 0 ? [`${failed} failed`] : []), ...parts].join(', ')}`;
}

/** Runs windows of seeds until as many were run, and adds each to the record when it is done. */
async function extendRecord(file: string, seeds: number, processes: number): Promise<boolean> {
  const size = whole(values.window, 'window', 1);
  const known = readRecord(file);
  let first = values.seed === undefined ? nextSeed(known) : whole(values.seed, 'seed', 0);
  const end = first + seeds;
  let failed = 0;
  for (; first < end; first += size) {
    const tally = newTally();
    const commit = presentCommit(file);
    const begunMs = performance.now();
    const fan = { firstSeed: first, seeds: Math.min(size, end - first), processes };
    await runSeeds(fan, (verdict) => {
      count(tally, verdict);
      for (const text of verdict.broken) say(`seed ${verdict.seed}: ${text}`);
    });
    const elapsedMs = performance.now() - begunMs;
    const window = windowOf(tally, first, commit, elapsedMs, new Date().toISOString());
    failed += window.failed.length;
    const record = addToRecord(file, window, tally);
    say(recordTable(record).split('\n')[0] ?? '');
  }
  if (!values.json) process.stdout.write(`${recordTable(readRecord(file))}\n`);
  return failed === 0;
}

/** The first seed that catches the bug, or undefined. */
async function hunt(bug: string, processes: number): Promise<string | undefined> {
  let caught: { readonly seed: number; readonly text: string } | undefined;
  const fan = { firstSeed: 1, seeds: PLANTED_SEEDS, processes, bug, stopsAtFailure: true };
  await runSeeds(fan, ({ seed, broken }) => {
    const [text] = broken;
    if (text !== undefined && seed < (caught?.seed ?? Infinity)) caught = { seed, text };
  });
  return caught && `seed ${caught.seed}: ${caught.text}`;
}

async function testTheTester(names: readonly string[], processes: number): Promise<boolean> {
  const caught: Record<string, string | null> = {};
  for (const name of names) {
    const bug = PLANTED.get(name);
    if (bug === undefined) {
      throw new RangeError(`--planted ${name}: must be one of ${[...PLANTED.keys()].join(', ')}`);
    }
    const how = await hunt(name, processes);
    caught[name] = how ?? null;
    if (!values.json)
      say(`${name} (${bug.what}): ${how ?? `NOT CAUGHT in ${PLANTED_SEEDS} seeds`}`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ planted: caught })}\n`);
  return Object.values(caught).every((how) => how !== null);
}

const processes = whole(values.processes, 'processes', 1);
const named = values.planted?.includes('all') ? [...PLANTED.keys()] : values.planted;
async function run(): Promise<boolean> {
  const seeds = whole(values.seeds, 'seeds', 1);
  if (values.trace !== undefined && ((named ?? values.record) !== undefined || seeds !== 1)) {
    throw new RangeError(
      `--trace ${JSON.stringify(values.trace)}: needs --seeds 1, without --planted and --record`,
    );
  }
  if (named !== undefined) return testTheTester(named, processes);
  if (values.record !== undefined) return extendRecord(values.record, seeds, processes);
  return simulate(whole(values.seed ?? '1', 'seed', 0), seeds, processes);
}

const isGood = await run();
process.exitCode = isGood ? 0 : 1;
