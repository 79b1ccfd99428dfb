/**
 * Says on standard error, line by line, what happens to one order or parent (`--trace NAME`): what its
 * workflow was told and commanded, what its activities asked of venue and ledger, and what they got.
 * Only reads: a seed that is traced has the hash that it has without.
 */
import type { Owner } from './scheduler.ts';

const MOST_CHARACTERS = 700;

/** The moment and the process of what is said. */
interface Now {
  readonly nowMs: number;
  readonly owner: Owner | undefined;
}

let watched: string | undefined;
let clock: Now | undefined;
let zeroMs = 0;
let wasSeen = false;

/** @param name an intent's id, as the verdict names it; a parent's takes in those of its legs */
export function watch(name: string): void {
  watched = name;
}

/** From now on moments are counted from this one. */
export function beginTrace(now: Now): void {
  clock = now;
  zeroMs = now.nowMs;
}

/** @param origin the id of the workflow that it is about */
export function trace(origin: string | undefined, text: () => string): void {
  if (watched === undefined || origin?.includes(`:${watched}`) !== true) return;
  wasSeen = true;
  print(`${origin.slice(origin.lastIndexOf(':') + 1)} ${text()}`);
}

/** Says so when the seed that was run has nobody of that name. */
export function endTrace(seed: number): void {
  if (watched === undefined || wasSeen) return;
  process.stderr.write(
    `--trace ${JSON.stringify(watched)}: seed ${seed} has no such order or parent\n`,
  );
}

/** What the seed's hash is made of: shown where it concerns the watched one, or a process. */
export function traceNote(text: string): void {
  if (watched === undefined) return;
  if (!/^(kill|freeze) /.test(text) && !text.startsWith(`${watched.slice(-4)} `)) return;
  print(`- ${text}`);
}

function print(text: string): void {
  const seconds = (((clock?.nowMs ?? 0) - zeroMs) / 1_000).toFixed(3).padStart(9);
  const who = (clock?.owner?.name ?? '').padEnd(6);
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text;
  process.stderr.write(`${seconds} ${who} ${shown}\n`);
}
