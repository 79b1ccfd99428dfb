import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { placesOf } from '../../../client/cli/completion.ts';
import { PROCESS_COMMANDS } from '../../../client/cli/process-commands.ts';
import { buildProgram } from '../../../client/cli/program.ts';
import type { World } from '../../../client/cli/world.ts';
import { USAGE as PAPER_USAGE } from '../../../gateways/paper-exchange/options.ts';
import { USAGE as UP_USAGE } from '../../../workers/up/flags.ts';
import type { ReconciliationStatement } from '../../../workflows/account/account.messages.ts';
import { ACCOUNT, documentOf, NOW_MS, run, unreachable } from './fake-world.ts';

const tree = (): Command => buildProgram({} as World, () => undefined, []);
const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const OWN_HELP = new Set(PROCESS_COMMANDS.map(({ words }) => words.at(-1)));

describe('every command', () => {
  test.each(leavesOf(tree()).map((leaf) => [leaf.name(), leaf] as const))(
    '%s takes --json and has help with an example',
    (name, leaf) => {
      const takesJson = leaf.options.some((option) => option.long === '--json');
      expect(takesJson || name === 'serve').toBe(true);
      expect(leaf.description()).not.toBe('');
    },
  );

  test.each(placesOf(tree()).map(({ path }) => [path]))(
    'help of "%s" exits with 0',
    async (path) => {
      const done = await run([...path.split(' ').filter(Boolean), '--help']);
      expect(done.exit).toBe(0);
      expect(done.stdout).toContain('Usage: perpetua');
      if (path === '' || path.includes(' ')) expect(done.stdout).toMatch(/Examples:|Exit codes:/);
      expect(done.stderr).toBe('');
    },
  );
});

describe('usage errors', () => {
  test.each([
    [['nope'], "unknown command 'nope'", 'perpetua --help'],
    [['order'], 'a command is missing', 'perpetua order --help'],
    [['order', 'show'], "missing required argument 'id'", 'perpetua order show --help'],
    [['order', 'list', '--colour'], "unknown option '--colour'", 'perpetua order list --help'],
    [['order', 'list', '--limit', '0'], '--limit "0": must be a whole number from 1', ''],
    [['order', 'list', '--status', 'DONE'], '--status "DONE": must be one of open, all', ''],
    [['completion', 'tcsh'], 'shell "tcsh": must be one of bash, zsh, fish', ''],
  ])('%j exits with 2, says what is wrong and where to look', async (words, text, help) => {
    const done = await run(words);
    expect(done.exit).toBe(2);
    expect(done.stderr).toContain(text);
    expect(done.stderr).toContain(help);
    expect(done.stdout).toBe('');
  });

  test('under --json they are one document too', async () => {
    const done = await run(['order', 'list', '--colour', '--json']);
    expect(documentOf(done).error).toMatchObject({ exitCode: 2 });
  });

  test('no words at all print the help, as a usage error', async () => {
    const done = await run([]);
    expect(done.exit).toBe(2);
    expect(done.stdout).toContain('Usage: perpetua');
  });
});

describe('processes of their own', () => {
  test.each(PROCESS_COMMANDS.map((command) => [command.words.join(' '), command] as const))(
    '%s hands on the very words and the exit code',
    async (_name, { words, file, leading = [], argument }) => {
      const started: unknown[] = [];
      const runProcess = async (path: string, args: readonly string[]) => {
        started.push(path, args);
        return 7;
      };
      const rest = [...(argument ? ['some-id'] : []), '--unheard-of', 'x', '--json'];
      const done = await run([...words, ...rest], { world: { runProcess } });
      expect(done).toEqual({ exit: 7, stdout: '', stderr: '' });
      expect(started).toEqual([file, [...leading, ...rest]]);
      expect(OWN_HELP.has(words.at(-1))).toBe(true);
    },
  );
});

