import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PAPER_COMMANDS } from '../../../client/cli/paper-commands.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { COMMANDS, helpOf } from '../../../gateways/paper-exchange/commands/run.ts';
import { runToEnd, type ServerProcess, startServer, USER } from './server-process.ts';
import { START_OFFSET_MINUTES, writeSmallTape } from './state-tape.ts';

let root: string;
let dir: string;
let server: ServerProcess;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paper-commands-'));
  dir = join(root, 'state');
  writeSmallTape(join(root, 'tape'));
  server = await serve(dir);
});

afterAll(async () => {
  await server.stop('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** A server on a tape that stands all but still. */
const serve = (state: string): Promise<ServerProcess> =>
  startServer([
    ...['--state', state, '--fund', `${USER}=1000`, '--speed', '0.001'],
    ...['--tape', join(root, 'tape')],
    ...['--start-offset-minutes', String(START_OFFSET_MINUTES)],
  ]);

/** Runs a command with `--json`; its exit code and the one document that it prints. */
async function run(...args: readonly string[]) {
  const ended = await runToEnd([...args, '--json']);
  return { exit: ended.code, document: JSON.parse(ended.stdout) as Record<string, unknown> };
}

const equity = (usd: string) => ({ accounts: [{ account: USER, equityUsd: usd }] });

describe('of a running exchange', () => {
  test('the commands read and change it through its admin interface', async () => {
    expect(await run('status', '--state', dir)).toMatchObject({
      exit: EXIT.done,
      document: { isRunning: true, pid: server.child.pid, accounts: 1 },
    });
    expect(await run('fund', `${USER}=500`, '--state', dir)).toMatchObject({
      exit: EXIT.done,
      document: { equityUsd: '1500.0' },
    });
    expect(await run('accounts', '--state', dir)).toMatchObject({ document: equity('1500.0') });
  });

  test('--url needs the token, in a file', async () => {
    const token = join(root, 'token');
    writeFileSync(token, server.admin.token);
    const at = ['--url', server.url, '--token-file', token];
    expect(await run('accounts', ...at)).toMatchObject({ exit: EXIT.done });
    writeFileSync(token, 'f'.repeat(64));
    expect(await run('accounts', ...at)).toMatchObject({ exit: EXIT.failed });
    expect(await run('accounts', '--url', server.url)).toMatchObject({ exit: EXIT.usage });
  });

  test('its state can be neither replaced nor thrown away: it is in use', async () => {
    const file = join(root, 'running.snapshot');
    expect(await run('snapshot', '--state', dir, '--out', file)).toMatchObject({ exit: EXIT.done });
    for (const args of [
      ['reset', '--state', dir, '--yes'],
      ['restore', file, '--state', dir, '--yes'],
    ]) {
      const { exit, document } = await run(...args);
      expect(exit).toBe(EXIT.failed);
      expect(JSON.stringify(document)).toContain(`in use by process ${server.child.pid}`);
    }
  });

  test('a fork goes on by itself from where the original is', async () => {
    const to = join(root, 'fork');
    expect(await run('fork', '--state', dir, '--to', to)).toMatchObject({ exit: EXIT.done });
    const forked = await serve(to);
    await run('fund', `${USER}=1`, '--state', to);
    expect(await run('accounts', '--state', to)).toMatchObject({ document: equity('1501.0') });
    expect(await run('accounts', '--state', dir)).toMatchObject({ document: equity('1500.0') });
    await forked.stop('SIGTERM');
  });
});

describe('of an exchange that was killed', () => {
  let stopped: string;

  beforeEach(async () => {
    stopped = join(await mkdtemp(join(root, 'killed-')), 'state');
    const other = await serve(stopped);
    await other.stop('SIGKILL');
  });

  test('the state is kept, thrown away and put back', async () => {
    const file = join(root, 'killed.snapshot');
    expect(await run('status', '--state', stopped)).toMatchObject({
      document: { isRunning: false, hasSnapshot: false },
    });
    expect(await run('snapshot', '--state', stopped, '--out', file, '--yes')).toMatchObject({
      exit: EXIT.done,
      document: { file },
    });
    expect(await run('reset', '--state', stopped)).toMatchObject({ exit: EXIT.refused });
    expect(await run('reset', '--state', stopped, '--yes')).toMatchObject({ exit: EXIT.done });
    expect(await run('status', '--state', stopped)).toMatchObject({ exit: EXIT.notFound });
    expect(await run('restore', file, '--state', stopped)).toMatchObject({ exit: EXIT.done });
    expect(await run('restore', file, '--state', stopped)).toMatchObject({ exit: EXIT.refused });
    const again = await serve(stopped);
    expect(await run('accounts', '--state', stopped)).toMatchObject({ document: equity('1000.0') });
    await again.stop('SIGTERM');
  });

  test('what only a running one can do is refused as unreachable', async () => {
    expect(await run('accounts', '--state', stopped)).toMatchObject({ exit: EXIT.unreachable });
    const token = join(root, 'some-token');
    writeFileSync(token, 'f'.repeat(64));
    const nowhere = ['--url', 'http://127.0.0.1:1', '--token-file', token];
    expect(await run('status', ...nowhere)).toMatchObject({ exit: EXIT.unreachable });
  });

  test('a damaged snapshot is refused by file and reason, and replaces nothing', async () => {
    const file = join(root, 'damaged.snapshot');
    await run('snapshot', '--state', stopped, '--out', file, '--yes');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"1000"', '"9000"'));
    const { exit, document } = await run('restore', file, '--state', stopped, '--yes');
    expect(exit).toBe(EXIT.failed);
    expect(JSON.stringify(document)).toContain(`${file}: damaged: its checksum does not fit`);
    expect(await run('status', '--state', stopped)).toMatchObject({ exit: EXIT.done });
  });
});

describe('a command that is not understood', () => {
  test.each([
    [['status'], '--state'],
    [['fund', '--state', 'x'], 'fund'],
    [['fund', 'x', '--state', 'x'], 'ADDRESS=USD'],
    [['snapshot', '--state', 'x'], '--out'],
    [['fork', '--state', 'x', '--to', 'x'], '--to'],
    [['status', '--stat', 'x'], 'flags'],
  ])('%j is refused by field, value and rule', async (args, field) => {
    const { exit, document } = await run(...args);
    expect(exit).toBe(EXIT.usage);
    expect(document).toMatchObject({ error: { exitCode: EXIT.usage, field } });
  });
});

describe('the two lists of commands and of exit codes', () => {
  test('are the same here and in the command line', () => {
    expect(EXIT).toEqual({
      done: 0,
      failed: 1,
      usage: 2,
      refused: 3,
      unreachable: 4,
      notFound: 5,
    });
    expect(PAPER_COMMANDS.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name));
  });

  test.each(PAPER_COMMANDS)('$name has the options that its help explains', (command) => {
    const own = COMMANDS.find(({ name }) => name === command.name);
    if (own === undefined) throw new Error(`${command.name} is not run by anybody`);
    const explained = new Set(
      helpOf(own)
        .split('Examples:')[0]
        ?.match(/--[a-z][a-z-]+/g),
    );
    explained.delete('--json');
    expect(new Set(command.options.map(([flags]) => flags.split(' ')[0]))).toEqual(explained);
    const taken = [...own.options.map((name) => `--${name}`), ...(own.takesYes ? ['--yes'] : [])];
    expect(new Set(taken)).toEqual(explained);
  });
});
