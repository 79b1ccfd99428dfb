/** Adds up the verdicts of many seeds and prints what was hit where, and what was not. */
import { ALL_CELLS, CELLS, cellName, IMPOSSIBLE, KINDS } from '../world/fault-table.ts';
import type { Verdict } from '../world/world.ts';

const SUMS = [
  'orders',
  'faults',
  'events',
  'requests',
  'tasks',
  'replays',
  'flickers',
  'limited',
] as const;

export interface Tally {
  seeds: number;
  readonly failed: { readonly seed: number; readonly broken: readonly string[] }[];
  readonly sums: Record<(typeof SUMS)[number], number>;
  readonly hits: Record<string, number>;
  readonly statuses: Record<string, number>;
  /** All hashes, in the order of the seeds. */
  readonly hashes: Map<number, number>;
}

const addTo = (sums: Record<string, number>, more: Readonly<Record<string, number>>): void => {
  for (const [key, value] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + value;
};

export function newTally(): Tally {
  const sums = {
    orders: 0,
    faults: 0,
    events: 0,
    requests: 0,
    tasks: 0,
    replays: 0,
    flickers: 0,
    limited: 0,
  };
  return { seeds: 0, failed: [], sums, hits: {}, statuses: {}, hashes: new Map() };
}

export function count(tally: Tally, verdict: Verdict): void {
  tally.seeds += 1;
  tally.hashes.set(verdict.seed, verdict.hash);
  if (verdict.broken.length > 0) {
    tally.failed.push({ seed: verdict.seed, broken: verdict.broken });
  }
  for (const key of SUMS) tally.sums[key] += verdict[key];
  addTo(tally.hits, verdict.hits);
  addTo(tally.statuses, verdict.statuses);
}

/** One number for all seeds: the same run again gives the same. */
export function digestOf({ hashes }: Tally): string {
  let digest = 0x811c9dc5;
  for (const seed of [...hashes.keys()].sort((a, b) => a - b)) {
    digest = Math.imul(digest ^ (hashes.get(seed) ?? 0), 0x01000193) >>> 0;
  }
  return digest.toString(16).padStart(8, '0');
}

/** Possible cells that no seed has hit. */
export const missedCells = ({ hits }: Pick<Tally, 'hits'>): readonly string[] =>
  ALL_CELLS.filter((cell) => (hits[cell] ?? 0) === 0);

/** Where each fault has struck, and how often: a line per boundary. */
export function coverageTable({ hits }: Tally): string {
  const lines = [...CELLS].map(([boundary, faults]) => {
    const counts = faults.map((fault) => `${fault} ${hits[cellName(fault, boundary)] ?? 0}`);
    return `  ${boundary.padEnd(28)} ${counts.join(', ')}`;
  });
  return ['Faults by boundary:', ...lines].join('\n');
}

/** The kinds of the fault model and how often each has struck. */
export function kindsTable({ hits }: Tally): string {
  const lines = KINDS.map(([kind, faults]) => {
    const reason = IMPOSSIBLE[kind];
    if (reason !== undefined) return `  ${kind}: not here (${reason})`;
    const sum = Object.entries(hits)
      .filter(([cell]) => faults.includes(cell.split(' @ ')[0] ?? ''))
      .reduce((total, [, hit]) => total + hit, 0);
    return `  ${kind.padEnd(52)} ${sum}`;
  });
  return ['Kinds of the fault model:', ...lines].join('\n');
}
