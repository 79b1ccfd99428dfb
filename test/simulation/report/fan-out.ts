/** Runs seeds in several processes of their own and hands on their verdicts as they come. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../world/world.ts';

/** A young generation that holds what a seed makes: most of it is garbage soon. */
const FLAGS = ['--no-warnings', '--max-semi-space-size=64'] as const;
const RUNNER = fileURLToPath(new URL('../run-seeds.ts', import.meta.url));

export interface Fan {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly processes: number;
  /** The name of the bug that is planted. */
  readonly bug?: string;
  /** Each process ends with its first failure. */
  readonly stopsAtFailure?: boolean;
}

function runShare(fan: Fan, index: number, hear: (verdict: Verdict) => void): Promise<void> {
  const share = Math.floor((fan.seeds - index - 1) / fan.processes) + 1;
  const args = [fan.firstSeed + index, fan.processes, share, fan.bug ?? 'none'].map(String);
  if (fan.stopsAtFailure === true) args.push('stop');
  const child = spawn(process.execPath, [...FLAGS, RUNNER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => hear(JSON.parse(line) as Verdict));
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
  const shares = Array.from({ length: processes }, (_, index) =>
    runShare({ ...fan, processes }, index, hear),
  );
  await Promise.all(shares);
}
