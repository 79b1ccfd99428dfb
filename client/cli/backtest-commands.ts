/**
 * The commands about backtests, for help and completion, and for the process that carries them out:
 * it reads its flags from this very list.
 */
import type { DataCommand } from './data-commands.ts';

const COMMON = [
  ['--data-dir <dir>', 'folder of all state'],
  ['--json', 'print one JSON document on standard output'],
] as const;

export const BACKTEST_COMMANDS: readonly DataCommand[] = [
  {
    name: 'run',
    description: 'Trade stored candles with the code that paper and live trading run',
    options: [
      ['--strategy <name>', 'a strategy, filters after plus signs, or the path of a file'],
      ['--asset <assets>', 'one or more perpetuals with commas between'],
      ['--interval <interval>', 'length of a bar, as in 1m, 15m, 1h'],
      ['--venue <venue>', 'whose candles; needed when several have them'],
      [
        '--universe <venue>',
        'open only what was in the universe kept of this venue at that moment; its members where --asset says none',
      ],
      ['--from <time>', 'first moment that may be traded, as in 2024-01-01'],
      ['--to <time>', 'moment before which bars end'],
      ['--gene <name=value>', 'a gene of the strategy; repeatable'],
      ['--set <name=value>', 'sizing.NAME or limits.NAME; repeatable'],
      ['--equity <usd>', 'what the account starts with (100000)'],
      ['--seed <number>', 'seed of the modelled book (1)'],
      ['--steps <count>', 'moments of a bar at which prices are looked at, 4 to 120 (6)'],
      ['--spread-bps <bps>', 'spread of the modelled book in basis points (0.1)'],
      [
        '--costs <source>',
        'default (the modelled book), measured (costs.json in the data folder), or a file of `quality costs --json`',
      ],
      ['--check <checks>', 'also run these: lookahead, warmup, repaint'],
      ['--engine <engine>', 'vector, or events: slower, the same trades (vector)'],
      ['--every-step', 'with events: look at every moment of every bar, slower still'],
      ['--report <file>', 'write the result as one HTML page'],
      ...COMMON,
    ],
    examples: [
      'perpetua backtest run --strategy ema-crossover --asset BTC --interval 1h --from 2020-01-01',
      'perpetua backtest run --strategy rsi-reversion --asset BTC,ETH --interval 15m --gene oversold=25 --report out.html',
      'perpetua backtest run --strategy ./my-seed.ts --asset BTC --check lookahead,warmup,repaint --json',
    ],
  },
  {
    name: 'list',
    description: 'List the backtests that were run, newest first',
    options: COMMON,
    examples: ['perpetua backtest list', 'perpetua backtest list --json'],
  },
  {
    name: 'compare',
    description: 'Set two backtests side by side: what was changed, and what came of it',
    argument: ['<ids...>', 'two ids, as `backtest list` shows them'],
    options: COMMON,
    examples: ['perpetua backtest compare 3f2a91c07b1d 90aa5e14c2f7'],
  },
];
