/** The flags of `perpetua backtest ...`: read by the list that help and completion have. */
import { parseArgs } from 'node:util';
import { BACKTEST_COMMANDS } from '../../client/cli/backtest-commands.ts';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';

export interface BacktestFlags {
  readonly command: string;
  readonly words: readonly string[];
  text(flag: string): string | undefined;
  many(flag: string): readonly string[];
  is(flag: string): boolean;
}

const FLAG = /^--([a-z-]+)( <[^>]+>)?$/;
/** May be given more than once. */
const REPEATED = ['gene', 'set'];

/** @throws CliFailure for an unknown command or flag */
export function readBacktestFlags(args: readonly string[]): BacktestFlags {
  const [name = '', ...rest] = args;
  const command = BACKTEST_COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const rule = `must be one of ${BACKTEST_COMMANDS.map((one) => one.name).join(', ')}`;
    throw usageFailure({ field: 'command', value: name, rule });
  }
  const options = Object.fromEntries(
    command.options.map(([flags]) => {
      const [, flag = '', value] = FLAG.exec(flags) ?? [];
      const type = value === undefined ? ('boolean' as const) : ('string' as const);
      return [flag, { type, multiple: REPEATED.includes(flag) }];
    }),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options,
      allowPositionals: command.argument !== undefined,
    });
    const given = values as Readonly<Record<string, unknown>>;
    return {
      command: name,
      words: positionals,
      text: (flag) => (typeof given[flag] === 'string' ? given[flag] : undefined),
      many: (flag) => (Array.isArray(given[flag]) ? (given[flag] as string[]) : []),
      is: (flag) => given[flag] === true,
    };
  } catch (fault) {
    const [message = ''] = (fault as Error).message.split('. To specify');
    throw new CliFailure(EXIT.usage, message, {
      mend: `perpetua backtest ${name} --help`,
      cause: fault,
    });
  }
}
