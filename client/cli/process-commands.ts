/**
 * `up`, `doctor`, `halt`, `resume`, `paper ...`, `data ...` and `replay`: processes of their own, started with
 * our streams and the very words that were typed. Their flags are listed here for help and completion
 * only; what a flag may be is for the process to say.
 */
import type { Command } from 'commander';
import { BACKTEST_COMMANDS } from './backtest-commands.ts';
import { DATA_COMMANDS } from './data-commands.ts';
import { KILL_SWITCH_COMMANDS } from './kill-switch-commands.ts';
import { PAPER_COMMANDS } from './paper-commands.ts';
import type { Tell } from './report.ts';
import type { World } from './world.ts';

interface ProcessCommand {
  readonly words: readonly string[];
  /** From the root of the repository. */
  readonly file: string;
  /** Words that the process is given before those that were typed. */
  readonly leading?: readonly string[];
  readonly description: string;
  readonly argument?: readonly [name: string, description: string];
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
}

const PAPER_FILE = 'gateways/paper-exchange/main.ts';
const DATA_FILE = 'workers/data.ts';
const GROUPS: Readonly<Record<string, string>> = {
  paper: 'The paper exchange',
  backtest: 'Try strategies on stored market data',
  data: 'Stored market data',
};
const JSON_OPTION = ['--json', 'print one JSON document on standard output'] as const;

export const PROCESS_COMMANDS: readonly ProcessCommand[] = [
  {
    words: ['up'],
    file: 'workers/up.ts',
    description: 'Start everything: Temporal, ledger, paper exchange, workers, dashboard',
    options: [
      ['--data-dir <dir>', 'folder of all state'],
      ['--network <network>', 'paper or testnet'],
      ['--account <address>', "account to trade; the signing key's own by default"],
      ['--speed <factor>', 'seconds of the tape per second'],
      ['--seed <number>', 'seed of the paper exchange'],
      ['--fund <usd>', 'what the paper account starts with'],
      ['--tape <dir>', 'folder of recorded candles'],
      ['--exchange-url <url>', 'exchange that already runs'],
      ['--temporal-port <port>', 'port of Temporal'],
      ['--ui-port <port>', "port of Temporal's Web UI"],
      ['--http-port <port>', "port of Temporal's HTTP API"],
      ['--ledger-port <port>', 'port of the ledger'],
      ['--paper-port <port>', 'port of the paper exchange'],
      ['--dashboard-port <port>', 'port of the dashboard'],
      ['--workers <count>', 'trading workers; they share the work'],
      ['--log-level <level>', 'trace, debug, info, warn or error'],
      ['--for <duration>', 'stop by itself after this time, e.g. 90s'],
      ['--ports <how>', 'auto picks free ports instead of the configured ones'],
      ['--session <name>', 'open this session once everything is ready'],
      ['--no-session', 'open no session'],
      JSON_OPTION,
    ],
    examples: ['perpetua up', 'perpetua up --session demo --for 90s --json'],
  },
  {
    words: ['doctor'],
    file: 'workers/doctor.ts',
    description: 'Check every part and say how to mend what is wrong',
    options: [JSON_OPTION],
    examples: ['perpetua doctor', 'perpetua doctor --json'],
  },
  ...KILL_SWITCH_COMMANDS,
  {
    words: ['paper', 'serve'],
    file: PAPER_FILE,
    description: 'Run the paper exchange alone',
    options: [
      ['--port <port>', 'port on 127.0.0.1'],
      ['--speed <factor>', 'seconds of the tape per second'],
      ['--state <dir>', 'survive restarts in this folder'],
      ['--fsync <mode>', 'what outlives a loss of power: always, batch or never'],
      ['--fund <address=usd>', 'deposit once per state; may be repeated'],
      ['--account <address:terms>', 'feeTier=vip2,latencyMs=20..80 of an account; repeatable'],
      ['--faucet <usd>', 'pay any address that asks, once'],
      ['--faults <file>', 'inject the faults of a JSON file'],
      ['--admin-token-file <file>', 'token of the admin interface'],
      ['--seed <number>', 'seed of modelled books and prints'],
      ['--tape <dir>', 'folder of recorded candles'],
      ['--steps <count>', 'steps per one-minute bar'],
      ['--start-offset-minutes <count>', 'minutes of history before the start'],
      ['--clock <which>', 'what the exchange stamps: tape or wall'],
      ['--live <url>', 'relay the market of a real venue in place of a tape'],
      ['--live-coins <coins>', 'coins of --live, comma-separated'],
      ['--symbol <symbol=coin>', "another venue's symbol in socket logs; repeatable"],
      ['--limits <which>', 'rate limits: venue or none'],
      ['--log-level <level>', 'trace, debug, info, warn, error or silent'],
    ],
    examples: ['perpetua paper serve --port 3999 --speed 60 --state DIR --fund 0xADDRESS=100000'],
  },
  ...PAPER_COMMANDS.map(({ name, ...rest }) => ({
    words: ['paper', name],
    file: PAPER_FILE,
    leading: [name],
    ...rest,
    options: [...rest.options, JSON_OPTION],
  })),
  ...BACKTEST_COMMANDS.map(({ name, ...rest }) => ({
    words: ['backtest', name],
    file: 'workers/backtest.ts',
    leading: [name],
    ...rest,
  })),
  ...DATA_COMMANDS.map(({ name, ...rest }) => ({
    words: ['data', name],
    file: DATA_FILE,
    leading: [name],
    ...rest,
  })),
  {
    words: ['replay'],
    file: 'workers/replay.ts',
    description: 'Replay a history against the present code',
    argument: ['<history>', 'workflow id, or a file of a downloaded history'],
    options: [JSON_OPTION],
    examples: ['perpetua replay order:0x…:my-key-1', 'perpetua replay history.json --json'],
  },
];

function groupFor(program: Command, words: readonly string[]): Command {
  const [group] = words;
  if (words.length < 2 || group === undefined) return program;
  const existing = program.commands.find((command) => command.name() === group);
  return existing ?? program.command(group).description(GROUPS[group] ?? '');
}

/** @param args the words as typed: they are handed on from behind the command's own */
export function addProcessCommands(
  program: Command,
  world: World,
  tell: Tell,
  args: readonly string[],
): void {
  for (const command of PROCESS_COMMANDS) addProcessCommand(program, world, tell, args, command);
}

function addProcessCommand(
  program: Command,
  world: World,
  tell: Tell,
  args: readonly string[],
  { words, file, leading = [], description, argument, options, examples }: ProcessCommand,
): void {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  const command = groupFor(program, words)
    .command(words.at(-1) ?? '')
    .description(description)
    .addHelpText('after', `\nExamples:\n${lines}`)
    .allowUnknownOption()
    .allowExcessArguments();
  if (argument !== undefined) command.argument(...argument);
  for (const [flags, about] of options) command.option(flags, about);
  command.action(async () => {
    const exit = await world.runProcess(file, [...leading, ...args.slice(words.length)]);
    tell({ document: undefined, text: () => '', exit, isPrinted: true });
  });
}
