/**
 * The record: what came of each seed, one JSON line for a seed in a file that grows from call to
 * call, and the page that is made of all of them. A seed that is run again takes the place of its
 * earlier line; a broken one stays on record until then.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RunFacts } from './facts.ts';
import { wasStartedOver } from './judge/split.ts';
import { orderRecoveries, percentile } from './report.ts';

const LINES = fileURLToPath(new URL('record.jsonl', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/chaos-record.md', import.meta.url));

/** Beyond this something never closed. */
const LONGEST_MS = 86_400_000;

const entrySchema = z.object({
  seed: z.int(),
  day: z.string(),
  commit: z.string(),
  asked: z.int(),
  orders: z.int(),
  parents: z.int(),
  amended: z.int(),
  fills: z.int(),
  inDoubt: z.int(),
  resends: z.int(),
  interventions: z.int(),
  /** Runs that the SDK had split, and the workers started over. */
  startedOver: z.int().default(0),
  faults: z.record(z.string(), z.int()),
  /** From the last fault until everything was closed. */
  closedAfterMs: z.int(),
  recoveries: z.record(z.string(), z.array(z.int())),
  problems: z.array(z.string()),
});

export type RecordEntry = z.infer<typeof entrySchema>;

function counts(items: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const item of items) found[item] = (found[item] ?? 0) + 1;
  return found;
}

/** One seed's line. @param commit of the sources that were run */
export function entryOf(
  seed: number,
  facts: RunFacts,
  problems: readonly string[],
  commit: string,
): RecordEntry {
  const { ledger, workflows, venue } = facts;
  const all = [...workflows.orders, ...workflows.parents, workflows.session, workflows.account];
  const doubts = ledger.steps.filter(({ what }) => what === 'outcomeUnknown');
  const recoveries: Record<string, number[]> = {};
  for (const { target, afterMs } of orderRecoveries(facts)) {
    recoveries[target] = [...(recoveries[target] ?? []), Math.round(afterMs)];
  }
  return {
    seed,
    day: new Date().toISOString().slice(0, 10),
    commit,
    asked: facts.asked.length,
    orders: workflows.orders.length,
    parents: workflows.parents.length,
    amended: new Set(
      ledger.envelopes.filter(({ epoch }) => epoch > 0).map(({ intentId }) => intentId),
    ).size,
    fills: venue.fills.length,
    inDoubt: new Set(doubts.map(({ intentId }) => intentId)).size,
    resends: ledger.envelopes.reduce((sum, { sends }) => sum + Math.max(0, sends - 1), 0),
    interventions: facts.interventions.length,
    startedOver: all.filter(wasStartedOver).length,
    faults: counts(facts.faults.map(({ kind }) => kind)),
    closedAfterMs: Math.max(
      0,
      ...all.map(({ closedMs }) => (closedMs ?? Number.MAX_SAFE_INTEGER) - facts.lastFaultMs),
    ),
    recoveries,
    problems: [...problems],
  };
}

/** The line of a seed that did not come to an end, so that nothing could be judged. */
export const unendedEntry = (seed: number, problem: string, commit: string): RecordEntry => ({
  seed,
  day: new Date().toISOString().slice(0, 10),
  commit,
  asked: 0,
  orders: 0,
  parents: 0,
  amended: 0,
  fills: 0,
  inDoubt: 0,
  resends: 0,
  interventions: 0,
  startedOver: 0,
  faults: {},
  closedAfterMs: 0,
  recoveries: {},
  problems: [`did not end: ${problem}`],
});

function readEntries(): RecordEntry[] {
  if (!existsSync(LINES)) return [];
  const lines = readFileSync(LINES, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => entrySchema.parse(JSON.parse(line)));
}

const sum = (entries: readonly RecordEntry[], of: (entry: RecordEntry) => number): number =>
  entries.reduce((total, entry) => total + of(entry), 0);

const faultsOf = ({ faults }: RecordEntry): number =>
  Object.values(faults).reduce((total, count) => total + count, 0);

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

