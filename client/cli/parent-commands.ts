/** `order bracket|oco|trail|ladder|twap|iceberg|chase|close`: plans over orders of their own. */
import type { Command } from 'commander';
import { TIMES_IN_FORCE } from '../../domain/execution/intent.ts';
import type { ParentSpec } from '../../domain/execution/parents/parent.ts';
import { addLeaf, wordOption } from './command.ts';
import {
  ON_CANCEL,
  type PlanOptions,
  RESTING_TIFS,
  readBracket,
  readChase,
  readClose,
  readIceberg,
  readLadder,
  readOco,
  readTrail,
  readTwap,
  type SizeWords,
  TARGET_WAYS,
} from './parent-input.ts';
import { type PlaceParentOptions, placeParent } from './parent-place.ts';
import type { Tell } from './report.ts';
import type { World } from './world.ts';

type AllOptions = PlanOptions & PlaceParentOptions;

const withIdentity = (leaf: Command): Command =>
  leaf
    .option('--intent-key <key>', 'business key: the same key never starts a second one')
    .option('--strategy <name>', 'part of the identity of its orders', 'manual')
    .option('--wait', 'wait until it has ended')
    .option('--timeout <duration>', 'how long to wait', '60s');

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly read: (words: SizeWords, options: PlanOptions) => ParentSpec;
}

/** A command that takes asset, side and size. */
function addSized(group: Command, world: World, tell: Tell, kind: Kind): Command {
  const leaf = addLeaf(group, kind.name, kind.description, kind.examples)
    .argument('<asset>', 'perpetual, e.g. BTC')
    .argument('<side>', 'buy or sell')
    .argument('<size>', 'in units of the asset')
    .action(async (asset: string, side: string, size: string, options: AllOptions) =>
      tell(await placeParent(world, asset, kind.read({ side, size }, options), options)),
    );
  return withIdentity(leaf);
}

const MAX_SLIPPAGE = ['--max-slippage <part>', 'worst distance from the mid, e.g. 0.5%'] as const;
const REDUCE_ONLY = ['--reduce-only', 'never open or turn a position'] as const;
const TARGET_BY = wordOption('--target-by <way>', 'how the target is taken', TARGET_WAYS);
const restingTif = () => wordOption('--tif <tif>', 'time in force of its orders', RESTING_TIFS);

function addExits(group: Command, world: World, tell: Tell): void {
  addSized(group, world, tell, {
    name: 'bracket',
    description: 'Enter, with a stop and a target that follow what the entry fills',
    examples: [
      'perpetua order bracket BTC buy 0.01 --stop 58000 --target 65000',
      'perpetua order bracket ETH sell 0.5 --price 3100 --stop 3200 --target 2900 --wait',
    ],
    read: readBracket,
  })
    .option('--stop <px>', 'mark price that sets off the stop')
    .option('--target <px>', 'price at which the profit is taken')
    .option('--price <px>', 'enter by a limit order at this price; at the market when absent')
    .addOption(wordOption('--tif <tif>', 'time in force of a limit entry', TIMES_IN_FORCE))
    .option(...MAX_SLIPPAGE)
    .addOption(TARGET_BY)
    .addOption(wordOption('--on-cancel <what>', 'with what had filled by then', ON_CANCEL));
  addSized(group, world, tell, {
    name: 'oco',
    description: 'Close a position at a target or a stop, whichever comes first',
    examples: ['perpetua order oco BTC sell 0.01 --target 65000 --stop 58000'],
    read: readOco,
  })
    .option('--target <px>', 'price at which the profit is taken')
    .option('--stop <px>', 'mark price that sets off the stop')
    .addOption(TARGET_BY);
  addSized(group, world, tell, {
    name: 'trail',
    description: 'A stop on the venue that follows the mark and is never loosened',
    examples: [
      'perpetua order trail BTC sell 0.01 --by 2%',
      'perpetua order trail ETH buy 0.5 --by 40 --step 25%',
    ],
    read: readTrail,
  })
    .option('--by <distance>', 'behind the mark: in USD of price, or a part like 2%')
    .option('--step <part>', 'of the distance, to be gained before the stop is moved; 10%');
  const close = addLeaf(group, 'close', 'Close the whole position in an asset, dust included', [
    'perpetua order close BTC --wait',
  ])
    .argument('<asset>', 'perpetual, e.g. BTC')
    .option(...MAX_SLIPPAGE)
    .action(async (asset: string, options: AllOptions) =>
      tell(await placeParent(world, asset, readClose(options), options)),
    );
  withIdentity(close);
}

const OWN_OR_VENUE = `
Ours or the venue's: our own slices are orders of ours, each with the slippage you set, shorter than
30 s apart if you like, under your limits and halts; they need a worker that runs. With --venue the
venue works the whole by itself, also while everything here is down: one request instead of one per
slice, 5 minutes to 7 days, at most 3 % off the mid a slice, from 100 USD.`;

function addTwap(group: Command, world: World, tell: Tell): void {
  addSized(group, world, tell, {
    name: 'twap',
    description: 'Market slices over a time, which catch up on each other',
    examples: [
      'perpetua order twap BTC buy 0.1 --over 30m --every 30s --max-slippage 0.2%',
      'perpetua order twap BTC buy 0.1 --over 2h --venue --randomize',
    ],
    read: readTwap,
  })
    .option('--over <duration>', 'from the first slice to the deadline')
    .option('--every <duration>', 'from slice to slice')
    .option(...MAX_SLIPPAGE)
    .option(...REDUCE_ONLY)
    .option('--venue', 'let the venue work it; see below')
    .option('--randomize', 'with --venue: at varied times')
    .addHelpText('after', OWN_OR_VENUE);
}

function addSliced(group: Command, world: World, tell: Tell): void {
  addSized(group, world, tell, {
    name: 'ladder',
    description: 'Limit orders at evenly spaced prices',
    examples: ['perpetua order ladder BTC buy 0.1 --from 60000 --to 58000 --rungs 5'],
    read: readLadder,
  })
    .option('--from <px>', 'price of the first rung')
    .option('--to <px>', 'price of the last rung')
    .option('--rungs <count>', 'how many orders')
    .option('--size-ratio <ratio>', 'size of the last rung over that of the first; 1')
    .addOption(restingTif())
    .option(...REDUCE_ONLY);
  addTwap(group, world, tell);
  addSized(group, world, tell, {
    name: 'iceberg',
    description: 'A limit order of which only a part is shown',
    examples: ['perpetua order iceberg BTC buy 0.5 --price 59000 --show 0.05'],
    read: readIceberg,
  })
    .option('--price <px>', 'limit price')
    .option('--show <size>', 'how much is shown at a time')
    .addOption(restingTif())
    .option(...REDUCE_ONLY);
  addSized(group, world, tell, {
    name: 'chase',
    description: 'Quote at the best price and follow it, never taking',
    examples: ['perpetua order chase BTC buy 0.1 --worst 60500 --over 10m --slack 0.02%'],
    read: readChase,
  })
    .option('--worst <px>', 'the worst price that it follows to')
    .option('--over <duration>', 'how long it tries', '10m')
    .option('--hold <duration>', 'a quote stands at least so long', '5s')
    .option('--slack <part>', 'how far the best price may move away before it follows')
    .option(...REDUCE_ONLY);
}

/** Adds the parent orders to the `order` group. */
export function addParentCommands(group: Command, world: World, tell: Tell): void {
  addExits(group, world, tell);
  addSliced(group, world, tell);
}
