/**
 * `npm run parity -- [flags]`: sessions against backtests over the sample tape, a line of JSON for each
 * strategy. With `--record FILE` the lines are added to it; `docs/parity.md` shows them.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';
import { SEEDS } from '../../domain/signals/registry.ts';
import { describeDifferences } from './outcome.ts';
import { type ParityResult, runParity } from './parity-run.ts';
import { shortGenes, TARGETS } from './short-memories.ts';
import { startStack } from './stack.ts';
import { makeTape } from './tape.ts';

const DAY_MS = 86_400_000;

const { values } = parseArgs({
  options: {
    strategy: { type: 'string', default: SEEDS.map(({ name }) => name).join(',') },
    interval: { type: 'string', default: '15m' },
    days: { type: 'string', default: '30' },
    /** The first day that is decided, from 0: before it nobody has a verdict, or none is asked for. */
    fromDay: { type: 'string', default: '0' },
    coins: { type: 'string', default: 'BTC,ETH,SOL' },
    /** `default`: those of the seed. `short`: see `short-memories.ts`. `targets`: those with targets. */
    genes: { type: 'string', default: 'short' },
    steps: { type: 'string', default: '6' },
    tape: { type: 'string' },
    sockets: { type: 'boolean', default: false },
    /** Sessions that are played side by side: a busy machine wants fewer. */
    together: { type: 'string', default: '1' },
    record: { type: 'string' },
  },
});

function lineOf({ name, session, ...backtest }: ParityResult, seconds: number): string {
  return JSON.stringify({
    strategy: name,
    interval: values.interval,
    days: Number(values.days),
    fromDay: Number(values.fromDay),
    coins: values.coins,
    genes: values.genes,
    steps: Number(values.steps),
    over: values.sockets ? 'sockets' : 'desk',
    decisions: session.decisions,
    orders: session.orders,
    turnedAway: session.turnedAway,
    fills: session.fills.length,
    trades: session.trades.length,
    stops: session.trades.filter(({ cause }) => cause === 'stop').length,
    targets: session.trades.filter(({ targets }) => targets !== undefined).length,
    backtestTrades: backtest.trades,
    differences: backtest.differences.length,
    sessionUsd: session.accountValueUsd,
    backtestUsd: backtest.accountValueUsd,
    seconds: Math.round(seconds),
  });
}

function genesOf(strategy: string): Readonly<Record<string, unknown>> {
  if (values.genes === 'default') return {};
  return { ...shortGenes(strategy), ...(values.genes === 'targets' ? TARGETS : {}) };
}

const interval = values.interval as Interval;
const tape = makeTape({
  ...(values.tape === undefined ? {} : { dir: values.tape }),
  coins: values.coins.split(','),
  minutes: Number(values.days) * 1440 - 30,
  fundingSeed: 7,
});
const stack = await startStack();
try {
  const cases = values.strategy.split(',').map((strategy) => ({
    name: strategy,
    strategy,
    genes: genesOf(strategy),
    sizing: {},
    limits: {},
    interval,
    equityUsd: '100000',
    bookSeed: 1,
    stepsPerBar: Number(values.steps),
    fromMs: tape.startMs + (Number(values.fromDay) * DAY_MS || INTERVALS_MS[interval]),
  }));
  const together = Number(values.together);
  for (let from = 0; from < cases.length; from += together) {
    const startMs = performance.now();
    const some = cases.slice(from, from + together);
    const results = await runParity(some, stack, tape, values.sockets ? 'sockets' : 'desk');
    const seconds = (performance.now() - startMs) / 1_000;
    for (const result of results) {
      const line = lineOf(result, seconds);
      process.stdout.write(`${line}\n`);
      if (values.record !== undefined) appendFileSync(values.record, `${line}\n`);
      if (result.differences.length === 0) continue;
      process.stdout.write(`${describeDifferences(result.name, result.differences)}\n`);
      process.exitCode = 1;
    }
  }
} finally {
  await stack.close();
  tape.close();
}