function recoveryTable(entries: readonly RecordEntry[]): readonly string[] {
  const parts = [...new Set(entries.flatMap(({ recoveries }) => Object.keys(recoveries)))].sort();
  return [
    row('killed', 'times', 'p50 ms', 'p99 ms', 'most ms'),
    row('---', '---:', '---:', '---:', '---:'),
    ...parts.map((part) => {
      const times = entries.flatMap(({ recoveries }) => recoveries[part] ?? []);
      const at = (share: number): number => percentile(times, share) ?? 0;
      return row(part, times.length, at(0.5), at(0.99), at(1));
    }),
  ];
}

function seedTable(entries: readonly RecordEntry[]): readonly string[] {
  return [
    row(
      'seed',
      'commit',
      'asked',
      'orders',
      'amended',
      'parents',
      'fills',
      'ever in doubt',
      'faults',
      'kinds',
      'closed after s',
      'violations',
    ),
    row('---:', '---', ...Array.from({ length: 10 }, () => '---:')),
    ...entries.map((entry) =>
      row(
        entry.seed,
        entry.commit,
        entry.asked,
        entry.orders,
        entry.amended,
        entry.parents,
        entry.fills,
        entry.inDoubt,
        faultsOf(entry),
        Object.keys(entry.faults).length,
        entry.closedAfterMs > LONGEST_MS ? 'open' : (entry.closedAfterMs / 1_000).toFixed(1),
        entry.problems.length,
      ),
    ),
  ];
}

/** The page of a record. */
export function describeRecord(entries: readonly RecordEntry[]): string {
  const kinds = [...new Set(entries.flatMap(({ faults }) => Object.keys(faults)))].sort();
  const broken = entries.filter(({ problems }) => problems.length > 0);
  const verdict =
    broken.length === 0
      ? 'No order was lost, doubled or orphaned, no end flipped, positions equal the sum of fills to the last decimal, and every workflow was closed in time.'
      : `${broken.length} of the seeds broke a promise; see below.`;
  return [
    '# Chaos on record',
    '',
    'Made by `npm run chaos -- --seeds N --record`; one line for each seed is in `test/chaos/record.jsonl`.',
    'A seed is a whole embedded stack (Temporal on a file, ledger, paper exchange, three workers behind',
    'TCP proxies, watchdog), 400 orders asked for and a trading session, under a plan of faults drawn',
    'from the seed. An independent judge compares what venue, ledger and workflows say afterwards.',
    '',
    `**${entries.length} seeds: ${sum(entries, ({ asked }) => asked)} orders asked for (${sum(entries, ({ orders }) => orders)} order workflows with the legs of ${sum(entries, ({ parents }) => parents)} parents and the sessions' own), ${sum(entries, faultsOf)} faults of ${kinds.length} kinds. ${verdict}**`,
    '',
    `Workflows that could not be replayed since the SDK had split a task of theirs`,
    `([decision 14](decisions/0014-local-activities-give-way.md)), and that the workers started over: ${sum(entries, ({ startedOver }) => startedOver)}.`,
    '',
    '## Recovery',
    '',
    'From the kill to the next order that the venue acknowledged through the part that was killed, while',
    'other faults go on: for a worker, the first order of its new process.',
    '',
    ...recoveryTable(entries),
    '',
    '## Faults carried out',
    '',
    row('kind', 'times'),
    row('---', '---:'),
    ...kinds.map((kind) =>
      row(
        kind,
        sum(entries, ({ faults }) => faults[kind] ?? 0),
      ),
    ),
    '',
    '## Seeds',
    '',
    ...seedTable(entries),
    ...broken.flatMap(({ seed, problems }) => [
      '',
      `Seed ${seed}:`,
      '',
      ...problems.map((problem) => `- ${problem}`),
    ]),
    '',
  ].join('\n');
}

/** Adds a seed to the record, or replaces its line, and writes the page anew. */
export function recordSeed(entry: RecordEntry): void {
  const entries = [...readEntries().filter(({ seed }) => seed !== entry.seed), entry].sort(
    (a, b) => a.seed - b.seed,
  );
  writeFileSync(LINES, entries.map((each) => `${JSON.stringify(each)}\n`).join(''));
  writeFileSync(PAGE, describeRecord(entries));
}
