/** Runs one command of the paper exchange: from words to one printed report and an exit code. */

import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode } from '../../../domain/kernel/exit-codes.ts';
import { JournalError } from '../state/files.ts';
import { ACCOUNT_COMMANDS } from './account-commands.ts';
import { CommandError, type PaperCommand, usageError, type Words } from './command.ts';
import { STATE_COMMANDS } from './state-commands.ts';

export const COMMANDS: readonly PaperCommand[] = [...STATE_COMMANDS, ...ACCOUNT_COMMANDS];

export const commandNamed = (name: string | undefined): PaperCommand | undefined =>
  COMMANDS.find((command) => command.name === name);

export function helpOf({ name, about, usage, examples }: PaperCommand): string {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return `Usage: perpetua paper ${name} ${usage}\n\n${about}\n\nExamples:\n${lines}\n`;
}

async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** The words, or `help` when they ask for it. @throws CommandError */
function read(command: PaperCommand, args: readonly string[]): Words | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    ...Object.fromEntries(command.options.map((name) => [name, text])),
    ...(command.takesYes === true ? { yes: flag } : {}),
    json: flag,
    help: { ...flag, short: 'h' },
  };
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    const rule = error instanceof Error ? error.message : String(error);
    throw usageError({ field: 'flags', value: args.join(' '), rule });
  }
  const { values, positionals } = parsed;
  if (values.help === true) return 'help';
  const { length } = command.positionals;
  if (positionals.length !== length) {
    const rule = length === 0 ? 'takes no words' : `must be ${command.positionals.join(' ')}`;
    throw usageError({ field: command.name, value: positionals.join(' '), rule });
  }
  const texts = values as Record<string, string | undefined>;
  return { positionals, texts, isAgreed: values.yes === true, ask };
}

function failureOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof JournalError) return new CommandError(EXIT.failed, error.message);
  const words = error instanceof Error ? error.message : String(error);
  return new CommandError(EXIT.failed, words);
}

/** Runs the command and prints what came of it. @returns the exit code */
export async function runCommand(
  command: PaperCommand,
  args: readonly string[],
): Promise<ExitCode> {
  const asJson = args.includes('--json');
  try {
    const words = read(command, args);
    if (words === 'help') {
      process.stdout.write(helpOf(command));
      return EXIT.done;
    }
    const { document, text } = await command.run(words);
    process.stdout.write(`${asJson ? JSON.stringify(document) : text}\n`);
    return EXIT.done;
  } catch (error) {
    const { message, exit, violation } = failureOf(error);
    process.stderr.write(`error: ${message}\n`);
    if (asJson) {
      const document = { error: { exitCode: exit, message, ...violation } };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    }
    return exit;
  }
}
