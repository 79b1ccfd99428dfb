/** The flags of `perpetua backtest ...`. */
import { BACKTEST_COMMANDS } from '../../client/cli/backtest-commands.ts';
import { type CommandFlags, readCommandFlags } from '../command-flags.ts';

const GROUP = { name: 'backtest', commands: BACKTEST_COMMANDS, repeated: ['gene', 'set'] } as const;

/** @throws CliFailure for an unknown command or flag */
export const readBacktestFlags = (words: readonly string[]): CommandFlags =>
  readCommandFlags(GROUP, words);
