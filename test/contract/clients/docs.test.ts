import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseFaults } from '../../../gateways/paper-exchange/faults/fault.ts';
import {
  CLIENTS_DIR,
  pythonPackages,
  whyNpmClientIsMissing,
  whyPythonClientIsMissing,
} from './installed.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(new URL('../../../docs/paper-exchange.md', import.meta.url), 'utf8');

/** The code blocks of the page in one language, in order. */
function blocksOf(language: string): string[] {
  const blocks = page.matchAll(/```(\w+)\n(.*?)```/gs);
  return [...blocks].filter(([, name]) => name === language).map(([, , code = '']) => code);
}

const [serve = '', ...questions] = blocksOf('sh');

let server: ChildProcess;
let address = '';

beforeAll(async () => {
  const [npx, command, ...args] = serve.trim().split(' ');
  expect([npx, command]).toEqual(['npx', 'perpetua']);
  // As a user starts it, but on any free port, and with the faucet that the page goes on to show.
  const more = ['--port', '0', '--faucet', '10000'];
  server = spawn(process.execPath, ['client/bin/perpetua.mjs', ...args, ...more], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (server.stdout === null) throw new Error('the exchange has no stdout');
  const [line] = await once(createInterface(server.stdout), 'line');
  address = new URL((JSON.parse(String(line)) as { url: string }).url).host;
});

afterAll(async () => {
  server.kill('SIGTERM');
  await once(server, 'exit');
});

/** Runs code of the page and returns what it printed; the port is all that is changed. */
function run(command: string, args: readonly string[], code: string, more: object = {}): string {
  const { status, stdout, stderr } = spawnSync(
    command,
    [...args, code.replaceAll('127.0.0.1:3999', address)],
    { cwd: ROOT, encoding: 'utf8', timeout: 60_000, ...more },
  );
  expect([status, stderr.slice(-2000)]).toEqual([0, expect.any(String)]);
  return stdout;
}

/** A snippet whose client is not installed fails in CI and is skipped elsewhere. */
function snippet(name: string, missing: string | undefined, tried: () => void): void {
  if (missing === undefined) test(name, tried);
  else if (process.env.CI === undefined) test.skip(`${name}, skipped because ${missing}`, tried);
  else
    test(name, () => {
      throw new Error(missing);
    });
}

describe('the page tells a new user what works:', () => {
  test('the questions', () => {
    const [mids = '', state = '', paid = ''] = questions.map((code) => run('sh', ['-c'], code));
    expect(JSON.parse(mids)).toHaveProperty('BTC');
    expect(JSON.parse(state)).toMatchObject({ marginSummary: { accountValue: '100000.0' } });
    expect(JSON.parse(paid)).toMatchObject({ status: 'ok', usd: '10000' });
  });

  test('the faults', () => {
    const [faults = ''] = blocksOf('json');
    expect(parseFaults(JSON.parse(faults))).toMatchObject({ ok: true });
  });

  test('the TypeScript', () => {
    const [code = ''] = blocksOf('ts');
    const printed = run(process.execPath, ['--input-type=module-typescript', '--eval'], code);
    expect(JSON.parse(printed)).toEqual([{ resting: { oid: expect.any(Number) } }]);
  });

  snippet('the Python', whyPythonClientIsMissing(), () => {
    const [code = ''] = blocksOf('python');
    const env = { ...process.env, PYTHONPATH: pythonPackages() };
    const [opened, szi, closed] = run('python3', ['-c'], code, { env }).trim().split('\n');
    expect(opened).toContain("'filled'");
    expect(szi).toBe('0.1');
    expect(closed).toContain("'filled'");
  });

  snippet('the ccxt', whyNpmClientIsMissing('ccxt'), () => {
    const [code = ''] = blocksOf('js');
    const args = ['--input-type=module', '--eval'];
    const printed = run(process.execPath, args, code, { cwd: CLIENTS_DIR });
    expect(printed.trim().split('\n')).toEqual(['open', '20']);
  });
});