describe('flags listed for a process', () => {
  const flagsIn = (text: string) => new Set(text.match(/--[a-z][a-z-]+/g) ?? []);

  test.each([
    ['up', UP_USAGE],
    ['paper serve', PAPER_USAGE],
  ])('%s: they are those that the process itself explains', (name, usage) => {
    const listed = PROCESS_COMMANDS.find(({ words }) => words.join(' ') === name)?.options ?? [];
    const explained = flagsIn(usage.slice(0, usage.indexOf('Examples:') + 1 || undefined));
    explained.delete('--help');
    expect(flagsIn(listed.map(([flags]) => flags).join(' '))).toEqual(explained);
  });
});

describe('reconcile', () => {
  const statement: ReconciliationStatement = {
    account: ACCOUNT,
    atMs: NOW_MS,
    trigger: 'request',
    ok: true,
    equityUsd: '10000',
    openOrders: { venue: 1, ledger: 1, workflows: 1 },
    fills: { checked: 4, added: 0 },
    positions: [{ asset: 'BTC', venueBase: '0.1', ledgerBase: '0.1' }],
    balance: { cashUsd: '9990', flowsUsd: '-10', unexplainedUsd: '0.001' },
    watermarks: { fillsMs: NOW_MS },
    differences: [],
    digest: 'ab'.repeat(32),
  };
  const difference = {
    kind: 'foreignOrder',
    subject: '0xff',
    detail: 'rests on the venue, and is not ours',
    action: 'reported',
  } as const;
  const answering = (answer: ReconciliationStatement) => ({
    workflows: { ensureAccount: async () => undefined, reconcile: async () => answer },
  });

  test('nothing that differs exits with 0', async () => {
    const done = await run(['reconcile', '--json'], answering(statement));
    expect(done.exit).toBe(0);
    expect(documentOf(done)).toEqual(statement);
  });

  test('a difference that remains exits with 1 and is named', async () => {
    const done = await run(
      ['reconcile'],
      answering({ ...statement, ok: false, differences: [difference] }),
    );
    expect(done.exit).toBe(1);
    expect(done.stdout).toContain('rests on the venue, and is not ours');
  });

  test('the statement for people names verdict, money, marks and hash', async () => {
    const { stdout } = await run(['reconcile'], answering(statement));
    expect(stdout).toContain('venue state = our state');
    expect(stdout).toContain('0.001 USD of its change unexplained');
    expect(stdout).toContain('the beginning');
    expect(stdout).toContain(statement.digest);
  });

  test('makes sure first that somebody looks after the account', async () => {
    const asked: string[] = [];
    await run(['reconcile', '--json'], {
      workflows: {
        ensureAccount: async ({ account }) => void asked.push(account),
        reconcile: async () => statement,
      },
    });
    expect(asked).toEqual([ACCOUNT]);
  });

  test('without Temporal it exits with 4', async () => {
    expect((await run(['reconcile'], { world: { workflows: unreachable } })).exit).toBe(4);
  });
});

test('ledger rebuild is a process of its own: it gets the words and says how it ended', async () => {
  const started: unknown[] = [];
  const runProcess = async (path: string, args: readonly string[]) => {
    started.push(path, args);
    return 1;
  };
  const done = await run(['ledger', 'rebuild', '--dry-run', '--json'], { world: { runProcess } });
  expect(done).toEqual({ exit: 1, stdout: '', stderr: '' });
  expect(started).toEqual(['workers/ledger-rebuild.ts', ['--dry-run', '--json']]);
});

test('colours appear on a terminal only, and never with NO_COLOR', async () => {
  const ledger = { orders: async () => [] };
  const print = async (isTerminal: boolean, env: NodeJS.ProcessEnv) => {
    let text = '';
    const stdout = {
      isTerminal,
      write: (part: string) => {
        text += part;
      },
    };
    await run(['order', 'list'], { ledger, world: { stdout, env } });
    return text.includes('\u001b[');
  };
  expect(await print(true, {})).toBe(true);
  expect(await print(true, { NO_COLOR: '1' })).toBe(false);
  expect(await print(false, {})).toBe(false);
});
