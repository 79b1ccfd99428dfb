/** `--costs`: whether a backtest pays what the model of the book says or what orders were seen to pay. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import {
  type BacktestCosts,
  backtestCosts,
} from '../../domain/execution/cost-model/backtest-costs.ts';
import {
  type CostModel,
  costModel,
  readCostModel,
} from '../../domain/execution/cost-model/cost-model.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { CommandFlags } from '../command-flags.ts';

/** Where `perpetua quality costs --json` is kept for backtests. */
const MEASURED_FILE = 'costs.json';

export interface ChosenCosts {
  readonly costs: BacktestCosts;
  /** For people: where the figures come from. */
  readonly source: string;
}

function readModel(file: string): CostModel {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const mend = 'perpetua quality costs --json > costs.json';
    throw new CliFailure(EXIT.notFound, `${file} is no file of costs`, { mend, cause });
  }
  const model = readCostModel(value);
  if (model.ok) return model.value;
  throw usageFailure({ ...model.error, field: `--costs: ${model.error.field}` });
}

/**
 * The costs that were asked for; undefined for those of the modelled book.
 * @throws CliFailure for a file that cannot be read, and beside --spread-bps
 */
export function readCosts(
  flags: CommandFlags,
  dataDir: string,
  assets: readonly string[],
): ChosenCosts | undefined {
  const word = flags.text('costs') ?? 'default';
  if (word === 'default') return undefined;
  if (flags.text('spread-bps') !== undefined) {
    throw usageFailure({
      field: '--costs',
      value: word,
      rule: 'must be default beside --spread-bps',
    });
  }
  const measured = join(dataDir, MEASURED_FILE);
  const isUnmeasured = word === 'measured' && !existsSync(measured);
  const file = word === 'measured' ? measured : word;
  const model = isUnmeasured ? costModel([]) : readModel(file);
  return {
    costs: backtestCosts(model, assets),
    source: isUnmeasured ? `nothing is measured yet (no ${file}): the model's defaults` : file,
  };
}
