/** Small real processes for tests of the supervision, and a folder that is removed with them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { isAlive } from '../../../config/process-probe.ts';
import type { ChildEvents, ChildSpec } from '../../../workers/up/child-spec.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs the cleanup after the present test. */
export const afterTest = (cleanup: () => Promise<void> | void): void => void cleanups.push(cleanup);

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perpetua-up-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Says that it is ready and works until SIGTERM, which it notes in `order.txt`. */
export const GOOD = `
import { appendFileSync } from 'node:fs';
process.on('SIGTERM', () => {
  appendFileSync(process.env.ORDER, process.env.NAME + '\\n');
  process.exit(0);
});
console.log(JSON.stringify({ ready: true }));
setInterval(() => {}, 1000);`;

/** A child of the given program. */
export function childOf(
  folder: string,
  name: string,
  program: string = GOOD,
  overrides: Partial<ChildSpec> = {},
): ChildSpec {
  const script = join(folder, `${name}.mjs`);
  writeFileSync(script, program);
  return {
    name,
    command: process.execPath,
    args: [script],
    env: { PATH: process.env.PATH, ORDER: join(folder, 'order.txt'), NAME: name, DIR: folder },
    script,
    readyWithinMs: 20_000,
    stopWithinMs: 5_000,
    ...overrides,
  };
}

export const silent: ChildEvents = {
  onPid: () => {},
  onReady: () => {},
  onExit: () => {},
  onWarning: () => {},
};

/** Waits until the condition holds. @throws when it does not within 20 s */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const untilGone = (pid: number): Promise<void> =>
  until(`end of ${pid}`, () => !isAlive(pid));
