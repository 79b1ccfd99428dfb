/** Real processes: the launcher, and a few commands from the outside. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const LAUNCHER = fileURLToPath(new URL('../../../client/bin/perpetua.mjs', import.meta.url));
const ACCOUNT = `0x${'a'.repeat(40)}`;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpetua-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function perpetua(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PERPETUA_')),
  );
  return spawnSync(process.execPath, [LAUNCHER, ...words], {
    cwd: folder,
    env: { ...clean, ...env },
    encoding: 'utf8',
  });
}

/** A port on which nobody listens: taken, and given back. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the command line as a process', () => {
  test('a wrong word exits with 2, with its text on standard error', () => {
    const done = perpetua(['order', 'place', 'BTC', 'hold', '1', '--price', '1']);
    expect(done.status).toBe(2);
    expect(done.stdout).toBe('');
    expect(done.stderr).toContain('side "hold"');
  });

  test('an unreachable Temporal exits with 4 and one JSON document', async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    const done = perpetua(['order', 'place', 'BTC', 'buy', '1', '--price', '1', '--json'], {
      PERPETUA_ACCOUNT: ACCOUNT,
      TEMPORAL_ADDRESS: address,
    });
    expect(done.status).toBe(4);
    const { error } = JSON.parse(done.stdout) as { error: { message: string } };
    expect(error.message).toContain(address);
  });

  test('an unreachable ledger exits with 4 and never shows its password', async () => {
    const done = perpetua(['order', 'list', '--json'], {
      PERPETUA_ACCOUNT: ACCOUNT,
      DATABASE_URL: `postgres://me:topsecret@127.0.0.1:${await closedPort()}/db`,
    });
    expect(done.status).toBe(4);
    expect(done.stdout + done.stderr).not.toContain('topsecret');
    expect(done.stderr).toContain('perpetua up');
  });

  test('without a stack and an account it says what to start', () => {
    const done = perpetua(['order', 'list']);
    expect(done.status).toBe(4);
    expect(done.stderr).toContain('perpetua up');
  });

  test('a bad setting exits with 2 and names its source', () => {
    const done = perpetua(['order', 'list'], { PERPETUA_NETWORK: 'moon' });
    expect(done.status).toBe(2);
    expect(done.stderr).toContain('network "moon"');
    expect(done.stderr).toContain('environment PERPETUA_NETWORK');
  });
});

describe('the launcher on an old Node', () => {
  /** A copy of the launcher that believes this Node to be too old, beside a pinned one. */
  function oldLauncher(name: string, mainText: string | undefined): string {
    const root = join(folder, name);
    mkdirSync(join(root, 'client', 'bin'), { recursive: true });
    const launcher = join(root, 'client', 'bin', 'perpetua.mjs');
    copyFileSync(LAUNCHER, launcher);
    const pretend = join(root, 'old-node.mjs');
    writeFileSync(pretend, "Object.defineProperty(process, 'version', { value: 'v20.0.0' });\n");
    if (mainText !== undefined) {
      mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true });
      symlinkSync(process.execPath, join(root, 'node_modules', 'node', 'bin', 'node'));
      mkdirSync(join(root, 'client', 'cli'));
      writeFileSync(join(root, 'client', 'cli', 'main.ts'), mainText);
    }
    return launcher;
  }
  const pretending = (launcher: string): string[] => [
    '--import',
    join(launcher, '..', '..', '..', 'old-node.mjs'),
    launcher,
  ];

  test('it goes on with the pinned runtime: same words, same exit code', () => {
    const main = 'export const main = (words: string[]) => (console.log(words.join()), 3);';
    const launcher = oldLauncher('pinned', main);
    const done = spawnSync(process.execPath, [...pretending(launcher), 'a', '--b'], {
      encoding: 'utf8',
    });
    expect(done.stdout).toBe('a,--b\n');
    expect(done.status).toBe(3);
  });

  test('without the pinned runtime it says how to get it', () => {
    const launcher = oldLauncher('bare', undefined);
    const done = spawnSync(process.execPath, pretending(launcher), { encoding: 'utf8' });
    expect(done.status).toBe(1);
    expect(done.stderr).toContain('npm ci');
  });

  test('a signal reaches the command, whose own exit code stands', async () => {
    const main = `export const main = () => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000);
      process.once('SIGTERM', () => { clearInterval(alive); resolve(5); });
      console.log('ready');
    });`;
    const child = spawn(process.execPath, pretending(oldLauncher('signalled', main)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(5);
  });
});
