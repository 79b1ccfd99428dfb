/** The command tree, and one run of it: from words to one printed report and an exit code. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../../config/config-error.ts';
import { EXIT, EXIT_CODE_HELP } from '../../domain/kernel/exit-codes.ts';
import { addCompletionCommand } from './completion-command.ts';
import { CliFailure, failureDocument } from './failure.ts';
import { addLedgerCommands } from './ledger-command.ts';
import { addOrderCommands } from './order-commands.ts';
import { addProcessCommands } from './process-commands.ts';
import { addQualityCommands } from './quality-commands.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import type { Report, Tell } from './report.ts';
import { addSessionCommands } from './session-commands.ts';
import { addStrategyCommands } from './strategy-commands.ts';
import { styleFor } from './style.ts';
import { addWhyCommand } from './why-command.ts';
import type { World } from './world.ts';

/** Builds the whole tree. Completion and help come from it, so a command exists once. */
export function buildProgram(world: World, tell: Tell, args: readonly string[]): Command {
  const program = new Command('perpetua')
    .description('Durable trading for Hyperliquid perpetuals')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      // Usage errors come back as exceptions and are printed once, by runCli.
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .helpCommand(false)
    .addHelpText('after', `\n${EXIT_CODE_HELP}\nColours follow NO_COLOR and the terminal.`);
  addProcessCommands(program, world, tell, args);
  addSessionCommands(program, world, tell);
  addStrategyCommands(program, world, tell);
  addOrderCommands(program, world, tell);
  addWhyCommand(program, world, tell);
  addQualityCommands(program, world, tell);
  addReconcileCommand(program, world, tell);
  addLedgerCommands(program, world, tell, args);
  addCompletionCommand(program, tell);
  return program;
}

/** Whether the words ask for JSON, also where they are wrong in every other way. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** Runs the words and prints what came of them. @returns the exit code */
export async function runCli(args: readonly string[], world: World): Promise<number> {
  const asJson = wantsJson(args);
  let told: Report | undefined;
  const tell: Tell = (report) => {
    told = report;
  };
  const program = buildProgram(world, tell, args);
  try {
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (isHelp(error)) return EXIT.done;
    return printFailure(failureOf(error, helpFor(args, program)), asJson, world);
  }
  if (told !== undefined && !told.isPrinted) print(told, asJson, world);
  return told?.exit ?? EXIT.done;
}

function print(report: Report, asJson: boolean, world: World): void {
  const style = styleFor(world.stdout.isTerminal, world.env);
  const text = asJson ? JSON.stringify(report.document) : report.text(style);
  world.stdout.write(`${text}\n`);
}

function printFailure(failure: CliFailure, asJson: boolean, world: World): number {
  const style = styleFor(world.stderr.isTerminal, world.env);
  const mend = failure.mend === undefined ? '' : `\n  mend: ${failure.mend}`;
  world.stderr.write(`${style.paint('bad', 'error')}: ${failure.message}${mend}\n`);
  if (asJson) world.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  return failure.exit;
}

/** The help of the command that the words got to. */
function helpFor(args: readonly string[], program: Command): string {
  let command = program;
  const path = ['perpetua'];
  for (const word of args) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    path.push(word);
  }
  return `${path.join(' ')} --help`;
}

const isHelp = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.helpDisplayed';

function failureOf(error: unknown, help: string): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof CommanderError) return usageError(error, help);
  if (error instanceof ConfigError) {
    const [first] = error.violations;
    const details = first === undefined ? {} : { violation: first };
    return new CliFailure(EXIT.usage, error.message, { ...details, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CliFailure(EXIT.failed, message, { cause: error });
}

function usageError(error: CommanderError, help: string): CliFailure {
  // A group without its command: commander's message is only a label.
  const message =
    error.code === 'commander.help'
      ? 'a command is missing'
      : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new CliFailure(EXIT.usage, message, { mend: help, cause: error });
}
