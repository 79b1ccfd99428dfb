import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const NODE = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
const WITHIN_MS = 120_000;

interface Result {
  readonly failed: readonly { readonly seed: number; readonly broken: readonly string[] }[];
  readonly orders: number;
  readonly faults: number;
  readonly digest: string;
}

async function simulate(...args: readonly string[]): Promise<Result> {
  const { stdout } = await run(NODE, ['--no-warnings', MAIN, '--json', ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Result;
}

describe('the simulation', () => {
  test(
    'whatever fails, every order ends once and venue, ledger and workflows agree',
    async () => {
      const { failed, orders, faults } = await simulate('--seeds', '30');
      expect(failed).toEqual([]);
      expect(orders).toBe(30 * 50);
      expect(faults).toBeGreaterThan(30 * 20);
    },
    WITHIN_MS,
  );

  test(
    'the same seeds give the same trace, however many processes run them',
    async () => {
      const [once, again] = await Promise.all([
        simulate('--seeds', '6', '--seed', '500', '--processes', '1'),
        simulate('--seeds', '6', '--seed', '500', '--processes', '3'),
      ]);
      expect(again.digest).toBe(once.digest);
      expect(once.digest).toMatch(/^[0-9a-f]{8}$/);
    },
    WITHIN_MS,
  );

  test(
    'a planted bug is caught',
    async () => {
      const { stdout } = await run(NODE, [MAIN, '--json', '--planted', 'fills-without-tid']);
      const { planted } = JSON.parse(stdout) as { planted: Record<string, string | null> };
      expect(planted['fills-without-tid']).toMatch(/^seed \d+: .*I3/);
    },
    WITHIN_MS,
  );
});
