import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { PLANTED } from './planted-bugs.ts';
import type { SeedRecord } from './report/record.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const NODE = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
const WITHIN_MS = 300_000;

interface Result {
  readonly failed: readonly { readonly seed: number; readonly broken: readonly string[] }[];
  readonly orders: number;
  readonly faults: number;
  readonly digest: string;
}

const ask = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(NODE, ['--no-warnings', MAIN, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
};

const simulate = async (...args: readonly string[]): Promise<Result> =>
  JSON.parse(await ask('--json', ...args)) as Result;

describe('the simulation', () => {
  test(
    'whatever fails, every order ends once and venue, ledger and workflows agree; the same seeds give the same trace, however many processes run them',
    async () => {
      const once = await simulate('--seeds', '100', '--seed', '500', '--processes', '1');
      const again = await simulate('--seeds', '100', '--seed', '500', '--processes', '3');
      expect(once.failed).toEqual([]);
      // Legs of parents come on top of the 50.
      expect(once.orders).toBeGreaterThanOrEqual(100 * 50);
      expect(once.faults).toBeGreaterThan(100 * 20);
      expect(once.digest).toMatch(/^[0-9a-f]{8}$/);
      expect(again.digest).toBe(once.digest);
    },
    WITHIN_MS,
  );

  test.each([...PLANTED.keys()])(
    'the planted bug %s is caught within 200 seeds',
    async (bug) => {
      const { planted } = JSON.parse(await ask('--json', '--planted', bug)) as {
        planted: Record<string, string | null>;
      };
      expect(planted[bug]).toMatch(/^seed \d+: /);
    },
    WITHIN_MS,
  );

  test(
    'a record goes on where it was stopped',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'perpetua-record-'));
      try {
        const file = join(folder, 'record.json');
        await ask('--record', file, '--seeds', '3', '--window', '2');
        await ask('--record', file, '--seeds', '1');
        const { windows, hits } = JSON.parse(await readFile(file, 'utf8')) as SeedRecord;
        expect(windows.map(({ firstSeed, seeds }) => [firstSeed, seeds])).toEqual([
          [1, 2],
          [3, 1],
          [4, 1],
        ]);
        const struck = Object.values(hits).reduce((sum, count) => sum + count, 0);
        expect(windows.reduce((sum, { faults }) => sum + faults, 0)).toBe(struck);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    WITHIN_MS,
  );
});
