/**
 * The record of all seeds that were ever run on purpose: one line per window of seeds, and the hits
 * of all of them together. It grows from run to run; a run that is stopped loses its last window
 * only. `docs/simulation-record.md` is written from it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { ALL_CELLS } from '../world/fault-table.ts';
import { digestOf, missedCells, type Tally } from './tally.ts';

/** Seeds that were run in one go, by one commit. */
export interface Window {
  readonly firstSeed: number;
  readonly seeds: number;
  /** `+` when the tree was not as committed. */
  readonly commit: string;
  readonly digest: string;
  readonly orders: number;
  readonly faults: number;
  readonly failed: readonly { readonly seed: number; readonly broken: readonly string[] }[];
  readonly elapsedMs: number;
  readonly endedAt: string;
  readonly machine: string;
}

export interface SeedRecord {
  readonly windows: readonly Window[];
  /** By cell, over all windows. */
  readonly hits: Readonly<Record<string, number>>;
  /** What whoever reads it should know besides. */
  readonly notes?: readonly string[];
}

const EMPTY: SeedRecord = { windows: [], hits: {} };

/** @throws SyntaxError when the file is no JSON */
export function readRecord(file: string): SeedRecord {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SeedRecord) : EMPTY;
}

/** The first seed that no window has reached. */
export const nextSeed = ({ windows }: SeedRecord): number =>
  Math.max(1, ...windows.map(({ firstSeed, seeds }) => firstSeed + seeds));

const git = (...args: readonly string[]): string =>
  execFileSync('git', [...args], { encoding: 'utf8' }).trim();

/** The commit that is run, by its short name; the record that it adds to changes nothing of it. */
export function presentCommit(record: string): string {
  const root = git('rev-parse', '--show-toplevel');
  const changed = git('diff', '--name-only', 'HEAD').split('\n').filter(Boolean);
  const isChanged = changed.some((path) => resolve(root, path) !== resolve(record));
  return git('rev-parse', '--short', 'HEAD') + (isChanged ? '+' : '');
}

export function windowOf(
  tally: Tally,
  firstSeed: number,
  commit: string,
  elapsedMs: number,
  endedAt: string,
): Window {
  const { seeds, sums, failed } = tally;
  const { orders, faults } = sums;
  const all = cpus();
  const machine = `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`;
  const digest = digestOf(tally);
  return {
    firstSeed,
    seeds,
    commit,
    digest,
    orders,
    faults,
    failed,
    elapsedMs: Math.round(elapsedMs),
    endedAt,
    machine,
  };
}

/** Adds a window; whoever reads the file meanwhile sees it as it was or as it is. */
export function addToRecord(file: string, window: Window, tally: Tally): SeedRecord {
  const { windows, hits, notes } = readRecord(file);
  const sums: Record<string, number> = { ...hits };
  for (const [cell, count] of Object.entries(tally.hits)) sums[cell] = (sums[cell] ?? 0) + count;
  const record = { windows: [...windows, window], hits: sums, ...(notes && { notes }) };
  const lines = record.windows.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  const told = notes === undefined ? '' : `,\n"notes":${JSON.stringify(notes)}`;
  const text = `{"windows":[\n${lines}\n],\n"hits":${JSON.stringify(sums)}${told}}\n`;
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
  return record;
}

const thousands = (value: number): string => value.toLocaleString('en-US');

/** Windows of one commit that follow each other, as one line. */
interface Stretch {
  readonly window: Window;
  readonly last: number;
  readonly seeds: number;
  readonly orders: number;
  readonly faults: number;
  readonly failed: number;
  readonly elapsedMs: number;
}

function stretchesOf(windows: readonly Window[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const window of windows) {
    const { firstSeed, seeds, orders, faults, elapsedMs, commit } = window;
    const last = firstSeed + seeds - 1;
    const before = stretches.at(-1);
    const failed = window.failed.length;
    if (before === undefined || before.last + 1 !== firstSeed || before.window.commit !== commit) {
      stretches.push({ window, last, seeds, orders, faults, failed, elapsedMs });
      continue;
    }
    stretches[stretches.length - 1] = {
      window: before.window,
      last,
      seeds: before.seeds + seeds,
      orders: before.orders + orders,
      faults: before.faults + faults,
      failed: before.failed + failed,
      elapsedMs: before.elapsedMs + elapsedMs,
    };
  }
  return stretches;
}

/** The record as the table of `docs/simulation-record.md`. */
export function recordTable(record: SeedRecord): string {
  const { windows, hits, notes = [] } = record;
  const sum = (pick: (window: Window) => number): string =>
    thousands(windows.reduce((total, window) => total + pick(window), 0));
  const rows = stretchesOf(windows).map(({ window, last, ...stretch }) =>
    [
      `${window.firstSeed} to ${last}`,
      window.commit,
      thousands(stretch.seeds),
      thousands(stretch.orders),
      thousands(stretch.faults),
      String(stretch.failed),
      thousands(Math.round(stretch.elapsedMs / 1_000)),
      window.machine,
    ].join(' | '),
  );
  const counts = ALL_CELLS.map((cell) => hits[cell] ?? 0);
  const rarest = Math.min(...counts);
  const missed = missedCells({ hits }).length;
  return [
    `${sum(({ seeds }) => seeds)} seeds, ${sum(({ orders }) => orders)} orders, ` +
      `${sum(({ faults }) => faults)} faults, ${sum(({ failed }) => failed.length)} failed seeds. ` +
      `${ALL_CELLS.length} cells, the rarest hit ${thousands(rarest)} times, ${missed} never.`,
    '',
    '| seeds | commit | count | orders | faults | failed | seconds | machine |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
    ...windows.flatMap(({ failed, commit }) =>
      failed.map(({ seed, broken }) => `- seed ${seed} at ${commit}: ${broken.join('; ')}`),
    ),
    ...notes.map((note) => `- ${note}`),
  ].join('\n');
}
