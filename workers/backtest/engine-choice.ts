/** Which engine trades a backtest. Both give the same result; the vector engine is the fast one. */
import { usageFailure } from '../../client/cli/failure.ts';
import type { BacktestRun, BacktestSetup } from '../../domain/evolution/backtest/backtest-run.ts';
import { EventBacktest } from '../../domain/evolution/backtest/event-backtest.ts';
import { vectorBacktest } from '../../domain/evolution/vector/vector-backtest.ts';
import type { CommandFlags } from '../command-flags.ts';

export const ENGINES = ['vector', 'events'] as const;
export type EngineName = (typeof ENGINES)[number];

/** @throws CliFailure for a word that is no engine, and for one that cannot do what is asked */
export function readEngine(flags: CommandFlags): EngineName {
  const word = flags.text('engine');
  const everyStep = flags.is('every-step');
  const engine = ENGINES.find((one) => one === (word ?? (everyStep ? 'events' : 'vector')));
  if (engine === undefined) {
    const rule = `must be one of ${ENGINES.join(', ')}`;
    throw usageFailure({ field: '--engine', value: `${word}`, rule });
  }
  if (everyStep && engine === 'vector') {
    throw usageFailure({
      field: '--engine',
      value: engine,
      rule: 'must be events for --every-step',
    });
  }
  return engine;
}

export const runWith = (engine: EngineName, setup: BacktestSetup): BacktestRun =>
  engine === 'vector' ? vectorBacktest(setup) : new EventBacktest(setup).run();
