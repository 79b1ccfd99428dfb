/**
 * `ledger rebuild`: a process of its own, started with our streams and the words that were typed.
 * What it may be told is for the process to say.
 */
import type { Command } from 'commander';
import { addLeaf } from './command.ts';
import type { Tell } from './report.ts';
import type { World } from './world.ts';

const WORDS = 2;

/** @param args the words as typed: they are handed on from behind the command's own */
export function addLedgerCommands(
  program: Command,
  world: World,
  tell: Tell,
  args: readonly string[],
): void {
  const group = program.command('ledger').description('The record of intents, orders and fills');
  addLeaf(
    group,
    'rebuild',
    "Recreate orders, fills and sessions from Temporal's histories and the venue",
    ['perpetua ledger rebuild --dry-run', 'perpetua ledger rebuild --json'],
  )
    .option('--account <address>', 'the account; the configured one by default')
    .option('--dry-run', 'report the differences and change nothing')
    .action(async () => {
      const exit = await world.runProcess('workers/ledger-rebuild.ts', args.slice(WORDS));
      tell({ document: undefined, text: () => '', exit, isPrinted: true });
    });
}
