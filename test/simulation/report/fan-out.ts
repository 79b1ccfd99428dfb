/** Runs seeds in several processes of their own and hands on their verdicts as they come. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../world/world.ts';

/**
 * A young generation, whole from the start, that holds what a seed makes: most of it is garbage soon.
 * No loop runs for long, so that one replaced while it runs is work for nothing (a tenth of the time).
 */
const FLAGS = [
  '--no-warnings',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--no-use-osr',
] as const;
const RUNNER = fileURLToPath(new URL('../run-seeds.ts', import.meta.url));
/** So many seeds are given at a time: who is slower gets fewer of them, and none waits long. */
const MOST_AT_ONCE = 10;
/** Of these each process has some ahead, so that it never waits for the next ones. */
const BLOCKS_EACH = 8;

export interface Fan {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly processes: number;
  /** The name of the bug that is planted. */
  readonly bug?: string;
  /** Whose doings are said on standard error; see `trace.ts`. */
  readonly trace?: string;
  /** Each process ends with its first failure, and no more seeds are given to any. */
  readonly stopsAtFailure?: boolean;
}

/** The seeds that were given to nobody yet, in their order. */
class Queue {
  private next: number;
  private readonly end: number;
  private readonly size: number;

  constructor({ firstSeed, seeds, processes }: Fan) {
    this.next = firstSeed;
    this.end = firstSeed + seeds;
    const each = Math.ceil(seeds / (processes * BLOCKS_EACH));
    this.size = Math.min(MOST_AT_ONCE, Math.max(1, each));
  }

  /** The first seed and how many, or undefined when there are no more. */
  take(): { readonly first: number; readonly count: number } | undefined {
    const first = this.next;
    const count = Math.min(this.size, this.end - first);
    if (count <= 0) return undefined;
    this.next += count;
    return { first, count };
  }

  close(): void {
    this.next = this.end;
  }
}

/** Gives a process its seeds: some more whenever it has begun with the last ones. */
function feed(child: ChildProcess, queue: Queue): () => void {
  let isFed = true;
  let left = 0;
  const give = (): void => {
    while (isFed && left <= MOST_AT_ONCE / 2) {
      const block = queue.take();
      if (block === undefined) {
        isFed = false;
        child.stdin?.end();
        return;
      }
      left += block.count;
      child.stdin?.write(`${block.first} ${block.count}\n`);
    }
  };
  give();
  return () => {
    left -= 1;
    give();
  };
}

function runShare(fan: Fan, queue: Queue, hear: (verdict: Verdict) => void): Promise<void> {
  const ending = fan.stopsAtFailure === true ? 'stop' : 'go';
  const args = [fan.bug ?? 'none', ending, ...(fan.trace === undefined ? [] : [fan.trace])];
  const child = spawn(process.execPath, [...FLAGS, RUNNER, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // One that has ended with a failure reads no more: what it was given is not run.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  const done = feed(child, queue);
  lines.on('line', (line) => {
    const verdict = JSON.parse(line) as Verdict;
    if (fan.stopsAtFailure === true && verdict.broken.length > 0) queue.close();
    done();
    hear(verdict);
  });
  return new Promise((resolve, reject) => {
    let isRead = false;
    let code: number | null | undefined;
    const settle = (): void => {
      if (!isRead || code === undefined) return;
      if (code === 0) resolve();
      else reject(new Error(`a process of the simulation ended with ${code}`));
    };
    lines.on('close', () => {
      isRead = true;
      settle();
    });
    child.on('exit', (exitCode) => {
      code = exitCode;
      settle();
    });
    child.on('error', reject);
  });
}

/** Resolves when all seeds were run. @throws when a process fails */
export async function runSeeds(fan: Fan, hear: (verdict: Verdict) => void): Promise<void> {
  const processes = Math.min(fan.processes, fan.seeds);
  const queue = new Queue({ ...fan, processes });
  await Promise.all(Array.from({ length: processes }, () => runShare(fan, queue, hear)));
}
