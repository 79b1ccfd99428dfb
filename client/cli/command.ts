/** What all commands share: `--json`, and help that ends with examples. */
import { type Command, Option } from 'commander';

/** Adds one command that does something (not a group) and returns it for its own options. */
export function addLeaf(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print one JSON document on standard output, everything else on error')
    .addHelpText('after', `\nExamples:\n${lines}`);
}

/**
 * An option that takes one of some words, for help and completion. The command itself reads the
 * word, in any case, and names field, value and rule when it does not fit.
 */
export function wordOption(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices([...words]).argParser((word: string) => word);
}
