/**
 * `perpetua data ...` as a process: imports, lists, examines, exports and fetches market data. Prints
 * one report; exit codes are those of `domain/kernel/exit-codes.ts`.
 */
import { styleFor } from '../client/cli/style.ts';
import { runProcess } from './cli-process.ts';
import { type DataCommandRun, openContext } from './data/context.ts';
import { runDoctor } from './data/doctor.ts';
import { runExport } from './data/export.ts';
import { readDataFlags } from './data/flags.ts';
import { runImport } from './data/import.ts';
import { runList } from './data/list.ts';
import { runSync } from './data/sync.ts';
import { runUniverse } from './data/universe.ts';

const COMMANDS: Readonly<Record<string, DataCommandRun>> = {
  import: runImport,
  list: runList,
  doctor: runDoctor,
  export: runExport,
  sync: runSync,
  universe: runUniverse,
};

async function main(words: readonly string[]): Promise<number> {
  const flags = readDataFlags(words);
  const run = COMMANDS[flags.command.name] as DataCommandRun;
  const context = await openContext(flags);
  try {
    const { document, text, exit } = await run(context);
    const style = styleFor(process.stdout.isTTY === true, process.env);
    process.stdout.write(`${flags.is('json') ? JSON.stringify(document) : text(style)}\n`);
    return exit;
  } finally {
    context.bar.clear();
    await context.store.close();
  }
}

runProcess(main);
