/** The flags of a group of commands: read by the list that help and completion have, checked by name. */
import { parseArgs } from 'node:util';
import type { DataCommand } from '../client/cli/data-commands.ts';
import { CliFailure, usageFailure } from '../client/cli/failure.ts';
import { EXIT } from '../domain/kernel/exit-codes.ts';

export interface CommandFlags {
  readonly command: DataCommand;
  /** What is no flag: files, ids. */
  readonly words: readonly string[];
  text(flag: string): string | undefined;
  /** Of a flag that may be repeated. */
  many(flag: string): readonly string[];
  is(flag: string): boolean;
}

export interface CommandGroup {
  /** As it is typed, as in `perpetua data`. */
  readonly name: string;
  readonly commands: readonly DataCommand[];
  /** Flags that may be given more than once. */
  readonly repeated?: readonly string[];
}

const FLAG = /^--([a-z-]+)( <[^>]+>)?$/;

function optionsOf({ options }: DataCommand, repeated: readonly string[]) {
  return Object.fromEntries(
    options.map(([flags]) => {
      const [, name = '', value] = FLAG.exec(flags) ?? [];
      const type = value === undefined ? ('boolean' as const) : ('string' as const);
      return [name, { type, multiple: repeated.includes(name) }];
    }),
  );
}

/** @throws CliFailure for an unknown command or flag */
export function readCommandFlags(
  { name: group, commands, repeated = [] }: CommandGroup,
  [name = '', ...args]: readonly string[],
): CommandFlags {
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const rule = `must be one of ${commands.map((one) => one.name).join(', ')}`;
    throw usageFailure({ field: 'command', value: name, rule });
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: optionsOf(command, repeated),
      allowPositionals: command.argument !== undefined,
    });
    const given = values as Readonly<Record<string, unknown>>;
    return {
      command,
      words: positionals,
      text: (flag) => (typeof given[flag] === 'string' ? given[flag] : undefined),
      many: (flag) => (Array.isArray(given[flag]) ? (given[flag] as string[]) : []),
      is: (flag) => given[flag] === true,
    };
  } catch (fault) {
    const [message = ''] = (fault as Error).message.split('. To specify');
    const mend = `perpetua ${group} ${name} --help`;
    throw new CliFailure(EXIT.usage, message, { mend, cause: fault });
  }
}
